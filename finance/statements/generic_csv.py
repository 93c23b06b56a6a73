"""Tables of banks that have no layout here: by a saved column map, or by usual header words (FORMATS 7.6).

A map says everything a clerk knows about an export. Without one only plain tables are taken: header words
of the usual languages, dates that need no guess about their order, and a decimal sign that the column
itself proves. What cannot be told is refused and asked, never guessed.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace

from core.tabular.cells import DayOrder

from . import cells
from .layouts import HEADER_ROWS, Amounts, Layout, Match, Sheet, header_names
from .problems import refuse

CODE = "csv"

KNOWN = (
    Layout(
        "bank.bmo",
        Amounts.SIGNED,
        need="FirstBankCard TransactionType DatePosted TransactionAmount Description",
        columns={"listed": "DatePosted", "amount": "TransactionAmount", "account": "FirstBankCard"},
        memo="Description",
        currency="CAD",
        beijing=False,
    ),
)

# Header words of the usual languages by role, without blanks and in small letters.
WORDS: Mapping[str, str] = {
    "listed": "date bookingdate transactiondate postingdate dateposted buchungstag buchungsdatum datum "
    "dateopération dateoperation datedecomptabilisation fecha fechaoperación 交易日期 交易日 记账日期 记账日 "
    "入账日期 交易时间",
    "income": "credit creditamount moneyin paidin deposit haben gutschrift crédit abono haber 收入 收入金额 "
    "贷方发生额 贷方金额 转入金额 存入 存入金额 贷方",
    "outgo": "debit debitamount moneyout paidout withdrawal soll lastschrift débit cargo debe 支出 支出金额 "
    "借方发生额 借方金额 转出金额 支取 支取金额 借方",
    "amount": "amount transactionamount betrag umsatz montant importe 交易金额 金额 发生额",
    "mark": "d/c dc cr/dr dr/cr creditdebit debit/credit type/dc soll/haben sens 借贷 借贷标志 收支 收/支 "
    "借贷方向 收支类型",
    "balance": "balance runningbalance saldo solde 余额 账户余额 本次余额",
    "currency": "currency ccy amountcurrency währung devise moneda 币种 币别 货币 交易币种",
    "account": "account accountnumber iban bankaccount konto compte cuenta 账号 帐号 账户 卡号",
    "counterparty": "counterparty partner partnername payee name empfänger auftraggeber bénéficiaire "
    "beneficiario 对方户名 对方名称 对方单位 对手信息 交易对手名称",
    "counterparty_account": "counterpartyaccount partneriban 对方账号 对方帐号 对方账户",
    "serial": "reference ref transactionid referenz référence referencia 流水号 交易流水号",
}
_MEMO_WORDS = (
    "description details label memo narrative text verwendungszweck buchungstext libellé concepto "
    "descripción 摘要 用途 附言 备注 交易摘要"
)

_CHINESE = re.compile(r"[\u4e00-\u9fff]")


@dataclass(frozen=True)
class ColumnMap:
    """What is saved for an account. Columns are named as in the header, or "1", "2", ... without one.

    Give `amount`, or `income` and `outgo`, or `amount` and `mark`. `order` is ymd, dmy or mdy;
    `spending_positive` turns the sign of a card export; `minor_unit` says that amounts are whole cents.
    """

    listed: str
    amount: str = ""
    income: str = ""
    outgo: str = ""
    mark: str = ""
    booked: str = ""
    clock: str = ""
    balance: str = ""
    currency_column: str = ""
    currency: str = ""
    account: str = ""
    counterparty: str = ""
    counterparty_account: str = ""
    serial: str = ""
    merchant: str = ""
    memo: tuple[str, ...] = ()
    order: DayOrder = "ymd"
    decimal_comma: bool = False
    header_row: int | None = None
    spending_positive: bool = False
    minor_unit: bool = False
    in_words: frozenset[str] = field(default_factory=frozenset)
    out_words: frozenset[str] = field(default_factory=frozenset)


def map_layout(chosen: ColumnMap) -> Layout:
    """The layout that a saved map means; every column it names must be there."""
    roles = {
        "listed": chosen.listed,
        "booked": chosen.booked,
        "clock": chosen.clock,
        "amount": chosen.amount,
        "income": chosen.income,
        "outgo": chosen.outgo,
        "mark": chosen.mark,
        "balance": chosen.balance,
        "currency": chosen.currency_column,
        "account": chosen.account,
        "counterparty": chosen.counterparty,
        "counterparty_account": chosen.counterparty_account,
        "serial": chosen.serial,
        "merchant": chosen.merchant,
    }
    columns = {role: cells.name_of(name) for role, name in roles.items() if name}
    memo = [cells.name_of(name) for name in chosen.memo]
    layout = Layout(
        CODE,
        _style(columns, spending_positive=chosen.spending_positive),
        need=" ".join([*columns.values(), *memo]),
        columns=columns,
        memo=" ".join(memo),
        currency=chosen.currency,
        order=chosen.order,
        comma=chosen.decimal_comma,
        minor_unit=chosen.minor_unit,
        beijing=False,
    )
    if chosen.in_words or chosen.out_words:
        layout = replace(layout, in_words=_folded(chosen.in_words), out_words=_folded(chosen.out_words))
    return layout


def mapped_sheet(sheet: Sheet, chosen: ColumnMap) -> Sheet:
    """The sheet from the header row of the map on; without a header the columns are numbered."""
    if chosen.header_row is None:
        return sheet
    if chosen.header_row:
        return Sheet(sheet.name, [line for line in sheet.lines if line.number >= chosen.header_row])
    width = max((len(line.cells) for line in sheet.lines), default=0)
    header = cells.Line(0, tuple(str(place) for place in range(1, width + 1)))
    return Sheet(sheet.name, [header, *sheet.lines])


def guessed_width(head: Sheet) -> int:
    """How many columns a header of usual words has in these first rows, 0 if there is none."""
    found = _find_header(head)
    return len(found[1]) if found else 0


def guess_layout(sheet: Sheet, *, currency: str) -> list[Match]:
    """A match by usual header words; empty if the first rows hold no such header. Raises
    StatementRefused where the table leaves open what an amount or a date means."""
    found = _find_header(sheet)
    if found is None:
        return []
    index, names, offset = found
    columns = _roles(names)
    below = [row for row in sheet.lines[index + 1 :] if any(cell.strip() for cell in row.cells)]
    layout = Layout(
        CODE,
        _style(columns),
        need=columns["listed"],
        columns=columns,
        memo=" ".join(name for name in names if name.casefold() in _MEMO_WORDS.split()),
        currency=currency or ("CNY" if _CHINESE.search(columns["listed"]) else ""),
        comma=_decimal_comma(below, [names.index(name) + offset for name in _money_columns(columns)]),
        beijing=False,
    )
    _ask_what_cannot_be_told(layout, below, names, offset)
    return [Match(layout, sheet, index, names, offset)]


def _find_header(sheet: Sheet) -> tuple[int, tuple[str, ...], int] | None:
    for index, line in enumerate(sheet.lines[:HEADER_ROWS]):
        names, offset = header_names(line)
        columns = _roles(names)
        has_money = "amount" in columns or {"income", "outgo"} <= set(columns)
        if len(names) > 2 and "listed" in columns and has_money:
            return index, names, offset
    return None


def _folded(words: frozenset[str]) -> frozenset[str]:
    return frozenset("".join(cells.fold(word).casefold().split()) for word in words)


def _style(columns: Mapping[str, str], *, spending_positive: bool = False) -> Amounts:
    if "income" in columns and "outgo" in columns:
        return Amounts.TWO_COLUMNS
    if "mark" in columns:
        return Amounts.MARKED_SIGNED
    return Amounts.CARD if spending_positive else Amounts.SIGNED


def _roles(names: Sequence[str]) -> dict[str, str]:
    by_word = {name.casefold(): name for name in reversed(names)}
    found = {
        role: next((by_word[word] for word in words.split() if word in by_word), "")
        for role, words in WORDS.items()
    }
    return {role: name for role, name in found.items() if name}


def _money_columns(columns: Mapping[str, str]) -> list[str]:
    return [columns[role] for role in ("income", "outgo", "amount", "balance") if role in columns]


def _decimal_comma(lines: Sequence[cells.Line], places: Sequence[int]) -> bool:
    """Whether the money columns prove a decimal comma; both readings possible and different is refused."""
    fits = {True: True, False: True}
    differ = ""
    for line in lines:
        for place in places:
            cell = line.cells[place] if place < len(line.cells) else ""
            readings = {}
            for comma in (False, True):
                try:
                    readings[comma] = cells.money(cell, comma=comma)
                except ValueError:
                    continue
            if len(readings) == 1:
                fits[not next(iter(readings))] = False
            elif readings and readings[True] != readings[False]:
                differ = differ or cell
    if fits[True] and fits[False] and differ:
        raise refuse("decimal_sign", value=differ)
    return fits[True] and not fits[False]


def _ask_what_cannot_be_told(
    layout: Layout, lines: Sequence[cells.Line], names: Sequence[str], offset: int
) -> None:
    place = names.index(layout.columns["listed"]) + offset
    dates = [line.cells[place] for line in lines if place < len(line.cells)]
    if dates and not any(_reads_as_day(cell) for cell in dates):
        raise refuse("date_order", value=dates[0])
    currency = layout.columns.get("currency")
    if not layout.currency and currency is None:
        raise refuse("no_currency")
    amount = layout.columns.get("amount")
    if layout.amounts is Amounts.SIGNED and amount and _CHINESE.search(amount):
        column = names.index(amount) + offset
        shown = [line.cells[column] for line in lines if len(line.cells) > column]
        if not any(re.match(r"\s*[-+(]", cells.fold(cell)) for cell in shown):
            raise refuse("direction_unknown", column=amount)


def _reads_as_day(cell: str) -> bool:
    try:
        cells.day(cell)
    except ValueError:
        return False
    return True
