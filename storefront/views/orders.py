"""An order after it was placed: thank you, where is it, cancel, send something back. No account needed."""

from typing import Any
from uuid import UUID

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from core.errors import DomainError
from finance.queries import latest_intent
from orders.services import cancel_order
from returns.services import open_return
from storefront.forms import TrackForm
from storefront.queries import find_order, find_tracked_order, read_order
from storefront.rules.quantities import read_quantity
from storefront.services.limits import TriedTooOften, spend_try
from storefront.views.guards import address_of, grant_order, may_see
from storefront.views.pages import show

TRIES, HOUR = 10, 3600


@require_safe
def thanks(request: HttpRequest, public_id: UUID) -> HttpResponse:
    """After ordering or paying. A browser that may not see the order learns its state and nothing else."""
    order = find_order(public_id=public_id)
    if order is None:
        raise Http404
    if not may_see(request, order):
        intent = latest_intent(order_id=order.pk)
        paid = intent is not None and intent.state == "paid"
        return show(request, "shop/thanks_stranger.html", {"paid": paid})
    return show(request, "shop/thanks.html", {"order": read_order(order)})


@require_safe
def order(request: HttpRequest, public_id: UUID) -> HttpResponse:
    """Everything about one order."""
    return show(request, "shop/order.html", {"order": read_order(_own(request, public_id))})


@require_http_methods(["GET", "HEAD", "POST"])
def track(request: HttpRequest) -> HttpResponse:
    """Number and phone open an order's page for a day (F68)."""
    if request.method != "POST":
        number = request.GET.get("number", "")[:40]
        return show(request, "shop/track.html", {"form": TrackForm(initial={"number": number})})
    form = TrackForm(request.POST)
    if not form.is_valid():
        return show(request, "shop/track.html", {"form": form}, status=422)
    data = form.cleaned_data
    try:
        spend_try(what="track-from", key=address_of(request), most=TRIES, seconds=HOUR)
        spend_try(what="track-number", key=data["number"].upper(), most=TRIES, seconds=HOUR)
    except TriedTooOften as error:
        form.add_error(None, str(error))
        return show(request, "shop/track.html", {"form": form}, status=429)
    found = find_tracked_order(number=data["number"], phone=data["phone"])
    if found is None:
        form.add_error(None, _("No order has this number and phone. Check both."))
        return show(request, "shop/track.html", {"form": form}, status=422)
    return grant_order(request, redirect("shop:order", public_id=found.public_id), found.public_id)


@require_POST
def cancel(request: HttpRequest, public_id: UUID) -> HttpResponse:
    """Cancel as long as the goods are in the house."""
    found = _own(request, public_id)
    try:
        cancel_order(order_id=found.pk, reason="customer")
        messages.success(request, _("The order is cancelled. What you have paid is on its way back."))
    except DomainError as error:
        messages.add_message(request, messages.WARNING, str(error), extra_tags="warn")
    return redirect("shop:order", public_id=public_id)


@require_POST
def send_back(request: HttpRequest, public_id: UUID) -> HttpResponse:
    """Ask for a return of units that were delivered."""
    found = _own(request, public_id)
    try:
        units = _units(request)
    except ValueError:
        page = {"order": read_order(found), "problem": _("Choose how many of each piece you send back.")}
        return show(request, "shop/order.html", page, status=400)
    try:
        case = open_return(order_id=found.pk, units=units, reason=request.POST.get("reason", "")[:200])
        messages.success(
            request,
            _("Return %(number)s is asked for. We answer within two working days.") % {"number": case.number},
        )
    except DomainError as error:
        messages.add_message(request, messages.WARNING, str(error), extra_tags="warn")
    return redirect("shop:order", public_id=public_id)


def _own(request: HttpRequest, public_id: UUID) -> Any:
    found = find_order(public_id=public_id)
    if found is None or not may_see(request, found):
        raise Http404(
            _("There is no such order, or your access has run out. Track it with number and phone.")
        )
    return found


def _units(request: HttpRequest) -> dict[int, int]:
    """Fields named line-<id> with a quantity each (F22). Raises ValueError."""
    units = {}
    for field in request.POST:
        if field in ("csrfmiddlewaretoken", "reason"):
            continue
        name, _dash, key = field.partition("-")
        values = request.POST.getlist(field)
        if name != "line" or not (key.isascii() and key.isdigit() and len(key) <= 18) or len(values) > 1:
            raise ValueError(field)
        units[int(key)] = read_quantity(values[0], least=0)
    return units
