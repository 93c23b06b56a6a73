"""What the customer is told at each step; written in the step's own transaction, sent afterwards."""

from typing import Any

from django.conf import settings
from django.db import connection
from django.utils import formats, timezone, translation

from core.origins import Origin
from crm.services import Recipient, queue_message
from logistics.queries import waybill_of


def tell(*, kind: str, order_id: int, version: str = "1", about: Origin | None = None, **values: Any) -> None:
    """Ask for a message of this kind about an order, once per document and version (F93)."""
    with connection.cursor() as cursor:
        cursor.execute(_TOLD, [order_id])
        number, total, currency, expires_at, public_id, *found = cursor.fetchone()
    customer = Recipient(*found)
    language = customer.language or settings.LANGUAGE_CODE
    with translation.override(language):
        known = {
            "number": number,
            "total": f"{total} {currency}",
            "pay_by": _moment(expires_at),
            "link": settings.SITE_URL.rstrip("/")
            + settings.ORDER_URL.format(language=language, order=public_id),
        } | {name: str(value) for name, value in values.items()}
    queue_message(
        kind=kind,
        customer=customer,
        about=about or Origin("order", order_id),
        version=version,
        values=known,
    )


# All that the texts and the message need of the widest table of the house.
_TOLD = """
    SELECT o.number, o.total_incl_tax, o.currency, o.expires_at, o.public_id,
           c.id, c.name, c.phone, c.email, c.language
      FROM order_order o JOIN crm_customer c ON c.id = o.customer_id
     WHERE o.id = %s
"""


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
