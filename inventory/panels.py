"""What stock puts on desks and into the search."""

from collections.abc import Iterable
from datetime import timedelta
from typing import Any

from django.utils.translation import gettext_lazy as _

from core.desk import Finder, Found, Queue, document_link, name_facts, offer_finder, offer_queue
from core.roles import BUYER, CUSTOMER_SERVICE, MANAGER
from inventory.models import BackOrder, Sku, StockConflict

name_facts(
    {
        "StockArrived": _("Goods have arrived"),
        "StockFreed": _("Goods became free"),
        "BackOrderServed": _("Waiting goods have arrived"),
        "OfflineConflict": _("Sold elsewhere: promised goods are gone"),
    }
)
offer_queue(
    Queue(
        "waiting-for-goods",
        _("customers waiting for goods"),
        "inventory.BackOrder",
        frozenset({BUYER, MANAGER}),
        lambda user: BackOrder.objects.filter(state=BackOrder.State.OPEN),
        "created_at",
        timedelta(days=3),
        "production_quantity_limits",
    )
)
offer_queue(
    Queue(
        "stock-conflicts",
        _("promises that stock cannot keep"),
        "inventory.StockConflict",
        frozenset({CUSTOMER_SERVICE}),
        lambda user: StockConflict.objects.filter(state=StockConflict.State.OPEN),
        "at",
        timedelta(hours=4),
        "warning",
    )
)


def _find(user: Any, text: str) -> Iterable[Found]:
    """By code or barcode."""
    rows = Sku.objects.filter(code__istartswith=text) | Sku.objects.filter(barcodes__code=text)
    return [
        Found(sku.code, str(_("SKU")), document_link("sku", sku.pk) or "")
        for sku in rows.distinct().order_by("code")[:10]
    ]


offer_finder(Finder("inventory.view_sku", "barcode", _find))
