"""The names that columns and fees go by in courier files (FORMATS 8.1), and what they mean here.

Every layout has the same keys, so that a clerk's map fits any of them; they differ in what they need.
"""

from __future__ import annotations

import re
import unicodedata
from decimal import Decimal
from functools import lru_cache

from core.tabular import Column, ColumnSet, fold
from logistics.rules.grouping import Term
from logistics.rules.outcomes import FeeKind

ALIASES: dict[str, tuple[str, ...]] = {
    "waybill": (
        "运单号", "运单号码", "运单编号", "快递单号", "面单号", "物流单号", "快递编号", "单号",
        "waybill", "waybill no", "waybill number", "AWB Code", "AWB", "tracking number", "tracking no",
    ),
    "mother": ("母单号", "母运单号", "主单号", "主运单号", "mother waybill"),
    "weight": (
        "计费重量", "计费重量(kg)", "网点称重", "结算重量", "结算重量(kg)", "重量", "重量(kg)",
        "charged weight", "billed weight", "chargeable weight", "weight", "weight_kg", "weight (kg)",
    ),
    "amount": (
        "应付金额", "应付金额(元)", "合计费用", "费用合计", "总费用", "总运费", "应补差额运费",
        "金额", "金额(元)", "费用", "费用(元)",
        "amount", "total", "total amount", "fee", "charge", "Billing Amount (Rs.)", "net amount",
    ),
    "freight": ("运费", "快递费", "运费(元)", "快递费(元)", "件数运费", "freight", "base freight"),
    "surcharge": (
        "附加费", "加收费用", "加收", "附加费(元)", "其他费用", "增值服务费", "面单费用",
        "surcharge", "surcharges",
    ),
    "cod_fee": (
        "代收货款服务费", "代收货款手续费", "代收手续费", "代收服务费", "COD手续费", "COD服务费",
        "cod fee", "cod_fee",
    ),
    "cod": ("代收货款", "代收货款金额", "代收金额", "代收款", "COD金额", "cod", "cod amount", "cod_amount"),
    "fee_type": (
        "费用类型", "费用类别", "收费项目", "费用项目", "fee type", "charge type", "charge code", "fee kind",
    ),
    "item": ("产品类型/服务", "产品类型", "费用名称", "服务名称", "服务", "产品", "item", "description"),
    "zone": ("分区", "区域", "计费分区", "zone", "zone code"),
    "origin": ("始发地", "寄件地区", "始发城市", "始发省份", "寄件地", "origin"),
    "destination": (
        "目的地", "到件地区", "目的省份", "目的省", "目的城市", "目的站", "收件省份", "收件地区",
        "destination",
    ),
    "day": (
        "日期", "业务时间", "扫描时间", "揽收时间", "揽收日期", "寄件日期", "发货日期", "date",
        "shipped on", "shipment date",
    ),
    "term": ("付款方式", "支付类型", "开单付款方式", "payment term", "payment terms"),
    "service": ("业务类型", "运单类型", "Type of Shipment", "service", "shipment type"),
    "note": ("服务备注", "备注", "note", "remark", "remarks"),
}  # fmt: skip


def _layout(name: str, *needed: str) -> ColumnSet:
    return ColumnSet(name, tuple(Column(key, names, key in needed) for key, names in ALIASES.items()))


LAYOUTS = (
    _layout("courier.sf", "waybill", "term", "amount"),
    _layout("courier.lines", "waybill", "fee_type", "amount"),
    _layout("courier.branch", "waybill", "freight"),
    _layout("courier.total", "waybill", "amount"),
)
MAPPED = (
    _layout("courier.mapped", "waybill", "amount"),
    _layout("courier.mapped.freight", "waybill", "freight"),
)

SUMMARY_AMOUNT = {
    fold(name) for name in ("应付金额", "应付合计", "应付总额", "应付金额合计", "amount due", "total due")
}

TERMS = {
    "寄付月结": Term.MONTHLY, "月结": Term.MONTHLY, "寄付": Term.MONTHLY, "monthly": Term.MONTHLY,
    "寄付现结": Term.PREPAID, "现付": Term.PREPAID, "prepaid": Term.PREPAID,
    "到付": Term.COLLECT, "到付现结": Term.COLLECT, "到付月结": Term.COLLECT, "collect": Term.COLLECT,
    "第三方": Term.THIRD_PARTY, "第三方付": Term.THIRD_PARTY, "third party": Term.THIRD_PARTY,
}  # fmt: skip
_TERMS = {fold(name): term for name, term in TERMS.items()}

ADJUSTING = (
    "冲减",
    "更正",
    "调整",
    "退款",
    "理赔",
    "赔付",
    "赔偿",
    "credit",
    "refund",
    "adjustment",
    "correction",
)
COLLECTING = ("代收", "cod", "cash on delivery")
FEE_WORDS = ("服务费", "手续费", "fee", "charge")
EXTRA = (
    "附加", "燃油", "保价", "保险", "包装", "面单", "加收", "偏远", "超范围", "超长", "超重",
    "签单", "签回",
    "surcharge", "fuel", "remote", "insurance", "packaging", "oversize", "residential",
)  # fmt: skip
RETURNING = ("退回", "退件", "退货", "逆向", "return", "rto")


def _pattern(words: tuple[str, ...]) -> re.Pattern[str]:
    """Chinese words anywhere, Latin ones whole: a postcode is no COD and a carton no RTO."""
    return re.compile(
        "|".join(rf"(?<![a-z]){word}s?(?![a-z])" if word.isascii() else word for word in words), re.IGNORECASE
    )


_PATTERNS: dict[tuple[str, ...], re.Pattern[str]] = {
    words: _pattern(words) for words in (ADJUSTING, COLLECTING, FEE_WORDS, EXTRA, RETURNING)
}


@lru_cache(maxsize=4096)
def _speaks_of(words: tuple[str, ...], text: str) -> bool:
    """Files repeat few texts many times, so each is looked at once."""
    return bool(_PATTERNS[words].search(unicodedata.normalize("NFKC", text)))


def kind_of_item(name: str, amount: Decimal) -> FeeKind:
    """What a named fee is. A negative charge corrects something, whatever it is called."""
    if _speaks_of(COLLECTING, name):
        if _speaks_of(FEE_WORDS, name):
            return FeeKind.COD_FEE if amount >= 0 else FeeKind.ADJUSTMENT
        return FeeKind.COD
    if amount < 0 or _speaks_of(ADJUSTING, name):
        return FeeKind.ADJUSTMENT
    return FeeKind.SURCHARGE if _speaks_of(EXTRA, name) else FeeKind.FREIGHT


@lru_cache(maxsize=4096)
def term_of(text: str) -> Term | None:
    return _TERMS.get(fold(text))


def is_return_text(text: str) -> bool:
    """Whether a service or remark speaks of a parcel on its way back."""
    return bool(text) and _speaks_of(RETURNING, text)
