"""Remittance advice: which cash a courier pays out, less which fees (FORMATS 8.3).

No public layout is known, so the columns are an alias map; the first real file of a courier sets it.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from pathlib import Path

from core.reasons import joined
from core.tabular import Blob, CellReader, column_set, open_table
from logistics.rules.notes import Reason
from logistics.statements.courier import TotalDiffers, differing_controls
from logistics.statements.courier_columns import ALIASES

ZERO = Decimal("0.00")
KEYS = ("cod", "fee", "freight", "net")
COLUMNS = column_set(
    "courier.remittance",
    {
        "waybill": ALIASES["waybill"],
        "cod": ALIASES["cod"],
        "net": (
            "实付金额",
            "返款金额",
            "实返金额",
            "应返金额",
            "净额",
            "net",
            "paid",
            "net amount",
            "remitted",
        ),
    },
    {
        "fee": ("手续费", *ALIASES["cod_fee"], "fee"),
        "freight": ("抵扣运费", "运费抵扣", "扣运费", *ALIASES["freight"]),
        "day": ("签收日期", "签收时间", "delivered on"),
        "note": ALIASES["note"],
    },
)


@dataclass(frozen=True)
class RemittedLine:
    """One parcel's cash, or (without a waybill) something netted. A `problem` keeps it for a person."""

    row_no: int
    raw: tuple[str, ...]
    waybill: str
    cod: Decimal
    fee: Decimal
    freight: Decimal
    net: Decimal
    note: str = ""
    problem: str = ""

    @property
    def is_netting(self) -> bool:
        """An amount of the whole account, such as the freight of a statement kept back."""
        return not self.waybill and not self.problem


@dataclass
class Remittance:
    titles: tuple[str, ...] = ()
    preamble: tuple[str, ...] = ()
    lines: list[RemittedLine] = field(default_factory=list)
    differences: list[TotalDiffers] = field(default_factory=list)

    @property
    def paid(self) -> Decimal:
        return sum((line.net for line in self.lines if not line.problem), ZERO)

    @property
    def to_review(self) -> list[RemittedLine]:
        return [line for line in self.lines if line.problem]


def read_remittance(
    source: bytes | str | Path | Blob,
    *,
    name: str = "",
    courier: str = "",
    columns: Mapping[str, str] | None = None,
) -> Remittance:
    """The lines of an advice; a line whose net is not cash less fee and freight goes to review."""
    found = Remittance()
    sums = dict.fromkeys(KEYS, ZERO)
    with open_table(source, COLUMNS, name=name, mapping=columns) as table:
        found.titles = table.titles
        found.preamble = tuple(" ".join(filter(None, row.cells)) for row in table.preamble)
        for row in table.rows():
            cell = CellReader(table, row)
            waybill = cell.waybill("waybill", courier=courier)
            money = {key: cell.money(key) or ZERO for key in ("cod", "fee", "freight")}
            net = cell.money("net", required=True) or ZERO
            problem = joined([one.told for one in cell.problems])
            due = money["cod"] - abs(money["fee"]) - abs(money["freight"])
            if not problem and waybill and due != net:
                problem = Reason("courier.arithmetic", **money, due=due, net=net)
            for key, value in {**money, "net": net}.items():
                sums[key] += value
            found.lines.append(
                RemittedLine(
                    row.number,
                    tuple(row.raw),
                    waybill,
                    **money,
                    net=net,
                    note=cell.text("note"),
                    problem=problem,
                )
            )
        found.differences = differing_controls(table, sums)
    return found
