"""Opening stock from a file: one bad row never stops the rest and is never half stored."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from pathlib import Path

from django.db import transaction
from django.utils.translation import gettext as _

from core.entities import default_entity
from core.errors import DomainError
from core.money import ZERO
from core.tabular import CellReader, Row, Table, column_set, open_table
from inventory.models import Sku, Warehouse, WarehouseGroup
from inventory.services.receiving import open_stock

COLUMNS = column_set(
    "opening_stock",
    {
        "sku": ["sku", "商品编码", "货号"],
        "warehouse": ["warehouse", "仓库", "仓库编码"],
        "on_hand": ["on_hand", "库存", "数量"],
        "unit_cost": ["unit_cost", "成本价", "单位成本"],
    },
)


@dataclass(slots=True)
class StockImport:
    """What the file came to. `problems` name file, row, column and what to do."""

    rows: int = 0
    accepted: int = 0
    units: int = 0
    value: Decimal = ZERO
    warehouses_made: list[str] = field(default_factory=list)
    problems: list[dict[str, str | int]] = field(default_factory=list)


class _BadRow(DomainError):
    """A row that a person must look at."""

    def __init__(self, column: str, message: str) -> None:
        super().__init__(message)
        self.column = column


def import_stock(
    *,
    source: bytes | str | Path,
    name: str = "",
    dry_run: bool = False,
    create: bool = False,
    mapping: Mapping[str, str] | None = None,
) -> StockImport:
    """Book the opening stock of a file, row by row; the same file again changes nothing.

    `create` makes warehouses that do not exist. A dry run reports the same figures and stores
    nothing. Raises RefusedFile for what is not such a table.
    """
    result = StockImport()
    seen: set[tuple[str, str]] = set()
    with open_table(source, COLUMNS, name=name, mapping=mapping) as table, transaction.atomic():
        for row in table.rows():
            result.rows += 1
            reader = CellReader(table, row)
            try:
                with transaction.atomic():
                    _import_row(reader, result, seen, create)
            except _BadRow as bad:
                result.problems.append(_problem(table, row, bad.column, str(bad)))
            except DomainError as refused:
                result.problems.append(_problem(table, row, "", str(refused)))
            result.problems += [_problem(table, row, each.column, each.reason) for each in reader.problems]
        transaction.set_rollback(dry_run)
    return result


def _import_row(reader: CellReader, result: StockImport, seen: set[tuple[str, str]], create: bool) -> None:
    code, place = reader.id("sku", required=True), reader.id("warehouse", required=True)
    units = reader.whole("on_hand", required=True)
    cost = reader.quantity("unit_cost", required=True, places=6)
    if reader.problems or units is None or cost is None:
        return
    sku = Sku.objects.filter(code=code).first()
    if sku is None:
        raise _BadRow("sku", _("There is no SKU “%(code)s”. Add the product first.") % {"code": code})
    if (code, place) in seen:
        raise _BadRow("warehouse", _("This SKU and warehouse stand in the file twice. Add the rows up."))
    warehouse = Warehouse.objects.filter(code=place).first()
    if warehouse is None:
        if not create:
            raise _BadRow(
                "warehouse",
                _("There is no warehouse “%(code)s”. Add it, or allow the import to.") % {"code": place},
            )
        warehouse = Warehouse.objects.create(
            code=place, name=place, group=WarehouseGroup.objects.get(code="main"), entity=default_entity()
        )
        result.warehouses_made.append(place)
    if units:
        move = open_stock(sku=sku, warehouse=warehouse, quantity=units, unit_cost=cost)
        result.value += move.cost
    seen.add((code, place))
    result.accepted += 1
    result.units += units


def _problem(table: Table, row: Row, column: str, reason: str) -> dict[str, str | int]:
    return {"file": table.file, "row": row.number, "column": column, "reason": reason}
