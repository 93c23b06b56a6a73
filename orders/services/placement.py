"""The one corridor into the pipeline: web, phone and files all place orders here.

Order and reservation are written first, together; money comes after (F16). Stock goes last, so that
its rows are locked for the shortest time (PERFORMANCE R1).
"""

from datetime import datetime, timedelta
from typing import Any

from django.conf import settings
from django.db import IntegrityError, transaction
from django.db.models import Q
from django.utils.translation import gettext as _

from core import clock, faults
from core.entities import default_entity
from core.events import announce
from core.locks import retried
from core.money import ZERO, tax_in
from core.numbers import next_number
from core.origins import Origin
from core.states import record
from finance.services import open_intent
from inventory.queries import channel_named
from inventory.services import Demand, reserve
from orders.errors import BadOrder
from orders.events import OrderPlaced
from orders.models import TermRule
from orders.order.models import (  # type: ignore[attr-defined]  # Oscar declares some of them at run time
    Line,
    Order,
    OrderDiscount,
    OrderLineDiscount,
    ShippingAddress,
    Surcharge,
)
from orders.rules.draft import SHIPPING, OrderDraft
from orders.rules.payment_state import payment_state
from orders.services.offers import take_offers


def find_placed(
    *, submit_token: str | None = None, basket_id: int | None = None, external: tuple[int, str] | None = None
) -> Order | None:
    """The order that a token, a basket or a number of another system has led to already, or None."""
    if not faults.guarded("F13"):
        return None
    known = Q(pk__in=[])
    if submit_token:
        known |= Q(submit_token=submit_token)
    if basket_id:
        known |= Q(basket=basket_id)
    if external:
        known |= Q(channel=external[0], external_number=external[1])
    found = list(Order.objects.filter(known).order_by("pk").values_list("pk", "submit_token"))
    with_token = [each for each in found if submit_token and each[1] == submit_token]
    placed = next(iter(with_token or found), None)
    return Order.objects.get(pk=placed[0]) if placed else None


@retried()
def place_order(*, draft: OrderDraft) -> Order:
    """Write the order, its frozen shares, its payment intent and its reservations in one transaction.

    Idempotent by the draft's submit token, basket and external number: a second call, also at the same
    instant, returns the order that exists. Web and phone raise SoldOut when stock cannot promise; an
    import is a fact: it reserves what is there and queues the rest as back-order.
    Raises BadOrder for a draft that no door may hand over.
    """
    channel = channel_named(draft.channel)
    external = (channel.pk, draft.external_number) if draft.external_number else None

    placed = find_placed(submit_token=draft.submit_token, basket_id=draft.basket_id, external=external)
    if placed is not None:
        return placed
    try:
        with transaction.atomic():
            order = write_draft(draft, channel)
    except IntegrityError:
        # Another call with this token was faster; its commit has let our INSERT fail.
        placed = find_placed(submit_token=draft.submit_token, basket_id=draft.basket_id, external=external)
        if placed is None:
            raise
        return placed
    faults.crash_point("order.after_commit")
    return order


def write_draft(draft: OrderDraft, channel: Any, rule: TermRule | None = None) -> Order:
    """The writing half of `place_order`, for a caller that has looked for the order itself.

    `rule` is the rule of the draft's term, if the caller has read it already.

    An IntegrityError means that another call with the same token was faster; it ends the caller's
    transaction.
    """
    _check(draft)
    with transaction.atomic(savepoint=False):
        faults.race_window("F13")
        rule = rule or TermRule.objects.get(term=draft.term)
        order = _write_order(draft, channel, rule)
        lines = _write_lines(order, draft)
        _write_discounts(order, draft, lines)
        if order.status == Order.Status.AWAITING_PAYMENT:  # a fact is not asked to pay
            open_intent(
                order=order,
                amount=draft.total,
                currency=draft.currency,
                provider=settings.PREPAID_PROVIDER,
                expires_at=order.expires_at,
            )
        record(order, old="", new=order.status)
        announce(OrderPlaced(order.pk), about=Origin("order", order.pk))
        take_offers(order, draft)
        faults.crash_point("order.before_stock")
        reserve(
            demands=[
                Demand(line_id=line.pk, sku_id=line.sku_id, quantity=line.quantity)
                for line, wanted in zip(lines, draft.lines, strict=True)
                if not wanted.service
            ],
            channel=channel,
            expires_at=order.expires_at,
            region=draft.address.province,
            partial=draft.is_fact,
            split=rule.may_split,
        )
    return order


def _check(draft: OrderDraft) -> None:
    if not draft.lines:
        raise BadOrder(_("An order needs at least one line."))
    for line in draft.lines:
        if line.quantity < 1:
            raise BadOrder(
                _("%(title)s: the quantity must be a whole number from 1 up.") % {"title": line.title}
            )
        if line.price < 0 or line.price > line.before_discounts:
            raise BadOrder(_("%(title)s: the price lies outside what it can be.") % {"title": line.title})
    if sum((line.charge_share for line in draft.lines), ZERO) != sum(
        (charge.amount for charge in draft.charges), ZERO
    ):
        raise BadOrder(_("The charges are not spread over the lines to the cent."))


