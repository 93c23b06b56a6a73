"""The way to the provider's page and back. Neither end of it changes anything by a GET."""

import logging
from typing import Any
from uuid import UUID

from django.contrib import messages
from django.core import signing
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import override
from django.views.decorators.http import require_POST, require_safe

from core.errors import DomainError
from finance.queries import intent_order
from finance.services import order_pay_page
from orders.order.models import Order
from storefront.queries import find_order
from storefront.views.guards import may_see
from storefront.views.pages import show

logger = logging.getLogger(__name__)
_SALT = "shop.pay"
_SECONDS = 15 * 60


def leave_to_pay(request: HttpRequest, order: Any) -> HttpResponse | None:
    """The answer that leads to the provider's page; None when there is nothing to pay there.

    It leads over a page of ours: a form's redirect to a foreign host would need that host, and every
    host that the provider redirects to, in the content policy.
    """
    if order.status != Order.Status.AWAITING_PAYMENT:
        return None
    try:
        url = order_pay_page(order_id=order.pk, subject=_("Order %(number)s") % {"number": order.number})
    except DomainError as error:
        # What is wrong between us and the provider is told to those who run the shop, not to the shopper.
        logger.warning("order %s has no payment page: %s", order.number, error)
        messages.add_message(
            request,
            messages.WARNING,
            _("The payment page cannot be opened now. Your order is placed: pay it here a little later."),
            extra_tags="warn",
        )
        return redirect("shop:order", public_id=order.public_id)
    if url is None:
        return None
    place = signing.dumps(url, salt=_SALT, compress=True)
    return redirect(reverse("shop:leave", kwargs={"public_id": order.public_id}) + f"?to={place}")


@require_POST
def pay(request: HttpRequest, public_id: UUID) -> HttpResponse:
    """Pay an order that still waits for it."""
    order = find_order(public_id=public_id)
    if order is None or not may_see(request, order):
        raise Http404
    return leave_to_pay(request, order) or redirect("shop:order", public_id=public_id)


@require_safe
def leave(request: HttpRequest, public_id: UUID) -> HttpResponse:
    """A moment between the shop and the provider; only an address that we have signed is followed (F72)."""
    try:
        url = signing.loads(request.GET.get("to", ""), salt=_SALT, max_age=_SECONDS)
    except signing.BadSignature:
        return redirect("shop:order", public_id=public_id)
    order = find_order(public_id=public_id)
    own = order if order is not None and may_see(request, order) else None
    return show(request, "shop/leave.html", {"url": url, "public_id": public_id, "order": own})


@require_safe
def after_payment(request: HttpRequest, payment: UUID) -> HttpResponse:
    """The shopper is back from the provider: to the order's page, in the order's language."""
    order_id = intent_order(public_id=payment)
    order = Order.objects.filter(pk=order_id).first() if order_id else None
    if order is None:
        raise Http404
    with override(order.language or None):
        return redirect("shop:thanks", public_id=order.public_id)
