from django.apps import AppConfig
from django.contrib.admin.apps import AdminConfig
from django.utils.module_loading import autodiscover_modules


class ShopsiteConfig(AppConfig):
    name = "shopsite"

    def ready(self) -> None:
        """Bind the tasks of all apps; let each put its queues, panels and finders on desks."""
        from . import celery  # noqa: F401

        autodiscover_modules("panels")


class ShopsiteAdminConfig(AdminConfig):
    default_site = "shopsite.admin.BackOffice"
