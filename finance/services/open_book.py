"""What bank lines could be about: read once for many of them and kept right while they are applied."""

from collections.abc import Collection
from decimal import Decimal

from django.db.models import Sum

from core.money import ZERO
from core.origins import Origin
from finance.models import PaymentIntent, Refund
from finance.queries import open_items
from finance.rules.bank_lines import BankLine, OpenBook, Plan, plan_line

Orders = dict[str, tuple[int, Decimal]]


class KeptBook:
    """Everything that is open with us when it is made, and the present of whatever a sure plan rests on.

    For one run over one file: a transaction that is rolled back leaves it behind what the database says.
    """

    def __init__(self) -> None:
        self._orders = _read_orders()
        self._refunds = _read_refunds()
        self._payouts = _read_payouts()

    def propose(self, line: BankLine) -> Plan:
        """What the line is by the book as it stands: good enough where nothing is posted."""
        return plan_line(line, OpenBook(self._orders, self._refunds, self._payouts))

    def plan(self, line: BankLine) -> Plan:
        """What the line is now. Others may have taken since what a sure plan rests on: it is read again."""
        plan = self.propose(line)
        while plan.sure and plan.targets:
            self.renew(plan)
            again = self.propose(line)
            if again == plan:
                break
            plan = again
        return plan

    def renew(self, plan: Plan) -> None:
        """Read again what the plan rests on: before it is done, and afterwards what doing it has left."""
        if plan.action == "order":
            ids = {order for order, _amount in plan.targets}
            kept = {number: due for number, due in self._orders.items() if due[0] not in ids}
            self._orders = kept | _read_orders(ids)
        elif plan.action == "refund":
            self._refunds = _read_refunds()
        elif plan.action == "payout":
            self._payouts = _read_payouts()


def _read_orders(ids: Collection[int] | None = None) -> Orders:
    """Number → (order, amount due): by the open attempt to pay, else by what is owed for delivered goods."""
    live = PaymentIntent.objects.filter(state__in=PaymentIntent.LIVE).annotate(paid=Sum("payments__applied"))
    if ids is None:
        owing = open_items("1122")
    else:
        live = live.filter(order__in=ids)
        owing = [item for pk in sorted(ids) for item in open_items("1122", origin=Origin("order", pk))]
    orders: Orders = {}
    rows = live.order_by("pk").values_list("merchant_ref", "order__number", "order_id", "amount", "paid")
    for merchant_ref, number, pk, amount, paid in rows:
        orders[merchant_ref] = orders[number] = (pk, amount - (paid or ZERO))
    owed = {item.origin.id: item.amount for item in owing if item.origin and item.amount > 0}
    order = PaymentIntent._meta.get_field("order").related_model
    for pk, number in order._base_manager.filter(pk__in=owed).values_list("pk", "number"):
        orders.setdefault(number, (pk, owed[pk]))
    return orders


def _read_refunds() -> Orders:
    waiting = Refund.objects.filter(way=Refund.Way.TRANSFER, state=Refund.State.REQUESTED)
    return {refund.number: (refund.pk, refund.amount) for refund in waiting}


def _read_payouts() -> list[tuple[int, int, Decimal]]:
    return [
        (item.origin.id, item.party.id, item.amount)
        for item in open_items("1012.3")
        if item.origin and item.party and item.amount > 0 and item.origin.kind == "statement_line"
    ]
