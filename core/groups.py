"""Django's groups and permissions, written from the pages of core.rights."""

from django.contrib.auth.models import Group, Permission
from django.db.models import Q

from core.rights import PAGES


def write_groups() -> int:
    """Give every role's group exactly the permissions of its pages. Returns the number of groups."""
    for role, pages in PAGES.items():
        group, _made = Group.objects.get_or_create(name=role)
        group.permissions.set(permissions_of(pages))
    return len(PAGES)


def permissions_of(pages: list[tuple[str, str]]) -> list[Permission]:
    """The permissions that open these pages. Pages of apps that are not there open nothing."""
    wanted = Q(pk__in=[])
    for verb, place in pages:
        app, _dot, model = place.partition(".")
        match = Q(codename=f"{verb}_{model}") if model else Q(codename__startswith=f"{verb}_")
        wanted |= match if app == "*" else match & Q(content_type__app_label=app)
    return list(Permission.objects.filter(wanted))
