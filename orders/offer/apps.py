import pgtrigger
from django.utils.translation import gettext_lazy as _
from oscar.apps.offer import apps


class OfferConfig(apps.OfferConfig):
    name = "orders.offer"
    verbose_name = _("Promotions")

    def ready(self) -> None:
        super().ready()
        from orders.offer.models import Range
        from orders.offer.triggers import chosen_stay

        # Tables without a class of their own: they exist once all apps are loaded.
        for relation in (Range.excluded_products, Range.included_categories, Range.excluded_categories):
            pgtrigger.register(*chosen_stay)(relation.through)
