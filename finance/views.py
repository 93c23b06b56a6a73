"""Doors for payment providers. They translate; the services decide."""

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.views.decorators.cache import never_cache
from django.views.decorators.csrf import csrf_exempt

from finance import services
from finance.models import PaymentIntent

MOST_BYTES = 64 * 1024


@csrf_exempt
@never_cache
def notify(request: HttpRequest, provider: str) -> HttpResponse:
    """The provider tells us something. Proof is in the body, never in who calls (F25)."""
    body = request.read(MOST_BYTES + 1)
    answer = services.handle_notification(
        provider=provider, method=request.method or "", headers=request.headers, body=body
    )
    return HttpResponse(answer, content_type="text/plain")


@never_cache
def come_back(request: HttpRequest, provider: str) -> HttpResponse:
    """The shopper comes back. What the address says proves nothing: the provider is asked."""
    intent = PaymentIntent.objects.filter(
        merchant_ref=request.GET.get("out_trade_no", ""), provider__code=provider
    ).first()
    if intent is None:
        return redirect("/")
    if intent.state in PaymentIntent.LIVE:
        services.query_intent(intent_id=intent.pk)
    return redirect(settings.AFTER_PAYMENT_URL.format(payment=intent.public_id))
