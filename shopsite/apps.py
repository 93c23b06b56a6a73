from django.apps import AppConfig
from django.contrib.admin.apps import AdminConfig


class ShopsiteConfig(AppConfig):
    name = "shopsite"


class ShopsiteAdminConfig(AdminConfig):
    default_site = "shopsite.admin.BackOffice"
