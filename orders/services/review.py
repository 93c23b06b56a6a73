"""Review: rules raise holds, people clear them, nothing else stands between an order and its confirmation."""

from collections.abc import Iterable
from datetime import timedelta
from typing import Any

from django.db import transaction
from django.utils.translation import gettext as _

from core import clock, faults, rights
from core.events import announce
from core.locks import joined, lock_one
from core.origins import Origin
from crm.queries import possible_duplicates
from inventory.queries import waiting_units
from logistics.services import withdraw_unreserved
from orders.errors import HoldNotClearable
from orders.events import HoldCleared, HoldRaised
from orders.models import Hold, HoldRule
from orders.order.models import Order
from orders.rules.holds import Finding, ReviewFacts, RuleTerms, find_holds
from orders.services.confirmation import confirm_order

Kind = HoldRule.Kind


def review_order(*, order_id: int) -> list[Hold]:
    """Raise the holds that the rules find; without an open hold the order is confirmed at once.

    Safe to call again: a rule speaks once per version of the order, and a cleared hold stays cleared.
    Returns the open holds.
    """
    with joined():
        order = lock_one(Order, pk=order_id)
        if order.status != Order.Status.IN_REVIEW:
            return []
        rules = _active_rules()
        for finding in find_holds(rules, _facts(order, rules)):
            _raise(order, finding)
        return _confirm_if_clear(order)


def raise_hold(*, order_id: int, rule: RuleTerms, detail: dict[str, Any]) -> Hold:
    """Hold an order for a reason that a person or another part of the house has found."""
    with transaction.atomic():
        order = lock_one(Order, pk=order_id)
        return _raise(order, Finding(rule, detail))


def hold_conflict(*, order_id: int, conflict_id: int, sku_id: int, warehouse_id: int, units: int) -> None:
    """A fact from elsewhere took promised goods: somebody must find others or tell the customer (F108).

    What the warehouse has not begun to pick of them leaves its instruction.
    """
    rule = RuleTerms(f"conflict-{conflict_id}", "stock_short", "customer_service", hours=4)
    with transaction.atomic():
        raise_hold(order_id=order_id, rule=rule, detail={"sku": sku_id, "units": units})
        withdraw_unreserved(order_id=order_id, warehouse_id=warehouse_id)


def clear_hold(*, hold_id: int, by: Any, note: str, order_version: int) -> None:
    """Sign a hold off. The last one confirms the order.

    Raises NotAllowed when the person may not sign for this department, HoldNotClearable when it is
    cleared already, has no note, or the order is not the version that was read (F20).
    """
    with transaction.atomic():
        order_id = Hold.objects.values_list("order_id", flat=True).get(pk=hold_id)
        order = lock_one(Order, pk=order_id)
        hold = lock_one(Hold, pk=hold_id)
        rights.require(by, f"orders.clear_hold.{hold.department}")
        if hold.cleared_at is not None and faults.guarded("F19"):
            raise HoldNotClearable(_("This hold has been cleared already. Reload the page."))
        if order.version != order_version and faults.guarded("F20"):
            raise HoldNotClearable(
                _("The order has changed since you read it. Reload the page and look at it again.")
            )
        if not note.strip():
            raise HoldNotClearable(_("Say in a few words why the order may go on."))
        hold.cleared_at = clock.now()
        hold.cleared_by = by
        hold.note = note.strip()
        hold.save(update_fields=["cleared_at", "cleared_by", "note"])
        announce(HoldCleared(order.pk, hold.pk), about=Origin("order", order.pk))
        if order.status == Order.Status.IN_REVIEW:
            _confirm_if_clear(order)


def _confirm_if_clear(order: Order) -> list[Hold]:
    holds = list(order.holds.filter(cleared_at__isnull=True))
    if not holds:
        confirm_order(order=order)
    return holds


def _raise(order: Order, finding: Finding) -> Hold:
    hold, created = Hold.objects.get_or_create(
        order=order,
        rule=finding.rule.code,
        order_version=order.version,
        defaults={
            "kind": finding.rule.kind,
            "department": finding.rule.department,
            "detail": finding.detail,
            "raised_at": clock.now(),
            "due_at": clock.now() + timedelta(hours=finding.rule.hours),
        },
    )
    if created:
        announce(HoldRaised(order.pk, hold.pk), about=Origin("order", order.pk))
    return hold


def _active_rules() -> list[RuleTerms]:
    return [
        RuleTerms(rule.code, rule.kind, rule.department, rule.amount, tuple(rule.regions), rule.hours)
        for rule in HoldRule.objects.filter(active=True)
    ]


def _facts(order: Order, rules: Iterable[RuleTerms]) -> ReviewFacts:
    """What these rules look at. What none of them asks for is not looked up and stays at nothing."""
    asked = {rule.kind for rule in rules}
    address = order.shipping_address
    required = {
        "name": address.first_name,
        "phone": address.phone_number,
        "province": address.state,
        "city": address.line4,
        "street": address.line1,
    }
    return ReviewFacts(
        total=order.total_incl_tax,
        term=order.term,
        province=address.state or "",
        address_missing=tuple(field for field, value in required.items() if not value),
        buyer_note=order.buyer_note,
        earlier_orders_delivered=Order.objects.filter(
            customer_id=order.customer_id, delivery_state=Order.DeliveryState.DELIVERED
        ).count()
        if Kind.FIRST_COD in asked and order.term == Order.Term.COD
        else 0,
        back_ordered=sum(waiting_units(order_id=order.pk).values()) if Kind.STOCK_SHORT in asked else 0,
        possible_duplicates=possible_duplicates(customer_id=order.customer_id)
        if Kind.POSSIBLE_DUPLICATE in asked
        else (),
    )
