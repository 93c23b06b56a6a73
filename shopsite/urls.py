"""Language is in the shop's addresses; the admin speaks the clerk's own language at /admin/."""

from django.apps import apps
from django.conf.urls.i18n import i18n_patterns
from django.contrib import admin
from django.urls import include, path

from shopsite.health import healthz, readyz
from storefront.urls import plain as shop_plain

urlpatterns = [
    path("healthz", healthz),
    path("readyz", readyz),
    path("admin/", admin.site.urls),
    path("dashboard/", apps.get_app_config("dashboard").urls),
    path("i18n/", include("django.conf.urls.i18n")),
    path("payments/", include("finance.urls")),
    path("couriers/", include("logistics.urls")),
    path("", include((shop_plain, "shop_plain"))),
    *i18n_patterns(path("", include("storefront.urls"))),
]
handler404 = "storefront.views.not_found"
