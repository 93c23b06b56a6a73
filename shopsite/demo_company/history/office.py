"""What people at desks do: sign holds off, cancel on request, open returns, decide who bears a loss."""

from datetime import datetime, timedelta
from typing import Any, Final

from core import clock
from core.audit import acting
from core.notes import write_note
from core.origins import Origin
from inventory.models import StockConflict
from inventory.services import resolve_conflict
from logistics.models import Parcel
from logistics.services import declare_lost
from orders.errors import CannotCancel
from orders.models import Cancellation, Hold
from orders.order.models import Order
from orders.queries import awaiting_service, services_by_hand
from orders.services import cancel_order, cancel_service, clear_hold, expire_orders, perform_service
from returns.errors import NotReturnable
from returns.models import ReturnCase
from returns.services import (
    approve_return,
    inspect_line,
    open_return,
    receive_return,
    reject_return,
    settle_lost,
)
from shopsite.demo_company.history.plan import Wish

DESK: Final = {
    "customer_service": "service",
    "finance": "finance",
    "sales": "manager",
    "warehouse": "warehouse",
}
ANSWERS: Final = {
    "buyer_note": "已电话确认，按客户要求备注在面单上。",
    "amount_above": "老客户，账期内无逾期，放行。",
    "first_cod": "已回访，本人签收，放行。",
    "possible_duplicate": "核对过，是同一家人的两个账号。",
    "stock_short": "与客户约好分批发货。",
    "blocked_region": "已确认可送达。",
    "incomplete_address": "已补全地址。",
}
REASONS: Final = (
    "颜色和想的不一样",
    "收到时有磕碰",
    "尺寸买大了",
    "重复下单",
    "The glaze is darker than in the picture",
)


