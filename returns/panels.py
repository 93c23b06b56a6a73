"""What the returns desk puts on desks, on orders' pages and into the search."""

from collections.abc import Iterable
from datetime import timedelta
from typing import Any

from django.db.models import Q, QuerySet
from django.utils.translation import gettext_lazy as _

from core import rights
from core.admin.lists import warehouses_seen
from core.desk import (
    Finder,
    Found,
    Panel,
    Queue,
    document_link,
    name_facts,
    offer_finder,
    offer_panel,
    offer_queue,
)
from core.roles import CUSTOMER_SERVICE, FINANCE, WAREHOUSE
from returns.models import ReturnCase

name_facts({kind.value: kind.label for kind in ReturnCase.Kind if kind != ReturnCase.Kind.LOST})
name_facts(
    {
        "ReturnRequested": _("Return asked for"),
        "ReturnApproved": _("Return approved"),
        "ReturnSettled": _("Return settled"),
    }
)


def _cases(user: Any) -> QuerySet[ReturnCase]:
    places = warehouses_seen(user)
    return ReturnCase.objects.all() if places is None else ReturnCase.objects.filter(warehouse__in=places)


for code, title, role, rows, hours, icon in [
    (
        "returns-to-answer",
        _("returns to answer"),
        CUSTOMER_SERVICE,
        lambda user: _cases(user).filter(status="requested"),
        24,
        "rule",
    ),
    (
        "returns-awaited",
        _("returns awaited"),
        WAREHOUSE,
        lambda user: _cases(user).filter(status="approved").exclude(kind="lost"),
        240,
        "move_to_inbox",
    ),
    (
        "returns-to-inspect",
        _("returns to inspect"),
        WAREHOUSE,
        lambda user: _cases(user).filter(status="received"),
        24,
        "search_check",
    ),
    (
        "lost-to-settle",
        _("lost parcels to settle"),
        FINANCE,
        lambda user: _cases(user).filter(kind="lost", status="approved"),
        72,
        "report_off",
    ),
]:
    offer_queue(
        Queue(
            code,
            title,
            "returns.ReturnCase",
            frozenset({role}),
            rows,
            "opened_at",
            timedelta(hours=hours),
            icon,
        )
    )


def _of_order(user: Any, order: Any) -> dict[str, Any]:
    lines = [
        {"line": line, "most": line.delivered_quantity - line.returned_quantity}
        for line in order.lines.all().order_by("pk")
    ]
    return {
        "cases": ReturnCase.objects.filter(order_id=order.pk).order_by("pk"),
        "lines": [one for one in lines if one["most"] > 0],
        "may_open": rights.allowed(user, "returns.open_return"),
        "order": order,
    }


offer_panel("order", Panel("backoffice/returns/of_order.html", "returns.view_returncase", _of_order))


def _find(user: Any, text: str) -> Iterable[Found]:
    match = Q(number__istartswith=text)
    if text.isdigit():
        match |= Q(number__endswith=text)
    return [
        Found(
            case.number,
            f"{_('return')} · {case.get_status_display()}",
            document_link("return", case.pk) or "",
        )
        for case in _cases(user).filter(match).order_by("-pk")[:10]
    ]


offer_finder(Finder("returns.view_returncase", "assignment_return", _find))
