"""Orders a second through `place_order`, two lines each, over many SKUs (PERFORMANCE P5).

The limit is one order by the least SQL, stock last, on a schema of five bare tables; ours reserves both
lines and writes events, history and a payment attempt besides. The peer is the usual ORM code on the same
five tables.
"""

import random
from collections.abc import Callable
from decimal import Decimal
from pathlib import Path
from typing import Any
from uuid import uuid4

from django.db import connection, models, transaction

from core.benching import Bench, Scale, at_once, offered
from crm.services import find_or_create_customer
from inventory.queries import SkuFacts, skus_by_code
from inventory.services import NewSku, create_skus
from orders.order.models import Order
from orders.rules.draft import Address, DraftLine, OrderDraft
from orders.services import place_order

PLENTY = 100_000_000
PRICE = Decimal("99.99")
HOME = Address("Bench", "+8613800138000", "浙江省", "杭州市", "西湖区", "文三路1号")
_BARE = (
    "BEGIN",
    "INSERT INTO bench.orders (number, customer_id, status, total)"
    " VALUES (%(number)s, 1, 1, 199.98) RETURNING id",
    "INSERT INTO bench.line (order_id, sku_id, qty, price, total)"
    " VALUES (%(order)s, %(one)s, 1, 99.99, 99.99), (%(order)s, %(other)s, 1, 99.99, 99.99)",
    "INSERT INTO bench.reservation (order_id, sku_id, warehouse_id, qty) VALUES (%(order)s, %(one)s, 1, 1)",
    "INSERT INTO bench.payment (order_id, method, amount, state) VALUES (%(order)s, 1, 199.98, 0)",
    "UPDATE bench.stock_level SET reserved = reserved + 1 WHERE sku_id = %(one)s AND warehouse_id = 1"
    " AND on_hand - reserved - unavailable >= 1",
    "COMMIT",
)
_STOCK = """
    INSERT INTO inventory_warehouse (code, name, kind, group_id, entity_id, owner, province, priority, active)
    SELECT 'bench', 'Bench', 'own', (SELECT min(id) FROM inventory_warehousegroup),
           (SELECT min(id) FROM core_legalentity), '', '浙江省', 1, true;
    INSERT INTO inventory_stocklevel (sku_id, warehouse_id, on_hand, reserved, unavailable)
    SELECT s.id, w.id, %(plenty)s, 0, 0 FROM inventory_sku s, inventory_warehouse w WHERE w.code = 'bench'
"""


