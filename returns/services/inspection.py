"""Judging what came back: stock and money hang on one row per judgement, once (F41).

Units k+1 … k+n of a line bring back a difference of its cumulative shares, so any sequence of partial
returns ends at exactly what was paid and at exactly what the goods cost (F40).
"""

from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from django.db import transaction
from django.db.models import Sum
from django.utils.translation import gettext as _

from core import clock, faults
from core.audit import current_actor
from core.events import announce
from core.locks import lock_one
from core.money import ZERO, slice_of
from core.origins import Origin
from core.states import move
from finance.services import bookings
from inventory.services import return_goods
from logistics.queries import delivered_share, parcel_gross, parcel_share
from logistics.services import declare_lost
from orders.services import count_returned, lock_order
from returns.errors import CountsDisagree
from returns.events import ReturnSettled
from returns.models import Inspection, ReturnCase, ReturnLine


@dataclass(frozen=True, slots=True)
class Worth:
    """What some units bring back."""

    gross: Decimal
    tax: Decimal
    cost: Decimal
    scrapped_cost: Decimal


def inspect_line(
    *, return_line_id: int, key: str, sellable: int = 0, scrapped: int = 0, rejected: int = 0, note: str = ""
) -> Inspection:
    """Judge units of a received line: back on the shelf, scrapped, or not accepted.

    `key` names the judgement: the same key again is the same judgement and moves nothing. The judgement
    of the last unit settles the case and lets the refund go. Raises CountsDisagree for more units than
    were received.
    """
    with transaction.atomic():
        case, line, order = _lock(return_line_id)
        if faults.guarded("F41"):
            before = Inspection.objects.filter(line=line, key=key).first()
            if before is not None:
                return before
        faults.race_window("F41")
        judged = line.accepted + line.rejected
        count = sellable + scrapped + rejected
        if min(sellable, scrapped, rejected) < 0 or not 0 < count <= line.received - judged:
            raise CountsDisagree(
                _("%(left)s units wait for a judgement, %(count)s were judged. Count again.")
                % {"left": line.received - judged, "count": count}
            )
        worth = _worth(case, line, sellable, scrapped)
        inspection = Inspection.objects.create(
            line=line,
            key=key,
            sellable=sellable,
            scrapped=scrapped,
            rejected=rejected,
            gross=worth.gross,
            tax=worth.tax,
            goods_cost=worth.cost,
            scrapped_cost=worth.scrapped_cost,
            currency=case.currency,
            note=note[:300],
            by=current_actor(),
            at=clock.now(),
        )
        line.accepted += sellable + scrapped
        line.rejected += rejected
        line.save(update_fields=["accepted", "rejected"])
        _book(case, order, inspection, worth)
        if case.kind == ReturnCase.Kind.RETURN and sellable + scrapped:
            count_returned(line_id=line.line_id, units=sellable + scrapped)
        _settle_if_done(case, order)
        return inspection


def settle_lost(
    *, case_id: int, claim: Decimal, responsible: str = ReturnCase.Responsible.COURIER
) -> ReturnCase:
    """Finance decides what the courier shall pay for a lost parcel; a prepaid customer gets the money back.

    Settling twice is no error.
    """
    with transaction.atomic():
        order_id = ReturnCase.objects.values_list("order_id", flat=True).get(pk=case_id)
        order = lock_order(order_id=order_id)
        parcel_id = ReturnCase.objects.values_list("parcel_id", flat=True).get(pk=case_id)
        declare_lost(parcel_id=parcel_id, claim=claim)
        case = lock_one(ReturnCase, pk=case_id)
        if case.status == ReturnCase.Status.SETTLED:
            return case
        case.responsible = responsible
        case.save(update_fields=["responsible"])
        _settle(case, order)
        return case


def _lock(return_line_id: int) -> tuple[ReturnCase, ReturnLine, Any]:
    case_id, order_id = ReturnLine.objects.values_list("case_id", "case__order_id").get(pk=return_line_id)
    order = lock_order(order_id=order_id)
    case = lock_one(ReturnCase, pk=case_id)
    line = lock_one(ReturnLine, pk=return_line_id)
    if case.status != ReturnCase.Status.RECEIVED and not Inspection.objects.filter(line=line).exists():
        raise CountsDisagree(_("The goods of %(case)s have not been received yet.") % {"case": case.number})
    return case, line, order


