"""A file of orders from elsewhere, one row per line. Knows no database."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import tzinfo
from decimal import Decimal
from pathlib import Path

from core.tabular import BULK, BadCell, CellProblem, CellReader, column_set, open_table, parse_money
from orders.rules.foreign import ALL, ForeignRow

COLUMNS = column_set(
    "orders",
    {
        "order": ["order", "InvoiceNo", "订单号", "订单编号"],
        "placed_at": ["placed_at", "InvoiceDate", "下单时间", "订单创建时间"],
        "sku": ["sku", "StockCode", "商品编码", "货号", "商家编码"],
        "quantity": ["quantity", "数量", "商品数量"],
        "unit_price": ["unit_price", "UnitPrice", "单价", "商品单价"],
    },
    {
        "title": ["title", "Description", "商品名称", "商品标题"],
        "customer": ["customer", "CustomerID", "收货人", "收货人姓名", "客户"],
        "phone": ["phone", "手机", "联系电话", "收货人手机"],
        "address": ["address", "Country", "收货地址", "地址"],
        "paid": ["paid", "已付", "实付金额", "买家实际支付金额"],
    },
)
YES = {"yes", "y", "true", "paid", "是", "已付", "已付款", "已支付", "1"}
NO = {"", "no", "n", "false", "unpaid", "否", "未付", "未付款", "待付款", "0"}


@dataclass(slots=True)
class ForeignFile:
    """`orders` by their number in the order of the file; `bad` are numbers with a row that cannot be read."""

    file: str
    rows: int = 0
    orders: dict[str, list[ForeignRow]] = field(default_factory=dict)
    bad: set[str] = field(default_factory=set)
    problems: list[CellProblem] = field(default_factory=list)


def read_orders(
    source: bytes | str | Path, *, name: str, zone: tzinfo, mapping: Mapping[str, str] | None = None
) -> ForeignFile:
    """Read the whole file, grouped by order. Raises RefusedFile for what is not such a table.

    A row that cannot be read makes its order one for review: half an order is never an order.
    """
    with open_table(source, COLUMNS, name=name, limits=BULK, mapping=mapping) as table:
        found = ForeignFile(table.file)
        for raw in table.rows():
            found.rows += 1
            cell = CellReader(table, raw)
            row = ForeignRow(
                row=raw.number,
                order=cell.id("order", required=True),
                placed_at=cell.datetime("placed_at", zone=zone, required=True),  # type: ignore[arg-type]
                sku=cell.id("sku", required=True),
                title=cell.text("title"),
                quantity=cell.whole("quantity", required=True, unsigned=False) or 0,
                unit_price=cell.money("unit_price", required=True) or Decimal("0.00"),
                customer=cell.text("customer").removesuffix(".0"),
                phone=cell.text("phone"),
                address=cell.text("address"),
                paid=_paid(cell, raw.cells.get("paid", "")) if "paid" in table.match.places else None,
            )
            if cell.problems:
                found.problems += cell.problems
                found.bad.add(row.order)
            found.orders.setdefault(row.order, []).append(row)
        found.orders.pop("", None)
        found.bad.discard("")
        return found


def _paid(cell: CellReader, text: str) -> Decimal | None:
    """How much was paid: an amount, or a word for all or nothing."""
    word = text.strip().casefold()
    if word in YES:
        return ALL
    if word in NO:
        return Decimal(0)
    try:
        return parse_money(text, unsigned=True).value
    except BadCell:
        cell.fault("paid", "unknown_choice", known="yes, no, 12.50")
        return None
