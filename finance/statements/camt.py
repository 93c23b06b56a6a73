"""ISO 20022 camt.052 (intraday), .053 (end of day) and .054 (single bookings), FORMATS 7.3.

Elements are matched by local name, so every version and files without namespace read alike. A row is one
`Ntry`: its amount is the truth even when its details do not add up to it. Only booked entries are money;
pending ones are reported. Only a camt.053 states a day, so only there balances are compared.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import date, datetime
from decimal import Decimal, InvalidOperation
from typing import Any
from xml.etree.ElementTree import Element, ParseError

from defusedxml.common import DefusedXmlException
from defusedxml.ElementTree import DefusedXMLParser

from .draft import Draft
from .identity import Key, serial_key, text_key
from .problems import Problem, refuse
from .rows import ZERO, Direction, Measure, ParsedStatement, RowKind, StatementRow

VERSION = "1"
_MESSAGES = {
    "BkToCstmrAcctRpt": ("camt.052", "Rpt"),
    "BkToCstmrStmt": ("camt.053", "Stmt"),
    "BkToCstmrDbtCdtNtfctn": ("camt.054", "Ntfctn"),
}
_LINE = "line"
_NO_REFERENCE = {"", "NOTPROVIDED", "NONREF", "NOTAVAILABLE"}


class _LinedParser(DefusedXMLParser):  # type: ignore[misc]
    """Refuses DTDs and entities and remembers where an element begins."""

    def __init__(self) -> None:
        super().__init__(forbid_dtd=True)

    def _start(self, *args: Any) -> Any:
        element = super()._start(*args)
        element.set(_LINE, str(self.parser.CurrentLineNumber))
        return element


def read_camt(data: bytes, *, filename: str, account: str = "") -> ParsedStatement:
    """Read every statement of the message. Several accounts and currencies may share a file."""
    root = _parse(data)
    body = next((element for element in root.iter() if _message(element)), None)
    if body is None:
        raise refuse("not_a_statement", why="it has no camt.052, camt.053 or camt.054 message inside")
    kind, container = _MESSAGES[_message(body)]
    statements = _children(body, container)
    if not statements:
        raise refuse("not_a_statement", why=f"the {kind} message holds no {container} element")
    draft = Draft(kind, _version(root, kind), filename, data)
    names = {_account(statement) for statement in statements}
    draft.account = (names.pop() if len(names) == 1 else "") or account
    for statement in statements:
        _read_statement(draft, statement, _account(statement) or account)
    return draft.finish()


def _parse(data: bytes) -> Element:
    parser = _LinedParser()
    try:
        parser.feed(data)
        root: Element = parser.close()
    except DefusedXmlException:
        raise refuse("unreadable_container", why="it declares a document type or entities") from None
    except (ParseError, ValueError) as error:
        raise refuse("not_a_statement", why=f"the XML is broken ({error})") from None
    return root


def _local(element: Element) -> str:
    return str(element.tag).rpartition("}")[2]


def _message(element: Element) -> str:
    name = re.sub(r"V\d\d$", "", _local(element))
    return name if name in _MESSAGES else ""


def _version(root: Element, kind: str) -> str:
    found = re.search(r"camt\.05[234]\.\d{3}\.\d{2}", str(root.tag))
    return found[0] if found else f"{kind} without namespace"


def _children(element: Element | None, name: str) -> list[Element]:
    return [] if element is None else [child for child in element if _local(child) == name]


def _find(element: Element | None, path: str) -> Element | None:
    for name in path.split("/"):
        if element is None:
            return None
        element = next(iter(_children(element, name)), None)
    return element


def _at(element: Element, path: str) -> list[Element]:
    found = _find(element, path)
    return [] if found is None else [found]


def _text(element: Element | None, *paths: str) -> str:
    """The first text among the paths; version 8 wraps what version 2 holds plainly."""
    for path in paths:
        found = _find(element, path)
        if found is not None and found.text and found.text.strip():
            return found.text.strip()
    return ""


def _account(statement: Element) -> str:
    return _text(statement, "Acct/Id/IBAN", "Acct/Id/Othr/Id")


def _date(element: Element | None, name: str) -> date | None:
    """`Dt` or `DtTm`; real files put a date-time into `Dt`. The day is the bank's own."""
    text = _text(element, f"{name}/Dt", f"{name}/DtTm", name)
    try:
        return date.fromisoformat(text[:10])
    except ValueError:
        return None


def _moment(element: Element | None, name: str) -> datetime | None:
    text = re.sub(r"(\.\d{6})\d+", r"\1", _text(element, f"{name}/DtTm", f"{name}/Dt"))
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        return None
    return moment if moment.tzinfo else None


