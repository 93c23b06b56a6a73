"""ISO 20022 camt.052 (intraday), .053 (end of day) and .054 (single bookings), FORMATS 7.3.

Elements are matched by local name, so every version and files without namespace read alike. A row is one
`Ntry`: its amount is the truth even when its details do not add up to it. Only booked entries are money;
pending ones are reported. The line of a row is the number of
its entry in the file. Only a camt.053 states a day, so only there balances are compared.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import date, datetime
from decimal import Decimal, InvalidOperation

from core.tabular.xmltree import Node, read_xml

from .draft import Draft
from .identity import Key, serial_key, text_key
from .opening import refusals_of_core
from .problems import Problem, refuse
from .rows import ZERO, Direction, Measure, ParsedStatement, RawCells, RowKind, StatementRow

VERSION = "1"
_MESSAGES = {
    "BkToCstmrAcctRpt": ("camt.052", "Rpt"),
    "BkToCstmrStmt": ("camt.053", "Stmt"),
    "BkToCstmrDbtCdtNtfctn": ("camt.054", "Ntfctn"),
}
_NO_REFERENCE = {"", "NOTPROVIDED", "NONREF", "NOTAVAILABLE"}


def read_camt(data: bytes, *, filename: str, account: str = "") -> ParsedStatement:
    """Read every statement of the message. Several accounts and currencies may share a file."""
    with refusals_of_core():
        root = read_xml(data, name=filename)
    body = next((node for node in _nodes(root) if _message(node)), None)
    if body is None:
        raise refuse("not_a_statement", why="it has no camt.052, camt.053 or camt.054 message inside")
    kind, container = _MESSAGES[_message(body)]
    statements = body.find_all(container)
    if not statements:
        raise refuse("not_a_statement", why=f"the {kind} message holds no {container} element")
    draft = Draft(kind, _version(root, kind), filename, data)
    names = {_account(statement) for statement in statements}
    draft.account = (names.pop() if len(names) == 1 else "") or account
    for statement in statements:
        _read_statement(draft, statement, _account(statement) or account)
    return draft.finish()


def _nodes(root: Node) -> Iterator[Node]:
    yield root
    for child in root.children:
        yield from _nodes(child)


def _message(element: Node) -> str:
    name = re.sub(r"V\d\d$", "", element.name)
    return name if name in _MESSAGES else ""


def _version(root: Node, kind: str) -> str:
    found = re.search(r"camt\.05[234]\.\d{3}\.\d{2}", root.space)
    return found[0] if found else f"{kind} without namespace"


def _find(element: Node | None, path: str) -> Node | None:
    return None if element is None else element.find(*path.split("/"))


def _text(element: Node | None, *paths: str) -> str:
    """The first text among the paths; version 8 wraps what version 2 holds plainly."""
    texts = (element.text_at(*path.split("/")) for path in paths) if element is not None else iter(())
    return next((text for text in texts if text), "")


def _account(statement: Node) -> str:
    return _text(statement, "Acct/Id/IBAN", "Acct/Id/Othr/Id")


def _date(element: Node | None, name: str) -> date | None:
    """`Dt` or `DtTm`; real files put a date-time into `Dt`. The day is the bank's own."""
    text = _text(element, f"{name}/Dt", f"{name}/DtTm", name)
    try:
        return date.fromisoformat(text[:10])
    except ValueError:
        return None


def _moment(element: Node | None, name: str) -> datetime | None:
    text = re.sub(r"(\.\d{6})\d+", r"\1", _text(element, f"{name}/DtTm", f"{name}/Dt"))
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        return None
    return moment if moment.tzinfo else None


def _amount(element: Node | None) -> Decimal | None:
    """Two places where nothing is lost, all places otherwise, None if it is no number."""
    text = element.text.strip() if element is not None else ""
    if not re.fullmatch(r"[+-]?\d{1,15}(\.\d{0,10})?", text):
        return None
    try:
        exact = Decimal(text)
        rounded = exact.quantize(Decimal("0.01"))
    except InvalidOperation:
        return None
    return rounded if rounded == exact else exact


def _signed(element: Node) -> Decimal | None:
    amount = _amount(_find(element, "Amt"))
    if amount is None:
        return None
    return -amount if _text(element, "CdtDbtInd") == "DBIT" else amount


def _balances(statement: Node, *codes: str) -> list[tuple[str, Decimal]]:
    found = []
    for code in codes:
        for balance in statement.find_all("Bal"):
            amount = _signed(balance)
            if _text(balance, "Tp/CdOrPrtry/Cd", "Tp/CdOrPrtry/Prtry") == code and amount is not None:
                held = _find(balance, "Amt")
                found.append((held.attributes.get("Ccy", "") if held is not None else "", amount))
    return found


