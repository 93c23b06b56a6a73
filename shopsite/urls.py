"""Language is in the shop's addresses; the admin speaks the clerk's own language at /admin/."""

from django.apps import apps
from django.conf import settings
from django.conf.urls.i18n import i18n_patterns
from django.conf.urls.static import static
from django.contrib import admin
from django.urls import include, path

from shopsite.health import healthz, readyz

urlpatterns = [
    path("healthz", healthz),
    path("readyz", readyz),
    path("admin/", admin.site.urls),
    path("dashboard/", apps.get_app_config("dashboard").urls),
    path("i18n/", include("django.conf.urls.i18n")),
    path("payments/", include("finance.urls")),
    *i18n_patterns(path("", include("storefront.urls"))),
]
if settings.DEBUG:
    urlpatterns += static(settings.MEDIA_URL, document_root=settings.MEDIA_ROOT)
