"""Which pages there are, who looks at each, and how one gets there.

The lists of the back office come from its navigation, so a new entry is pictured by itself. What stands
beside them is named here; tests hold these names against the addresses of the shop and the back office.
"""

from dataclasses import dataclass

from django.urls import reverse

from shopsite.navigation import GROUPS

LANGUAGES = ("en", "zh-hans")
WIDTHS = (1440, 390)


@dataclass(frozen=True, slots=True)
class Page:
    """A page is an address and, from there, links that are followed: CSS selectors, first match each."""

    name: str
    address: str
    login: str = ""  # of the back office; without one a shopper looks
    via: tuple[str, ...] = ()
    act: str = ""  # what is done before: a method of whoever looks (ACTORS)


ROW = "#result_list tbody tr a[href]:not([href^='?'])"
# Whose page it is; the first prefix that fits.
LOOKED_AT_BY = (
    ("admin:logistics_delivery_", "warehouse"),
    ("admin:returns_returncase_desk", "warehouse"),
    ("admin:core_job_", "finance"),
    ("logistics_courierstatement", "finance"),
    ("logistics_remittance", "finance"),
    ("logistics_delivery", "warehouse"),
    ("logistics_parcel", "warehouse"),
    ("orders_hold", "service"),
    ("order_order", "service"),
    ("returns_", "service"),
    ("inventory_", "buyer"),
    ("catalogue_", "buyer"),
    ("django_celery_beat_", "admin"),
    ("finance_inbox", "admin"),
    ("finance_", "finance"),
    ("crm_customer", "service"),
    ("crm_messagetemplate", "admin"),
    ("crm_message", "service"),
)
# Rows that tell more than the newest one; where a demo has none of these, the newest is taken.
TELLING = {
    "order_order": "?queue=holds-customer_service",
    "logistics_delivery": "?status__exact=picking",
    "logistics_parcel": "?state__exact=delivered",
    "logistics_courierstatement": "?state__exact=matched",
    "returns_returncase": "?status__exact=received",
}
DESKS = ("manager", "service", "warehouse", "buyer", "finance", "admin")
# Pages of the back office beside lists, rows and desks.
OWN = (
    Page("order-completed", "admin:order_order_changelist?status__exact=completed", "service", (ROW,)),
    Page("order-cancelled", "admin:order_order_changelist?status__exact=cancelled", "service", (ROW,)),
    Page("delivery-planned", "", "warehouse", act="choose_delivery"),
    Page("delivery-picking", "", "warehouse", act="start_picking"),
    Page("pick-list", "", "warehouse", ("a[href*='/picklist/']",), act="open_delivery"),
    Page("packing-waiting", "admin:logistics_delivery_packing", "warehouse", act="finish_picking"),
    Page("packing-table", "", "warehouse", ("a[href$='/pack/']",), act="open_delivery"),
    Page("packing-table-counted", "", "warehouse", act="scan_one"),
    Page("packing-table-wrong", "", "warehouse", act="scan_wrong"),
    Page("packing-table-complete", "", "warehouse", act="scan_rest"),
    Page("delivery-packed", "", "warehouse", act="open_delivery"),
    Page("label", "", "warehouse", act="print_label"),
    Page("handover-scanned", "", "warehouse", act="scan_waybill"),
    Page(
        "packing-slip",
        "admin:logistics_delivery_changelist?status__exact=handed_over",
        "warehouse",
        (ROW, "a[href$='/slip/']"),
    ),
    Page(
        "manifest",
        "admin:logistics_delivery_handover",
        "warehouse",
        ("a[href*='/manifest/']",),
    ),
    Page(
        "why-this-stock", "admin:order_order_changelist?status__exact=completed", "manager",
        (ROW, "a[href*='/why/']"),
    ),
    Page("promotion-form", "admin:offer_conditionaloffer_make", "manager"),
    Page("report-shown", "", "finance", act="show_report"),
    Page("file-read", "", "finance", act="check_file"),
    Page("return-opened", "admin:order_order_changelist?delivery_state__exact=delivered", "service", (ROW,)),
)  # fmt: skip
# Addresses of the shop: the page, or why it is none.
SHOP = (
    Page("home", "shop:home"),
    Page("category", "shop:home", via=(".shelves a",)),
    Page("product", "shop:home", via=(".card a",)),
    Page("search", "shop:search?q=壶"),
    Page("search-nothing", "shop:search?q=qqqqq"),
    Page("info-about", "shop:info about"),
    Page("info-delivery", "shop:info delivery"),
    Page("info-returns", "shop:info returns"),
    Page("info-terms", "shop:info terms"),
    Page("info-privacy", "shop:info privacy"),
    Page("missing", "shop:home~missing/"),
    Page("track", "shop:track"),
    Page("sign_in", "shop:sign_in"),
    Page("register", "shop:register"),
    Page("basket-empty", "shop:basket"),
    Page("account-new", "shop:account", act="enter"),
    Page("profile", "shop:profile"),
    Page("basket", "shop:basket", act="fill_basket"),
    Page("checkout", "shop:checkout"),
    Page("checkout-filled", "", act="fill_address"),
    Page("thanks", "", act="order"),
    Page("order", "", act="open_order"),
    Page("account", "shop:account"),
    Page("addresses", "shop:addresses"),
)
NO_PAGES = {
    "add": "puts into the basket and leads to it",
    "change": "changes the basket and leads to it",
    "code": "enters a discount code and leads to the basket",
    "areas": "names of cities for the address form, JSON",
    "pay": "leads to the provider",
    "leave": "goes on to the provider by itself",
    "cancel": "cancels and leads to the order",
    "send_back": "asks for a return and leads to the order",
    "sign_out": "leads to the home page",
    "picture": "a picture",
    "robots": "for machines",
    "after_payment": "leads to the page of thanks",
}


def back_office() -> list[Page]:
    """Sign-in, desks, and every entry of the navigation: its list and, where rows open, one row."""
    pages = [Page("sign-in", "admin:login")]
    pages += [Page(f"desk-{login}", "admin:index", login) for login in DESKS]
    for _title, entries in GROUPS:
        for entry in entries:
            login = _onlooker(entry.url)
            if entry.url.startswith("admin:"):
                pages.append(Page(entry.url.rpartition("_")[2], entry.url, login))
                continue
            name, changelist = entry.url, f"admin:{entry.url}_changelist"
            pages.append(Page(f"{name}-list", changelist, login))
            pages.append(Page(name, changelist + TELLING.get(name, ""), login, (ROW,)))
    return [*pages, *OWN]


def every_page() -> list[Page]:
    """All of them, the shop's in the order in which a shopper comes by."""
    return [*SHOP, *back_office()]


def path_of(page: Page, language: str) -> str:
    """The address on the server; the back office has the same in every language."""
    from django.utils.translation import override

    name, mark, query = page.address.partition("?")
    name, _tilde, tail = name.partition("~")
    name, *arguments = name.split(" ")
    with override(language):
        return reverse(name, args=arguments) + tail + mark + query


def _onlooker(url: str) -> str:
    return next((login for prefix, login in LOOKED_AT_BY if url.startswith(prefix)), "manager")
