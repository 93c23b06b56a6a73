"""The one door to all statement readers: bytes in, `ParsedStatement` out, or one clear refusal.

A file is told by its content in the order of FORMATS 1; its name and ending are hints for people only.
Where no signature or more than one fits, the uploader chooses, and the choice is checked against the
columns like an automatic result.
"""

from __future__ import annotations

import json
import re
from dataclasses import dataclass, replace
from datetime import date

from core.tabular.blobs import Blob
from core.tabular.delimited import DELIMITERS
from core.tabular.recognise import Kind, recognise, refuse_what_is_no_table
from core.tabular.text import encodings

from . import alipay, cells, wechat
from .camt import read_camt
from .chinese_banks import LAYOUTS
from .draft import Draft
from .generic_csv import CODE, KNOWN, ColumnMap, guess_layout, guessed_width, map_layout, mapped_sheet
from .layouts import HEADER_ROWS, Match, Sheet, match_layouts, nearest_layout
from .mt940 import looks_like_mt940, read_mt940
from .ofx import read_ofx
from .opening import refusals_of_core, text_sheet, workbook_sheets
from .problems import Problem, StatementRefused, refuse
from .rows import ParsedStatement
from .tables import read_table

_CARD_TAIL = 4


@dataclass(frozen=True)
class Hints:
    """What the uploader knows. `account_number` is how the bank or provider names the account; it and
    the period are checked against what the file declares."""

    account_number: str = ""
    currency: str = ""
    format: str = ""
    period_from: date | None = None
    period_to: date | None = None
    columns: ColumnMap | None = None


def read_statement(data: bytes, *, filename: str, hints: Hints | None = None) -> ParsedStatement:
    """Read any statement or provider bill.

    Raises StatementRefused when the file is no statement, fits no layout or several, belongs to another
    account or period, or cannot be opened safely. Rows that need review and totals that differ are part
    of the result.
    """
    hints = hints or Hints()
    try:
        statement = _read(Blob(filename, data=data), hints)
        _check_owner(statement, hints)
    except StatementRefused as refused:
        raise StatementRefused(refused.problem.at(file=filename)) from None
    return statement


def _read(blob: Blob, hints: Hints) -> ParsedStatement:
    data = blob.data or b""
    with refusals_of_core():
        kind = recognise(blob)
        refuse_what_is_no_table(kind)
    if kind is Kind.CAMT:
        return read_camt(data, filename=blob.name, account=hints.account_number)
    if kind in (Kind.MT940, Kind.MT942):
        return read_mt940(data, filename=blob.name, account=hints.account_number)
    if kind in (Kind.ZIP, Kind.GZIP, Kind.BIFF, Kind.HTML, Kind.SPREADSHEETML):
        sheets, members = workbook_sheets(blob)
        return _read_sheets(blob, sheets, hints) if sheets else _read_archive(blob, members, hints)
    if kind in (Kind.OFX_XML, Kind.OFX_SGML):
        return read_ofx(data, filename=blob.name, account=hints.account_number)
    if kind is Kind.XML and not wechat.is_empty_day(_text(data)):
        raise refuse("not_a_statement", why="it is XML without a camt or OFX message inside")
    if kind is Kind.X12:
        raise refuse("not_a_statement", why="it is an X12 message of a courier or carrier")
    return _read_text(blob, hints)


def _text(data: bytes) -> str:
    try:
        return cells.decode(data)
    except UnicodeDecodeError:
        return data.decode("cp1252", "replace")


def _read_text(blob: Blob, hints: Hints) -> ParsedStatement:
    data = blob.data or b""
    text = _text(data)
    if looks_like_mt940(text):
        return read_mt940(data, filename=blob.name, account=hints.account_number)
    if alipay.title_of(text):
        return alipay.read_alipay(data, filename=blob.name, account=hints.account_number)
    if wechat.is_empty_day(text) or wechat.format_of(text):
        return wechat.read_wechat(data, filename=blob.name, account=hints.account_number)
    if re.match(r"\s*[{\[]", text) and _is_json(text):
        raise refuse("not_a_statement", why="it is JSON, not an export of a bank")
    if re.search(r"(?m)^:\d\d[A-Z]?:", text):
        raise refuse("not_a_statement", why="it is a piece of an MT940 statement without :20: and :25:")
    return _read_matches(blob, _text_matches(blob, hints), hints)


def _text_matches(blob: Blob, hints: Hints) -> list[Match]:
    """The encoding and delimiter with which a known header is found; only its sheet is read whole."""
    heads = []
    for encoding in encodings(blob, western=True):
        found = []
        for delimiter in DELIMITERS:
            head = text_sheet(blob, encoding, delimiter, rows=HEADER_ROWS)
            heads.append(head)
            if width := _header_width(head, hints):
                found.append((width, delimiter))
        if found:
            # The delimiter that makes more columns is the right one.
            return _matches(text_sheet(blob, encoding, max(found)[1]), hints)
    raise _unknown(heads)


def _header_width(head: Sheet, hints: Hints) -> int:
    if hints.columns is not None or hints.format != CODE:
        if matches := _known_matches(head, hints):
            return len(matches[0].names)
        if hints.columns is not None or hints.format:
            return 0
    return guessed_width(head)


