"""The sidebar by task, not by model: what a role may not open it does not see."""

from typing import Any

from django.http import HttpRequest
from django.urls import NoReverseMatch, reverse
from django.utils.translation import gettext_lazy as _

# (group, [(title, icon, url name, permission)])
GROUPS: list[tuple[Any, list[tuple[Any, str, str, str]]]] = [
    (
        _("System"),
        [
            (_("Staff and users"), "group", "admin:crm_user_changelist", "crm.view_user"),
        ],
    ),
]


def sidebar(request: HttpRequest) -> list[dict[str, Any]]:
    """The groups with the entries that this user may open."""
    groups = []
    for title, entries in GROUPS:
        items = [
            {"title": entry, "icon": icon, "link": link}
            for entry, icon, name, permission in entries
            if (link := _link(name)) and request.user.has_perm(permission)
        ]
        if items:
            groups.append({"title": title, "separator": True, "items": items})
    return groups


def _link(name: str) -> str | None:
    try:
        return reverse(name)
    except NoReverseMatch:
        return None
