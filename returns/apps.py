from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _

from core import origins


class ReturnsConfig(AppConfig):
    name = "returns"
    verbose_name = _("Returns")

    def ready(self) -> None:
        origins.register("return", "returns.ReturnCase")
        origins.register("inspection", "returns.Inspection", number="pk")
