"""Statements that are tables: one engine, many layouts kept as data (FORMATS 7.1, 7.2, R3 to R6).

The header is found by its set of names within the first 60 rows of a sheet, never by place. What stands
above it declares account, currency, period and totals; what stands below and is no row is skipped and
counted. A row that cannot be read waits for a person and the rest goes on.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from decimal import Decimal
from enum import StrEnum

from core.tabular.cells import DayOrder

from . import cells
from .draft import Draft, Raw
from .identity import Key, serial_key, text_key
from .problems import Problem
from .reading import Reading
from .rows import ZERO, Direction, Measure, RowKind, StatementRow

HEADER_ROWS = 60
_TOTALS_WORD = re.compile(r"^(合计|总计|小计|人民币合计|本页合计|承前|结转|期末余额|TOTAL\b)", re.IGNORECASE)

OUT_WORDS = frozenset(
    {"借", "借方", "借dr", "支取", "支出", "转出", "取出", "dr", "d", "debit", "dbit", "往账"}
)
IN_WORDS = frozenset({"贷", "贷方", "贷cr", "收入", "转入", "存入", "cr", "c", "credit", "crdt", "来账"})
NEUTRAL_WORDS = frozenset({"不计收支", "/", "中性交易", "其他"})


class Amounts(StrEnum):
    TWO_COLUMNS = "two columns"
    SIGNED = "signed"
    CARD = "signed, spending positive"
    MARKED = "unsigned beside a word"
    MARKED_SIGNED = "signed beside a word"


_ROLES = {
    Amounts.TWO_COLUMNS: ("income", "outgo"),
    Amounts.SIGNED: ("amount",),
    Amounts.CARD: ("amount",),
    Amounts.MARKED: ("amount", "mark"),
    Amounts.MARKED_SIGNED: ("amount", "mark"),
}


@dataclass(frozen=True)
class Layout:
    """One export of one bank. Names are separated by blanks and in the form of `cells.name_of`.

    `need` are the names without which the export is not this one; `columns` maps a role to the names
    seen for it, the first that is there counts; `above` is a text that must stand above the header.
    """

    code: str
    amounts: Amounts
    need: str
    columns: Mapping[str, str]
    memo: str = ""
    version: str = "1"
    currency: str = ""
    order: DayOrder = "ymd"
    comma: bool = False
    above: str = ""
    neutral: bool = False
    serial_by_year: bool = True
    balance_in_key: bool = False
    spare_columns: int = 0
    empty_behind: int = 0
    beijing: bool = True
    in_words: frozenset[str] = IN_WORDS
    out_words: frozenset[str] = OUT_WORDS

    @property
    def demand(self) -> int:
        """How much a file must have to be this layout; the most demanding of several counts."""
        return len(self.need.split()) + bool(self.above)

    def missing(self, names: Collection[str]) -> list[str]:
        """What a header lacks to be this one; a role lacks the first of its names."""
        needed = [name for name in self.need.split() if name not in names]
        for role in ("listed", *_ROLES[self.amounts]):
            aliases = self.columns[role].split()
            if not any(alias in names for alias in aliases) and aliases[0] not in needed:
                needed.append(aliases[0])
        return needed


@dataclass(frozen=True)
class Sheet:
    """One table of a file; a text file is one sheet without a name."""

    name: str
    lines: Sequence[cells.Line]


@dataclass(frozen=True)
class Match:
    """A layout whose header was found at `index` of the sheet's lines."""

    layout: Layout
    sheet: Sheet
    index: int
    names: tuple[str, ...]
    offset: int


def header_names(line: cells.Line) -> tuple[tuple[str, ...], int]:
    """Names of a possible header without empty edge columns, and where they begin."""
    begin, end = cells.without_edges(line.cells)
    return tuple(cells.name_of(cells.bare(cell)) for cell in line.cells[begin:end]), begin


def match_layouts(sheet: Sheet, layouts: Sequence[Layout]) -> list[Match]:
    """Every layout that fits; of several that fit one header only the most demanding."""
    above = ""
    for index, line in enumerate(sheet.lines[:HEADER_ROWS]):
        names, offset = header_names(line)
        above += cells.fold(" ".join(line.cells)) + "\n"
        fitting = [lay for lay in layouts if lay.above in above and not lay.missing(names)]
        if fitting:
            most = max(layout.demand for layout in fitting)
            return [Match(lay, sheet, index, names, offset) for lay in fitting if lay.demand == most]
    return []


