"""The sidebar by task, not by model: what a role may not open it does not see."""

from typing import Any

from django.http import HttpRequest
from django.urls import NoReverseMatch, reverse
from django.utils.translation import gettext_lazy as _

# (group, [(title, icon, url name, permission)])
GROUPS: list[tuple[Any, list[tuple[Any, str, str, str]]]] = [
    (
        _("Customers"),
        [
            (_("Customers"), "person", "admin:crm_customer_changelist", "crm.view_customer"),
            (_("Messages"), "mail", "admin:crm_message_changelist", "crm.view_message"),
            (
                _("Message texts"),
                "edit_note",
                "admin:crm_messagetemplate_changelist",
                "crm.view_messagetemplate",
            ),
        ],
    ),
    (
        _("Work"),
        [
            (
                _("Approvals"),
                "approval",
                "admin:core_approvalrequest_changelist",
                "core.view_approvalrequest",
            ),
            (_("Jobs"), "pending_actions", "admin:core_job_changelist", "core.view_job"),
        ],
    ),
    (
        _("System"),
        [
            (_("Staff and users"), "group", "admin:crm_user_changelist", "crm.view_user"),
            (_("Roles of people"), "badge", "admin:core_rolegrant_changelist", "core.view_rolegrant"),
            (
                _("Approval policies"),
                "rule",
                "admin:core_approvalpolicy_changelist",
                "core.view_approvalpolicy",
            ),
            (_("Outbox"), "outbox", "admin:core_eventdelivery_changelist", "core.view_eventdelivery"),
            (_("Periodic work"), "schedule", "admin:core_periodicrun_changelist", "core.view_periodicrun"),
            (_("Workers' pulses"), "ecg_heart", "admin:core_heartbeat_changelist", "core.view_heartbeat"),
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
