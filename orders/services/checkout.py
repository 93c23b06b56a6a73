"""From a basket to an order: priced and compared under the basket's lock."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from django.db import IntegrityError, transaction
from django.utils.translation import gettext as _

from core.locks import lock_one, retried
from core.money import quantize
from inventory.queries import basket_strategy, channel_named
from logistics.queries import quote_shipping
from orders.basket.models import Basket
from orders.errors import NothingToOrder, TermNotOffered, TotalChanged
from orders.models import TermRule
from orders.offer.applicator import Applicator
from orders.order.models import Order
from orders.rules.draft import SHIPPING, Address, Charge, Discount, DraftLine, OrderDraft, spread_charges
from orders.services.placement import find_placed, write_draft
from orders.services.terms import available_terms, term_rules

SURCHARGE = "term"


@dataclass(frozen=True, slots=True)
class CheckoutChoice:
    """What the shopper has decided at the checkout."""

    channel: str
    customer_id: int
    term: str
    address: Address
    language: str
    user_id: int | None = None
    entity_id: int | None = None
    submit_token: str | None = None
    shown_fingerprint: str | None = None
    buyer_note: str = ""
    email: str = ""


def draft_basket(
    *, basket: Any, choice: CheckoutChoice, user: Any = None, rules: Sequence[TermRule] | None = None
) -> OrderDraft:
    """Price a basket for a choice: goods with offers, freight, surcharge; shares spread and frozen.

    Raises NothingToOrder for an empty basket and TermNotOffered with the reason.
    """
    lines = price_lines(basket, choice.channel, user)
    goods = sum((line.price for line in lines), quantize(0))
    ships = any(not line.service for line in lines)
    freight = (
        quote_shipping(
            province=choice.address.province,
            goods=goods,
            weight_g=sum((line.stockrecord.sku.weight_g or 0) * line.quantity for line in basket.all_lines()),
        )
        if ships
        else quantize(0)
    )
    charges = [Charge(SHIPPING, _("Shipping"), freight)] if freight else []
    offers = {
        offer.term: offer
        for offer in available_terms(
            total=goods + freight, province=choice.address.province, rules=rules, ships=ships
        )
    }
    offer = offers.get(choice.term)
    if offer is None or offer.refusal:
        raise TermNotOffered(
            _("This way of paying cannot be used for this order. Choose another one."),
            reason=offer.refusal if offer else "unknown",
        )
    if offer.surcharge:
        charges.append(Charge(SURCHARGE, _("Cash on delivery fee"), offer.surcharge))
    return OrderDraft(
        channel=choice.channel,
        customer_id=choice.customer_id,
        term=choice.term,
        currency=basket.currency,
        lines=spread_charges(lines, charges),
        charges=tuple(charges),
        address=choice.address,
        language=choice.language,
        basket_id=basket.pk,
        user_id=choice.user_id,
        entity_id=choice.entity_id,
        submit_token=choice.submit_token,
        shown_fingerprint=choice.shown_fingerprint,
        buyer_note=choice.buyer_note,
        email=choice.email,
        offer_times=tuple((each["offer"].pk, each["freq"]) for each in basket.offer_applications),
    )


@retried()
def submit_basket(*, basket_id: int, choice: CheckoutChoice, user: Any = None) -> Order:
    """Place the order of a basket once, whoever asks how often (F13, F14).

    A late or second submit gets the order that exists. Raises TotalChanged with the present draft
    when it differs from what was shown (F18), SoldOut when stock cannot promise, NothingToOrder.
    """
    try:
        return _submit(basket_id, choice, user)
    except IntegrityError:
        # The same form was posted for another basket, at the same instant, and was faster.
        placed = find_placed(submit_token=choice.submit_token, basket_id=basket_id)
        if placed is None:
            raise
        return placed


def _submit(basket_id: int, choice: CheckoutChoice, user: Any) -> Order:
    with transaction.atomic():
        basket = lock_one(Basket, pk=basket_id)
        placed = find_placed(submit_token=choice.submit_token, basket_id=basket_id)
        if placed is not None:
            return placed
        if basket.status != Basket.OPEN:
            raise NothingToOrder(
                _("This basket is no longer open. Look at your orders or start a new basket.")
            )
        rules = term_rules()
        draft = draft_basket(basket=basket, choice=choice, user=user, rules=rules)
        if choice.shown_fingerprint is not None and draft.fingerprint != choice.shown_fingerprint:
            raise TotalChanged(
                _("Prices or quantities have changed meanwhile. Check the new total and order again."),
                draft=draft,
            )
        rule = next(rule for rule in rules if rule.term == draft.term)
        order = write_draft(draft, basket.strategy.channel, rule)
        basket.submit()
        return order


def price_lines(basket: Any, channel: str, user: Any) -> list[DraftLine]:
    """The lines of a basket with the channel's prices and all offers that it gets.

    Raises NothingToOrder for an empty basket.
    """
    basket.strategy = basket_strategy(channel=channel_named(channel), user=user)
    basket.reset_offer_applications()
    rows = [row for row in basket.all_lines() if row.quantity]
    basket.strategy.prime_lines(rows)
    if not rows:
        raise NothingToOrder(_("The basket is empty. Put something into it first."))
    Applicator().apply(basket, user)
    return [_draft_line(row) for row in rows]


def _draft_line(row: Any) -> DraftLine:
    sku = row.stockrecord.sku
    unit_price = quantize(row.unit_price_incl_tax)
    return DraftLine(
        sku_id=sku.pk,
        stockrecord_id=row.stockrecord_id,
        product_id=row.product_id,
        code=sku.code,
        title=row.product.get_title(),
        quantity=row.quantity,
        unit_price=unit_price,
        price=quantize(unit_price * row.quantity - row.discounts.total),
        tax_rate=sku.tax_rate,
        service=sku.service,
        discounts=tuple(_discount(entry) for entry in row.discounts if entry.offer),
    )


def _discount(entry: Any) -> Discount:
    voucher = entry.offer.get_voucher()
    return Discount(
        entry.offer.pk,
        voucher.pk if voucher else None,
        str(entry.offer),
        quantize(entry.amount),
        voucher.code if voucher else "",
    )