def nearest_layout(sheet: Sheet, layouts: Sequence[Layout]) -> tuple[Layout, list[str]] | None:
    """The layout of which only a few columns are missing, to tell a clerk which."""
    found: list[tuple[int, Layout, list[str]]] = []
    for line in sheet.lines[:HEADER_ROWS]:
        names = header_names(line)[0]
        for layout in layouts:
            missing = layout.missing(names)
            if len(missing) * 2 < layout.demand:
                found.append((len(missing), layout, missing))
    return min(found, key=lambda near: near[0])[1:] if found else None


def read_table(draft: Draft, match: Match) -> None:
    """Fill the draft with what the sheet declares above the header and with its rows."""
    _Table(draft, match).read()


@dataclass
class _Above:
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
_COUNT = re.compile(r"^共:?(\d+)笔")
_STATED = re.compile(r"^(收入|支出|不计收支|中性交易):(\d+)笔\s*([\d.,]+)元")
_STATED_MEASURES = {
    "收入": (Measure.ROWS_IN, Measure.SUM_IN),
    "支出": (Measure.ROWS_OUT, Measure.SUM_OUT),
    "不计收支": (Measure.ROWS_NEUTRAL, Measure.SUM_NEUTRAL),
    "中性交易": (Measure.ROWS_NEUTRAL, Measure.SUM_NEUTRAL),
}


def _declarations(lines: Sequence[cells.Line]) -> _Above:
    above = _Above()
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
                above.stated.append((found[1], summed, Decimal(found[3].replace(",", ""))))
    return above


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


