"""Bulk actions: the chosen rows become one job, whose page shows what each row came to."""

from typing import Any

from django.contrib import messages
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse
from django.utils.translation import gettext as _

from core import jobs


def start_on_selected(request: HttpRequest, kind: str, rows: QuerySet[Any]) -> HttpResponse:
    """Start a job over exactly the chosen rows, filter included, and go to its page."""
    ids = list(rows.order_by("pk").values_list("pk", flat=True))
    job = jobs.start_job(kind, parameters={"ids": ids}, by=request.user)
    messages.success(request, _("%(count)s rows are being worked on.") % {"count": len(ids)})
    return HttpResponseRedirect(reverse("admin:core_job_change", args=[job.pk]))
