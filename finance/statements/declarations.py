"""What an export says about itself above its header: account, currency, period, totals (FORMATS 7.1)."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal

from . import cells
from .rows import Measure


@dataclass
class Declared:
    """Empty where the export says nothing; `stated` holds (name, what it counts, figure)."""

    account: str = ""
    currency: str = ""
    period: tuple[date | None, date | None] = (None, None)
    stated: list[tuple[str, Measure, Decimal]] = field(default_factory=list)


_ACCOUNT_KEY = re.compile(
    r"^(?:账号|帐号|账户|卡号|客户账号|账号/卡号|支付宝账户|Account(?: number)?)\s*:\s*(.*)$", re.I
)
_CURRENCY_KEY = re.compile(r"^(?:币种|币别|货币|交易币种|Currency)\s*:\s*(.*)$", re.I)
_PERIOD_KEY = re.compile(
    r"(?:起始|开始)(?:时间|日期):\[?([\d\-/年月日]+)[^\]]*\]?.*?(?:终止|结束)(?:时间|日期):\[?([\d\-/年月日]+)"
)
_COUNT = re.compile(r"^共:?(\d{1,9})笔")
_STATED = re.compile(r"^(收入|支出|不计收支|中性交易):(\d{1,9})笔\s*([\d.,]+)元")
_STATED_MEASURES = {
    "收入": (Measure.ROWS_IN, Measure.SUM_IN),
    "支出": (Measure.ROWS_OUT, Measure.SUM_OUT),
    "不计收支": (Measure.ROWS_NEUTRAL, Measure.SUM_NEUTRAL),
    "中性交易": (Measure.ROWS_NEUTRAL, Measure.SUM_NEUTRAL),
}


def declarations(lines: Sequence[cells.Line]) -> Declared:
    """Read key and value pairs, in one cell or in two, and sentences with totals."""
    above = Declared()
    for line in lines:
        shown = [re.sub(r"\s*:\s*", ":", cells.fold(cell)) for cell in line.cells]
        for place, cell in enumerate(shown):
            key = re.sub(r"^(\S{1,2})\s+(\S{1,2}:)", r"\1\2", cell)
            after = shown[place + 1] if place + 1 < len(shown) else ""
            if (found := _ACCOUNT_KEY.match(key)) and not above.account:
                above.account = (found[1] or after).strip("[] ")
            if (found := _CURRENCY_KEY.match(key)) and not above.currency:
                above.currency = currency_code(found[1] or after)
            if found := _PERIOD_KEY.search(cell):
                above.period = (_day_or_none(found[1]), _day_or_none(found[2]))
            if found := _COUNT.match(cell):
                above.stated.append(("共…笔", Measure.ROWS, Decimal(found[1])))
            if found := _STATED.match(cell):
                counted, summed = _STATED_MEASURES[found[1]]
                above.stated.append((found[1], counted, Decimal(found[2])))
                if (total := _money_or_none(found[3])) is not None:
                    above.stated.append((found[1], summed, total))
    return above


def _money_or_none(text: str) -> Decimal | None:
    try:
        return cells.money(text)
    except ValueError:
        return None


def _day_or_none(text: str) -> date | None:
    try:
        return cells.day(text)
    except ValueError:
        return None


_CURRENCIES = {
    "人民币": "CNY",
    "人民币元": "CNY",
    "RMB": "CNY",
    "¥": "CNY",
    "美元": "USD",
    "港币": "HKD",
    "港元": "HKD",
    "欧元": "EUR",
    "日元": "JPY",
    "英镑": "GBP",
}


def currency_code(text: str) -> str:
    """ISO code of a currency cell, empty if it is none."""
    word = cells.fold(cells.bare(text)).upper()
    return _CURRENCIES.get(word, word if re.fullmatch(r"[A-Z]{3}", word) else "")
