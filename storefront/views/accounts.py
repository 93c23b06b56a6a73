"""A shopper's own room: sign in, orders, addresses, language."""

from typing import Any

from django.contrib import messages
from django.contrib.auth import authenticate, login, logout
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.translation import get_language
from django.utils.translation import gettext as _
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from core.errors import InvalidInput
from crm.queries import list_provinces
from crm.services import change_profile, find_or_create_customer, open_account
from storefront.forms import AddressForm, ProfileForm, RegisterForm, SignInForm
from storefront.queries import list_orders
from storefront.services import adopt_basket, count_pieces
from storefront.services.addresses import drop_address, keep_address, list_addresses, prefer_address
from storefront.services.limits import TriedTooOften, spend_try
from storefront.views.baskets import mark_id, set_mark, shopper
from storefront.views.checkout import TEXTS
from storefront.views.guards import address_of, local_path
from storefront.views.pages import show

METHODS = ["GET", "HEAD", "POST"]
BACKEND = "crm.backends.PhoneOrEmailBackend"


@require_safe
def account(request: HttpRequest) -> HttpResponse:
    """The account's orders, or the way in."""
    if shopper(request) is None:
        return redirect("shop:sign_in")
    return show(request, "shop/account/orders.html", {"orders": list_orders(user=request.user)})


@sensitive_post_parameters("password")
@require_http_methods(METHODS)
def sign_in(request: HttpRequest) -> HttpResponse:
    """By phone or e-mail, with the same answer for unknown, wrong and disabled (F75, S25)."""
    after = local_path(request, request.GET.get("next", ""), reverse("shop:account"))
    if request.method != "POST":
        if shopper(request) is not None:
            return redirect(after)
        return show(request, "shop/account/sign_in.html", {"form": SignInForm()})
    form = SignInForm(request.POST)
    status = 422
    if form.is_valid():
        name = form.cleaned_data["login"].strip()
        try:
            spend_try(what="sign-in", key=f"{name.lower()} {address_of(request)}", most=5, seconds=15 * 60)
            spend_try(what="sign-in-login", key=name.lower(), most=20, seconds=3600)
            user = authenticate(request, username=name, password=form.cleaned_data["password"])
            if user is not None:
                _enter(request, user)
                return redirect(after)
            form.add_error(None, _("Login and password do not match. Check both."))
        except TriedTooOften as error:
            form.add_error(None, str(error))
            status = 429
    return show(request, "shop/account/sign_in.html", {"form": form}, status=status)


@sensitive_post_parameters("password")
@require_http_methods(METHODS)
def register(request: HttpRequest) -> HttpResponse:
    """A new account by phone or e-mail."""
    if request.method != "POST":
        return show(request, "shop/account/register.html", {"form": RegisterForm()})
    form = RegisterForm(request.POST)
    status = 422
    if form.is_valid():
        data = form.cleaned_data
        language = get_language() or ""
        try:
            spend_try(what="register", key=address_of(request), most=10, seconds=3600)
            user = open_account(
                name=data["name"], login=data["login"], password=data["password"], language=language
            )
        except TriedTooOften as error:
            form.add_error(None, str(error))
            status = 429
        except InvalidInput as error:
            form.add_error(error.context.get("field", "login"), str(error))
        else:
            find_or_create_customer(name=data["name"], phone="", user=user, agreed=TEXTS)
            _enter(request, user)
            messages.success(request, _("Welcome. Your orders and addresses are kept here from now on."))
            return redirect("shop:account")
    return show(request, "shop/account/register.html", {"form": form}, status=status)


@require_POST
def sign_out(request: HttpRequest) -> HttpResponse:
    """Leave; the basket stays with the account."""
    logout(request)
    set_mark(request, None)
    return redirect("shop:home")


@require_http_methods(METHODS)
def addresses(request: HttpRequest) -> HttpResponse:
    """The account's addresses: look, add, choose the default, forget."""
    user = shopper(request)
    if user is None:
        return redirect("shop:sign_in")
    form = AddressForm()
    if request.method == "POST":
        picked = request.POST.get("address", "")
        address_id = int(picked) if picked.isascii() and picked.isdigit() and len(picked) <= 18 else 0
        match request.POST.get("action"):
            case "drop":
                drop_address(user=user, address_id=address_id)
                return redirect("shop:addresses")
            case "prefer":
                prefer_address(user=user, address_id=address_id)
                return redirect("shop:addresses")
        form = AddressForm(request.POST)
        if form.is_valid():
            keep_address(user=user, values=form.cleaned_data)
            return redirect("shop:addresses")
    context = {"addresses": list_addresses(user=user), "form": form, "provinces": list_provinces()}
    context |= {"values": form.data, "errors": form.errors if form.is_bound else {}}
    return show(request, "shop/account/addresses.html", context, status=422 if form.errors else 200)


@require_http_methods(METHODS)
def profile(request: HttpRequest) -> HttpResponse:
    """Name and the language of our messages."""
    user: Any = shopper(request)
    if user is None:
        return redirect("shop:sign_in")
    form = ProfileForm(
        request.POST or None,
        initial={"name": user.first_name, "language": user.language or get_language()},
    )
    if request.method == "POST" and form.is_valid():
        change_profile(user=user, **form.cleaned_data)
        messages.success(request, _("Saved."))
        return redirect("shop:profile")
    return show(request, "shop/account/profile.html", {"form": form}, status=422 if form.errors else 200)


def _enter(request: HttpRequest, user: Any) -> None:
    """Sign in and take the guest's basket along."""
    guests = mark_id(request)
    login(request, user, backend=BACKEND)
    basket = adopt_basket(basket_id=guests, user=user)
    set_mark(request, basket.pk if basket else None, count_pieces(basket) if basket else 0)
