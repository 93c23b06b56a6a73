"""Which offers a basket gets: the site's own, and those behind the code that lies in it."""

from collections import defaultdict
from decimal import Decimal
from typing import Any

from django.db.models import OuterRef, Q, Subquery
from oscar.apps.offer import applicator

from core import clock
from core.money import ZERO
from orders.offer.models import ConditionalOffer
from orders.voucher.models import Voucher


class Applicator(applicator.Applicator):
    """Oscar's, with limits that count and with codes for guests too; one look-up for all offers.

    What is read here is advice to the shopper: `orders.services.offers` decides under the locks (F43, F44).
    """

    def apply(self, basket: Any, user: Any = None, request: Any = None) -> None:
        offers = self.get_offers(basket, user, request)
        while True:
            self.apply_offers(basket, offers)
            taken = taken_by_offer(basket)
            dear = {offer.pk for offer in offers if not offer.has_budget_for(taken[offer.pk])}
            if not dear:
                return
            offers = [offer for offer in offers if offer.pk not in dear]
            basket.reset_offer_applications()

    def get_offers(self, basket: Any, user: Any = None, request: Any = None) -> list[ConditionalOffer]:
        """By priority. The dates of a code's offer are the code's own."""
        now = clock.now()
        in_time = (Q(start_datetime=None) | Q(start_datetime__lte=now)) & (
            Q(end_datetime=None) | Q(end_datetime__gte=now)
        )
        codes = Voucher.objects.filter(
            basket=basket.pk, offers=OuterRef("pk"), start_datetime__lte=now, end_datetime__gte=now
        )
        found = list(
            ConditionalOffer.objects.exclude(status=ConditionalOffer.SUSPENDED)
            .annotate(code_id=Subquery(codes.order_by("pk").values("pk")[:1]))
            .filter(
                Q(offer_type=ConditionalOffer.SITE) & in_time
                | Q(offer_type=ConditionalOffer.VOUCHER, code_id__isnull=False)
            )
            .select_related("condition", "benefit")
            .order_by("-priority", "pk")
        )
        wanted = {offer.code_id for offer in found if offer.offer_type == ConditionalOffer.VOUCHER}
        vouchers = Voucher.objects.in_bulk(wanted) if wanted else {}
        offers = []
        for offer in found:
            if offer.offer_type == ConditionalOffer.VOUCHER:
                voucher = vouchers[offer.code_id]
                if not voucher.is_available_to_user(user)[0]:
                    continue
                offer.set_voucher(voucher)
            offers.append(offer)
        return offers


def taken_by_offer(basket: Any) -> defaultdict[int, Decimal]:
    """What each offer takes off the lines, in the cents that an order will have; Oscar's own sum is rounded
    once for all lines and may differ."""
    taken: defaultdict[int, Decimal] = defaultdict(lambda: ZERO)
    for line in basket.all_lines():
        for entry in line.discounts:
            if entry.offer:
                taken[entry.offer.pk] += entry.amount
    return taken
