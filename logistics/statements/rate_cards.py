"""A rate card in the layout of `import_rate_card` (ARCHITECTURE 8), extras in optional columns."""

from __future__ import annotations

from dataclasses import dataclass, field
from decimal import Decimal
from pathlib import Path

from core.money import ZERO
from core.tabular import Blob, CellProblem, CellReader, column_set, open_table
from logistics.rules.rate_cards import CodTariff, Extras, RateLine, Service, StepPrice
from logistics.statements.shipments import SERVICES, grams

COLUMNS = column_set(
    "courier.rate_card",
    {
        "zone": ["zone", "分区", "目的地"],
        "first_weight_kg": ["first_weight_kg", "首重"],
        "first_fee": ["first_fee", "首重费"],
        "step_kg": ["step_kg", "续重"],
        "step_fee": ["step_fee", "续重费"],
        "valid_from": ["valid_from", "生效日期"],
    },
    {
        "product": ["product", "产品类型"],
        "service": ["service", "业务类型"],
        "valid_to": ["valid_to", "失效日期"],
        "divisor": ["divisor", "体积系数"],
        "fuel_pct": ["fuel_pct"],
        "remote_fee": ["remote_fee"],
        "minimum": ["minimum"],
        "waybill_fee": ["waybill_fee", "面单费"],
        "insurance_pct": ["insurance_pct"],
        "insurance_min": ["insurance_min"],
        "cod_pct": ["cod_pct"],
        "cod_min": ["cod_min"],
        "cod_max": ["cod_max"],
    },
)
AMOUNTS = ("remote_fee", "minimum", "waybill_fee", "insurance_min", "cod_min", "cod_max")
PERCENTS = ("fuel_pct", "insurance_pct", "cod_pct")


@dataclass
class RateCardFile:
    """Priced lines by row of the file. Overlaps show when a `RateCard` is made of the lines."""

    lines: list[tuple[int, RateLine]] = field(default_factory=list)
    problems: list[CellProblem] = field(default_factory=list)
    titles: tuple[str, ...] = ()
    read: int = 0


def read_rate_card(source: bytes | str | Path | Blob, *, name: str = "") -> RateCardFile:
    """The lines that can be read, and the findings of those that can't. Raises RefusedFile."""
    found = RateCardFile()
    with open_table(source, COLUMNS, name=name) as table:
        found.titles = table.titles
        for row in table.rows():
            found.read += 1
            cell = CellReader(table, row)
            line = _line(cell)
            if cell.problems or line is None:
                found.problems += cell.problems
            else:
                found.lines.append((row.number, line))
    return found


def _line(cell: CellReader) -> RateLine | None:
    zone = cell.text("zone", required=True)
    service = cell.choice("service", SERVICES) or Service.FORWARD
    first_kg = cell.quantity("first_weight_kg", required=True)
    first_fee = cell.money("first_fee", required=True, unsigned=True)
    step_kg = cell.quantity("step_kg", required=True)
    step_fee = cell.money("step_fee", required=True, unsigned=True)
    valid_from = cell.date("valid_from", required=True)
    valid_to = cell.date("valid_to")
    divisor = cell.whole("divisor") or 0
    amounts = {key: cell.money(key, unsigned=True) for key in AMOUNTS}
    rates = {key: cell.quantity(key, places=4) for key in PERCENTS}
    if valid_from is not None and valid_to is not None and valid_to < valid_from:
        cell.fault("valid_to", "bad_date")
    if first_fee is None or step_fee is None or valid_from is None:
        return None
    price = StepPrice(grams(first_kg), first_fee, grams(step_kg), step_fee)
    return RateLine(
        cell.text("product"),
        service,
        zone,
        price,
        valid_from,
        valid_to,
        divisor,
        _extras(amounts, rates),
    )


def _extras(amounts: dict[str, Decimal | None], rates: dict[str, Decimal | None]) -> Extras:
    cod = None
    if rates["cod_pct"] is not None or amounts["cod_min"] is not None:
        cod = CodTariff(rates["cod_pct"] or ZERO, amounts["cod_min"], amounts["cod_max"])
    return Extras(
        fuel_pct=rates["fuel_pct"] or ZERO,
        remote_fee=amounts["remote_fee"] or ZERO,
        minimum=amounts["minimum"] or ZERO,
        waybill_fee=amounts["waybill_fee"] or ZERO,
        insurance_pct=rates["insurance_pct"] or ZERO,
        insurance_minimum=amounts["insurance_min"] or ZERO,
        cod=cod,
    )
