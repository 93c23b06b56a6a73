"""A courier hands over collected cash: its advice is taken in, then applied parcel by parcel.

A statement says what is true, a remittance moves money: the receivable on the courier goes down by what
came and by the bills that it kept back, in one entry; what is short stays and shows (ANCHORS 3.13, 3.14).
"""

import re
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field
from decimal import Decimal
from hashlib import sha256
from typing import Any

from django.core.files.base import ContentFile
from django.db import transaction
from django.utils.translation import gettext as _

from core import clock, faults, states
from core.audit import current_actor
from core.events import announce
from core.locks import lock, retried
from core.money import ZERO
from core.origins import Origin
from core.reasons import stored
from core.rows import update_rows
from core.tabular import RefusedFile
from finance.queries import open_items
from finance.services import CourierCharge, Party, bookings, claim_line
from logistics.errors import RemittanceError
from logistics.events import RemittanceApplied
from logistics.models import AgreedCharge, Courier, Parcel, Remittance, RemittanceLine, Waybill
from logistics.rules.notes import Reason
from logistics.rules.outcomes import FeeKind
from logistics.services.matching import lock_courier
from logistics.statements.remittances import Remittance as Read
from logistics.statements.remittances import RemittedLine, read_remittance

State, Line = Remittance.State, RemittanceLine.State
_NUMBER = re.compile(r"(?:返款单号|返款批次|remittance no\.?|advice no\.?)\s*[:：]?\s*([\w-]+)", re.I)


@dataclass(frozen=True, slots=True)
class RemittanceResult:
    """What became of an advice. `lines` counts them by state."""

    state: str
    remittance_id: int | None = None
    already: bool = False
    number: str = ""
    rows: int = 0
    paid: Decimal = ZERO
    cash: Decimal = ZERO
    kept_back: Decimal = ZERO
    lines: dict[str, int] = field(default_factory=dict)
    totals: list[dict[str, str]] = field(default_factory=list)
    problems: list[dict[str, Any]] = field(default_factory=list)
    refusal: str = ""


class _DryRun(Exception):
    """Ends the transaction of a dry run."""


def import_remittance(
    *,
    courier: Courier,
    data: bytes,
    filename: str,
    columns: Mapping[str, str] | None = None,
    dry_run: bool = False,
    accept_difference: str = "",
) -> RemittanceResult:
    """Read and store a courier's advice. Posts nothing.

    The same file and another copy of the same advice add nothing; a line that an earlier advice had
    (waybill, amounts and day) is kept aside. An advice whose totals differ from its lines stays open unless
    `accept_difference` gives a reason; what cannot be read is refused.
    """
    try:
        read = read_remittance(data, name=filename, courier=courier.code, columns=columns or {})
    except RefusedFile as refusal:
        return RemittanceResult(state="refused", refusal=str(refusal))
    result: RemittanceResult | None = None
    try:
        with transaction.atomic():
            result = _store(courier, read, data, filename, dry_run, accept_difference)
            if dry_run:
                raise _DryRun
    except _DryRun:
        pass
    if result is None:
        raise AssertionError("unreachable")
    return result


