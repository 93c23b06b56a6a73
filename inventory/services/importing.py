"""Opening stock from a file: one bad row never stops the rest and is never half stored."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from itertools import islice
from pathlib import Path

from django.db import transaction
from django.utils.translation import gettext as _

from core.entities import default_entity
from core.models import LegalEntity
from core.money import ZERO
from core.tabular import CellReader, Row, Table, column_set, open_table
from finance.services import open_books
from inventory.errors import AlreadyOpened, already_opened
from inventory.models import Sku, Warehouse, WarehouseGroup
from inventory.services.holding import At
from inventory.services.making import NewSku, create_skus
from inventory.services.receiving import Opened, open_stock

BATCH = 1000  # rows that are booked by the same statements
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


@dataclass(slots=True)
class _Line:
    """A row that can be read."""

    reader: CellReader
    code: str
    place: str
    units: int
    cost: Decimal


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
    """Book the opening stock of a file; the same file again changes nothing.

    `create` makes warehouses that do not exist; they belong to the legal entity whose books are kept in
    `currency`, or that has the code `entity`, and is made too, else to the default one. `make_skus` makes
    SKUs by the columns title, price and tax_rate. A dry run reports the same figures and stores nothing.
    Raises RefusedFile for what is not such a table and InvalidInput for an entity that does not exist.
    """
    result = StockImport()
    with open_table(source, COLUMNS, name=name, mapping=mapping) as table, transaction.atomic():
        desk = _Desk(table, result, _owner(currency, entity, create), create, make_skus)
        rows = table.rows()
        while batch := list(islice(rows, BATCH)):
            result.rows += len(batch)
            desk.import_rows(batch)
        result.problems.sort(key=lambda problem: problem["row"])
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

    def __init__(
        self, table: Table, result: StockImport, owner: LegalEntity, create: bool, make_skus: bool
    ) -> None:
        self.table, self.result, self.owner = table, result, owner
        self.create, self.make_skus = create, make_skus
        self.seen: set[tuple[str, str]] = set()
        self.warehouses = {place.code: place for place in Warehouse.objects.all()}

    def import_rows(self, rows: Sequence[Row]) -> None:
        lines = [line for row in rows if (line := self._read(row))]
        skus = self._skus({line.code for line in lines})
        new: dict[str, NewSku] = {}
        lines = [line for line in lines if self._is_usable(line, skus, new)]
        if new:
            self.result.skus_made += create_skus(items=list(new.values()), currency=self.owner.currency)
            skus |= self._skus(new.keys())
        for place in dict.fromkeys(line.place for line in lines):
            if place not in self.warehouses:
                self._make_warehouse(place)
        self._open(lines, skus)

    def _read(self, row: Row) -> _Line | None:
        reader = CellReader(self.table, row)
        code, place = reader.id("sku", required=True), reader.id("warehouse", required=True)
        units = reader.whole("on_hand", required=True)
        cost = reader.quantity("unit_cost", required=True, places=6)
        if reader.problems or units is None or cost is None:
            self._list_problems(reader)
            return None
        return _Line(reader, code, place, units, cost)

    def _is_usable(self, line: _Line, skus: Mapping[str, Sku], new: dict[str, NewSku]) -> bool:
        """Whether its SKU and warehouse are there or may be made, and it stands in the file once."""
        if (line.code, line.place) in self.seen:
            return self._refuse(
                line, "warehouse", _("This SKU and warehouse stand in the file twice. Add the rows up.")
            )
        if line.place not in self.warehouses and not self.create:
            return self._refuse(
                line,
                "warehouse",
                _("There is no warehouse “%(code)s”. Add it, or allow the import to.") % {"code": line.place},
            )
        if line.code not in skus and line.code not in new:
            if not self.make_skus:
                return self._refuse(
                    line, "sku", _("There is no SKU “%(code)s”. Add the product first.") % {"code": line.code}
                )
            if (sku := self._new_sku(line)) is None:
                return False
            new[line.code] = sku
        self.seen.add((line.code, line.place))
        return True

    def _new_sku(self, line: _Line) -> NewSku | None:
        reader = line.reader
        price = reader.money("price", required=True, unsigned=True)
        tax_rate = reader.quantity("tax_rate", places=4)
        if reader.problems or price is None:
            self._list_problems(reader)
            return None
        return NewSku(line.code, reader.text("title"), price, tax_rate=tax_rate)

    def _open(self, lines: Sequence[_Line], skus: Mapping[str, Sku]) -> None:
        at = {(skus[line.code].pk, self.warehouses[line.place].pk): line for line in lines}
        differing: Mapping[At, int] = {}
        while True:
            opened = [
                Opened(sku, place, line.units, line.cost)
                for (sku, place), line in at.items()
                if line.units and (sku, place) not in differing
            ]
            try:
                with transaction.atomic():
                    moves = open_stock(opened)
                break
            except AlreadyOpened as refused:
                differing = refused.context["places"]
        for place, units in differing.items():
            line = at.pop(place)
            self._refuse(line, "", str(already_opened(code=line.code, warehouse=line.place, units=units)))
        self.result.value += sum((move.cost for move in moves), ZERO)
        self.result.accepted += len(at)
        self.result.units += sum(line.units for line in at.values())

    def _skus(self, codes: Collection[str]) -> dict[str, Sku]:
        return {sku.code: sku for sku in Sku.objects.filter(code__in=codes)}

    def _make_warehouse(self, code: str) -> None:
        self.result.warehouses_made.append(code)
        self.warehouses[code] = Warehouse.objects.create(
            code=code, name=code, group=WarehouseGroup.objects.get(code="main"), entity=self.owner
        )

    def _list_problems(self, reader: CellReader) -> None:
        for each in reader.problems:
            self._list(reader.row, each.column, each.reason)

    def _refuse(self, line: _Line, column: str, reason: str) -> bool:
        self._list(line.reader.row, column, reason)
        return False

    def _list(self, row: Row, column: str, reason: str) -> None:
        self.result.problems.append(
            {"file": self.table.file, "row": row.number, "column": column, "reason": reason}
        )
