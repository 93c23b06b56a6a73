"""Who is asking, and from where: small answers that several doors need."""

from collections.abc import Callable
from functools import wraps
from urllib.parse import urlsplit
from uuid import UUID

from django.conf import settings
from django.core import signing
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.utils.http import url_has_allowed_host_and_scheme
from django.views.decorators.csrf import csrf_exempt

View = Callable[..., HttpResponse]
GRANT_SECONDS = 24 * 3600
MOST_GRANTS = 12
_SALT = "shop.orders"


def from_this_site(view: View) -> View:
    """Refuses a POST that another site's page has sent, without needing a cookie on the page before.

    Product pages are cached whole and set no cookie, so they can't carry Django's token. Every browser
    says where a POST comes from: Sec-Fetch-Site, Origin, or at least the Referer (F73, F76).
    """

    @wraps(view)
    def guarded(request: HttpRequest, *args: object, **kwargs: object) -> HttpResponse:
        checked = request.method in ("GET", "HEAD") or getattr(request, "_dont_enforce_csrf_checks", False)
        if not checked and not _comes_from_here(request):
            raise PermissionDenied("The form was not sent from this site.")
        return view(request, *args, **kwargs)

    return csrf_exempt(guarded)


def _comes_from_here(request: HttpRequest) -> bool:
    fetch_site = request.headers.get("Sec-Fetch-Site")
    if fetch_site is not None:
        return fetch_site == "same-origin"
    source = request.headers.get("Origin") or request.headers.get("Referer") or ""
    return urlsplit(source).netloc == request.get_host()


def address_of(request: HttpRequest) -> str:
    """The visitor's network address, from exactly one trusted hop (F75)."""
    if settings.HTTPS:
        forwarded = request.headers.get("X-Forwarded-For", "")
        return forwarded.rsplit(",", 1)[-1].strip() or request.META.get("REMOTE_ADDR", "")
    return str(request.META.get("REMOTE_ADDR", ""))


def local_path(request: HttpRequest, wanted: str, otherwise: str) -> str:
    """Where to go next, if it is a place of ours (F72)."""
    odd = any(ord(character) < 33 or character == "\\" for character in wanted)
    safe = wanted.startswith("/") and not wanted.startswith("//") and not odd
    if safe and url_has_allowed_host_and_scheme(
        wanted, {request.get_host()}, require_https=request.is_secure()
    ):
        return wanted
    return otherwise


def grant_name() -> str:
    return "__Host-orders" if settings.HTTPS else "orders"


def grant_order(request: HttpRequest, response: HttpResponse, public_id: UUID) -> HttpResponse:
    """Let this browser see the order for a day: it has placed it, or has proved number and phone (F68)."""
    known = [each for each in _granted(request) if each != public_id.hex]
    response.set_cookie(
        grant_name(),
        signing.dumps([*known, public_id.hex][-MOST_GRANTS:], salt=_SALT),
        max_age=GRANT_SECONDS,
        httponly=True,
        samesite="Lax",
        secure=settings.HTTPS,
    )
    return response


def may_see(request: HttpRequest, order: object) -> bool:
    """Whether this browser has a fresh grant for the order, or its account owns it (F67)."""
    if order.public_id.hex in _granted(request):  # type: ignore[attr-defined]
        return True
    owner = order.user_id  # type: ignore[attr-defined]
    return owner is not None and request.user.is_authenticated and request.user.pk == owner


def _granted(request: HttpRequest) -> list[str]:
    try:
        found = signing.loads(request.COOKIES.get(grant_name(), ""), salt=_SALT, max_age=GRANT_SECONDS)
    except signing.BadSignature:
        return []
    return [str(each) for each in found]
