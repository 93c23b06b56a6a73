from typing import Any

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext
from unfold.decorators import action, display

from core import events, rights
from core.admin.base import ShownModelAdmin, through
from core.admin.lists import QueueFilter
from core.models import Event, EventDelivery, Heartbeat, PeriodicRun


@admin.register(EventDelivery)
class EventDeliveryAdmin(ShownModelAdmin):
    """The outbox: what waits, what is parked, and the button that gives it another try."""

    list_display = ["event", "handler", "state_label", "attempts", "due_at", "done_at"]
    list_filter = [QueueFilter, "state", "handler"]
    list_select_related = ["event"]
    search_fields = ["=about_id", "handler"]
    ordering = ["-event_id"]
    actions = ["replay"]
    show_full_result_count = False

    @display(description=_("state"), label={"due": "warning", "done": "success", "parked": "danger"})
    def state_label(self, row: EventDelivery) -> tuple[str, Any]:
        return row.state, row.get_state_display()

    def has_replay_permission(self, request: HttpRequest) -> bool:
        return rights.allowed(request.user, "core.replay_events")

    @action(description=_("Try parked deliveries again"), permissions=["replay"])
    def replay(self, request: HttpRequest, rows: QuerySet[EventDelivery]) -> None:
        ids = list(rows.values_list("pk", flat=True))
        through(
            request,
            lambda: events.replay(ids),
            ngettext("%d delivery was looked at.", "%d deliveries were looked at.", len(ids)) % len(ids),
        )


@admin.register(Event)
class EventAdmin(ShownModelAdmin):
    list_display = ["name", "about_kind", "about_id", "occurred_at", "actor"]
    list_filter = ["name", "about_kind"]
    search_fields = ["=about_id"]
    ordering = ["-id"]
    show_full_result_count = False


@admin.register(PeriodicRun)
class PeriodicRunAdmin(ShownModelAdmin):
    list_display = ["job", "period_start", "state", "started_at", "finished_at"]
    list_filter = ["state", "job"]
    ordering = ["-period_start"]


@admin.register(Heartbeat)
class HeartbeatAdmin(ShownModelAdmin):
    list_display = ["queue", "at"]