@retried()
def apply_remittance(
    *,
    remittance_id: int,
    bank_amount: Decimal | None = None,
    receipt_id: int | None = None,
    bank_id: int | None = None,
    bank_line_id: int | None = None,
) -> Remittance:
    """The money of an advice has come: clear the cash of its parcels and the bills that were kept back.

    `bank_amount` is what came, by default what the advice says; `bank_line_id` is the row of a bank
    statement that shows it, `receipt_id` the unapplied receipt where it waits. Amounts kept back pay the
    courier's oldest agreed bills; what a parcel still owes afterwards is short. Applying twice is no error.
    Raises RemittanceError, and changes nothing, when the amounts don't fit, when more is kept back than is
    billed or collected, or when a line needs review first (unless the rest stays on an unapplied receipt).
    """
    with transaction.atomic():
        courier_id = Remittance.objects.values_list("courier_id", flat=True).get(pk=remittance_id)
        lock_courier(courier_id)
        ids = RemittanceLine.objects.filter(remittance_id=remittance_id).values("parcel_id")
        parcels = {parcel.pk: parcel for parcel in lock(Parcel.objects.filter(pk__in=ids))}
        remittance = Remittance.objects.select_for_update(of=("self",)).get(pk=remittance_id)
        if remittance.state == State.APPLIED:
            return remittance
        if remittance.state == State.OPEN:
            raise RemittanceError(_("Accept the difference of this remittance first, with a reason."))
        if bank_line_id is not None:
            row = claim_line(
                line_id=bank_line_id,
                by=Origin("remittance", remittance.pk),
                reason=_("remittance %(number)s") % {"number": remittance.number},
            )
            bank_amount, bank_id = row.amount, row.file.account_id
        lines = _fitting(remittance, parcels, receipt_id)
        paid = sum((line.net for line in lines), ZERO)
        if paid < 0:
            raise RemittanceError(
                _("The courier keeps back %(left)s more than it has collected. Pay that as its bill instead.")
                % {"left": -paid}
            )
        if bank_amount is not None and bank_amount != paid:
            raise RemittanceError(
                _("%(came)s came, the advice says %(advised)s. Ask the courier for an advice that fits.")
                % {"came": bank_amount, "advised": paid}
            )
        _book(remittance, lines, parcels, paid, receipt_id, bank_id)
        _mark(remittance, lines, parcels)
        return remittance


@transaction.atomic
def accept_remittance(*, remittance_id: int, reason: str) -> Remittance:
    """A person accepts that an advice's totals differ from its lines."""
    remittance = Remittance.objects.select_for_update(of=("self",)).get(pk=remittance_id)
    if not reason.strip():
        raise RemittanceError(_("Give a reason for accepting the difference."))
    remittance.accepted_reason = reason.strip()[:300]
    remittance.save(update_fields=["accepted_reason"])
    states.move(remittance, State.READY, transitions=Remittance.TRANSITIONS, field="state", reason=reason)
    return remittance


def remittance_as_plain(result: RemittanceResult) -> dict[str, Any]:
    """The result for a command's JSON line or a job."""
    return {key: str(value) if isinstance(value, Decimal) else value for key, value in asdict(result).items()}


@retried()
@transaction.atomic
def _store(
    courier: Courier, read: Read, data: bytes, filename: str, dry_run: bool, accept_difference: str
) -> RemittanceResult:
    lock_courier(courier.pk)
    digest = sha256(data).hexdigest()
    printed = _NUMBER.search("\n".join(read.preamble))
    number = printed[1][:64] if printed else digest[:16]
    before = (
        courier.remittances.filter(sha256=digest).first() or courier.remittances.filter(number=number).first()
    )
    if before is not None:
        if before.state == State.OPEN and accept_difference.strip():
            before = accept_remittance(remittance_id=before.pk, reason=accept_difference)
        return _result(before, read, already=True)
    accepted = bool(accept_difference.strip())
    remittance = Remittance(
        courier=courier,
        number=number,
        sha256=digest,
        filename=filename[-200:],
        state=State.OPEN if read.differences and not accepted else State.READY,
        currency=courier.currency,
        paid=read.paid,
        row_count=len(read.lines),
        differences=[
            {"place": d.place, "column": d.column, "stated": str(d.stated), "summed": str(d.summed)}
            for d in read.differences
        ],
        accepted_reason=accept_difference.strip()[:300] if read.differences else "",
        received_at=clock.now(),
        received_by=current_actor(),
    )
    if not dry_run:
        remittance.stored.save(f"{digest[:16]}.bin", ContentFile(data), save=False)
    remittance.save()
    RemittanceLine.objects.bulk_create(_lines(remittance, read))
    return _result(remittance, read)


def _lines(remittance: Remittance, read: Read) -> list[RemittanceLine]:
    numbers = [line.waybill for line in read.lines if line.waybill]
    parcels = dict(
        Waybill.objects.filter(
            courier_id=remittance.courier_id, number__in=numbers, direction=Waybill.Direction.FORWARD
        ).values_list("number", "parcel_id")
    )
    told = Counter(
        tuple(raw)
        for raw in RemittanceLine.objects.filter(
            courier_id=remittance.courier_id, waybill__in=numbers
        ).values_list("raw", flat=True)
    )
    return [_line(remittance, line, parcels.get(line.waybill), told) for line in read.lines]