@offered
class WideSkus(Bench):
    name, unit, rows = "wide_skus", "orders/s", 2000

    def prepare(self, scale: Scale) -> None:
        self.scale = scale
        codes = [f"B{number:06}" for number in range(1, scale.rows + 1)]
        create_skus(items=[NewSku(code, code, PRICE) for code in codes], currency="CNY")
        self.skus = list(skus_by_code(codes).values())
        self.customer_id = find_or_create_customer(name="Bench", phone="").pk
        self.cpu = 0.0
        with connection.cursor() as cursor:
            cursor.execute(_STOCK, {"plenty": PLENTY})
            cursor.execute(Path(__file__).with_suffix(".sql").read_text())
            cursor.execute(
                "INSERT INTO bench.stock_level (sku_id, warehouse_id, on_hand)"
                " SELECT n, 1, %s FROM generate_series(1, %s) n",
                [PLENTY, scale.rows],
            )
            cursor.execute("ANALYZE")

    def limit(self) -> float:
        return self._run(self._bare, "SELECT count(*) FROM bench.orders")

    def ours(self) -> float:
        return self._run(self._place, "SELECT count(*) FROM order_order")

    def peer(self) -> float:
        self.bare_models = _bare_models()
        return self._run(self._usual, "SELECT count(*) FROM bench.orders")

    def facts(self) -> dict[str, Any]:
        with connection.cursor() as cursor:
            cursor.execute(
                "SELECT (SELECT sum(reserved) FROM inventory_stocklevel),"
                " (SELECT sum(quantity) FROM inventory_reservation), (SELECT count(*) FROM order_order)"
            )
            reserved, rows, orders = cursor.fetchone()
        if not reserved == rows == 2 * orders:
            raise RuntimeError(f"{orders} orders hold {reserved} units in {rows} reserved")
        return {"orders": orders, "cpu_ms_per_order": round(self.cpu, 2), "clients": self.scale.clients}

    def _run(self, begin: Callable[[int], Callable[[], Any]], count: str) -> float:
        before = _one(count)
        done = at_once(clients=self.scale.clients, seconds=self.scale.seconds, begin=begin)
        made = _one(count) - before
        if made != done.done + self.scale.clients:  # each has made one before the clock ran
            raise RuntimeError(f"{done.done} orders were counted, {made} were stored")
        if begin == self._place:
            self.cpu = 1000 * done.cpu / max(1, done.done)
        return done.rate

    def _place(self, number: int) -> Callable[[], Any]:
        choose = random.Random(f"{self.scale.seed}/{number}")  # noqa: S311

        def place() -> None:
            place_order(draft=self._draft(choose.sample(self.skus, 2)))

        return place

    def _draft(self, skus: list[SkuFacts]) -> OrderDraft:
        return OrderDraft(
            channel="web",
            customer_id=self.customer_id,
            term=Order.Term.PREPAID,
            currency="CNY",
            lines=tuple(
                DraftLine(
                    sku_id=sku.sku_id,
                    stockrecord_id=sku.stockrecord_id,
                    product_id=sku.product_id,
                    code=sku.code,
                    title=sku.code,
                    quantity=1,
                    unit_price=PRICE,
                    price=PRICE,
                    tax_rate=sku.tax_rate,
                )
                for sku in skus
            ),
            charges=(),
            address=HOME,
            language="zh-hans",
            submit_token=uuid4().hex,
        )

    def _bare(self, number: int) -> Callable[[], Any]:
        choose = random.Random(f"{self.scale.seed}/{number}")  # noqa: S311
        connection.ensure_connection()
        cursor = connection.connection.cursor()

        def place() -> None:
            one, other = choose.sample(range(1, self.scale.rows + 1), 2)
            values = {"number": uuid4().hex, "one": one, "other": other, "order": 0}
            for statement in _BARE:
                cursor.execute(statement, values)
                if "RETURNING" in statement:
                    values["order"] = cursor.fetchone()[0]
            # the row count of the last UPDATE is the guard; plenty of stock makes it always one

        return place

    def _usual(self, number: int) -> Callable[[], Any]:
        choose = random.Random(f"{self.scale.seed}/{number}")  # noqa: S311
        level, order, line, reservation, payment = self.bare_models

        def place() -> None:
            one, other = choose.sample(range(1, self.scale.rows + 1), 2)
            with transaction.atomic():
                stock = level.objects.select_for_update().get(sku_id=one)
                placed = order.objects.create(number=uuid4().hex, customer_id=1, status=1, total=2 * PRICE)
                for sku_id in (one, other):
                    line.objects.create(order_id=placed.pk, sku_id=sku_id, qty=1, price=PRICE, total=PRICE)
                reservation.objects.create(order_id=placed.pk, sku_id=one, warehouse_id=1, qty=1)
                payment.objects.create(order_id=placed.pk, method=1, amount=2 * PRICE, state=0)
                stock.reserved += 1
                stock.save()

        return place


def _one(query: str) -> int:
    with connection.cursor() as cursor:
        cursor.execute(query)
        return int(cursor.fetchone()[0])


_found: tuple[Any, ...] = ()


def _bare_models() -> tuple[Any, ...]:
    """The five bare tables as unmanaged models of an app that is not installed: no migration sees them."""
    global _found
    if _found:
        return _found

    def model(table: str, **columns: models.Field) -> Any:
        meta = type("Meta", (), {"app_label": "bench", "managed": False, "db_table": f'bench"."{table}'})
        return type(table.title(), (models.Model,), {"__module__": __name__, "Meta": meta, **columns})

    whole, money = models.IntegerField, lambda: models.DecimalField(max_digits=12, decimal_places=2)
    _found = (
        model(
            "stock_level",
            sku_id=models.IntegerField(primary_key=True),
            warehouse_id=whole(),
            on_hand=whole(),
            reserved=whole(),
            unavailable=whole(),
        ),
        model(
            "orders",
            id=models.BigAutoField(primary_key=True),
            number=models.TextField(),
            customer_id=whole(),
            status=whole(),
            total=money(),
        ),
        model(
            "line",
            id=models.BigAutoField(primary_key=True),
            order_id=models.BigIntegerField(),
            sku_id=whole(),
            qty=whole(),
            price=money(),
            total=money(),
        ),
        model(
            "reservation",
            id=models.BigAutoField(primary_key=True),
            order_id=models.BigIntegerField(),
            sku_id=whole(),
            warehouse_id=whole(),
            qty=whole(),
        ),
        model(
            "payment",
            id=models.BigAutoField(primary_key=True),
            order_id=models.BigIntegerField(),
            method=whole(),
            amount=money(),
            state=whole(),
        ),
    )
    return _found
