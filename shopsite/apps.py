from django.apps import AppConfig, apps
from django.contrib.admin.apps import AdminConfig
from django.utils.module_loading import autodiscover_modules
from django.utils.translation import gettext_lazy as _

from core.job_kinds import name_kind
from shopsite.demo_company import HISTORY
from shopsite.words import name_fields


class ShopsiteConfig(AppConfig):
    name = "shopsite"

    def ready(self) -> None:
        """Bind the tasks of all apps; let each put its queues, panels and finders on desks."""
        from . import celery  # noqa: F401

        autodiscover_modules("panels")
        name_kind(HISTORY, title=_("History of the demo company"))
        name_fields(apps.get_models())


class ShopsiteAdminConfig(AdminConfig):
    default_site = "shopsite.admin.BackOffice"
