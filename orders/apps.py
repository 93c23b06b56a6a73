from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _

from core import origins


class OrdersConfig(AppConfig):
    name = "orders"
    verbose_name = _("Orders")

    def ready(self) -> None:
        origins.register("order", "order.Order")
        origins.register("promotion", "offer.ConditionalOffer", number="name")
        origins.register("service_report", "orders.ServiceReport", number="pk")
