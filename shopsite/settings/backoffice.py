"""How the admin looks. Navigation is shaped by tasks and lives in shopsite.navigation."""

from django.templatetags.static import static
from django.utils.translation import gettext_lazy as _

# A quiet blue instead of the theme's violet: state colours must be the loudest on a page.
PRIMARY = {
    "50": "oklch(97% .014 254.604)",
    "100": "oklch(93.2% .032 255.585)",
    "200": "oklch(88.2% .059 254.128)",
    "300": "oklch(80.9% .105 251.813)",
    "400": "oklch(70.7% .165 254.624)",
    "500": "oklch(62.3% .214 259.815)",
    "600": "oklch(54.6% .245 262.881)",
    "700": "oklch(48.8% .243 264.376)",
    "800": "oklch(42.4% .199 265.638)",
    "900": "oklch(37.9% .146 265.522)",
    "950": "oklch(28.2% .091 267.935)",
}

UNFOLD = {
    "SITE_TITLE": _("shopsite back office"),
    "SITE_HEADER": _("Back office"),
    "SITE_SYMBOL": "storefront",
    "SITE_FAVICONS": [
        {"rel": "icon", "type": "image/svg+xml", "href": lambda request: static("shop/favicon.svg")}
    ],
    "SHOW_HISTORY": True,
    "SHOW_VIEW_ON_SITE": False,
    "SHOW_LANGUAGES": True,
    "STYLES": [lambda request: static("backoffice/backoffice.css")],
    "SCRIPTS": [lambda request: static("backoffice/files.js")],
    "DASHBOARD_CALLBACK": "shopsite.home.show_desks",
    "COMMAND": {"search_callback": "shopsite.finding.search", "show_history": False},
    "COLORS": {"primary": PRIMARY},
    "SIDEBAR": {
        "show_search": True,
        "command_search": True,
        "show_all_applications": False,
        "navigation": "shopsite.navigation.sidebar",
    },
}
