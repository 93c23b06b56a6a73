"""How the admin looks. Navigation is shaped by tasks and lives in shopsite.navigation."""

from django.templatetags.static import static
from django.utils.translation import gettext_lazy as _

UNFOLD = {
    "SITE_TITLE": _("shopsite back office"),
    "SITE_HEADER": _("Back office"),
    "SITE_SYMBOL": "storefront",
    "SHOW_HISTORY": True,
    "SHOW_VIEW_ON_SITE": False,
    "SHOW_LANGUAGES": True,
    "STYLES": [lambda request: static("backoffice/backoffice.css")],
    "SIDEBAR": {
        "show_search": True,
        "show_all_applications": False,
        "navigation": "shopsite.navigation.sidebar",
    },
}
