"""The door for couriers' pushes. It translates; the services decide."""

import logging

from django.http import Http404, HttpRequest, HttpResponse, JsonResponse
from django.views.decorators.cache import never_cache
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_POST

from logistics import services
from logistics.gateways.base import ForgedPush
from logistics.gateways.kuaidi100 import ACCEPTED
from logistics.models import Courier

security = logging.getLogger("shopsite.security")
MOST_BYTES = 256 * 1024


@csrf_exempt
@never_cache
@require_POST
def push(request: HttpRequest, courier: str) -> HttpResponse:
    """A courier tells us where a parcel is. Proof is in the body, never in who calls (F25)."""
    if not Courier.objects.filter(code=courier).exists():
        raise Http404
    body = request.read(MOST_BYTES + 1)
    if len(body) > MOST_BYTES:
        return JsonResponse({"result": False, "returnCode": "413"}, status=413)
    try:
        services.handle_push(courier_code=courier, raw=body)
    except ForgedPush as refusal:
        security.warning("a push in the name of courier %s was rejected: %s", courier, refusal)
        return JsonResponse({"result": False, "returnCode": "403"}, status=403)
    return JsonResponse(ACCEPTED)
