"""Which apps run: Oscar's with our forks in their place, then ours, top layer last."""

import oscar

FORKS = {
    "order": "orders",
    "basket": "orders",
    "offer": "orders",
    "voucher": "orders",
    "partner": "inventory",
    "payment": "finance",
    "shipping": "logistics",
    "catalogue": "storefront",
    "checkout": "storefront",
    "customer": "storefront",
    "search": "storefront",
}
_ours = {
    f"oscar.apps.{label}.apps.{label.title()}Config": f"{home}.{label}.apps.{label.title()}Config"
    for label, home in FORKS.items()
} | {
    "oscar.apps.analytics.apps.AnalyticsConfig": "shopsite.quiet.QuietAnalyticsConfig",
    "oscar.apps.dashboard.apps.DashboardConfig": "shopsite.backoffice.apps.BackofficeConfig",
    "django.contrib.admin": "shopsite.apps.ShopsiteAdminConfig",
}
_dropped = ("oscar.apps.dashboard.", "haystack", "django_tables2")

INSTALLED_APPS = [
    "unfold.apps.BasicAppConfig",
    "unfold.contrib.filters",
    "unfold.contrib.forms",
    *(_ours.get(app, app) for app in oscar.INSTALLED_APPS if app in _ours or not app.startswith(_dropped)),
    "sorl.thumbnail",
    "pgtrigger",
    "pghistory",
    "django_celery_beat",
    "core.apps.CoreConfig",
    "crm.apps.CrmConfig",
    "finance.apps.FinanceConfig",
    "inventory.apps.InventoryConfig",
    "logistics.apps.LogisticsConfig",
    "orders.apps.OrdersConfig",
    "returns.apps.ReturnsConfig",
    "storefront.apps.StorefrontConfig",
    "shopsite.apps.ShopsiteConfig",
]
