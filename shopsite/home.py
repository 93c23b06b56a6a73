"""The first page of the back office: what waits for this person, and the doors used most."""

from typing import Any

from django.http import HttpRequest
from django.utils.translation import gettext as _

from core import desk
from shopsite.navigation import doors


def show_desks(request: HttpRequest, context: dict[str, Any]) -> dict[str, Any]:
    """Queues of the person's roles with count and age (unfold's dashboard callback)."""
    desks = desk.desks(request.user)
    user: Any = request.user
    return context | {
        "title": _("My desk"),
        "desks": desks,
        "waiting": sum(figure.count for _role, figures in desks for figure in figures),
        "person": user.get_full_name() or user.get_username(),
        "doors": doors(request),
    }