def _worth(case: ReturnCase, line: ReturnLine, sellable: int, scrapped: int) -> Worth:
    """What these units bring back, measured from what earlier judgements of the line have taken."""
    accepted = sellable + scrapped
    if not accepted:
        return Worth(ZERO, ZERO, ZERO, ZERO)
    share = (
        delivered_share(line_id=line.line_id)
        if case.kind == ReturnCase.Kind.RETURN
        else parcel_share(parcel_id=case.box_id, line_id=line.line_id)
    )
    judged = Inspection.objects.filter(line__line_id=line.line_id, line__case__kind=case.kind)
    if case.kind != ReturnCase.Kind.RETURN:
        judged = judged.filter(line__case=case)
    before = judged.aggregate(
        sellable=Sum("sellable"),
        scrapped=Sum("scrapped"),
        gross=Sum("gross"),
        tax=Sum("tax"),
        cost=Sum("goods_cost"),
    )
    taken = (before["sellable"] or 0) + (before["scrapped"] or 0)

    def part(whole: Decimal, already: Decimal | None, units: int) -> Decimal:
        return slice_of(whole, share.units, 0, taken + units) - (already or ZERO)

    cost = part(share.cost, before["cost"], accepted)
    kept = part(share.cost, before["cost"], sellable) if sellable else ZERO
    sold = case.kind == ReturnCase.Kind.RETURN
    return Worth(
        gross=part(share.gross, before["gross"], accepted) if sold else ZERO,
        tax=part(share.tax, before["tax"], accepted) if sold else ZERO,
        cost=cost,
        scrapped_cost=cost - kept,
    )


def _book(case: ReturnCase, order: Any, inspection: Inspection, worth: Worth) -> None:
    origin = Origin("inspection", inspection.pk)
    if inspection.sellable + inspection.scrapped == 0:
        return
    if inspection.sellable:
        return_goods(
            sku_id=inspection.line.line.sku_id,
            warehouse_id=case.warehouse_id,
            quantity=inspection.sellable,
            cost=worth.cost - worth.scrapped_cost,
            origin=origin,
            sellable=True,
        )
    if case.kind == ReturnCase.Kind.RETURN:
        bookings.book_return_accepted(
            order=order.pk,
            gross=worth.gross,
            tax=worth.tax,
            goods_cost=worth.cost,
            scrapped_cost=worth.scrapped_cost,
            origin=origin,
            entity=order.entity,
        )
    else:
        bookings.book_goods_back(
            parcel=case.box_id,
            origin=origin,
            goods_cost=worth.cost,
            scrapped_cost=worth.scrapped_cost,
            entity=order.entity,
        )


def _settle_if_done(case: ReturnCase, order: Any) -> None:
    if all(line.accepted + line.rejected == line.received for line in case.lines.all()):
        _settle(case, order)


def _settle(case: ReturnCase, order: Any) -> None:
    """Everything is judged. The refund follows from the event: payments are locked before cases."""
    amount = _refund_of(case, order)
    case.refund_amount = amount
    case.settled_at = clock.now()
    case.save(update_fields=["refund_amount", "settled_at"])
    move(case, ReturnCase.Status.SETTLED, transitions=ReturnCase.TRANSITIONS)
    announce(ReturnSettled(case.pk, order.pk, amount), about=Origin("order", order.pk))


def _refund_of(case: ReturnCase, order: Any) -> Decimal:
    """Returned goods: what their units cost the customer. Undelivered: what was paid for the parcel."""
    if case.kind == ReturnCase.Kind.RETURN:
        summed = Inspection.objects.filter(line__case=case).aggregate(total=Sum("gross"))["total"]
        return summed or ZERO
    if order.term != "prepaid":
        return ZERO
    return parcel_gross(parcel_id=case.box_id)
