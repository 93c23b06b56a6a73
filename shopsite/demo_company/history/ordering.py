"""Orders come in by web, phone and key-account desk; shoppers pay, or do not."""

from collections.abc import Iterable, Iterator
from contextlib import suppress
from dataclasses import replace
from datetime import datetime, timedelta
from decimal import Decimal

from django.utils.translation import override

from core import clock
from core.money import quantize
from finance.models import PaymentIntent
from finance.services import handle_notification, pay_page
from inventory.errors import SoldOut
from inventory.models import Sku
from logistics.queries import quote_shipping
from orders.order.models import Order
from orders.rules.draft import SHIPPING, Charge, DraftLine, OrderDraft, spread_charges
from orders.services import available_terms, place_order
from shopsite.demo_company.goods import ITEMS
from shopsite.demo_company.history.outside import World, write_through
from shopsite.demo_company.history.people import customer_of, person
from shopsite.demo_company.history.plan import Wish
from shopsite.demo_company.history.season import Season


class Counter:
    """Takes orders for one run of the history."""

    def __init__(self, seed: int, world: World, skus: dict[str, Sku], season: Season) -> None:
        self.seed, self.world, self.skus, self.season = seed, world, skus, season
        self.titles: dict[tuple[str, str], str] = {}

    def take(self, wishes: Iterable[Wish], start: datetime) -> None:
        """Place each order that is not placed yet at its minute of the day."""
        due = {wish.token(self.seed): wish for wish in wishes}
        placed = Order.objects.filter(submit_token__in=due).values_list("submit_token", flat=True)
        for token in set(placed):
            del due[token]
        for wish in due.values():
            with clock.virtual(start + timedelta(minutes=wish.minute)):
                self._place(wish)

    def pay(self, wishes: Iterable[Wish], start: datetime) -> None:
        """Of those who have ordered let those pay who do so, each at a moment that the provider's clock has
        not passed."""
        payers: list[tuple[str, datetime]] = []
        due = {wish.token(self.seed): wish for wish in wishes if wish.pays}
        waiting = PaymentIntent.objects.filter(
            order__submit_token__in=due,
            order__status=Order.Status.AWAITING_PAYMENT,
            state__in=PaymentIntent.LIVE,
        )
        for intent in waiting.select_related("order").order_by("order__number"):
            wish = due[intent.order.submit_token or ""]
            with clock.virtual(start + timedelta(minutes=wish.minute)):
                payers.append((pay_page(intent=intent), start + wish.paid_at))
        if payers:
            write_through()
            self.world.provider.pay_many(sorted(payers, key=lambda payer: payer[1]))

    def hear(self, at: datetime) -> None:
        """Take the provider's notices in, as the web door would."""
        waiting = self.world.provider.collect()
        for notice in waiting:
            with clock.virtual(at):
                answer = handle_notification(
                    provider="alipay",
                    method="POST",
                    headers=notice["headers"],
                    body=notice["body"].encode("latin-1"),
                )
            if answer != b"success":
                raise RuntimeError(f"our door refused a notice of the provider: {answer!r}")
        if waiting:
            write_through()
            self.world.provider.collected([notice["id"] for notice in waiting])

    def _place(self, wish: Wish) -> None:
        """A shopper who has seen “sold out” too often leaves."""
        for lines in _second_thoughts(wish):
            with suppress(SoldOut):
                place_order(draft=self._draft(replace(wish, lines=lines)))
                return

    def _draft(self, wish: Wish) -> OrderDraft:
        who = person(self.seed, wish.customer)
        customer = customer_of(self.seed, wish.customer, member=wish.door == "member")
        lines = [self._line(code, units, who.language) for code, units in wish.lines]
        lines, times = self.season.price(wish, lines)
        goods = sum((line.price for line in lines), Decimal("0.00"))
        weight = sum((self.skus[line.code].weight_g or 0) * line.quantity for line in lines)
        freight = quote_shipping(province=who.address.province, goods=goods, weight_g=weight)
        charges = [Charge(SHIPPING, "Shipping", freight)] if freight else []
        offers = {o.term: o for o in available_terms(total=goods + freight, province=who.address.province)}
        term = wish.term if not offers[wish.term].refusal else "prepaid"
        if offers[term].surcharge:
            charges.append(Charge("term", "Cash on delivery fee", offers[term].surcharge))
        return OrderDraft(
            channel=wish.channel,
            customer_id=customer.pk,
            term=term,
            currency="CNY",
            lines=spread_charges(lines, charges),
            charges=tuple(charges),
            address=who.address,
            language=who.language,
            user_id=customer.user_id,
            submit_token=wish.token(self.seed),
            buyer_note=wish.note,
            email=who.email,
            offer_times=times,
        )

    def _line(self, code: str, units: int, language: str) -> DraftLine:
        sku = self.skus[code]
        record = sku.stockrecord
        return DraftLine(
            sku_id=sku.pk,
            stockrecord_id=record.pk,
            product_id=record.product_id,
            code=code,
            title=self._title(code, language),
            quantity=units,
            unit_price=record.price,
            price=quantize(record.price * units),
            tax_rate=sku.tax_rate,
            service=sku.service,
        )

    def _title(self, code: str, language: str) -> str:
        if (code, language) not in self.titles:
            with override(language):
                self.titles[code, language] = self.skus[code].stockrecord.product.get_title()
        return self.titles[code, language]


def _second_thoughts(wish: Wish) -> Iterator[tuple[tuple[str, int], ...]]:
    """What a shopper wants, then less of it, then something else."""
    yield wish.lines
    yield tuple((code, 1) for code, _units in wish.lines)
    for step in range(1, 6):
        yield ((ITEMS[(wish.number + 7 * step) % len(ITEMS)].code, 1),)
