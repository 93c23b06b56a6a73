"""Opening stock from a file: one bad row never stops the rest and is never half stored."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from pathlib import Path

from django.db import transaction
from django.utils.translation import gettext as _

from core.entities import default_entity
from core.errors import DomainError
from core.models import LegalEntity
from core.money import ZERO
from core.tabular import CellReader, Row, Table, column_set, open_table
from finance.services import open_books
from inventory.models import Sku, Warehouse, WarehouseGroup
from inventory.services.making import NewSku, create_skus
from inventory.services.receiving import open_stock

COLUMNS = column_set(
    "opening_stock",
    {
        "sku": ["sku", "商品编码", "货号"],
        "warehouse": ["warehouse", "仓库", "仓库编码"],
        "on_hand": ["on_hand", "库存", "数量"],
        "unit_cost": ["unit_cost", "成本价", "单位成本"],
    },
    {
        "title": ["title", "商品名称"],
        "price": ["price", "售价"],
        "tax_rate": ["tax_rate", "税率"],
    },
)


@dataclass(slots=True)
class StockImport:
    """What the file came to. `problems` name file, row, column and what to do."""

    rows: int = 0
    accepted: int = 0
    units: int = 0
    value: Decimal = ZERO
    skus_made: int = 0
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
    make_skus: bool = False,
    currency: str = "",
    entity: str = "",
    mapping: Mapping[str, str] | None = None,
) -> StockImport:
    """Book the opening stock of a file, row by row; the same file again changes nothing.

    `create` makes warehouses that do not exist; they belong to the legal entity whose books are kept in
    `currency`, or that has the code `entity`, and is made too, else to the default one. `make_skus` makes
    SKUs by the columns title, price and tax_rate. A dry run reports the same figures and stores nothing.
    Raises RefusedFile for what is not such a table and InvalidInput for an entity that does not exist.
    """
    result = StockImport()
    with open_table(source, COLUMNS, name=name, mapping=mapping) as table, transaction.atomic():
        desk = _Desk(result, _owner(currency, entity, create), create, make_skus)
        for row in table.rows():
            result.rows += 1
            reader = CellReader(table, row)
            try:
                with transaction.atomic():
                    desk.import_row(reader)
            except _BadRow as bad:
                result.problems.append(_problem(table, row, bad.column, str(bad)))
            except DomainError as refused:
                result.problems.append(_problem(table, row, "", str(refused)))
            result.problems += [_problem(table, row, each.column, each.reason) for each in reader.problems]
        transaction.set_rollback(dry_run)
    return result


def _owner(currency: str, entity: str, create: bool) -> LegalEntity:
    if not currency and not entity:
        return default_entity()
    known = LegalEntity.objects.filter(code=entity).values_list("currency", flat=True).first()
    wanted = currency or known or default_entity().currency
    return open_books(currency=wanted, entity=entity, create=create)[0]


class _Desk:
    """Where one file is worked off: whom new warehouses belong to, and which rows have been seen."""

    def __init__(self, result: StockImport, owner: LegalEntity, create: bool, make_skus: bool) -> None:
        self.result, self.owner, self.create, self.make_skus = result, owner, create, make_skus
        self.seen: set[tuple[str, str]] = set()

    def import_row(self, reader: CellReader) -> None:
        code, place = reader.id("sku", required=True), reader.id("warehouse", required=True)
        units = reader.whole("on_hand", required=True)
        cost = reader.quantity("unit_cost", required=True, places=6)
        sku = Sku.objects.filter(code=code).first() or self.new_sku(code, reader)
        if reader.problems or units is None or cost is None or sku is None:
            return
        if (code, place) in self.seen:
            raise _BadRow("warehouse", _("This SKU and warehouse stand in the file twice. Add the rows up."))
        warehouse = Warehouse.objects.filter(code=place).first() or self.new_warehouse(place)
        if units:
            self.result.value += open_stock(sku=sku, warehouse=warehouse, quantity=units, unit_cost=cost).cost
        self.seen.add((code, place))
        self.result.accepted += 1
        self.result.units += units

    def new_sku(self, code: str, reader: CellReader) -> Sku | None:
        price = reader.money("price", required=self.make_skus, unsigned=True)
        tax_rate = reader.quantity("tax_rate", places=4)
        if reader.problems:
            return None
        if not self.make_skus or price is None:
            raise _BadRow("sku", _("There is no SKU “%(code)s”. Add the product first.") % {"code": code})
        new = NewSku(code, reader.text("title"), price, tax_rate=tax_rate)
        self.result.skus_made += create_skus(items=[new], currency=self.owner.currency)
        return Sku.objects.get(code=code)

    def new_warehouse(self, code: str) -> Warehouse:
        if not self.create:
            raise _BadRow(
                "warehouse",
                _("There is no warehouse “%(code)s”. Add it, or allow the import to.") % {"code": code},
            )
        self.result.warehouses_made.append(code)
        return Warehouse.objects.create(
            code=code, name=code, group=WarehouseGroup.objects.get(code="main"), entity=self.owner
        )


def _problem(table: Table, row: Row, column: str, reason: str) -> dict[str, str | int]:
    return {"file": table.file, "row": row.number, "column": column, "reason": reason}
