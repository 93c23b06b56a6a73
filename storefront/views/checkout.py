"""One page from the basket to the order, for guests and members, with or without scripts.

The page shows a total and carries its fingerprint; the button that names the total orders exactly that.
Where the total is not known yet, or has changed, the same page comes back and asks again (F18).
"""

from dataclasses import dataclass
from typing import Any
from uuid import uuid4

from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import redirect
from django.utils.translation import get_language
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_safe

from core.errors import InvalidInput
from crm.queries import list_provinces, province_named, read_address
from crm.services import Agreed, find_or_create_customer
from inventory.errors import SoldOut
from orders.errors import NothingToOrder, OfferUsedUp, TermNotOffered, TotalChanged
from orders.services import (
    Address,
    CheckoutChoice,
    OrderDraft,
    available_terms,
    draft_basket,
    find_placed,
    submit_basket,
)
from storefront.forms import CheckoutForm
from storefront.queries import read_basket
from storefront.services.addresses import default_address, keep_address, list_addresses
from storefront.views.baskets import current_basket, set_mark, shopper
from storefront.views.guards import grant_order
from storefront.views.pages import show
from storefront.views.paying import leave_to_pay

# The terms of sale and the privacy page that the shopper agrees to.
TEXTS = Agreed(("terms", "privacy"), version="2026-11", channel="web")
FIELDS = frozenset(
    {
        "name", "phone", "province", "city", "district", "street", "email", "term", "note", "agree", "token",
        "fingerprint", "save_address", "paste", "action", "csrfmiddlewaretoken",
    }
)  # fmt: skip


@dataclass
class Preview:
    """What would be ordered now, and what every way of paying would cost."""

    draft: OrderDraft | None
    terms: list[Any]
    region_known: bool
    problem: str = ""


@require_http_methods(["GET", "HEAD", "POST"])
def checkout(request: HttpRequest) -> HttpResponse:
    """Show the form, or do what its button says."""
    if request.method != "POST":
        basket = current_basket(request)
        if basket is None or not basket.all_lines():
            return redirect("shop:basket")
        return _page(request, basket, _fresh(request))
    data = request.POST
    if set(data) - FIELDS or any(len(data.getlist(name)) > 1 for name in data):
        return _bad_request(request)
    basket = current_basket(request)
    if basket is None:  # perhaps a late post of a form that has ordered already (F14)
        placed = find_placed(submit_token=data.get("token", "")[:64] or None)
        return redirect("shop:basket") if placed is None else _to_order(request, placed)
    match data.get("action", "order"):
        case "fill":
            return _page(request, basket, _filled(data))
        case "total":
            return _page(request, basket, data)
    form = CheckoutForm(data)
    if not form.is_valid():
        return _page(request, basket, data, form=form, status=422)
    return _order(request, basket, form)


@require_safe
def areas(request: HttpRequest, province: str) -> JsonResponse:
    """Cities of a province with their districts, for the suggestions under the fields."""
    found = province_named(province)
    response = JsonResponse({"cities": found.cities if found else {}})
    response["Cache-Control"] = "public, max-age=86400"
    return response


def _order(request: HttpRequest, basket: Any, form: CheckoutForm) -> HttpResponse:
    data, user = form.cleaned_data, shopper(request)
    if not data["fingerprint"]:
        return _page(request, basket, form.data, notice=_("This is the total. Press the button to order."))
    try:
        customer = find_or_create_customer(
            name=user.first_name or data["name"] if user else data["name"],
            phone=data["phone"],
            email=data["email"],
            user=user,
            language=get_language() or "",
            agreed=TEXTS,
        )
        order = submit_basket(
            basket_id=basket.pk, choice=_choice(data, customer=customer, user=user), user=user
        )
    except TotalChanged as error:
        return _page(request, basket, form.data, notice=str(error), status=409)
    except OfferUsedUp as error:
        return _page(request, basket, form.data, notice=str(error), status=409)
    except SoldOut as error:
        return _page(request, basket, form.data, problem=_sold_out(basket, error), status=409)
    except TermNotOffered as error:
        form.add_error("term", str(error))
        return _page(request, basket, form.data, form=form, status=422)
    except NothingToOrder:
        return redirect("shop:basket")
    except InvalidInput as error:
        return _page(request, basket, form.data, problem=str(error), status=422)
    if user is not None and data["save_address"]:
        keep_address(user=user, values=data)
    return _to_order(request, order)


