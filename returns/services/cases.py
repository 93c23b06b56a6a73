"""A case from the wish to the goods on the desk."""

from collections.abc import Mapping
from datetime import timedelta

from django.db import transaction
from django.db.models import Sum
from django.utils.translation import gettext as _

from core import clock
from core.events import announce
from core.locks import lock_one
from core.numbers import next_number
from core.origins import Origin
from core.states import move, record
from logistics.queries import last_delivery, parcel_contents
from orders.services import lock_order
from returns.errors import CountsDisagree, NotReturnable
from returns.events import ReturnApproved, ReturnRequested
from returns.models import ReturnCase, ReturnLine, ReturnPolicy

CUSTOMER_SERVICE = "customer_service"
WAREHOUSE = "warehouse"
FINANCE = "finance"


def open_return(*, order_id: int, units: Mapping[int, int], reason: str) -> ReturnCase:
    """A customer wants to send units back: order line id to number of units.

    Raises NotReturnable when the window since delivery is over or more is asked than is still there.
    """
    policy = _policy()
    with transaction.atomic():
        order = lock_order(order_id=order_id)
        wanted = {line_id: count for line_id, count in units.items() if count}
        if not wanted:
            raise NotReturnable(_("Choose at least one item to send back."))
        lines = {line.pk: line for line in order.lines.all()}
        for line_id, count in wanted.items():
            line = lines.get(line_id)
            left = line.delivered_quantity - line.returned_quantity - _pending(line_id) if line else 0
            if line is None or not 0 < count <= left:
                raise NotReturnable(
                    _("%(title)s: %(left)s of it can be sent back. Change the number.")
                    % {"title": line.title if line else "?", "left": left}
                )
        origin = last_delivery(order_id=order_id)
        if origin is None or clock.now() > origin.delivered_at + timedelta(days=policy.days):
            raise NotReturnable(
                _("The %(days)s days for sending goods back are over. Ask customer service for help.")
                % {"days": policy.days}
            )
        case = _open(
            order=order,
            kind=ReturnCase.Kind.RETURN,
            status=ReturnCase.Status.REQUESTED,
            warehouse_id=origin.warehouse_id,
            reason=reason,
            department=CUSTOMER_SERVICE,
            hours=policy.hours_to_answer,
        )
        ReturnLine.objects.bulk_create(
            ReturnLine(case=case, line_id=line_id, asked=count) for line_id, count in sorted(wanted.items())
        )
        announce(ReturnRequested(case.pk, order.pk), about=Origin("order", order.pk))
        return case


def approve_return(*, case_id: int) -> ReturnCase:
    """Customer service agrees; the warehouse now awaits the goods. Approving twice is no error."""
    policy = _policy()
    with transaction.atomic():
        case = lock_one(ReturnCase, pk=case_id)
        if case.status == ReturnCase.Status.APPROVED:
            return case
        move(case, ReturnCase.Status.APPROVED, transitions=ReturnCase.TRANSITIONS)
        _hand_to(case, WAREHOUSE, policy.days * 24)
        announce(ReturnApproved(case.pk, case.order_id), about=Origin("order", case.order_id))
        return case


def reject_return(*, case_id: int, reason: str) -> ReturnCase:
    """The wish is declined, with a reason that the customer is told. Nothing has moved."""
    if not reason.strip():
        raise NotReturnable(_("Say why the return is declined; the customer will read it."))
    with transaction.atomic():
        case = lock_one(ReturnCase, pk=case_id)
        move(case, ReturnCase.Status.REJECTED, transitions=ReturnCase.TRANSITIONS, reason=reason)
        return case


def receive_return(*, case_id: int, counts: Mapping[int, int]) -> ReturnCase:
    """The goods are on the desk: return line id to units counted, at most what was asked for.

    Raises CountsDisagree otherwise; surplus goods are a case of their own.
    """
    policy = _policy()
    with transaction.atomic():
        case = lock_one(ReturnCase, pk=case_id)
        lines = {line.pk: line for line in case.lines.all()}
        if set(counts) - set(lines):
            raise CountsDisagree(_("A line of another case was counted. Reload the page."))
        if not any(counts.values()):
            raise CountsDisagree(_("Count at least one unit, or reject the case."))
        for line_id, count in counts.items():
            line = lines[line_id]
            if not 0 <= count <= line.asked:
                raise CountsDisagree(
                    _("%(title)s: %(asked)s were announced, %(count)s counted. Open a case for the surplus.")
                    % {"title": line.line.title, "asked": line.asked, "count": count}
                )
            line.received = count
            line.save(update_fields=["received"])
        move(case, ReturnCase.Status.RECEIVED, transitions=ReturnCase.TRANSITIONS)
        _hand_to(case, WAREHOUSE, policy.hours_to_answer)
        return case


def open_undelivered(*, parcel_id: int, kind: str) -> ReturnCase:
    """A refused parcel is back, or a parcel is lost: its case, opened once.

    Goods that came back go to inspection at once; a lost parcel goes to finance.
    """
    existing = ReturnCase.objects.filter(parcel_id=parcel_id).first()
    if existing:
        return existing
    policy = _policy()
    with transaction.atomic():
        contents = parcel_contents(parcel_id=parcel_id)
        order = lock_order(order_id=contents.order_id)
        came_back = kind == ReturnCase.Kind.REFUSED
        case = _open(
            order=order,
            kind=kind,
            status=ReturnCase.Status.RECEIVED if came_back else ReturnCase.Status.APPROVED,
            warehouse_id=contents.warehouse_id,
            reason="",
            department=WAREHOUSE if came_back else FINANCE,
            hours=policy.hours_to_answer,
            parcel_id=parcel_id,
        )
        ReturnLine.objects.bulk_create(
            ReturnLine(
                case=case,
                line_id=line_id,
                asked=count,
                received=count if came_back else 0,
            )
            for line_id, count in contents.units.items()
        )
        return case


def _open(*, order, kind, status, warehouse_id, reason, department, hours, parcel_id=None) -> ReturnCase:  # type: ignore[no-untyped-def]
    case = ReturnCase.objects.create(
        number=next_number("RMA"),
        kind=kind,
        order=order,
        parcel_id=parcel_id,
        warehouse_id=warehouse_id,
        status=status,
        reason=reason[:300],
        department=department,
        opened_at=clock.now(),
        due_at=clock.now() + timedelta(hours=hours),
        currency=order.currency,
    )
    record(case, old="", new=case.status)
    return case


def _hand_to(case: ReturnCase, department: str, hours: int) -> None:
    case.department = department
    case.due_at = clock.now() + timedelta(hours=hours)
    case.save(update_fields=["department", "due_at"])


def _pending(line_id: int) -> int:
    """Units of an order line in cases that are not judged yet."""
    open_cases = [ReturnCase.Status.REQUESTED, ReturnCase.Status.APPROVED, ReturnCase.Status.RECEIVED]
    rows = ReturnLine.objects.filter(
        line_id=line_id, case__kind=ReturnCase.Kind.RETURN, case__status__in=open_cases
    )
    summed = rows.aggregate(asked=Sum("asked"), accepted=Sum("accepted"), rejected=Sum("rejected"))
    return (summed["asked"] or 0) - (summed["accepted"] or 0) - (summed["rejected"] or 0)


def _policy() -> ReturnPolicy:
    return ReturnPolicy.objects.get(code="default")
