"""Agreeing a courier's statement: its charges become what we owe, each once over all statements.

Agreeing says that the figures are true; it moves no money. The cash is applied by a remittance later
(ANCHORS 3.13).
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from django.db import transaction
from django.db.models import Q
from django.utils.translation import gettext as _

from core import clock, faults, states
from core.audit import current_actor
from core.locks import lock, retried
from core.money import ZERO, tax_in
from core.origins import Origin
from core.rows import update_rows
from finance.queries import open_items
from finance.services import CourierCharge, Party, bookings
from logistics.errors import StatementError
from logistics.models import AgreedCharge, CourierStatement, Parcel, WaybillOutcome
from logistics.rules.outcomes import FeeKind
from logistics.services.cash import book_write_off
from logistics.services.matching import lock_courier, match_statement

CHUNK = 500
KINDS = ("freight", "surcharge", "cod_fee", "cod")
Decision, Code = WaybillOutcome.Decision, WaybillOutcome.Code
PAYABLE = Q(decision__in=WaybillOutcome.PAYS) | Q(decision="", outcome__in=WaybillOutcome.AUTOMATIC)
WAITING = Q(decision="") & ~Q(outcome__in=[*WaybillOutcome.AUTOMATIC, Code.MISSING])


@dataclass(frozen=True, slots=True)
class Agreement:
    """How far a statement is agreed: waybills posted now, those that wait for a person, and its state."""

    posted: int
    waiting: int
    state: str


def agree_statement(*, statement_id: int, progress: Callable[[int, int], Any] | None = None) -> Agreement:
    """Post every waybill that is right, tolerated or decided; agreed when none waits. May be repeated.

    Per charge: the accrual becomes a bill, deductible tax is carved out, the difference is a cost. Parcels
    whose cash is stated become so. Raises StatementError while the file itself has an open difference.
    """
    statement = CourierStatement.objects.get(pk=statement_id)
    if statement.state not in (CourierStatement.State.MATCHED, CourierStatement.State.AGREED):
        raise StatementError(_("Accept the difference of this statement first, with a reason."))
    if statement.state == CourierStatement.State.MATCHED:
        match_statement(statement_id=statement_id)
    ids = list(statement.outcomes.filter(PAYABLE, posted_at=None).order_by("pk").values_list("pk", flat=True))
    posted = 0
    for start in range(0, len(ids), CHUNK):
        posted += _post(statement, ids[start : start + CHUNK])
        faults.crash_point("courier_statement.agreed")
        if progress:
            progress(min(start + CHUNK, len(ids)), len(ids))
    return _close(statement_id, posted)


@retried()
@transaction.atomic
def _post(statement: CourierStatement, outcome_ids: Sequence[int]) -> int:
    lock_courier(statement.courier_id)
    outcomes = list(
        WaybillOutcome.objects.select_for_update(of=("self",))
        .filter(pk__in=outcome_ids, posted_at=None)
        .order_by("pk")
    )
    first = _first_charges(statement, outcomes)
    charges: list[AgreedCharge] = []
    posted = []
    for outcome in outcomes:
        found = _charges(statement, outcome, first)
        if outcome.decision == "" and any(charge.corrects and charge.amount > 0 for charge in found):
            continue  # settled by another statement since it was matched: the next matching says so
        charges += found
        posted.append(outcome)
    AgreedCharge.objects.bulk_create(charges)
    _book(statement, charges)
    _state_cash(charges)
    for outcome in posted:
        outcome.posted_at = clock.now()
        if outcome.decision == Decision.WRITTEN_OFF:
            _write_cash_off(outcome)
    update_rows(posted, ["posted_at"])
    return len(posted)


def _first_charges(
    statement: CourierStatement, outcomes: Sequence[WaybillOutcome]
) -> dict[tuple[str, str], AgreedCharge]:
    if not faults.guarded("F57"):
        return {}
    rows = AgreedCharge.objects.filter(
        courier_id=statement.courier_id, waybill__in=[o.key for o in outcomes], corrects=None
    )
    return {(row.waybill, row.kind): row for row in rows}


def _charges(
    statement: CourierStatement, outcome: WaybillOutcome, first: dict[tuple[str, str], AgreedCharge]
) -> list[AgreedCharge]:
    """What this outcome settles, kind by kind. A second charge of one kind corrects the first."""
    wanted = "expected" if outcome.decision == Decision.AS_EXPECTED else "billed"
    rate = statement.courier.fee_tax_rate
    found = []
    for kind in KINDS:
        amount: Decimal = getattr(outcome, f"{kind}_{wanted}")
        before = first.get((outcome.key, kind))
        accrued: Decimal = getattr(outcome, f"{kind}_expected")
        if kind == "cod" or before is not None or outcome.parcel_id is None:
            accrued = ZERO
        if not amount and not accrued:
            continue
        tax = tax_in(amount, rate) if rate and kind != "cod" else ZERO
        found.append(_charge(statement, outcome, kind, amount, accrued, tax, before))
    if outcome.adjustment:
        before = first.get((outcome.key, FeeKind.FREIGHT)) or first.get((outcome.key, FeeKind.ADJUSTMENT))
        tax = tax_in(outcome.adjustment, rate) if rate else ZERO
        found.append(_charge(statement, outcome, FeeKind.ADJUSTMENT, outcome.adjustment, ZERO, tax, before))
    return found


def _charge(
    statement: CourierStatement,
    outcome: WaybillOutcome,
    kind: str,
    amount: Decimal,
    accrued: Decimal,
    tax: Decimal,
    corrects: AgreedCharge | None,
) -> AgreedCharge:
    return AgreedCharge(
        courier_id=statement.courier_id,
        waybill=outcome.key,
        kind=kind,
        corrects=corrects,
        outcome=outcome,
        parcel_id=outcome.parcel_id,
        amount=amount,
        accrued=accrued,
        tax=tax,
        currency=outcome.currency,
        at=clock.now(),
    )


def _book(statement: CourierStatement, charges: Sequence[AgreedCharge]) -> None:
    """Fees to the ledger; a credit for a lost parcel pays its claim."""
    fees = [charge for charge in charges if charge.kind != FeeKind.COD]
    claims = _open_claims(statement, fees)
    entities: dict[int | None, Any] = {
        parcel.pk: parcel.order.entity
        for parcel in Parcel.objects.filter(pk__in=[c.parcel_id for c in fees if c.parcel_id]).select_related(
            "order__entity"
        )
    }
    by_entity: dict[Any, list[CourierCharge]] = {}
    bill = Origin("courier_statement", statement.pk)
    for charge in fees:
        entity = entities.get(charge.parcel_id)
        claimed = claims.get(charge.parcel_id, ZERO) if charge.kind == FeeKind.ADJUSTMENT else ZERO
        if charge.parcel_id is not None and claimed >= -charge.amount > 0:
            claims[charge.parcel_id] = claimed + charge.amount
            bookings.book_claim_settled(
                claim=Origin("agreed_charge", charge.pk),
                parcel=charge.parcel_id,
                courier_id=statement.courier_id,
                amount=-charge.amount,
                statement=bill,
                entity=entity,
            )
            continue
        by_entity.setdefault(entity, []).append(
            CourierCharge(
                origin=Origin("agreed_charge", charge.pk),
                billed=charge.amount,
                accrued=charge.accrued,
                tax=charge.tax,
                parcel=charge.parcel_id,
                fee="cod_fee" if charge.kind == FeeKind.COD_FEE else "freight",
            )
        )
    for entity, wanted in by_entity.items():
        bookings.book_courier_bill(
            batch=wanted[0].origin,
            statement=bill,
            courier_id=statement.courier_id,
            charges=wanted,
            entity=entity,
        )


def _open_claims(statement: CourierStatement, fees: Sequence[AgreedCharge]) -> dict[int | None, Decimal]:
    if not any(charge.kind == FeeKind.ADJUSTMENT for charge in fees):
        return {}
    items = open_items("1221.2", party=Party("courier", statement.courier_id))
    return {item.origin.id: item.amount for item in items if item.origin and item.origin.kind == "parcel"}


def _state_cash(charges: Sequence[AgreedCharge]) -> None:
    """Parcels whose cash the courier has stated; a taking back makes it due again."""
    stated = {c.parcel_id: c.amount for c in charges if c.kind == FeeKind.COD and c.parcel_id}
    due, shown = Parcel.CodState.DUE, Parcel.CodState.STATED
    for parcel in lock(Parcel.objects.filter(pk__in=list(stated), cod_state__in=[due, shown])):
        parcel.cod_state = shown if stated[parcel.pk] > 0 else due
        parcel.save(update_fields=["cod_state"])


def _write_cash_off(outcome: WaybillOutcome) -> None:
    missing, parcel = outcome.cod_expected - outcome.cod_billed, outcome.parcel
    if missing and parcel is not None and parcel.delivered_at is not None:
        book_write_off(parcel=parcel, amount=missing, reason=outcome.reason, by=outcome.decided_by)


@transaction.atomic
def _close(statement_id: int, posted: int) -> Agreement:
    statement = CourierStatement.objects.select_for_update(of=("self",)).get(pk=statement_id)
    unposted = statement.outcomes.filter(posted_at=None)
    waiting = unposted.filter(WAITING | PAYABLE).count()
    if not waiting and statement.state == CourierStatement.State.MATCHED:
        states.move(
            statement,
            CourierStatement.State.AGREED,
            transitions=CourierStatement.TRANSITIONS,
            field="state",
        )
        statement.agreed_at, statement.agreed_by = clock.now(), current_actor()
        statement.save(update_fields=["agreed_at", "agreed_by"])
    return Agreement(posted, waiting, statement.state)
