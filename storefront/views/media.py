"""Pictures, where no front server hands them out: only names that `add_picture` makes."""

import re
from typing import Final

from django.core.files.storage import default_storage
from django.http import FileResponse, Http404, HttpRequest
from django.http.response import HttpResponseBase
from django.views.decorators.http import require_safe

_NAME: Final = re.compile(r"[0-9a-f]{24}-(?:400|800|1200)\.(?P<ending>avif|webp|jpg)")
_TYPES: Final = {"avif": "image/avif", "webp": "image/webp", "jpg": "image/jpeg"}


@require_safe
def picture(request: HttpRequest, name: str) -> HttpResponseBase:
    """A rendition; its name is made from its contents, so it never changes."""
    match = _NAME.fullmatch(name)
    if match is None or not default_storage.exists(f"products/{name}"):
        raise Http404
    response = FileResponse(
        default_storage.open(f"products/{name}"), content_type=_TYPES[match.group("ending")]
    )
    response["Cache-Control"] = "public, max-age=31536000, immutable"
    return response
