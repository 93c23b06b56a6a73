"""What customers' records put on desks and into the search."""

from collections.abc import Iterable
from datetime import timedelta
from typing import Any

from django.utils.translation import gettext_lazy as _

from core import masking
from core.desk import Finder, Found, Queue, document_link, offer_finder, offer_queue
from core.roles import CUSTOMER_SERVICE
from crm.models import Customer, Message

offer_queue(
    Queue(
        "messages-parked",
        _("messages that did not go out"),
        "crm.Message",
        frozenset({CUSTOMER_SERVICE}),
        lambda user: Message.objects.filter(state=Message.State.PARKED),
        "created_at",
        timedelta(hours=24),
        "unsubscribe",
    )
)


def _find(user: Any, text: str) -> Iterable[Found]:
    """By the tail of a phone (four to eight digits) or the whole name; shown under masks."""
    rows = Customer.objects.filter(merged_into=None)
    if text.isdigit():
        if len(text) > 8:
            text = text[-8:]
        rows = rows.filter(phone_tail__endswith=text)
    else:
        rows = rows.filter(name=text)
    return [
        Found(
            f"{masking.mask_name(customer.name)} {masking.phone_tail(customer.phone)}",
            str(_("customer")),
            document_link("customer", customer.pk) or "",
        )
        for customer in rows.order_by("-pk")[:10]
    ]


offer_finder(Finder("crm.view_customer", "person", _find))
