"""The sidebar by task, not by model: what a role may not open it does not see."""

from typing import Any, NamedTuple

from django.http import HttpRequest
from django.urls import NoReverseMatch, reverse
from django.utils.translation import gettext_lazy as _

from core.admin.documents import may


class Entry(NamedTuple):
    """A door: a page that a Django permission opens and, for pages of a task, rights of core.rights."""

    title: Any
    icon: str
    url: str
    permission: str
    rights: tuple[str, ...] = ()  # any of them


# Whoever may send in any kind of file or see any report finds the page, which shows what is open.
FILES = ("finance.import_statement", "logistics.change_rate_cards", "logistics.import_shipments")
REPORTS = ("finance.see_ledger", "inventory.see_costs")
GROUPS: list[tuple[Any, list[Entry]]] = [
    (
        _("Orders"),
        [
            Entry(_("Orders"), "receipt_long", "order_order", "order.view_order"),
            Entry(_("Sign-offs"), "draw", "orders_hold", "orders.view_hold"),
            Entry(_("Returns"), "assignment_return", "returns_returncase", "returns.view_returncase"),
        ],
    ),
    (
        _("Warehouse"),
        [
            Entry(_("Deliveries"), "forklift", "logistics_delivery", "logistics.view_delivery"),
            Entry(
                _("Packing table"),
                "package_2",
                "admin:logistics_delivery_packing",
                "logistics.view_delivery",
                ("logistics.pack",),
            ),
            Entry(
                _("Hand-over"),
                "local_shipping",
                "admin:logistics_delivery_handover",
                "logistics.view_delivery",
                ("logistics.hand_over",),
            ),
            Entry(
                _("Returns desk"),
                "move_to_inbox",
                "admin:returns_returncase_desk",
                "returns.view_returncase",
                ("returns.receive_return",),
            ),
            Entry(_("Parcels"), "deployed_code", "logistics_parcel", "logistics.view_parcel"),
        ],
    ),
    (
        _("Stock"),
        [
            Entry(_("Stock levels"), "inventory_2", "inventory_stocklevel", "inventory.view_stocklevel"),
            Entry(_("Stock moves"), "swap_vert", "inventory_stockmove", "inventory.view_stockmove"),
            Entry(_("Reservations"), "bookmark", "inventory_reservation", "inventory.view_reservation"),
            Entry(_("Back-orders"), "hourglass_top", "inventory_backorder", "inventory.view_backorder"),
            Entry(_("Conflicts"), "warning", "inventory_stockconflict", "inventory.view_stockconflict"),
            Entry(_("SKUs"), "barcode", "inventory_sku", "inventory.view_sku"),
        ],
    ),
    (
        _("Goods for sale"),
        [
            Entry(_("Products"), "storefront", "catalogue_product", "catalogue.view_product"),
            Entry(_("Categories"), "account_tree", "catalogue_category", "catalogue.view_category"),
            Entry(_("Promotions"), "loyalty", "offer_conditionaloffer", "offer.view_conditionaloffer"),
        ],
    ),
    (
        _("Money"),
        [
            Entry(_("Send in a file"), "upload_file", "admin:core_job_upload", "core.view_job", FILES),
            Entry(_("Reports"), "monitoring", "admin:core_job_reports", "core.view_job", REPORTS),
            Entry(_("Payments"), "payments", "finance_payment", "finance.view_payment"),
            Entry(
                _("Money that fits nothing"),
                "help_center",
                "finance_unappliedreceipt",
                "finance.view_unappliedreceipt",
            ),
            Entry(_("Refunds"), "undo", "finance_refund", "finance.view_refund"),
            Entry(_("Statements"), "account_balance", "finance_statementfile", "finance.view_statementfile"),
            Entry(_("Statement rows"), "table_rows", "finance_statementline", "finance.view_statementline"),
            Entry(
                _("Courier statements"),
                "receipt",
                "logistics_courierstatement",
                "logistics.view_courierstatement",
            ),
            Entry(_("Remittances"), "savings", "logistics_remittance", "logistics.view_remittance"),
            Entry(_("Journal"), "menu_book", "finance_entry", "finance.view_entry"),
            Entry(_("Accounts"), "list_alt", "finance_account", "finance.view_account"),
        ],
    ),
    (
        _("Customers"),
        [
            Entry(_("Customers"), "person", "crm_customer", "crm.view_customer"),
            Entry(_("Messages"), "mail", "crm_message", "crm.view_message"),
            Entry(_("Message texts"), "edit_note", "crm_messagetemplate", "crm.view_messagetemplate"),
        ],
    ),
    (
        _("Work"),
        [
            Entry(_("Approvals"), "approval", "core_approvalrequest", "core.view_approvalrequest"),
            Entry(_("Jobs"), "pending_actions", "core_job", "core.view_job"),
        ],
    ),
    (
        _("Rules"),
        [
            Entry(_("Hold rules"), "gavel", "orders_holdrule", "orders.view_holdrule"),
            Entry(_("Payment terms"), "credit_score", "orders_termrule", "orders.view_termrule"),
            Entry(_("Stock policies"), "fence", "inventory_stockpolicy", "inventory.view_stockpolicy"),
            Entry(_("Couriers"), "two_wheeler", "logistics_courier", "logistics.view_courier"),
            Entry(_("Courier prices"), "price_change", "logistics_raterow", "logistics.view_raterow"),
            Entry(_("Shipping prices"), "sell", "logistics_shippingtariff", "logistics.view_shippingtariff"),
            Entry(_("Warehouses"), "warehouse", "inventory_warehouse", "inventory.view_warehouse"),
            Entry(_("Approval policies"), "rule", "core_approvalpolicy", "core.view_approvalpolicy"),
        ],
    ),
    (
        _("System"),
        [
            Entry(_("Staff and users"), "group", "crm_user", "crm.view_user"),
            Entry(_("Roles of people"), "badge", "core_rolegrant", "core.view_rolegrant"),
            Entry(_("Outbox"), "outbox", "core_eventdelivery", "core.view_eventdelivery"),
            Entry(_("Provider messages"), "webhook", "finance_inboxmessage", "finance.view_inboxmessage"),
            Entry(
                _("Timetable"),
                "event_repeat",
                "django_celery_beat_periodictask",
                "django_celery_beat.view_periodictask",
            ),
            Entry(_("Periodic work"), "schedule", "core_periodicrun", "core.view_periodicrun"),
            Entry(_("Workers' pulses"), "ecg_heart", "core_heartbeat", "core.view_heartbeat"),
        ],
    ),
]
# What people open first, by right: shown as buttons on their desk.
DOORS = [
    "admin:logistics_delivery_packing",
    "admin:logistics_delivery_handover",
    "admin:returns_returncase_desk",
    "order_order",
    "admin:core_job_upload",
    "logistics_courierstatement",
    "admin:core_job_reports",
    "finance_payment",
    "inventory_stocklevel",
]