def _is_json(text: str) -> bool:
    try:
        json.loads(text)
    except ValueError:
        return False
    return True


def _read_archive(blob: Blob, members: list[Blob], hints: Hints) -> ParsedStatement:
    """Bills in an archive are told by their first lines; the summary often comes first."""
    details: list[Blob] = []
    summaries: list[Blob] = []
    for member in members:
        title = alipay.title_of(_text(member.data or b""))
        (summaries if title and title[1] == "summary" else details).append(member)
    if len(details) != 1 or len(summaries) > 1:
        raise refuse("several_bills", count=str(len(details)))
    detail = details[0]
    if recognise(detail) in (Kind.ZIP, Kind.GZIP):
        raise refuse("unreadable_container", why="it is an archive inside an archive")
    if summaries:
        read = alipay.read_alipay(
            detail.data or b"",
            filename=detail.name or blob.name,
            account=hints.account_number,
            summary=_text(summaries[0].data or b""),
        )
    else:
        read = _read(Blob(detail.name or blob.name, data=detail.data), hints)
    # The file that was uploaded is the archive: its hash is the first barrier against a second load.
    return replace(read, sha256=blob.sha256())


def _known_matches(sheet: Sheet, hints: Hints) -> list[Match]:
    if hints.columns is not None:
        return match_layouts(mapped_sheet(sheet, hints.columns), [map_layout(hints.columns)])
    return match_layouts(sheet, [lay for lay in (*LAYOUTS, *KNOWN) if hints.format in ("", lay.code)])


def _matches(sheet: Sheet, hints: Hints) -> list[Match]:
    known = _known_matches(sheet, hints)
    if known or hints.columns is not None or hints.format not in ("", CODE):
        return known
    return guess_layout(sheet, currency=hints.currency)


def _read_sheets(blob: Blob, sheets: list[Sheet], hints: Hints) -> ParsedStatement:
    matches = [match for sheet in sheets for match in _matches(sheet, hints)]
    if not matches:
        raise _unknown(sheets)
    return _read_matches(blob, matches, hints)


def _read_matches(blob: Blob, matches: list[Match], hints: Hints) -> ParsedStatement:
    codes = sorted({match.layout.code for match in matches})
    if len(codes) > 1:
        raise refuse("ambiguous_layout", formats=", ".join(codes))
    read = [_read_match(blob, match, hints) for match in matches]
    first, findings = read[0], list(read[0].findings)
    for match, other in zip(matches[1:], read[1:], strict=True):
        if sorted(row.identity for row in other.rows) != sorted(row.identity for row in first.rows):
            raise refuse("ambiguous_layout", formats=", ".join(match.sheet.name for match in matches))
        names = {"other": match.sheet.name, "sheet": matches[0].sheet.name}
        findings.append(Problem("same_sheet_twice", names, file=blob.name, sheet=match.sheet.name))
    return replace(first, findings=tuple(findings))


def _read_match(blob: Blob, match: Match, hints: Hints) -> ParsedStatement:
    layout = match.layout
    draft = Draft(layout.code, layout.version, blob.name, blob.data or b"", account=hints.account_number)
    draft.currency = hints.currency
    read_table(draft, match)
    return draft.finish()


def _unknown(sheets: list[Sheet]) -> StatementRefused:
    lines = [line for sheet in sheets for line in sheet.lines if any(line.cells)]
    if not lines:
        return refuse("empty_file")
    for sheet in sheets:
        near = nearest_layout(sheet, (*LAYOUTS, *KNOWN))
        if near is not None:
            return refuse("missing_columns", format=near[0].code, columns=", ".join(near[1]))
    return refuse("unknown_layout", seen=",".join(lines[0].cells)[:80])


def _check_owner(statement: ParsedStatement, hints: Hints) -> None:
    """Another account or another period is refused (F61); masked digits of an account fit any digit."""
    named = {row.account for row in statement.rows if row.account} or {statement.account} - {""}
    chosen = hints.account_number
    foreign = {name for name in named if chosen and not _same_account(name, chosen)}
    # Further cards of one card account show as other last digits.
    if foreign and (foreign == named or any(len(name) > _CARD_TAIL for name in foreign)):
        raise refuse("wrong_account", found=", ".join(sorted(foreign)), expected=chosen)
    wanted = (hints.period_from or date.min, hints.period_to or date.max)
    days = [row.listed_on for row in statement.rows]
    first = statement.period_from or min(days, default=None)
    last = statement.period_to or max(days, default=None)
    if first and last and (last < wanted[0] or first > wanted[1]):
        expected = f"{hints.period_from or '...'} - {hints.period_to or '...'}"
        raise refuse("wrong_period", found=f"{first} - {last}", expected=expected)


def _same_account(found: str, expected: str) -> bool:
    """Masked digits fit any digit; a bank may give the end of an IBAN or a card, Alipay adds a suffix."""
    found, expected = (re.sub(r"[\s-]", "", name) for name in (found, expected))
    masked = re.split(r"\*+|x{2,}", found)
    if len(masked) > 1:
        return bool(re.fullmatch(r"\w*".join(map(re.escape, masked)), expected))
    short = found.rpartition("/")[2]
    ends = len(short) in (_CARD_TAIL, *range(8, 40)) and expected.endswith(short)
    return found == expected or ends or found == f"{expected}0156"