def _amount(element: Element | None) -> Decimal | None:
    """Two places where nothing is lost, all places otherwise, None if it is no number."""
    text = (element.text or "").strip() if element is not None else ""
    if not re.fullmatch(r"[+-]?\d+(\.\d*)?", text):
        return None
    try:
        exact = Decimal(text)
        rounded = exact.quantize(Decimal("0.01"))
    except InvalidOperation:
        return None
    return rounded if rounded == exact else exact


def _signed(element: Element) -> Decimal | None:
    amount = _amount(_find(element, "Amt"))
    if amount is None:
        return None
    return -amount if _text(element, "CdtDbtInd") == "DBIT" else amount


def _balances(statement: Element, *codes: str) -> list[tuple[str, Decimal]]:
    found = []
    for code in codes:
        for balance in _children(statement, "Bal"):
            amount = _signed(balance)
            if _text(balance, "Tp/CdOrPrtry/Cd", "Tp/CdOrPrtry/Prtry") == code and amount is not None:
                held = _find(balance, "Amt")
                found.append((held.get("Ccy", "") if held is not None else "", amount))
    return found


def _read_statement(draft: Draft, statement: Element, account: str) -> None:
    moved: dict[str, Decimal] = {}
    counted = {Direction.IN: 0, Direction.OUT: 0}
    summed = {Direction.IN: ZERO, Direction.OUT: ZERO}
    for entry in _children(statement, "Ntry"):
        row = _read_entry(draft, entry, account)
        if row is None:
            continue
        counted[row.direction] += 1
        summed[row.direction] += row.amount
        if not row.pending:
            moved[row.currency] = moved.get(row.currency, ZERO) + row.signed
    label = " ".join(part for part in (account, _text(statement, "Id")) if part)
    period = _find(statement, "FrToDt")
    draft.period_from = draft.period_from or _date(period, "FrDtTm")
    draft.period_to = _date(period, "ToDtTm") or draft.period_to
    draft.currency = draft.currency or _text(statement, "Acct/Ccy")
    if draft.format == "camt.053":
        _compare_balances(draft, statement, account, label, moved)
    _state_summary(draft, statement, account, label, counted, summed)


def _compare_balances(
    draft: Draft, statement: Element, account: str, label: str, moved: dict[str, Decimal]
) -> None:
    opening = _balances(statement, "OPBD", "PRCD")[:1]
    closing = _balances(statement, "CLBD")[-1:]
    for currency, start in opening:
        draft.currency = draft.currency or currency
        draft.opening = start if draft.opening is None else draft.opening
        if not closing:
            draft.find(Problem("no_closing_balance"), line=int(statement.get(_LINE, "0")) or None)
    for currency, end in closing:
        draft.closing = end
        for _, start in opening:
            draft.state(
                f"CLBD {label}",
                Measure.CLOSING,
                end,
                computed=start + moved.get(currency, ZERO),
                currency=currency,
                account=account,
            )


def _state_summary(
    draft: Draft,
    statement: Element,
    account: str,
    label: str,
    counted: dict[Direction, int],
    summed: dict[Direction, Decimal],
) -> None:
    for name, direction, counts, sums in (
        ("TtlCdtNtries", Direction.IN, Measure.ROWS_IN, Measure.SUM_IN),
        ("TtlDbtNtries", Direction.OUT, Measure.ROWS_OUT, Measure.SUM_OUT),
    ):
        part = _find(statement, f"TxsSummry/{name}")
        number, total = _amount(_find(part, "NbOfNtries")), _amount(_find(part, "Sum"))
        title = f"{name} {label}"
        if number is not None:
            draft.state(title, counts, number, computed=Decimal(counted[direction]), account=account)
        if total is not None:
            draft.state(title, sums, total, computed=summed[direction], account=account)


def _read_entry(draft: Draft, entry: Element, account: str) -> StatementRow | None:
    raw = tuple(_leaves(entry, ""))
    line = int(entry.get(_LINE, "0"))
    held = _find(entry, "Amt")
    currency = (held.get("Ccy", "") if held is not None else "") or draft.currency
    draft.currency = draft.currency or currency
    amount, mark = _amount(held), _text(entry, "CdtDbtInd")
    booked_on = _date(entry, "BookgDt") or _date(entry, "ValDt")
    direction = {"CRDT": Direction.IN, "DBIT": Direction.OUT}.get(mark)
    problems = list(_complaints(entry, amount, direction, booked_on))
    if problems or amount is None or direction is None or booked_on is None:
        draft.review(line, raw, problems, account=account, direction=direction)
        return None
    details = [detail for part in _children(entry, "NtryDtls") for detail in _children(part, "TxDtls")]
    status = _text(entry, "Sts/Cd", "Sts/Prtry", "Sts") or "BOOK"
    reversal = _text(entry, "RvslInd") in ("true", "1")
    name, number = _counterparty(details, direction)
    end_to_end = _reference(details, "EndToEndId")
    row = StatementRow(
        source=draft.format,
        account=account,
        line=line,
        raw=raw,
        kind=RowKind.ADJUSTMENT if reversal else RowKind.OTHER,
        direction=direction,
        amount=amount,
        currency=currency,
        booked_on=booked_on,
        listed_on=booked_on,
        occurred_at=_moment(entry, "BookgDt"),
        provider_ref=_text(entry, "AcctSvcrRef", "NtryRef"),
        merchant_ref=end_to_end,
        status=status,
        pending=status != "BOOK",
        reversal=reversal,
        counterparty=name,
        counterparty_account=number,
        memo=_memo(entry, details),
    )
    _check_split(draft, row, details)
    draft.accept(row, _key(row, entry))
    return row