def sidebar(request: HttpRequest) -> list[dict[str, Any]]:
    """The groups with the entries that this user may open."""
    links = {
        entry.url: link
        for _title, entries in GROUPS
        for entry in entries
        if opens(request, entry) and (link := link_of(entry))
    }
    here = max((link for link in links.values() if request.path.startswith(link)), key=len, default="")
    groups = []
    for title, entries in GROUPS:
        items = [
            {
                "title": entry.title,
                "icon": entry.icon,
                "link": links[entry.url],
                "active": links[entry.url] == here,
            }
            for entry in entries
            if entry.url in links
        ]
        if items:
            groups.append({"title": title, "separator": True, "collapsible": False, "items": items})
    return groups


def doors(request: HttpRequest) -> list[dict[str, Any]]:
    """The pages that this user works on most."""
    entries = {entry.url: entry for _title, group in GROUPS for entry in group}
    return [
        {"title": entry.title, "icon": entry.icon, "link": link}
        for entry in (entries[url] for url in DOORS)
        if opens(request, entry) and (link := link_of(entry))
    ][:4]


def opens(request: HttpRequest, entry: Entry) -> bool:
    """Whether the person may go through this door."""
    user: Any = request.user
    return bool(user.has_perm(entry.permission)) and (not entry.rights or may(request, *entry.rights))


def link_of(entry: Entry) -> str | None:
    """The address of the page; None while no app has it."""
    name = entry.url if entry.url.startswith("admin:") else f"admin:{entry.url}_changelist"
    try:
        return reverse(name)
    except NoReverseMatch:
        return None
