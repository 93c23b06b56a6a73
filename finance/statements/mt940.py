"""SWIFT MT940 end-of-day and MT942 interim statements (FORMATS 7.4).

A row is one `:61:`; the `:86:` or `:NS:` after it is its text. Balances are checked message by message,
so that page breaks (`:62M:` and `:60M:`) join without a rule of their own. A `:61:` that cannot be read
stays with its text for a person.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal

from .draft import Draft
from .identity import Key, serial_key, text_key
from .problems import Problem, refuse
from .rows import ZERO, Direction, Measure, ParsedStatement, RawCells, RowKind, StatementRow

VERSION = "1"
_TAG = re.compile(r"^:(\d{2}[A-Z]?|NS):(.*)$")
_BALANCE = re.compile(r"^([CD])(\d{6})([A-Z]{3})?(\d{1,15}(?:,\d{0,6})?)\s*$")
_TURNOVER = re.compile(r"^(\d{1,9})([A-Z]{3})(\d{1,15}(?:,\d{0,6})?)\s*$")
_LINE = re.compile(
    r"^(?P<value>\d{6})(?P<entry>\d{4})?(?P<mark>R?[CD])(?P<letter>[A-Z])?(?P<amount>\d{1,15}(?:,\d{0,6})?)(?!\d)"
    r"(?:(?P<type>[A-Z].{3})(?P<rest>.*))?$"
)
_CURRENCY_IN_ACCOUNT = re.compile(r"^(.*\d)([A-Z]{3})$")


@dataclass
class _Field:
    tag: str
    line: int
    text: str
    more: list[str] = field(default_factory=list)

    @property
    def full(self) -> str:
        return "\n".join([self.text, *self.more])


@dataclass
class _Message:
    """One `:20:` to the next: a page, or a whole statement."""

    fields: list[_Field] = field(default_factory=list)

    def first(self, *tags: str) -> _Field | None:
        return next((f for f in self.fields if f.tag in tags), None)


def looks_like_mt940(text: str) -> bool:
    """A `:20:` or a SWIFT envelope, then an account."""
    return bool(re.search(r"(?m)^(?::20:|\{1:F01)[\s\S]*?^:25:", text))


def read_mt940(data: bytes, *, filename: str, account: str = "") -> ParsedStatement:
    """Read all messages of the file. Amounts are in the currency of the opening balance."""
    text = _decode(data)
    messages = list(_messages(text))
    if not messages:
        raise refuse("not_a_statement", why="it has no :20: reference followed by a :25: account")
    interim = bool(re.search(r"(?m)^:(34F|13D):", text))
    draft = Draft("mt942" if interim else "mt940", VERSION, filename, data)
    accounts = [_account(message) for message in messages]
    names = {name for name, _ in accounts}
    draft.account = names.pop() if len(names) == 1 else account
    for message, (name, currency) in zip(messages, accounts, strict=True):
        _read_message(draft, message, name, currency, interim=interim)
    return draft.finish()


def _decode(data: bytes) -> str:
    # GB18030 would turn accents into Chinese, so western fallbacks only.
    for encoding in ("utf-8-sig", "cp1252"):
        try:
            return data.decode(encoding)
        except UnicodeDecodeError:
            continue
    return data.decode("latin-1")


def _messages(text: str) -> Iterator[_Message]:
    message: _Message | None = None
    for number, raw in enumerate(text.splitlines(), start=1):
        line = re.sub(r"^(?:\{[^{}]*\})*\{4:", "", raw.strip("\x00\x01\x03\x1a\r")).rstrip()
        if not line or line in ("-", "-}") or line.startswith("-}"):
            continue
        tag = _TAG.match(line)
        if tag and tag[1] == "20":
            if message is not None and message.first("25"):
                yield message
            message = _Message()
        if message is None:
            continue
        if tag:
            message.fields.append(_Field(tag[1], number, tag[2]))
        elif message.fields:
            message.fields[-1].more.append(line)
    if message is not None and message.first("25"):
        yield message


def _account(message: _Message) -> tuple[str, str]:
    """Account and currency of a message; the currency may hang on the account or stand in a balance."""
    held = message.first("25")
    name = held.text.strip() if held else ""
    joined = _CURRENCY_IN_ACCOUNT.match(name)
    if joined:
        return joined[1], joined[2]
    for opening in message.fields:
        balance = (
            _BALANCE.match(opening.text.strip()) if opening.tag in ("60F", "60M", "62F", "62M") else None
        )
        if balance and balance[3]:
            return name, balance[3]
        floor = re.match(r"^([A-Z]{3})[CD]?\d", opening.text) if opening.tag == "34F" else None
        if floor:
            return name, floor[1]
    return name, ""


def _read_message(draft: Draft, message: _Message, account: str, currency: str, *, interim: bool) -> None:
    if not currency:
        raise refuse("not_a_statement", why=f"the statement of account {account} names no currency")
    number = message.first("28C", "28")
    reference = number.text.strip() if number else ""
    moved = ZERO
    rows: list[StatementRow] = []
    for position, entry in enumerate(message.fields):
        if entry.tag != "61":
            continue
        text = _text_of(message.fields, position)
        row = _read_line(draft, entry, text, account, currency, reference)
        if row is not None:
            rows.append(row)
            moved += row.signed
    opening, closing = message.first("60F", "60M"), message.first("62F", "62M")
    start = _balance(opening)
    end = _balance(closing)
    if draft.opening is None and not draft.closing:
        draft.opening = start
    if end is not None:
        draft.closing = end
    label = f"{account} {reference}".strip()
    if start is not None and end is not None:
        draft.state(
            f":62: {label}",
            Measure.CLOSING,
            end,
            computed=start + moved,
            currency=currency,
            account=account,
        )
    elif not interim:
        missing = message.fields[-1].line
        draft.find(Problem("no_closing_balance"), line=missing)
    for tag, direction in (("90C", Direction.IN), ("90D", Direction.OUT)):
        _state_turnover(draft, message.first(tag), direction, rows, label, currency, account)


def _state_turnover(
    draft: Draft,
    turnover: _Field | None,
    direction: Direction,
    rows: list[StatementRow],
    label: str,
    currency: str,
    account: str,
) -> None:
    match = _TURNOVER.match(turnover.text.strip()) if turnover else None
    if turnover is None or match is None:
        return
    chosen = [row for row in rows if row.direction is direction]
    counted = Measure.ROWS_IN if direction is Direction.IN else Measure.ROWS_OUT
    summed = Measure.SUM_IN if direction is Direction.IN else Measure.SUM_OUT
    name = f":{turnover.tag}: {label}"
    draft.state(name, counted, Decimal(match[1]), computed=Decimal(len(chosen)), account=account)
    total = sum((row.amount for row in chosen), ZERO)
    draft.state(name, summed, _amount(match[3]), computed=total, currency=currency, account=account)


def _text_of(fields: list[_Field], position: int) -> str:
    following = fields[position + 1] if position + 1 < len(fields) else None
    return following.full if following is not None and following.tag in ("86", "NS") else ""


def _balance(held: _Field | None) -> Decimal | None:
    match = _BALANCE.match(held.text.strip()) if held else None
    if match is None:
        return None
    amount = _amount(match[4])
    return amount if match[1] == "C" else -amount


def _amount(text: str) -> Decimal:
    """Comma is the decimal sign and may end the number; two places unless the bank gave more."""
    exact = Decimal(text.replace(",", ".").rstrip("."))
    rounded = exact.quantize(Decimal("0.01"))
    return rounded if rounded == exact else exact


def _read_line(
    draft: Draft, entry: _Field, text: str, account: str, currency: str, reference: str
) -> StatementRow | None:
    raw = RawCells((":61:", ":86:"), (entry.full, text))

    def review(*problems: Problem) -> None:
        draft.review(entry.line, raw, problems, account=account)

    match = _LINE.match(entry.text)
    if match is None:
        review(Problem("unreadable_line", column=":61:", value=entry.text))
        return None
    value_on = _day(match["value"])
    booked_on = _entry_day(match["entry"], match["value"]) if match["entry"] else value_on
    if booked_on is None:
        review(Problem("bad_date", column=":61:", value=match["value"]))
        return None
    amount = _amount(match["amount"])
    if amount.as_tuple().exponent != -2:
        review(Problem("too_precise", column=":61:", value=match["amount"]))
        return None
    if value_on is None:
        draft.find(Problem("impossible_date", column=":61:", value=match["value"]), line=entry.line)
    direction = Direction.IN if match["mark"] in ("C", "RD") else Direction.OUT
    customer, _, bank = (match["rest"] or "").partition("//")
    bank_ref, customer_ref = _reference(bank), _reference(customer)
    row = StatementRow(
        source=draft.format,
        account=account,
        line=entry.line,
        raw=raw,
        kind=RowKind.ADJUSTMENT if match["mark"].startswith("R") else RowKind.OTHER,
        direction=direction,
        amount=amount,
        currency=currency,
        booked_on=booked_on,
        listed_on=value_on or booked_on,
        provider_ref=bank_ref,
        merchant_ref=customer_ref,
        reversal=match["mark"].startswith("R"),
        memo=" ".join(part for part in (*entry.more, text) if part),
    )
    draft.accept(row, _key(row, reference, bank_ref, text))
    return row


def _key(row: StatementRow, number: str, bank_ref: str, text: str) -> Key:
    if bank_ref:
        day = row.listed_on
        return serial_key(
            number, str(day.year), day.isoformat(), row.direction, f"{row.amount:.2f}", row.currency, bank_ref
        )
    return text_key(
        booked_on=row.listed_on,
        direction=row.direction,
        amount=row.amount,
        currency=row.currency,
        texts=[row.merchant_ref, row.memo, text],
    )


def _reference(text: str) -> str:
    cleaned = text.strip()
    return "" if cleaned == "NONREF" else cleaned


def _day(text: str) -> date | None:
    year = 2000 + int(text[:2])
    try:
        return date(year if year < 2080 else year - 100, int(text[2:4]), int(text[4:6]))
    except ValueError:
        return None


def _entry_day(entry: str, value: str) -> date | None:
    """The entry date has no year: the one nearest to the value date, whose day may not exist."""
    month = min(max(int(value[2:4]), 1), 12)
    near = _day(value) or _day(f"{value[:2]}{month:02d}28")
    if near is None:
        return None
    found = []
    for year in (near.year - 1, near.year, near.year + 1):
        try:
            found.append(date(year, int(entry[:2]), int(entry[2:])))
        except ValueError:
            continue
    return min(found, key=lambda day: abs(day - near), default=None)
