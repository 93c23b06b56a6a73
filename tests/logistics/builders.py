"""Parcels under way, and the files that couriers send about them."""

from datetime import timedelta
from itertools import count

from core import clock, events
from logistics import services
from logistics.gateways.base import Tracked
from logistics.models import Courier, CourierStatement, Parcel, Waybill
from logistics.rules.tracking import Event, State
from tests.scenarios.company import Company, an_order_of
from tests.scenarios.steps import pack, pick

_numbers = count(1)
DELIVERED = (State.COLLECTED, State.OUT_FOR_DELIVERY, State.DELIVERED)
REFUSED = (State.COLLECTED, State.OUT_FOR_DELIVERY, State.REFUSED)
LOST = (State.COLLECTED, State.LOST)


def a_shipped_parcel(company: Company, *, cups: int = 1, term: str = "cod") -> Parcel:
    """An order picked, packed and handed over; its waybill was given by hand."""
    order = an_order_of(company, {company.cup: cups}, term=term)
    events.drain_all()
    delivery = order.deliveries.get()
    pick(delivery)
    delivery.refresh_from_db()
    parcel = pack(delivery)
    number = f"SF{1_000_000_000_000 + next(_numbers)}"
    Waybill.objects.filter(parcel=parcel).update(number=number, state=Waybill.State.LIVE)
    services.hand_over(parcel_ids=[parcel.pk])
    events.drain_all()
    parcel.refresh_from_db()
    return parcel


def has_gone(parcel: Parcel, states: tuple[State, ...] = DELIVERED) -> Parcel:
    """The courier tells these scans, an hour apart."""
    start = clock.now() - timedelta(days=1)
    told = tuple(Event(start + timedelta(hours=n), state, str(n)) for n, state in enumerate(states))
    services.record_tracking(courier_id=parcel.courier_id, tracked=Tracked(number_of(parcel), told))
    events.drain_all()
    parcel.refresh_from_db()
    return parcel


def number_of(parcel: Parcel) -> str:
    return parcel.waybills.get(direction=Waybill.Direction.FORWARD).number


def a_bill(*rows: tuple[str, str, str], total: str = "") -> bytes:
    """A statement of one row a fee: (waybill, fee type, amount)."""
    lines = [
        "运单号,费用类型,费用名称,金额",
        *(f"{number},{kind},{kind},{amount}" for number, kind, amount in rows),
    ]
    if total:
        lines.append(f"合计,,,{total}")
    return "\n".join(lines).encode()


def imported(courier: Courier, data: bytes, name: str = "bill.csv", **options) -> CourierStatement:
    result = services.import_courier_statement(courier=courier, data=data, filename=name, **options)
    assert result.statement_id is not None, result.refusal
    return CourierStatement.objects.get(pk=result.statement_id)


def decided(statement: CourierStatement, by, how=services.accept_outcomes, **options) -> CourierStatement:
    """A person settles everything that waits."""
    ids = list(statement.outcomes.exclude(outcome__in=["agreed", "missing"]).values_list("pk", flat=True))
    how(outcome_ids=ids, reason="checked by hand", by=by, **options)
    return statement
