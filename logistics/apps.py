from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _

from core import origins


class LogisticsConfig(AppConfig):
    name = "logistics"
    verbose_name = _("Logistics")

    def ready(self) -> None:
        origins.register("delivery", "logistics.Delivery")
        origins.register("parcel", "logistics.Parcel")
        origins.register("waybill", "logistics.Waybill")
        origins.register("courier", "logistics.Courier", number="code")
