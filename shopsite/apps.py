from django.apps import AppConfig
from django.contrib.admin.apps import AdminConfig


class ShopsiteConfig(AppConfig):
    name = "shopsite"

    def ready(self) -> None:
        from . import celery  # noqa: F401 - tasks of all apps bind to this application


class ShopsiteAdminConfig(AdminConfig):
    default_site = "shopsite.admin.BackOffice"
