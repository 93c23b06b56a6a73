"""What lists of the back office share: the queue filter, places, sums of queries that stay small."""

from collections.abc import Iterable
from datetime import datetime
from typing import Any

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.html import format_html
from django.utils.translation import gettext_lazy as _
from unfold.decorators import display

from core import clock, desk, origins
from core.models import RoleGrant


class QueueFilter(admin.SimpleListFilter):
    """The rows of a queue on somebody's home page, exactly."""

    title = _("work queue")
    parameter_name = "queue"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, Any]]:
        return [(queue.code, queue.title) for queue in desk.queues_of_model(model_admin.model)]

    def queryset(self, request: HttpRequest, rows: QuerySet[Any]) -> QuerySet[Any]:
        chosen = {queue.code: queue for queue in desk.queues_of_model(rows.model)}.get(self.value() or "")
        return rows.filter(pk__in=chosen.rows(request.user).order_by().values("pk")) if chosen else rows


def short(at: datetime | None) -> str:
    """A moment in as little room as a list has: the year only when it is another one."""
    if at is None:
        return ""
    local = timezone.localtime(at)
    return date_format(local, "m-d H:i" if local.year == clock.today().year else "Y-m-d")


def warehouses_seen(user: Any) -> set[int] | None:
    """Ids of the warehouses that a person's roles are narrowed to; None when any role holds everywhere."""
    if user.is_superuser:
        return None
    places = set(RoleGrant.objects.filter(user=user, revoked_at=None).values_list("warehouse", flat=True))
    return None if None in places or not places else {place for place in places if place is not None}


class NamedDocuments:
    """Lists whose rows speak of documents by origin: shown by number, linked for whom may open them."""

    def get_changelist_instance(self, request: HttpRequest) -> Any:
        found = super().get_changelist_instance(request)  # type: ignore[misc]
        keys = [(row.origin_kind, row.origin_id) for row in found.result_list]
        shown = shown_documents(request.user, keys)
        for row, key in zip(found.result_list, keys, strict=True):
            row.document_shown = shown[key]
        return found

    @display(description=_("document"))
    def named_document(self, row: Any) -> str:
        if not hasattr(row, "document_shown"):
            key = (row.origin_kind, row.origin_id)
            return document_names([key])[key]
        return row.document_shown


Key = tuple[str, int | None]


def document_names(keys: Iterable[Key]) -> dict[Key, str]:
    """What people call these documents: by their number or, where there is none, by kind and id."""
    wanted = set(keys)
    numbered = {kind for kind, known in origins.kinds().items() if known.number not in ("pk", "id")}
    numbers = origins.numbers(key for key in wanted if key[0] in numbered)
    titles = origins.titles()
    plain = {(kind, id): f"{titles.get(kind, kind)} {id}" if kind and id else "" for kind, id in wanted}
    return plain | numbers


def shown_documents(user: Any, keys: Iterable[Key]) -> dict[Key, str]:
    """Their names, as links for whom may open their pages."""
    return {key: shown_document(user, *key, name) for key, name in document_names(keys).items()}


def shown_document(user: Any, kind: str, id: int | None, name: str) -> str:
    """A document's name, as a link for whom may open its page."""
    link = desk.document_link(kind, id)
    if not name or link is None or not user.has_perm(desk.view_permission(kind)):
        return name
    return format_html('<a href="{}" class="list-link">{}</a>', link, name)
