from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _

from core import origins


class CrmConfig(AppConfig):
    name = "crm"
    verbose_name = _("Customers")

    def ready(self) -> None:
        """Name the documents of this app."""
        origins.register("customer", "crm.Customer", number="pk", admin="admin:crm_customer_change")
