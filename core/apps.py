from django.apps import AppConfig
from django.utils.module_loading import autodiscover_modules
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from core import origins, reasons


class CoreConfig(AppConfig):
    name = "core"
    verbose_name = _("System")

    def ready(self) -> None:
        """Learn the checks, handlers, jobs, periodic work and reports of all apps."""
        reasons.speak(gettext)
        origins.register("approval", "core.ApprovalRequest", number="pk")
        origins.register("job", "core.Job", number="pk")
        autodiscover_modules("checks", "handlers", "tasks", "reports")