def _line(
    remittance: Remittance, line: RemittedLine, parcel_id: int | None, told: Counter[tuple[str, ...]]
) -> RemittanceLine:
    problem = line.problem
    if line.waybill and not problem and parcel_id is None:
        problem = Reason("courier.not_ours")
    state = Line.REVIEW if problem else Line.READY
    if line.waybill and told[tuple(line.raw)]:
        state = Line.KNOWN
    return RemittanceLine(
        remittance=remittance,
        courier_id=remittance.courier_id,
        row_no=line.row_no,
        raw=list(line.raw),
        waybill=line.waybill[:40],
        parcel_id=parcel_id,
        cod=line.cod,
        fee=abs(line.fee),
        freight=abs(line.freight),
        net=line.net,
        currency=remittance.currency,
        note=line.note[:300],
        problem=problem[:500],
        why=stored(problem),
        state=state,
    )


def _fitting(
    remittance: Remittance, parcels: dict[int, Parcel], receipt_id: int | None
) -> list[RemittanceLine]:
    """The lines that can be applied now. One that pays more than its parcel owes goes to review."""
    courier = Party("courier", remittance.courier_id)
    owed = {
        item.origin.id: item.amount
        for item in open_items("1221.1", party=courier)
        if item.origin is not None and item.origin.kind == "parcel"
    }
    fitting, stopped = [], []
    for line in remittance.lines.select_for_update(of=("self",)).order_by("row_no"):
        if line.state == Line.READY and line.parcel_id is not None and faults.guarded("F57"):
            left = owed.get(line.parcel_id, ZERO)
            if line.cod > left:
                stopped.append((line, left))
                continue
            owed[line.parcel_id] = left - line.cod
        if line.state == Line.READY:
            fitting.append(line)
        elif line.state == Line.REVIEW:
            stopped.append((line, ZERO))
    if stopped and receipt_id is None:
        line, left = stopped[0]
        raise RemittanceError(
            line.told
            or _("Row %(row)s pays %(cash)s for %(waybill)s, which owes %(left)s. Ask the courier first.")
            % {"row": line.row_no, "cash": line.cod, "waybill": line.waybill, "left": left}
        )
    for line, left in stopped:
        line.state = Line.REVIEW
        if not line.problem:
            why = Reason("courier.owes_less", left=left)
            line.problem, line.why = why, stored(why)
        line.save(update_fields=["state", "problem", "why"])
    if not fitting:
        raise RemittanceError(_("No line of this remittance can be applied."))
    return fitting


def _book(
    remittance: Remittance,
    lines: Sequence[RemittanceLine],
    parcels: dict[int, Parcel],
    paid: Decimal,
    receipt_id: int | None,
    bank_id: int | None,
) -> None:
    kept_back = sum((line.fee + line.freight for line in lines if line.parcel_id), ZERO)
    kept_back += sum((-line.net for line in lines if line.parcel_id is None), ZERO)
    order = next((parcel.order for parcel in parcels.values()), None)
    entity = order.entity if order else None
    _charge_fees(remittance, lines, parcels, entity)
    cash: dict[int, Decimal] = {}
    for line in lines:
        if line.parcel_id is not None:
            cash[line.parcel_id] = cash.get(line.parcel_id, ZERO) + line.cod
    bookings.book_remittance(
        remittance=Origin("remittance", remittance.pk),
        courier_id=remittance.courier_id,
        bank_amount=paid,
        cod=sorted((parcel_id, amount) for parcel_id, amount in cash.items() if amount),
        netted=_pay_bills(remittance, kept_back),
        bank_id=bank_id,
        receipt_id=receipt_id,
        entity=entity,
    )