def _complaints(
    entry: Element, amount: Decimal | None, direction: Direction | None, booked_on: date | None
) -> Iterator[Problem]:
    shown = _text(entry, "Amt")
    if amount is None:
        yield Problem("bad_amount", column="Amt", value=shown)
    elif amount.as_tuple().exponent != -2:
        yield Problem("too_precise", column="Amt", value=shown)
    elif amount < 0:
        yield Problem("negative_amount", column="Amt", value=shown)
    if direction is None:
        yield Problem("bad_direction", column="CdtDbtInd", value=_text(entry, "CdtDbtInd"))
    if booked_on is None:
        value = _text(entry, "BookgDt/Dt", "BookgDt/DtTm", "ValDt/Dt")
        yield Problem("bad_date" if value else "missing_value", column="BookgDt", value=value)


def _leaves(element: Element, path: str) -> Iterator[tuple[str, str]]:
    for child in element:
        name = f"{path}/{_local(child)}".lstrip("/")
        if len(child):
            yield from _leaves(child, name)
        else:
            currency = child.get("Ccy")
            yield name, f"{currency} {child.text or ''}".strip() if currency else child.text or ""


def _counterparty(details: list[Element], direction: Direction) -> tuple[str, str]:
    """The other side: who paid when money came in, who was paid when it went out."""
    side = "Dbtr" if direction is Direction.IN else "Cdtr"
    for detail in details:
        party = f"RltdPties/{side}"
        name = _text(detail, f"{party}/Nm", f"{party}/Pty/Nm")
        account = _text(detail, f"{party}Acct/Id/IBAN", f"{party}Acct/Id/Othr/Id")
        if name or account:
            return name, account
    return "", ""


def _reference(details: list[Element], name: str) -> str:
    found = [_text(detail, f"Refs/{name}") for detail in details]
    return next((text for text in found if text not in _NO_REFERENCE), "")


def _memo(entry: Element, details: list[Element]) -> str:
    parts: list[str] = []
    for detail in details:
        for remittance in _children(detail, "RmtInf"):
            parts += [part.text or "" for part in _children(remittance, "Ustrd")]
            parts += [_text(part, "CdtrRefInf/Ref") for part in _children(remittance, "Strd")]
        parts.append(_text(detail, "AddtlTxInf"))
    parts.append(_text(entry, "AddtlNtryInf"))
    return " ".join(part.strip() for part in parts if part.strip())


def _check_split(draft: Draft, row: StatementRow, details: list[Element]) -> None:
    held = [part for detail in details for path in ("Amt", "AmtDtls/TxAmt/Amt") for part in _at(detail, path)]
    amounts = [
        (part.get("Ccy", row.currency), amount) for part in held if (amount := _amount(part)) is not None
    ]
    total = sum((amount for _, amount in amounts), ZERO)
    if amounts and (total != row.amount or {code for code, _ in amounts} != {row.currency}):
        shown = f"{total} {'/'.join(sorted({code for code, _ in amounts}))}"
        draft.find(Problem("split_differs", {"details": shown}), line=row.line)


def _key(row: StatementRow, entry: Element) -> Key:
    year, amount = str(row.booked_on.year), f"{row.amount:.2f}"
    for name in ("AcctSvcrRef", "NtryRef"):
        reference = _text(entry, name)
        if reference not in _NO_REFERENCE:
            return serial_key(name, reference, year, row.direction, amount, row.currency)
    if row.merchant_ref:
        day = row.booked_on.isoformat()
        return serial_key("EndToEndId", row.merchant_ref, day, row.direction, amount, row.currency)
    return text_key(
        booked_on=row.booked_on,
        direction=row.direction,
        amount=row.amount,
        currency=row.currency,
        texts=[row.counterparty, row.counterparty_account, row.memo],
    )
