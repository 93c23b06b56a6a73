"""Workbooks as couriers write them: titles above the header, totals below, numbers as text."""

import io
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

import xlsxwriter


@dataclass(frozen=True)
class Charge:
    """One amount as it will be printed; `text` and `printed` are what stands there instead."""

    waybill: str
    kind: str
    item: str
    amount: Decimal
    day: str
    province: str
    zone: str
    weight_g: int
    service: str
    text: str = ""
    printed: str = ""
    mother: str = ""

    @property
    def number(self) -> str:
        return self.printed or self.waybill


def statement(contract: dict[str, Any], number: str, period: str, charges: list[Charge]) -> bytes:
    """The statement in the layout of this courier: one row a fee, one row a parcel, or one row a line."""
    layout = {"items": _items, "columns": _columns, "lines": _lines}[contract["layout"]]
    titles, header, rows = layout(contract, number, period, charges)
    summary = None
    if contract["layout"] == "items":
        total = sum((c.amount for c in charges if not c.text), Decimal("0.00"))
        parcels = len({charge.waybill for charge in charges})
        summary = [
            ["账单号", number],
            ["运单数", str(parcels)],
            ["行数", str(len(rows) - 1)],
            ["应付金额", f"{total:.2f}"],
        ]
    return _workbook("账单明细", titles, header, rows, summary)


def remittance(contract: dict[str, Any], number: str, paid_on: str, lines: list[dict[str, str]]) -> bytes:
    header = ["运单号", "签收日期", "代收货款", "手续费", "实付金额", "备注"]
    keys = ["waybill", "delivered_on", "cod", "fee", "net", "note"]
    sums = [
        f"{sum((Decimal(line[key]) for line in lines), Decimal('0.00')):.2f}" for key in ("cod", "fee", "net")
    ]
    rows = [[line[key] for key in keys] for line in lines]
    titles = [[f"{contract['name']} 代收货款返款明细"], ["返款单号", number], ["返款日期", paid_on], []]
    return _workbook("返款明细", titles, header, [*rows, ["合计", "", *sums, ""]], None)


def _amount(charge: Charge) -> str:
    return charge.text or f"{charge.amount:.2f}"


def _kilos(charge: Charge) -> str:
    return f"{Decimal(charge.weight_g) / 1000:.3f}".rstrip("0").rstrip(".")


def _items(
    contract: dict[str, Any], number: str, period: str, charges: list[Charge]
) -> tuple[list[list[str]], list[str], list[list[str]]]:
    """One row per fee, the item in the product column (SF)."""
    titles = [[f"{contract['name']}月结账单"], ["账单号", number], ["账期", period], ["币种", "人民币"], []]
    header = [
        "序号", "日期", "运单号", "母单号", "寄件地区", "到件地区", "计费重量", "产品类型", "付款方式",
        "费用(元)", "折扣/促销", "应付金额", "服务备注",
    ]  # fmt: skip
    rows = [
        [
            str(position), charge.day, charge.number, charge.mother, "上海",
            charge.province, _kilos(charge), charge.item, "寄付月结", _amount(charge),
            "0.00", _amount(charge), "退回件" if charge.service == "return" else "",
        ]
        for position, charge in enumerate(charges, 1)
    ]  # fmt: skip
    total = f"{sum((c.amount for c in charges if not c.text), Decimal('0.00')):.2f}"
    return titles, header, [*rows, ["合计", *[""] * 8, total, "0.00", total, ""]]


def _columns(
    contract: dict[str, Any], number: str, period: str, charges: list[Charge]
) -> tuple[list[list[str]], list[str], list[list[str]]]:
    """One row per parcel, a column per fee (branch networks)."""
    header = [
        "运单编号",
        "揽收时间",
        "目的省份",
        "计费重量",
        "业务类型",
        "运费",
        "附加费",
        "代收货款",
        "代收手续费",
        "合计费用",
    ]
    rows = []
    charges = [charge for charge in charges if not charge.mother]
    sums = dict.fromkeys(("freight", "surcharge", "cod", "cod_fee", "all"), Decimal("0.00"))
    for group in _parcels(charges):
        cells = {"freight": "", "surcharge": "", "cod": "", "cod_fee": ""}
        paid = Decimal("0.00")
        for kind in cells:
            found = [charge for charge in group if charge.kind == kind]
            if not found:
                continue
            amount = sum((charge.amount for charge in found), Decimal("0.00"))
            cells[kind] = found[0].text or f"{amount:.2f}"
            if not found[0].text:
                sums[kind] += amount
                paid += amount if kind != "cod" else 0
        sums["all"] += paid
        first = group[0]
        kind = "退件" if first.service == "return" else "派件"
        rows.append(
            [first.number, first.day, first.province, _kilos(first), kind, *cells.values(), f"{paid:.2f}"]
        )
    total = ["合计", "", "", "", "", *(f"{amount:.2f}" for amount in sums.values())]
    titles = [[f"{contract['name']}客户对账单 {period}"], [f"账单号 {number}"]]
    return titles, header, [*rows, total]


def _parcels(charges: list[Charge]) -> list[list[Charge]]:
    """Charges of one printing of a parcel; a repeated parcel follows its first printing apart."""
    groups: list[list[Charge]] = []
    for charge in charges:
        last = groups[-1] if groups else []
        again = any(c.kind == charge.kind and c.item == charge.item for c in last)
        if not last or last[0].waybill != charge.waybill or again:
            groups.append([])
        groups[-1].append(charge)
    return groups


def _lines(
    contract: dict[str, Any], number: str, period: str, charges: list[Charge]
) -> tuple[list[list[str]], list[str], list[list[str]]]:
    """One row per line with its type and zone in columns."""
    names = {"freight": "运费", "surcharge": "附加费", "cod": "代收货款", "cod_fee": "代收货款服务费"}
    header = ["运单号", "日期", "分区", "计费重量", "业务类型", "费用类型", "费用名称", "金额"]
    rows = [
        [
            charge.number, charge.day, charge.zone, _kilos(charge),
            "退件" if charge.service == "return" else "正向",
            names[charge.kind], charge.item, _amount(charge),
        ]
        for charge in charges
        if not charge.mother
    ]  # fmt: skip
    total = f"{sum((c.amount for c in charges if not c.text), Decimal('0.00')):.2f}"
    return [[f"{contract['name']} {period} {number}"]], header, [*rows, ["合计", *[""] * 6, total]]


def _workbook(
    name: str,
    titles: list[list[str]],
    header: list[str],
    rows: list[list[str]],
    summary: list[list[str]] | None,
) -> bytes:
    target = io.BytesIO()
    as_text = {"strings_to_numbers": False, "strings_to_formulas": False, "strings_to_urls": False}
    with xlsxwriter.Workbook(target, {"in_memory": True, **as_text}) as book:
        if summary:
            sheet = book.add_worksheet("汇总")
            for position, row in enumerate(summary):
                sheet.write_row(position, 0, row)
        sheet = book.add_worksheet(name)
        if len(titles[0]) == 1:
            sheet.merge_range(0, 0, 0, len(header) - 1, titles[0][0])
        for position, row in enumerate([*titles, header, *rows]):
            if position:
                sheet.write_row(position, 0, row)
    return target.getvalue()
