"""A basket is an order not yet placed. Safe under parallel requests, with discounts that add up."""

from decimal import Decimal
from typing import Any

from django.db import models, transaction
from oscar.apps.basket.abstract_models import AbstractBasket, AbstractLine
from oscar.apps.offer.results import OfferApplications

from core.locks import lock_one
from core.money import quantize


class Basket(AbstractBasket):
    class Meta(AbstractBasket.Meta):
        abstract = False
        constraints = [
            # Six parallel first requests of one person make one basket (OSCAR.md 10, I).
            models.UniqueConstraint(
                fields=["owner"], condition=models.Q(status="Open"), name="basket_one_open_per_owner"
            )
        ]

    def add_product(self, product: Any, quantity: int = 1, options: Any = None) -> Any:
        """Add under the basket's row lock: parallel clicks all count (OSCAR.md 10, G)."""
        with transaction.atomic():
            if self.id:
                lock_one(Basket, pk=self.pk)
            return super().add_product(product, quantity, options)

    add_product.alters_data = True  # type: ignore[attr-defined]
    add = add_product

    def all_lines(self) -> Any:
        """The lines with what a page and an order need, in few queries. Stays a QuerySet."""
        if self.id is None:
            return self.lines.model.objects.none()
        if self._lines is None:
            self._lines = (
                self.lines.select_related(
                    "product__product_class",
                    "product__parent__product_class",
                    "stockrecord__partner",
                    "stockrecord__sku",
                )
                .prefetch_related("product__texts", "product__parent__texts")
                .order_by("pk")
            )
            for line in self._lines:
                line.basket = self
        return self._lines

    def reset_offer_applications(self) -> None:
        """Take off what was applied. The lines stay as they were read; Oscar would read them again."""
        self.offer_applications = OfferApplications()
        for line in self._lines or ():
            line.clear_discount()

    @property
    def num_lines(self) -> int:
        """Counted from the loaded lines instead of by a query of its own."""
        return len(self.all_lines())


class Line(AbstractLine):
    class Meta(AbstractLine.Meta):
        abstract = False
        constraints = [
            models.CheckConstraint(condition=models.Q(quantity__gte=0), name="basket_line_quantity")
        ]

    def discount(
        self, discount_value: Decimal, affected_quantity: int, incl_tax: bool = True, offer: Any = None
    ) -> None:
        """Take a discount in whole cents, never more than is left of the line (OSCAR.md 9.2)."""
        left = self.line_price_incl_tax - self.discounts.total
        super().discount(
            min(quantize(discount_value), left), affected_quantity, incl_tax=incl_tax, offer=offer
        )


from oscar.apps.basket.models import *  # noqa: E402, F403