def _read_statement(draft: Draft, statement: Node, account: str) -> None:
    moved: dict[str, Decimal] = {}
    counted = {Direction.IN: 0, Direction.OUT: 0}
    summed = {Direction.IN: ZERO, Direction.OUT: ZERO}
    for entry in statement.find_all("Ntry"):
        row = _read_entry(draft, entry, account, draft.rows_read + 1)
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
    draft: Draft, statement: Node, account: str, label: str, moved: dict[str, Decimal]
) -> None:
    opening = _balances(statement, "OPBD", "PRCD")[:1]
    closing = _balances(statement, "CLBD")[-1:]
    for currency, start in opening:
        draft.currency = draft.currency or currency
        draft.opening = start if draft.opening is None else draft.opening
        if not closing:
            draft.find(Problem("no_closing_balance", column="Bal"))
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
    statement: Node,
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


def _read_entry(draft: Draft, entry: Node, account: str, number: int) -> StatementRow | None:
    leaves = list(_leaves(entry, ""))
    raw = RawCells(tuple(path for path, _ in leaves), tuple(text for _, text in leaves))
    held = _find(entry, "Amt")
    currency = (held.attributes.get("Ccy", "") if held is not None else "") or draft.currency
    draft.currency = draft.currency or currency
    amount, mark = _amount(held), _text(entry, "CdtDbtInd")
    booked_on = _date(entry, "BookgDt") or _date(entry, "ValDt")
    direction = {"CRDT": Direction.IN, "DBIT": Direction.OUT}.get(mark)
    problems = list(_complaints(entry, amount, direction, booked_on))
    if problems or amount is None or direction is None or booked_on is None:
        draft.review(number, raw, problems, account=account, direction=direction)
        return None
    details = [detail for part in entry.find_all("NtryDtls") for detail in part.find_all("TxDtls")]
    status = _text(entry, "Sts/Cd", "Sts/Prtry", "Sts") or "BOOK"
    reversal = _text(entry, "RvslInd") in ("true", "1")
    name, other_account = _counterparty(details, direction)
    end_to_end = _reference(details, "EndToEndId")
    row = StatementRow(
        source=draft.format,
        account=account,
        line=number,
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
        counterparty_account=other_account,
        memo=_memo(entry, details),
    )
    _check_split(draft, row, details)
    draft.accept(row, _key(row, entry))
    return row


def _complaints(
    entry: Node, amount: Decimal | None, direction: Direction | None, booked_on: date | None
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


def _leaves(element: Node, path: str) -> Iterator[tuple[str, str]]:
    for child in element.children:
        name = f"{path}/{child.name}".lstrip("/")
        if child.children:
            yield from _leaves(child, name)
        else:
            currency = child.attributes.get("Ccy")
            yield name, f"{currency} {child.text or ''}".strip() if currency else child.text or ""


def _counterparty(details: list[Node], direction: Direction) -> tuple[str, str]:
    """The other side: who paid when money came in, who was paid when it went out."""
    side = "Dbtr" if direction is Direction.IN else "Cdtr"
    for detail in details:
        party = f"RltdPties/{side}"
        name = _text(detail, f"{party}/Nm", f"{party}/Pty/Nm")
        account = _text(detail, f"{party}Acct/Id/IBAN", f"{party}Acct/Id/Othr/Id")
        if name or account:
            return name, account
    return "", ""


def _reference(details: list[Node], name: str) -> str:
    found = [_text(detail, f"Refs/{name}") for detail in details]
    return next((text for text in found if text not in _NO_REFERENCE), "")


def _memo(entry: Node, details: list[Node]) -> str:
    parts: list[str] = []
    for detail in details:
        for remittance in detail.find_all("RmtInf"):
            parts += [part.text for part in remittance.find_all("Ustrd")]
            parts += [_text(part, "CdtrRefInf/Ref") for part in remittance.find_all("Strd")]
        parts.append(_text(detail, "AddtlTxInf"))
    parts.append(_text(entry, "AddtlNtryInf"))
    return " ".join(part.strip() for part in parts if part.strip())


def _check_split(draft: Draft, row: StatementRow, details: list[Node]) -> None:
    held = [
        part
        for detail in details
        for path in ("Amt", "AmtDtls/TxAmt/Amt")
        for part in detail.find_all(*path.split("/"))
    ]
    amounts = [
        (part.attributes.get("Ccy", row.currency), amount)
        for part in held
        if (amount := _amount(part)) is not None
    ]
    total = sum((amount for _, amount in amounts), ZERO)
    if amounts and (total != row.amount or {code for code, _ in amounts} != {row.currency}):
        shown = f"{total} {'/'.join(sorted({code for code, _ in amounts}))}"
        draft.find(Problem("split_differs", {"details": shown}), line=row.line)


def _key(row: StatementRow, entry: Node) -> Key:
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