def _charge_fees(
    remittance: Remittance, lines: Sequence[RemittanceLine], parcels: dict[int, Parcel], entity: Any
) -> None:
    """A COD fee that stands on no statement, only on the advice, is agreed here, once per waybill."""
    settled = set(
        AgreedCharge.objects.filter(
            courier_id=remittance.courier_id,
            waybill__in=[line.waybill for line in lines],
            kind=FeeKind.COD_FEE,
        ).values_list("waybill", flat=True)
    )
    charges = []
    for line in lines:
        if not line.fee or line.parcel_id is None or line.waybill in settled:
            continue
        settled.add(line.waybill)
        charges.append(
            AgreedCharge(
                courier_id=remittance.courier_id,
                waybill=line.waybill,
                kind=FeeKind.COD_FEE,
                remittance_line=line,
                parcel_id=line.parcel_id,
                amount=line.fee,
                accrued=parcels[line.parcel_id].expected_cod_fee,
                currency=line.currency,
                at=clock.now(),
            )
        )
    AgreedCharge.objects.bulk_create(charges)
    bookings.book_courier_charges(
        statement=Origin("remittance", remittance.pk),
        courier_id=remittance.courier_id,
        charges=[
            CourierCharge(
                origin=Origin("agreed_charge", charge.pk),
                billed=charge.amount,
                accrued=charge.accrued,
                parcel=charge.parcel_id,
                fee="cod_fee",
            )
            for charge in charges
        ],
        entity=entity,
    )


def _pay_bills(remittance: Remittance, amount: Decimal) -> list[tuple[Origin, Decimal]]:
    """Which agreed bills an amount kept back pays: its own fees first, then the oldest."""
    if amount == ZERO:
        return []
    own = Origin("remittance", remittance.pk)
    items = [
        item
        for item in open_items("2241.2", party=Party("courier", remittance.courier_id))
        if item.origin is not None and item.amount < 0
    ]
    items.sort(key=lambda item: item.origin != own)
    netted, left = [], amount
    for item in items:
        part = min(left, -item.amount)
        if part > 0 and item.origin is not None:
            netted.append((item.origin, part))
            left -= part
    if left:
        raise RemittanceError(
            _("The courier keeps back %(left)s more than it has billed. Agree its statement first.")
            % {"left": left}
        )
    return netted


def _mark(remittance: Remittance, lines: Sequence[RemittanceLine], parcels: dict[int, Parcel]) -> None:
    now = clock.now()
    for line in lines:
        line.state, line.applied_at = Line.APPLIED, now
    update_rows(lines, ["state", "applied_at"])
    still = {
        item.origin.id
        for item in open_items("1221.1", party=Party("courier", remittance.courier_id))
        if item.origin is not None
    }
    for parcel_id in sorted({line.parcel_id for line in lines if line.parcel_id is not None}):
        parcel = parcels[parcel_id]
        parcel.cod_state = Parcel.CodState.SHORT if parcel_id in still else Parcel.CodState.REMITTED
        parcel.save(update_fields=["cod_state"])
    states.move(remittance, State.APPLIED, transitions=Remittance.TRANSITIONS, field="state")
    remittance.applied_at = now
    remittance.save(update_fields=["applied_at"])
    announce(
        RemittanceApplied(remittance.pk, remittance.courier_id), about=Origin("remittance", remittance.pk)
    )


def _result(remittance: Remittance, read: Read, *, already: bool = False) -> RemittanceResult:
    sound = [line for line in read.lines if not line.problem]
    return RemittanceResult(
        state=remittance.state,
        remittance_id=remittance.pk,
        already=already,
        number=remittance.number,
        rows=len(read.lines),
        paid=read.paid,
        cash=sum((line.cod for line in sound), ZERO),
        kept_back=sum((line.cod - line.net for line in sound), ZERO),
        lines=dict(Counter(remittance.lines.values_list("state", flat=True))),
        totals=list(remittance.differences),
        problems=[
            {
                "file": remittance.filename,
                "row": str(line.row_no),
                "waybill": line.waybill,
                "problem": line.told,
                "raw": line.raw,
            }
            for line in remittance.lines.filter(state=Line.REVIEW).order_by("row_no")
        ],
    )
