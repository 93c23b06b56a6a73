"""Reads the rows of an export whose layout is known (FORMATS 7.1, 7.2, R5 to R11).

What stands above the header is declared, what stands below and is no row is skipped and counted. A row
that cannot be read waits for a person and the rest goes on.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from datetime import date, datetime
from decimal import Decimal

from . import cells
from .declarations import currency_code, declarations
from .draft import Draft
from .identity import Key, serial_key, text_key
from .layouts import NEUTRAL_WORDS, Amounts, Match
from .problems import Problem
from .reading import Reading
from .rows import ZERO, Direction, Measure, RawCells, RowKind, StatementRow

_TOTALS_WORDS = r"合计|总计|小计|人民币合计|本页合计|承前页?|结转|期初余额|期末余额|TOTAL"
_TOTALS_FIRST = re.compile(rf"^({_TOTALS_WORDS})", re.IGNORECASE)
_TOTALS_CELL = re.compile(rf"^({_TOTALS_WORDS})$", re.IGNORECASE)
_NOTE = re.compile(r"[^\W\d_].*[^\W\d_].*[^\W\d_].*[^\W\d_]|^[-=*#]{3,}")
_FEE_NOTE = re.compile(r"服务费[¥￥]([\d.]+)")


def read_table(draft: Draft, match: Match) -> None:
    """Fill the draft with what the sheet declares above the header and with its rows."""
    _Table(draft, match).read()


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
        above = declarations(lines[:index])
        draft, layout = self.draft, self.layout
        self.declared = above.account
        draft.header = self.names
        draft.currency = above.currency or draft.currency or layout.currency
        draft.period_from, draft.period_to = above.period
        draft.skipped += index + 1
        draft.has_running_balance = "balance" in self.roles
        for name, measure, value in above.stated:
            draft.state(name, measure, value)
        self.behind = self._empty_columns_behind(lines[index:])
        for line in lines[index + 1 :]:
            self._line(line)
        self._report()
        named = {row.account for row in draft.rows} or {self.declared}
        draft.account = (named.pop() if len(named) == 1 else "") or draft.account

    def _report(self) -> None:
        """What somebody should know about the sheet as a whole."""
        sheet = self.match.sheet.name
        if self.unread_balances:
            problem = Problem("unreadable_balance", {"count": str(self.unread_balances)})
            self.draft.find(problem, sheet=sheet)
        unknown = [name for name in self.names if name and name not in self.layout.known]
        if unknown and self.layout.code != "csv":
            self.draft.find(Problem("unknown_columns", {"columns": ", ".join(unknown)}), sheet=sheet)

    def _empty_columns_behind(self, lines: Sequence[cells.Line]) -> int:
        """Empty columns behind the last named one: as many as the header has, or as every row has.
        A single longer row is a comma in a text and must not pass as one with an empty end."""
        width = self.match.offset + len(self.names)
        rows = [line.cells for line in lines[1:] if len(line.cells) > 1 and not self._is_totals(line.cells)]
        lengths = {len(row) for row in rows}
        ends_empty = not any(cells.fold(cell) for row in rows for cell in row[width:])
        if len(rows) > 1 and len(lengths) == 1 and ends_empty:
            return max(lengths.pop() - width, 0)
        return max(len(lines[0].cells) - width, self.layout.empty_behind)

    def _line(self, line: cells.Line) -> None:
        found = line.cells[self.match.offset :]
        if self.match.sheet.padded:
            found = (*found, *[""] * (len(self.names) - len(found)))
        whole = len(self.names) + self.behind
        if len(found) == whole and not any(cells.fold(cell) for cell in found[len(self.names) :]):
            found = found[: len(self.names)]
        filled = [cell for cell in found if cells.fold(cell)]
        if not filled or self._is_note(filled):
            self.draft.skipped += 1
            return
        if self._is_totals(found):
            self.draft.skipped += 1
            self._printed_totals(found)
            return
        short = len(self.names) - len(found)
        if line.problem or short < 0 or short > self.layout.spare_columns:
            names = (*self.names, *(f"+{extra}" for extra in range(1, 1 - short)))
            counts = {"found": str(len(found)), "expected": str(len(self.names))}
            problem = Problem(line.problem) if line.problem else Problem("field_count", counts)
            self._review(line, self.draft.raw(names, found), [problem], None)
            return
        raw = self.draft.raw(self.names, (*found, *[""] * short))
        self._row(line, raw, Reading(_first_of_repeated(raw)))

    def _is_note(self, filled: Sequence[str]) -> bool:
        """A lone text below the rows: a footer such as a legal note, or a line of dashes. A lone number
        or date is what is left of a row."""
        return len(filled) == 1 and len(self.names) > 3 and bool(_NOTE.search(cells.fold(filled[0])))

    def _is_totals(self, row: Sequence[str]) -> bool:
        """A totals row begins with its word, or holds the bare word where the date would stand empty."""
        if row and _TOTALS_FIRST.match(cells.fold(row[0])):
            return True
        place = self.names.index(self.roles["listed"])
        dated = place < len(row) and cells.fold(row[place])
        return not dated and any(_TOTALS_CELL.match(cells.fold(cell)) for cell in row)

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
        self, line: cells.Line, raw: RawCells, problems: Sequence[Problem], direction: Direction | None
    ) -> None:
        self.draft.review(line.number, raw, problems, sheet=self.match.sheet.name, direction=direction)

    def _row(self, line: cells.Line, raw: RawCells, reading: Reading) -> None:
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
        memo = " ".join(text for name in self.memo if not cells.is_empty(text := reading.text(name)))
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
            fee=Decimal(fee[1]) if self.layout.neutral and (fee := _FEE_NOTE.search(memo)) else None,
            status=self._text(reading, "status"),
            reversal=reversal,
            counterparty=self._other_side(reading, direction, ""),
            counterparty_account=self._other_side(reading, direction, "_account"),
            memo=memo,
        )
        self.draft.accept(row, self._key(row, reading))

    def _money(self, reading: Reading) -> tuple[Direction | None, Decimal | None, bool]:
        """Direction, absolute amount and whether a negative figure reversed its side."""
        style = self.layout.amounts
        if style is Amounts.TWO_COLUMNS:
            income = self._amount(reading, "income")
            outgo = self._amount(reading, "outgo")
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
        amount = self._amount(reading, "amount", needed=True)
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

    def _amount(self, reading: Reading, role: str, *, needed: bool = False) -> Decimal | None:
        """An amount in yuan, euros ...; a layout in the minor unit states whole fen, cents (F64)."""
        name = self.roles[role]
        if not self.layout.minor_unit:
            return reading.money(name, needed=needed, comma=self.layout.comma)
        amount = reading.exact(name, needed=needed, comma=self.layout.comma)
        if amount is not None and amount != amount.to_integral_value():
            reading.complain("too_precise", name, reading.text(name))
        return None if amount is None else cells.cents(amount / 100)

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

    def _other_side(self, reading: Reading, direction: Direction, part: str) -> str:
        """Exports that name payer and payee: the other side is who paid us or whom we paid."""
        if f"payer{part}" in self.roles:
            return self._text(reading, ("payer" if direction is Direction.IN else "payee") + part)
        return self._text(reading, f"counterparty{part}")

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
        if balance is None:
            return None
        return cells.cents(balance / 100 if self.layout.minor_unit else balance)

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


def _first_of_repeated(raw: RawCells) -> dict[str, str]:
    """Columns by name; of a name that occurs twice the first column counts."""
    fields: dict[str, str] = {}
    for name, cell in raw:
        fields.setdefault(name, cell)
    return fields
