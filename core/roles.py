"""The departments' roles. A person may have several, each everywhere or in one place."""

from typing import Any, Final

from django.utils.translation import gettext_lazy as _

CUSTOMER_SERVICE: Final = "customer_service"
WAREHOUSE: Final = "warehouse"
FINANCE: Final = "finance"
BUYER: Final = "buyer"
MANAGER: Final = "manager"
ADMIN: Final = "admin"

ROLES: Final[dict[str, Any]] = {
    CUSTOMER_SERVICE: _("customer service"),
    WAREHOUSE: _("warehouse"),
    FINANCE: _("finance"),
    BUYER: _("buyer"),
    MANAGER: _("manager"),
    ADMIN: _("administrator"),
}