def _write_order(draft: OrderDraft, channel: Any, rule: TermRule) -> Order:
    at: datetime = draft.placed_at or clock.now()
    waits = draft.term == Order.Term.PREPAID and draft.total > 0 and not draft.is_fact
    address = ShippingAddress(
        first_name=draft.address.name,
        line1=draft.address.street,
        line3=draft.address.district,
        line4=draft.address.city,
        state=draft.address.province,
        postcode=draft.address.postcode,
        country_id=draft.address.country,
        phone_number=draft.address.phone,
    )
    ShippingAddress.objects.bulk_create([address])  # without Oscar's postcode look-up
    charges = list(zip(draft.charges, draft.charge_taxes(), strict=True))
    freight = sum((charge.amount for charge, _tax in charges if charge.code == SHIPPING), ZERO)
    freight_tax = sum((tax for charge, tax in charges if charge.code == SHIPPING), ZERO)
    order = Order(
        number=next_number("SO"),
        site_id=settings.SITE_ID,
        basket_id=draft.basket_id,
        user_id=draft.user_id,
        guest_email=draft.email,
        currency=draft.currency,
        total_incl_tax=draft.total,
        total_excl_tax=draft.total - draft.tax,
        shipping_incl_tax=freight,
        shipping_excl_tax=freight - freight_tax,
        shipping_address=address,
        shipping_code=SHIPPING,
        status=Order.Status.AWAITING_PAYMENT if waits else Order.Status.IN_REVIEW,
        date_placed=at,
        customer_id=draft.customer_id,
        channel=channel,
        entity_id=draft.entity_id or default_entity().pk,
        term=draft.term,
        submit_token=draft.submit_token,
        fingerprint=draft.fingerprint,
        external_number=draft.external_number,
        language=draft.language,
        buyer_note=draft.buyer_note,
        expires_at=None if draft.is_fact else clock.now() + timedelta(minutes=rule.hold_minutes),
    )
    order.payment_state = payment_state(
        term=draft.term, total=draft.total, received=ZERO, refunded=ZERO, collected=ZERO, handled=False
    )
    order.save(force_insert=True)
    Surcharge.objects.bulk_create(
        Surcharge(
            order=order,
            name=charge.name,
            code=charge.code,
            incl_tax=charge.amount,
            excl_tax=charge.amount - tax,
        )
        for charge, tax in charges
        if charge.code != SHIPPING
    )
    return order


def _write_lines(order: Order, draft: OrderDraft) -> list[Line]:
    return Line.objects.bulk_create(
        Line(
            order=order,
            partner_sku=line.code,
            stockrecord_id=line.stockrecord_id,
            product_id=line.product_id,
            title=line.title[:255],
            quantity=line.quantity,
            line_price_incl_tax=line.price,
            line_price_excl_tax=line.price - line.price_tax,
            line_price_before_discounts_incl_tax=line.before_discounts,
            line_price_before_discounts_excl_tax=line.before_discounts
            - tax_in(line.before_discounts, line.tax_rate),
            unit_price_incl_tax=line.unit_price,
            unit_price_excl_tax=line.unit_price - tax_in(line.unit_price, line.tax_rate),
            num_allocated=0,  # Oscar's own stock numbers are not used
            sku_id=line.sku_id,
            service=line.service,
            tax_rate=line.tax_rate,
            charge_share=line.charge_share,
            gross=line.gross,
            tax_amount=line.tax,
        )
        for line in draft.lines
    )


def _write_discounts(order: Order, draft: OrderDraft, lines: list[Line]) -> None:
    """One row per offer, and per offer and line: the first is the sum of the second (I07)."""
    parts = [
        (line, discount)
        for line, wanted in zip(lines, draft.lines, strict=True)
        for discount in wanted.discounts
    ]
    if not parts:
        return
    offers = {discount.offer_id: discount for _line, discount in parts}
    times = dict(draft.offer_times)
    rows = OrderDiscount.objects.bulk_create(
        OrderDiscount(
            order=order,
            offer_id=offer_id,
            offer_name=discount.name[:128],
            voucher_id=discount.voucher_id,
            voucher_code=discount.voucher_code[:128],
            frequency=times.get(offer_id, 1),
            amount=sum((d.amount for _line, d in parts if d.offer_id == offer_id), ZERO),
        )
        for offer_id, discount in offers.items()
    )
    by_offer = {row.offer_id: row for row in rows}
    OrderLineDiscount.objects.bulk_create(
        OrderLineDiscount(
            line=line, order_discount=by_offer[discount.offer_id], is_incl_tax=True, amount=discount.amount
        )
        for line, discount in parts
    )