class Office:
    """The desks of one run. `wishes` are the plan by submit token."""

    def __init__(self, wishes: dict[str, Wish], staff: dict[str, Any]) -> None:
        self.wishes, self.staff = wishes, staff

    def clear_holds(self, at: datetime, *, patient: bool = False) -> None:
        """Sign off what has waited long enough. Near the end some stay open, as on any real day."""
        waiting = Hold.objects.filter(cleared_at=None, raised_at__lte=at - timedelta(hours=1))
        for hold in waiting.select_related("order").order_by("pk"):
            wish = self.wishes.get(hold.order.submit_token or "")
            if hold.order.is_closed or (patient and wish is not None and wish.stuck):
                continue
            by = self.staff[DESK[hold.department]]
            with clock.virtual(at), acting(by):
                note = ANSWERS.get(hold.kind, "已核实。")
                clear_hold(hold_id=hold.pk, by=by, note=note, order_version=hold.order.version)
                write_note(about=Origin("order", hold.order_id), text=note, by=by)

    def cancel_wished(self, at: datetime) -> None:
        """Customers call in the evening and take their order of today back."""
        service = self.staff["service"]
        tokens = [token for token, wish in self.wishes.items() if wish.cancels]
        open_states = [Order.Status.IN_REVIEW, Order.Status.CONFIRMED]
        today = Order.objects.filter(
            submit_token__in=tokens, status__in=open_states, date_placed__gte=at - timedelta(hours=9)
        )
        for order in today.order_by("pk"):
            with clock.virtual(at), acting(service):
                try:
                    cancel_order(
                        order_id=order.pk,
                        reason=Cancellation.Reason.CUSTOMER,
                        note="客户来电取消",
                        actor=service,
                    )
                except CannotCancel:
                    continue

    def expire(self, at: datetime) -> None:
        with clock.virtual(at):
            expire_orders()

    def resolve_conflicts(self, at: datetime) -> None:
        """An offline sale took promised goods: the order waits for the next delivery of them."""
        with clock.virtual(at), acting(self.staff["service"]):
            for conflict in StockConflict.objects.filter(state=StockConflict.State.OPEN).order_by("pk"):
                resolve_conflict(
                    conflict_id=conflict.pk, choice=StockConflict.Choice.LATER, reason="客户愿意等下一批"
                )

    def ask_returns(self, at: datetime, parcels: Any) -> None:
        """Customers who are not happy write to us, some days after delivery."""
        for parcel in parcels:
            wish = self.wishes.get(parcel.order.submit_token or "")
            if wish is None or not wish.returns or parcel.delivered_at > at - timedelta(days=wish.returns):
                continue
            if ReturnCase.objects.filter(order_id=parcel.order_id).exists():
                continue
            line = parcel.order.lines.order_by("pk").first()
            units = max(1, line.delivered_quantity // 2)
            with clock.virtual(at):
                try:
                    open_return(
                        order_id=parcel.order_id,
                        units={line.pk: units},
                        reason=REASONS[wish.number % len(REASONS)],
                    )
                except NotReturnable:
                    continue

    def move_returns(self, at: datetime) -> None:
        """Approve after a day, receive after four more, judge on the next."""
        service, hands = self.staff["service"], self.staff["warehouse"]
        cases = ReturnCase.objects.filter(kind=ReturnCase.Kind.RETURN).select_related("order").order_by("pk")
        for case in cases.filter(status="requested", opened_at__lte=at - timedelta(hours=20)):
            wish = self.wishes.get(case.order.submit_token or "")
            with clock.virtual(at), acting(service):
                if wish is not None and wish.number % 9 == 0:
                    reject_return(case_id=case.pk, reason="已使用过，无法再次销售。")
                else:
                    approve_return(case_id=case.pk)
        for case in cases.filter(status="approved", opened_at__lte=at - timedelta(days=4)):
            with clock.virtual(at), acting(hands):
                receive_return(case_id=case.pk, counts={line.pk: line.asked for line in case.lines.all()})
        inspected = ReturnCase.objects.filter(status="received", kind__in=["return", "refused"])
        for case in inspected.select_related("order").order_by("pk"):
            old = timedelta(days=5) if case.kind == ReturnCase.Kind.RETURN else timedelta(hours=20)
            if case.opened_at <= at - old:
                self._judge(case, at)

    def report_services(self, at: datetime) -> None:
        """The stylist visits two days after the goods came; now and then nobody wants it any more."""
        service = self.staff["service"]
        due = awaiting_service().exclude(parcels__delivered_at__gt=at - timedelta(days=2))
        for order in due.order_by("pk"):
            wish = self.wishes.get(order.submit_token or "")
            with clock.virtual(at), acting(service):
                for line in services_by_hand(order):
                    what = {"order_id": order.pk, "line_id": line.pk, "by": service}
                    if wish is not None and wish.number % 7 == 3:
                        cancel_service(**what, note="客户改期后不再需要")
                    else:
                        perform_service(**what, on=clock.today(), note="已上门，客户满意。")

    def give_up_parcels(self, at: datetime) -> None:
        """A courier says “no news” and hardly ever “lost”: after five days of it, finance says so."""
        silent = Parcel.objects.filter(
            state=Parcel.State.EXCEPTION,
            tracking__state=Parcel.State.EXCEPTION,
            tracking__happened_at__lte=at - timedelta(days=5),
        )
        for parcel in silent.distinct().order_by("pk"):
            with clock.virtual(at), acting(self.staff["finance"]):
                declare_lost(parcel_id=parcel.pk, claim=parcel.goods_cost)

    def settle_losses(self, at: datetime) -> None:
        """Finance claims what a lost parcel was worth, three days after it was given up."""
        lost = ReturnCase.objects.filter(
            kind=ReturnCase.Kind.LOST, status="approved", opened_at__lte=at - timedelta(days=3)
        )
        for case in lost.select_related("parcel").order_by("pk"):
            with clock.virtual(at), acting(self.staff["finance"]):
                settle_lost(case_id=case.pk, claim=case.parcel.goods_cost)

    def _judge(self, case: ReturnCase, at: datetime) -> None:
        wish = self.wishes.get(case.order.submit_token or "")
        broken = wish is not None and wish.number % 4 == 0
        with clock.virtual(at), acting(self.staff["warehouse"]):
            for line in case.lines.order_by("pk"):
                left = line.received - line.accepted - line.rejected
                if left:
                    scrapped = 1 if broken else 0
                    inspect_line(
                        return_line_id=line.pk, key="desk", sellable=left - scrapped, scrapped=scrapped,
                        note="磕口" if broken else "",
                    )  # fmt: skip
