"""What the customer is told at each step; written in the step's own transaction, sent afterwards."""

from typing import Any

from django.conf import settings
from django.utils import formats, timezone, translation

from core.origins import Origin
from crm.services import queue_message
from logistics.queries import waybill_of
from orders.order.models import Order

# All that the texts and the message need of the widest table of the house.
_TOLD = (
    *("number", "total_incl_tax", "currency", "expires_at", "public_id"),
    *(f"customer__{name}" for name in ("name", "phone", "email", "language")),
)


def tell(*, kind: str, order_id: int, version: str = "1", about: Origin | None = None, **values: Any) -> None:
    """Ask for a message of this kind about an order, once per document and version (F93)."""
    order = Order.objects.select_related("customer").only(*_TOLD).get(pk=order_id)
    assert order.customer is not None
    language = order.customer.language or settings.LANGUAGE_CODE
    with translation.override(language):
        known = {
            "number": order.number,
            "total": f"{order.total_incl_tax} {order.currency}",
            "pay_by": _moment(order.expires_at),
            "link": settings.SITE_URL.rstrip("/")
            + settings.ORDER_URL.format(language=language, order=order.public_id),
        } | {name: str(value) for name, value in values.items()}
    queue_message(
        kind=kind,
        customer=order.customer,
        about=about or Origin("order", order.pk),
        version=version,
        values=known,
    )


def tell_shipped(*, order_id: int, parcel_id: int) -> None:
    """The parcel is with the courier, with its waybill."""
    courier, number = waybill_of(parcel_id=parcel_id)
    tell(
        kind="order_shipped",
        order_id=order_id,
        about=Origin("parcel", parcel_id),
        courier=courier,
        waybill=number,
    )


def _moment(at: Any) -> str:
    return formats.date_format(timezone.localtime(at), "SHORT_DATETIME_FORMAT") if at else ""