class _Table:
    def __init__(self, draft: Draft, match: Match) -> None:
        self.draft, self.match, self.layout = draft, match, match.layout
        self.names = match.names
        self.roles: dict[str, str] = {}
        for role, aliases in self.layout.columns.items():
            found = next((alias for alias in aliases.split() if alias in self.names), None)
            if found is not None:
                self.roles[role] = found
        self.memo = [name for name in self.layout.memo.split() if name in self.names]
        self.unread_balances = 0
        self.declared = ""
        self.behind = 0

    def read(self) -> None:
        lines, index = self.match.sheet.lines, self.match.index
        above = _declarations(lines[:index])
        draft, layout = self.draft, self.layout
        self.declared = above.account
        draft.currency = above.currency or draft.currency or layout.currency
        draft.period_from, draft.period_to = above.period
        draft.skipped += index + 1
        draft.has_running_balance = "balance" in self.roles
        for name, measure, value in above.stated:
            draft.state(name, measure, value)
        self.behind = self._empty_columns_behind(lines[index:])
        for line in lines[index + 1 :]:
            self._line(line)
        named = {row.account for row in draft.rows} or {self.declared}
        draft.account = (named.pop() if len(named) == 1 else "") or draft.account
        if self.unread_balances:
            problem = Problem("unreadable_balance", {"count": str(self.unread_balances)})
            draft.find(problem, sheet=self.match.sheet.name)

    def _empty_columns_behind(self, lines: Sequence[cells.Line]) -> int:
        """Empty columns behind the last named one: as many as the header has, or as every row has.
        A single longer row is a comma in a text and must not pass as one with an empty end."""
        width = self.match.offset + len(self.names)
        rows = [line.cells for line in lines[1:] if len(line.cells) > 1 and not _is_totals(line.cells)]
        lengths = {len(row) for row in rows}
        ends_empty = not any(cells.fold(cell) for row in rows for cell in row[width:])
        if len(rows) > 1 and len(lengths) == 1 and ends_empty:
            return max(lengths.pop() - width, 0)
        return max(len(lines[0].cells) - width, self.layout.empty_behind)

    def _line(self, line: cells.Line) -> None:
        found = line.cells[self.match.offset :]
        whole = len(self.names) + self.behind
        if len(found) == whole and not any(cells.fold(cell) for cell in found[len(self.names) :]):
            found = found[: len(self.names)]
        filled = [cell for cell in found if cells.fold(cell)]
        if not filled or self._is_note(filled):
            self.draft.skipped += 1
            return
        if _is_totals(filled):
            self.draft.skipped += 1
            self._printed_totals(found)
            return
        short = len(self.names) - len(found)
        if line.problem or short < 0 or short > self.layout.spare_columns:
            names = (*self.names, *(f"+{extra}" for extra in range(1, 1 - short)))
            counts = {"found": str(len(found)), "expected": str(len(self.names))}
            problem = Problem(line.problem) if line.problem else Problem("field_count", counts)
            self._review(line, tuple(zip(names, found, strict=False)), [problem], None)
            return
        raw: Raw = tuple(zip(self.names, (*found, *[""] * short), strict=True))
        self._row(line, raw, Reading(_first_of_repeated(raw)))

    def _is_note(self, filled: list[str]) -> bool:
        """A lone text below the rows: a footer such as a legal note or a line of dashes."""
        if len(filled) > 1 or len(self.names) < 4:
            return False
        try:
            cells.moment(filled[0])
        except ValueError:
            return True
        return False

    def _printed_totals(self, found: Sequence[str]) -> None:
        fields = dict(zip(self.names, found, strict=False))
        for role, measure in (("income", Measure.SUM_IN), ("outgo", Measure.SUM_OUT)):
            try:
                stated = cells.money(fields.get(self.roles.get(role, ""), ""), comma=self.layout.comma)
            except ValueError:
                continue
            if stated is not None:
                self.draft.state(cells.fold(found[0]), measure, abs(stated))

    def _review(
        self, line: cells.Line, raw: Raw, problems: Sequence[Problem], direction: Direction | None
    ) -> None:
        self.draft.review(line.number, raw, problems, sheet=self.match.sheet.name, direction=direction)

    def _row(self, line: cells.Line, raw: Raw, reading: Reading) -> None:
        layout = self.layout
        listed_on = reading.day(self.roles["listed"], order=layout.order)
        booked_on = listed_on
        if "booked" in self.roles and reading.filled(self.roles["booked"]):
            booked_on = reading.day(self.roles["booked"], order=layout.order)
        direction, amount, reversal = self._money(reading)
        currency = self._currency(reading)
        serial, merchant = self._reference(reading, "serial"), self._reference(reading, "merchant")
        if reading.problems or listed_on is None or booked_on is None or direction is None or amount is None:
            self._review(line, raw, reading.problems, direction)
            return
        self._flag(line, reading, serial, merchant)
        row = StatementRow(
            source=layout.code,
            account=self.declared or self._own_account(reading) or self.draft.account,
            line=line.number,
            sheet=self.match.sheet.name,
            raw=raw,
            kind=RowKind.ADJUSTMENT if reversal else RowKind.OTHER,
            direction=direction,
            amount=amount,
            currency=currency,
            booked_on=booked_on,
            listed_on=listed_on,
            occurred_at=self._occurred_at(reading, listed_on),
            provider_ref=serial,
            merchant_ref=merchant,
            balance_after=self._balance(reading),
            status=self._text(reading, "status"),
            reversal=reversal,
            counterparty=self._text(reading, "counterparty"),
            counterparty_account=self._text(reading, "counterparty_account"),
            memo=" ".join(text for name in self.memo if not cells.is_empty(text := reading.text(name))),
        )
        self.draft.accept(row, self._key(row, reading))

    def _money(self, reading: Reading) -> tuple[Direction | None, Decimal | None, bool]:
        """Direction, absolute amount and whether a negative figure reversed its side."""
        style, comma = self.layout.amounts, self.layout.comma
        if style is Amounts.TWO_COLUMNS:
            income = reading.money(self.roles["income"], comma=comma)
            outgo = reading.money(self.roles["outgo"], comma=comma)
            if income and outgo:
                reading.complain("two_amounts", self.roles["income"], str(income))
            if income is None and outgo is None:
                if not reading.problems:
                    reading.complain("no_amount", self.roles["income"])
                return None, None, False
            if income:
                return (Direction.IN if income > 0 else Direction.OUT), abs(income), income < 0
            if outgo:
                return (Direction.OUT if outgo > 0 else Direction.IN), abs(outgo), outgo < 0
            return (Direction.IN if income is not None else Direction.OUT), ZERO, False
        amount = reading.money(self.roles["amount"], needed=True, comma=comma)
        if style in (Amounts.SIGNED, Amounts.CARD):
            if amount is None:
                return None, None, False
            positive = amount >= 0 if style is Amounts.SIGNED else amount < 0
            return (Direction.IN if positive else Direction.OUT), abs(amount), False
        direction = self._marked(reading)
        if amount is None or direction is None:
            return direction, None, False
        if amount < 0 and (style is Amounts.MARKED or direction is not Direction.OUT):
            reading.complain("negative_amount", self.roles["amount"], str(amount))
        return direction, abs(amount), False

    def _marked(self, reading: Reading) -> Direction | None:
        word = "".join(cells.fold(reading.text(self.roles["mark"])).casefold().split())
        if word in self.layout.in_words:
            return Direction.IN
        if word in self.layout.out_words:
            return Direction.OUT
        if self.layout.neutral and word in NEUTRAL_WORDS:
            return Direction.NEUTRAL
        reading.complain("bad_direction", self.roles["mark"], word)
        return None

    def _currency(self, reading: Reading) -> str:
        if "currency" not in self.roles or not reading.filled(self.roles["currency"]):
            return self.draft.currency
        shown = reading.text(self.roles["currency"])
        code = currency_code(shown)
        if not code:
            reading.complain("bad_currency", self.roles["currency"], shown)
        return code

    def _reference(self, reading: Reading, role: str) -> str:
        return reading.reference(self.roles[role]) if role in self.roles else ""

    def _text(self, reading: Reading, role: str) -> str:
        text = reading.text(self.roles[role]) if role in self.roles else ""
        return "" if cells.is_empty(text) else text

    def _own_account(self, reading: Reading) -> str:
        return cells.bare(self._text(reading, "account"))

    def _occurred_at(self, reading: Reading, listed_on: date) -> datetime | None:
        if not self.layout.beijing:
            return None
        if "clock" in self.roles:
            return cells.at_clock(listed_on, reading.text(self.roles["clock"]))
        moment = cells.moment(reading.text(self.roles["listed"]))
        return moment if moment.time().isoformat() != "00:00:00" else None

    def _balance(self, reading: Reading) -> Decimal | None:
        if "balance" not in self.roles:
            return None
        try:
            balance = cells.money(reading.fields.get(self.roles["balance"], ""), comma=self.layout.comma)
        except ValueError:
            self.unread_balances += 1
            return None
        return None if balance is None else cells.cents(balance)

    def _flag(self, line: cells.Line, reading: Reading, *references: str) -> None:
        for reference in references:
            if cells.suspicious_zeros(reference):
                digits = {"digits": str(len(reference))}
                self.draft.find(Problem("rounded_id", digits, value=reference), line=line.number)
        for name in self.memo:
            if re.match(r"^-{5,}\s*[^-\s]", cells.fold(reading.text(name))):
                self.draft.find(Problem("glued_cells", column=name), line=line.number)

    def _key(self, row: StatementRow, reading: Reading) -> Key:
        amount = f"{row.amount:.2f}"
        if row.provider_ref:
            year = str(row.booked_on.year) if self.layout.serial_by_year else ""
            parts = (row.provider_ref, row.merchant_ref if self.layout.neutral else "", year)
            return serial_key(*parts, row.direction, amount, row.currency)
        texts = [row.counterparty, row.counterparty_account, *(reading.text(name) for name in self.memo)]
        if self.layout.balance_in_key:
            texts.append(str(row.balance_after))
        return text_key(
            booked_on=row.booked_on,
            direction=row.direction,
            amount=row.amount,
            currency=row.currency,
            texts=texts,
        )


def _is_totals(row: Sequence[str]) -> bool:
    return bool(_TOTALS_WORD.match(next((text for cell in row if (text := cells.fold(cell))), "")))


def _first_of_repeated(raw: Raw) -> dict[str, str]:
    """Columns by name; of a name that occurs twice the first column counts."""
    fields: dict[str, str] = {}
    for name, cell in raw:
        fields.setdefault(name, cell)
    return fields
