from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _

from core import origins


class StorefrontConfig(AppConfig):
    name = "storefront"
    verbose_name = _("Web shop")

    def ready(self) -> None:
        origins.register("product", "catalogue.Product", number="pk")
        origins.register("category", "catalogue.Category", number="pk")
