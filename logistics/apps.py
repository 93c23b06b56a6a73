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
        origins.register("courier_statement", "logistics.CourierStatement", number="filename")
        origins.register("waybill_outcome", "logistics.WaybillOutcome", number="waybill")
        origins.register("agreed_charge", "logistics.AgreedCharge", number="waybill")
        origins.register("remittance", "logistics.Remittance")
        origins.register("remittance_line", "logistics.RemittanceLine", number="row_no")
        origins.register("cod_write_off", "logistics.CodWriteOff", number="pk")
