"""Limited codes and offers: taken in the placing transaction, given back when the order ends (F43, F44).

The price that the shopper saw was worked out from counters that nobody held. Here they are held: who
comes too late is refused before anything is asked of a payment provider, and sees the total without.
"""

from collections import defaultdict
from decimal import Decimal
from typing import Any

from django.db.models import F
from django.utils.translation import gettext as _

from core import clock, faults
from core.locks import lock
from core.money import ZERO
from orders.errors import OfferUsedUp
from orders.offer.models import ConditionalOffer
from orders.order.models import Order, OrderDiscount  # type: ignore[attr-defined]  # declared at run time
from orders.rules.draft import OrderDraft
from orders.voucher.models import Voucher, VoucherApplication


def take_offers(order: Order, draft: OrderDraft) -> None:
    """Count what this order uses. Raises OfferUsedUp, naming the code or offer, when a limit is reached."""
    by_voucher: dict[int, Decimal] = defaultdict(lambda: ZERO)
    by_offer: dict[int, Decimal] = defaultdict(lambda: ZERO)
    for line in draft.lines:
        for discount in line.discounts:
            by_offer[discount.offer_id] += discount.amount
            if discount.voucher_id:
                by_voucher[discount.voucher_id] += discount.amount
    if by_voucher:
        _take_vouchers(order, by_voucher)
    if by_offer:
        _take_offers(order, by_offer, dict(draft.offer_times))


def release_offers(order: Order) -> None:
    """Give back what a cancelled order has used. The caller holds the order and cancels it in this
    transaction, once."""
    given = list(OrderDiscount.objects.filter(order=order, offer_id__isnull=False))
    if not given:
        return
    by_voucher: dict[int, Decimal] = defaultdict(lambda: ZERO)
    for row in given:
        if row.voucher_id:
            by_voucher[row.voucher_id] += row.amount
    for voucher in lock(Voucher.objects.filter(pk__in=by_voucher)):
        uses = VoucherApplication.objects.filter(voucher=voucher, order=order, released_at=None)
        if uses.update(released_at=clock.now()):
            Voucher.objects.filter(pk=voucher.pk).update(
                num_orders=F("num_orders") - 1,
                total_discount=F("total_discount") - by_voucher[voucher.pk],
            )
    held = {offer.pk for offer in lock(ConditionalOffer.objects.filter(pk__in=[r.offer_id for r in given]))}
    for row in given:
        if row.offer_id in held:
            _count(row.offer_id, -row.frequency, -row.amount, -1)


def _take_vouchers(order: Order, amounts: dict[int, Decimal]) -> None:
    rows: Any = Voucher.objects.filter(pk__in=amounts)
    vouchers = {row.pk: row for row in (lock(rows) if faults.guarded("F43") else rows)}
    for pk, amount in sorted(amounts.items()):
        voucher = vouchers.get(pk)
        if voucher is None or not (voucher.is_active() and voucher.is_available_to_user(order.user)[0]):
            raise OfferUsedUp(
                _("The code %(code)s has just been used up. This is the total without it.")
                % {"code": voucher.code if voucher else ""},
                voucher=pk,
            )
        slot = _free_slot(voucher)
        faults.race_window("F43")
        VoucherApplication.objects.create(voucher=voucher, order=order, user_id=order.user_id, slot=slot)
        Voucher.objects.filter(pk=pk).update(
            num_orders=F("num_orders") + 1, total_discount=F("total_discount") + amount
        )


def _free_slot(voucher: Voucher) -> int:
    """The lowest one that is free, so that a limited code never needs a slot above its limit."""
    uses = VoucherApplication.objects.filter(voucher=voucher, released_at=None)
    if voucher.most is None:
        return (uses.order_by("-slot").values_list("slot", flat=True).first() or 0) + 1
    taken = set(uses.values_list("slot", flat=True))
    return next(slot for slot in range(1, len(taken) + 2) if slot not in taken)


def _take_offers(order: Order, amounts: dict[int, Decimal], times: dict[int, int]) -> None:
    rows: Any = ConditionalOffer.objects.filter(pk__in=amounts)
    offers = {row.pk: row for row in (lock(rows) if faults.guarded("F44") else rows)}
    for pk, amount in sorted(amounts.items()):
        offer, units = offers.get(pk), times.get(pk, 1)
        if offer is None or not _within(offer, order, units, amount):
            raise OfferUsedUp(
                _("“%(offer)s” has just run out. This is the total without it.") % {"offer": offer or ""},
                offer=pk,
            )
        faults.race_window("F44")
        _count(pk, units, amount, 1)


def _within(offer: ConditionalOffer, order: Order, units: int, amount: Decimal) -> bool:
    if offer.is_suspended or not offer.has_budget_for(amount):
        return False
    if offer.max_global_applications and offer.num_applications + units > offer.max_global_applications:
        return False
    if offer.max_user_applications and order.user_id:
        # The order's own discounts are written already.
        return offer.get_num_user_applications(order.user_id) <= offer.max_user_applications
    return True


def _count(offer_id: int, units: int, amount: Decimal, orders: int) -> None:
    ConditionalOffer.objects.filter(pk=offer_id).update(
        num_applications=F("num_applications") + units,
        total_discount=F("total_discount") + amount,
        num_orders=F("num_orders") + orders,
    )
