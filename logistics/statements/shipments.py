"""Opening waybills from another system, in the layout of `import_shipments` (ARCHITECTURE 8)."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from datetime import date
from decimal import ROUND_HALF_UP, Decimal
from pathlib import Path

from core.tabular import Blob, CellProblem, CellReader, Problem, column_set, open_table
from core.tabular.limits import STANDARD, Limits
from logistics.rules.rate_cards import Service
from logistics.rules.rating import Dims

SERVICES = {
    "": Service.FORWARD,
    "forward": Service.FORWARD,
    "return": Service.RETURN,
    "正向": Service.FORWARD,
    "派件": Service.FORWARD,
    "退回": Service.RETURN,
    "退件": Service.RETURN,
}
COLUMNS = column_set(
    "courier.shipments",
    {"waybill": ["waybill", "运单号"], "shipped_on": ["shipped_on", "发货日期"]},
    {
        "order": ["order", "订单号"],
        "service": ["service", "业务类型"],
        "product": ["product", "产品类型"],
        "origin": ["origin", "始发地"],
        "destination": ["destination", "目的地"],
        "zone": ["zone", "分区"],
        "weight_kg": ["weight_kg", "重量"],
        "length_cm": ["length_cm", "长"],
        "width_cm": ["width_cm", "宽"],
        "height_cm": ["height_cm", "高"],
        "cod_amount": ["cod_amount", "代收货款"],
    },
)


@dataclass(frozen=True)
class ShippedRow:
    """One parcel that another system handed over. A weight of 0 is unknown."""

    row_no: int
    raw: tuple[str, ...]
    waybill: str
    order: str
    service: Service
    product: str
    shipped_on: date
    origin: str
    destination: str
    zone: str
    weight_g: int
    dims_cm: Dims | None
    cod_amount: Decimal


@dataclass
class ShipmentsFile:
    rows: list[ShippedRow] = field(default_factory=list)
    problems: list[CellProblem] = field(default_factory=list)
    warnings: list[CellProblem] = field(default_factory=list)
    titles: tuple[str, ...] = ()
    read: int = 0

    @property
    def rows_to_review(self) -> int:
        return len({(problem.sheet, problem.row) for problem in self.problems})


def grams(kilos: Decimal | None) -> int:
    """Kilograms as the file states them in whole grams, half up; nothing stated is 0."""
    return int(((kilos or Decimal(0)) * 1000).quantize(Decimal(1), ROUND_HALF_UP))


def read_shipments(
    source: bytes | str | Path | Blob, *, name: str = "", courier: str = "", limits: Limits = STANDARD
) -> ShipmentsFile:
    """Every readable parcel once. A waybill that comes again with another row goes to review."""
    found = ShipmentsFile()
    seen: Counter[str] = Counter()
    with open_table(source, COLUMNS, name=name, limits=limits) as table:
        found.titles = table.titles
        for row in table.rows():
            found.read += 1
            cell = CellReader(table, row)
            waybill = cell.waybill("waybill", required=True, courier=courier)
            service = cell.choice("service", _Folded(SERVICES)) or Service.FORWARD
            shipped_on = cell.date("shipped_on", required=True)
            sides = [cell.quantity(key) for key in ("length_cm", "width_cm", "height_cm")]
            weight = cell.quantity("weight_kg")
            cod = cell.money("cod_amount", unsigned=True)
            seen[waybill] += 1
            if waybill and seen[waybill] > 1:
                cell.problems.append(_again(table.file, row.sheet, row.number, waybill, tuple(row.raw)))
            found.warnings += cell.warnings
            if cell.problems or shipped_on is None:
                found.problems += cell.problems
                continue
            length, width, height = sides
            found.rows.append(
                ShippedRow(
                    row_no=row.number,
                    raw=tuple(row.raw),
                    waybill=waybill,
                    order=cell.id("order"),
                    service=service,
                    product=cell.text("product"),
                    shipped_on=shipped_on,
                    origin=cell.text("origin"),
                    destination=cell.text("destination"),
                    zone=cell.text("zone"),
                    weight_g=grams(weight),
                    dims_cm=(length, width, height) if length and width and height else None,
                    cod_amount=cod or Decimal("0.00"),
                )
            )
    return found


class _Folded(dict[str, Service]):
    """Words of a column without regard to capital letters and blanks."""

    def __contains__(self, word: object) -> bool:
        return super().__contains__(str(word).strip().casefold())

    def __getitem__(self, word: str) -> Service:
        return super().__getitem__(word.strip().casefold())


def _again(file: str, sheet: str, row: int, waybill: str, raw: tuple[str, ...]) -> CellProblem:
    return CellProblem(file, sheet, row, "waybill", waybill, Problem("bad_id"), raw)
