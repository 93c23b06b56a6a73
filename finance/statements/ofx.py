"""OFX 1 (SGML, unclosed tags) and OFX 2 (XML), read tolerantly (FORMATS 7.5).

Strict parsers refuse a quarter of real files, so tags are taken one by one and only what a row needs is
asked for: a date, an amount. Nothing here expands entities or follows references.
"""

from __future__ import annotations

import html
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal

from . import cells
from .draft import Draft
from .identity import Key, serial_key, text_key
from .problems import Problem, refuse
from .rows import Direction, ParsedStatement, RawCells, RowKind, StatementRow

VERSION = "1"
_TAG = re.compile(r"<(/?)([A-Za-z0-9._]+)\s*/?>([^<]*)")
_STATEMENTS = {"STMTRS", "CCSTMTRS", "INVSTMTRS"}
_KINDS = {
    "FEE": RowKind.FEE,
    "SRVCHG": RowKind.FEE,
    "XFER": RowKind.TRANSFER,
    "PAYMENT": RowKind.PAYMENT,
    "POS": RowKind.PAYMENT,
}


@dataclass
class _Transaction:
    line: int
    account: str
    currency: str
    fields: dict[str, str] = field(default_factory=dict)


@dataclass
class _Contents:
    transactions: list[_Transaction] = field(default_factory=list)
    statements: int = 0
    error: tuple[str, str] | None = None
    closing: str = ""
    currency: str = ""


def read_ofx(data: bytes, *, filename: str, account: str = "") -> ParsedStatement:
    """Read the bank and card transactions of all statements in the file."""
    contents = _collect(_decode(data))
    if not contents.statements:
        if contents.error:
            raise refuse("bank_error", status=contents.error[0], said=contents.error[1])
        raise refuse("not_a_statement", why="it has no account statement inside")
    draft = Draft("ofx", VERSION, filename, data, account=account, currency=contents.currency)
    seen: dict[tuple[str, str], tuple[Key, int]] = {}
    for transaction in contents.transactions:
        _read_transaction(draft, transaction, seen)
    accounts = {row.account for row in draft.rows}
    draft.account = accounts.pop() if len(accounts) == 1 else account
    if contents.statements == 1:
        draft.closing = _amount(contents.closing)
    return draft.finish()


def _decode(data: bytes) -> str:
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError:
        return data.decode("cp1252", "replace")


def _tags(text: str) -> Iterator[tuple[int, bool, str, str]]:
    """(line, is an end tag, name, text behind it)."""
    line, at = 1, 0
    for match in _TAG.finditer(text):
        line += text.count("\n", at, match.start())
        at = match.start()
        yield line, bool(match[1]), match[2].upper(), html.unescape(match[3]).strip()


def _collect(text: str) -> _Contents:
    contents = _Contents()
    account = currency = status = ""
    inside = ""
    current: _Transaction | None = None
    for line, ends, name, value in _tags(text):
        if name == "STMTTRN":
            current = None if ends else _Transaction(line, account, currency)
            if current is not None:
                contents.transactions.append(current)
        elif ends:
            if name in ("BANKTRANLIST", "INVBANKTRAN"):
                current = None
        elif name in _STATEMENTS:
            contents.statements += 1
            account = currency = ""
        elif current is not None and name != "BANKTRANLIST":
            if value:
                current.fields.setdefault(name, value)
        elif name in ("LEDGERBAL", "AVAILBAL", "INVBAL", "STATUS"):
            inside = name
        elif name == "CURDEF":
            currency = contents.currency = value
        elif name == "ACCTID":
            account = value
        elif name == "BALAMT" and inside == "LEDGERBAL":
            contents.closing = value
        elif name == "CODE" and inside == "STATUS":
            status = value
        elif name == "SEVERITY" and value == "ERROR":
            contents.error = (status, contents.error[1] if contents.error else "")
        elif name == "MESSAGE" and contents.error and not contents.error[1]:
            contents.error = (contents.error[0], value)
    return contents


def _amount(text: str) -> Decimal | None:
    """Point or comma is the decimal sign; what fits both is no amount."""
    readings = set()
    for comma in (False, True):
        try:
            readings.add(cells.money(text, comma=comma))
        except ValueError:
            continue
    return readings.pop() if len(readings) == 1 else None


def _day(text: str) -> date | None:
    try:
        return cells.day(text[:8])
    except ValueError:
        return None


def _read_transaction(
    draft: Draft, found: _Transaction, seen: dict[tuple[str, str], tuple[Key, int]]
) -> None:
    raw = RawCells(tuple(found.fields), tuple(found.fields.values()))
    shown, dated = found.fields.get("TRNAMT", ""), found.fields.get("DTPOSTED", "")
    amount, booked_on = _amount(shown), _day(dated)
    problems = []
    if amount is None:
        problems.append(Problem("bad_amount" if shown else "missing_value", column="TRNAMT", value=shown))
    elif amount != cells.cents(amount):
        problems.append(Problem("too_precise", column="TRNAMT", value=shown))
    if booked_on is None:
        problems.append(Problem("bad_date" if dated else "missing_value", column="DTPOSTED", value=dated))
    currency = found.currency or draft.currency
    if problems or amount is None or booked_on is None:
        draft.review(found.line, raw, problems, account=found.account)
        return
    direction = Direction.IN if amount >= 0 else Direction.OUT
    serial = found.fields.get("FITID", "")
    row = StatementRow(
        source="ofx",
        account=found.account or draft.account,
        line=found.line,
        raw=raw,
        kind=_KINDS.get(found.fields.get("TRNTYPE", ""), RowKind.OTHER),
        direction=direction,
        amount=abs(cells.cents(amount)),
        currency=currency,
        booked_on=booked_on,
        listed_on=booked_on,
        provider_ref=serial,
        merchant_ref=found.fields.get("CHECKNUM", ""),
        counterparty=found.fields.get("NAME", ""),
        memo=found.fields.get("MEMO", ""),
    )
    if not serial:
        texts = [row.merchant_ref, row.counterparty, row.memo]
        key = text_key(
            booked_on=booked_on, direction=direction, amount=row.amount, currency=currency, texts=texts
        )
        draft.accept(row, key)
        return
    # Banks reuse serials: with another day or amount it is another payment, which somebody should know.
    key = serial_key(serial, booked_on.isoformat(), direction, f"{row.amount:.2f}", currency)
    known, first = seen.setdefault((found.account, serial), (key, found.line))
    if known != key:
        draft.find(Problem("repeated_serial", {"serial": serial, "first": str(first)}), line=found.line)
    draft.accept(row, key)
