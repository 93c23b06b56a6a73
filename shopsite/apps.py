from django.apps import AppConfig, apps
from django.contrib.admin.apps import AdminConfig
from django.utils.module_loading import autodiscover_modules

from shopsite.words import name_fields


class ShopsiteConfig(AppConfig):
    name = "shopsite"

    def ready(self) -> None:
        """Bind the tasks of all apps; let each put its queues, panels and finders on desks."""
        from . import celery  # noqa: F401

        autodiscover_modules("panels")
        name_fields(apps.get_models())


class ShopsiteAdminConfig(AdminConfig):
    default_site = "shopsite.admin.BackOffice"
