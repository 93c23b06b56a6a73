from django.apps import AppConfig
from django.utils.module_loading import autodiscover_modules
from django.utils.translation import gettext_lazy as _


class CoreConfig(AppConfig):
    name = "core"
    verbose_name = _("Kernel")

    def ready(self) -> None:
        """Learn the handlers, jobs and periodic work of all apps."""
        autodiscover_modules("handlers", "tasks")