def _to_order(request: HttpRequest, order: Any) -> HttpResponse:
    """The order exists: forget the basket, and go and pay, or say thank you."""
    set_mark(request, None)
    response = leave_to_pay(request, order) or redirect("shop:thanks", public_id=order.public_id)
    return grant_order(request, response, order.public_id)


def _choice(data: Any, *, customer: Any, user: Any) -> CheckoutChoice:
    return CheckoutChoice(
        channel="web",
        customer_id=customer.pk,
        entity_id=customer.entity_id,
        term=data["term"],
        address=Address(
            name=data["name"],
            phone=data["phone"],
            province=data["province"],
            city=data["city"],
            district=data["district"],
            street=data["street"],
        ),
        language=get_language() or "",
        user_id=user.pk if user else None,
        submit_token=data["token"],
        shown_fingerprint=data["fingerprint"],
        buyer_note=data["note"],
        email=data["email"],
    )


def _preview(basket: Any, values: Any, user: Any) -> Preview:
    """Price the basket for the province and term chosen so far."""
    province = province_named(values.get("province", ""))
    address = Address("", "", province.name if province else "", "", "", "")
    wanted = values.get("term", "prepaid") if values.get("term") in ("prepaid", "cod") else "prepaid"
    problem, draft = "", None
    for term in dict.fromkeys([wanted, "prepaid", "cod"]):
        choice = CheckoutChoice("web", 0, term, address, get_language() or "")
        try:
            draft = draft_basket(basket=basket, choice=choice, user=user)
            break
        except TermNotOffered as error:
            problem = problem or str(error)
    if draft is None:
        return Preview(None, [], bool(province), problem)
    freight = sum((charge.amount for charge in draft.charges if charge.code == "shipping"), draft.goods)
    terms = available_terms(total=freight, province=address.province, ships=draft.ships)
    return Preview(draft, terms, bool(province), problem)


def _page(
    request: HttpRequest,
    basket: Any,
    values: Any,
    *,
    form: CheckoutForm | None = None,
    notice: str = "",
    problem: str = "",
    status: int = 200,
) -> HttpResponse:
    user = shopper(request)
    try:
        preview = _preview(basket, values, user)
    except NothingToOrder:
        return redirect("shop:basket")
    page = read_basket(basket, user=user)
    return show(
        request,
        "shop/checkout.html",
        {
            "values": values,
            "errors": form.errors if form else {},
            "preview": preview,
            "draft": preview.draft,
            "basket": page,
            "basket_pieces": page.pieces,
            "provinces": list_provinces(),
            "chosen": province_named(values.get("province", "")),
            "addresses": list_addresses(user=user) if user else [],
            "token": values.get("token") or uuid4().hex,
            "notice": notice,
            "problem": problem or preview.problem,
        },
        status=status,
    )


def _fresh(request: HttpRequest) -> dict[str, str]:
    """What the form begins with: a member's own address, else nothing."""
    user = shopper(request)
    if user is None:
        return {"term": "prepaid"}
    return {"term": "prepaid", "email": user.email} | default_address(
        user=user, wanted=request.GET.get("address", "")
    )


def _filled(data: Any) -> dict[str, str]:
    """The form with what a pasted block says; what is typed already stays unless the block knows better."""
    values = {name: data.get(name, "") for name in FIELDS - {"csrfmiddlewaretoken", "action"}}
    read = read_address(data.get("paste", ""))
    for name in ("name", "phone", "province", "city", "district", "street"):
        values[name] = getattr(read, name) or values[name]
    values["fingerprint"] = ""
    return values


def _sold_out(basket: Any, error: SoldOut) -> str:
    """The same refusal with the names that the shopper knows."""
    titles = {row.stockrecord.sku.pk: row.product.get_title() for row in basket.all_lines()}
    parts = []
    for each in error.shortages:
        title = titles.get(each.sku_id, each.code)
        if each.promise:
            parts.append(
                _("Only %(units)s of “%(title)s” are left.") % {"units": each.promise, "title": title}
            )
        else:
            parts.append(_("“%(title)s” has just been sold out.") % {"title": title})
    return " ".join([*parts, _("Change your basket and order again. Nothing has been ordered.")])


def _bad_request(request: HttpRequest) -> HttpResponse:
    return show(request, "shop/refused.html", status=400)
