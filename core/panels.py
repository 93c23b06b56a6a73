"""What the kernel puts on desks: signatures, work that failed, events that are stuck."""

from datetime import timedelta

from django.utils.translation import gettext_lazy as _

from core import approvals
from core.desk import Queue, name_facts, offer_queue
from core.models import EventDelivery, Job
from core.roles import BUYER, CUSTOMER_SERVICE, FINANCE, MANAGER, WAREHOUSE

name_facts({"ApprovalDecided": _("Approval decided")})
offer_queue(
    Queue(
        "my-approvals",
        _("waiting for my signature"),
        "core.ApprovalRequest",
        frozenset({MANAGER, FINANCE, CUSTOMER_SERVICE, WAREHOUSE, BUYER}),
        approvals.waiting_for,
        "requested_at",
        timedelta(hours=24),
        "approval",
    )
)
offer_queue(
    Queue(
        "failed-jobs",
        _("jobs that failed"),
        "core.Job",
        frozenset({MANAGER}),
        lambda user: Job.objects.filter(state=Job.State.FAILED),
        "created_at",
        timedelta(hours=24),
        "sync_problem",
    )
)
offer_queue(
    Queue(
        "parked-events",
        _("events that are stuck"),
        "core.EventDelivery",
        frozenset({MANAGER}),
        lambda user: EventDelivery.objects.filter(state=EventDelivery.State.PARKED),
        "event__occurred_at",
        timedelta(hours=1),
        "outbox",
    )
)
