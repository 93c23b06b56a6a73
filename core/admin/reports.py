"""Reports on screen: a period is chosen, a job reads it, the page shows rows, chart and tie to the ledger."""

import json
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

from django import forms
from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.core.files.storage import storages
from django.http import FileResponse, Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.template.response import TemplateResponse
from django.urls import path, reverse
from django.utils import translation
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from core import charts, clock, jobs
from core.admin.documents import may
from core.errors import DomainError
from core.models import Job, LegalEntity
from core.reporting import scope_of
from core.reports import Report, all_reports
from core.reports import report as report_of

ORDER = ["payments", "cod", "freight", "refunds", "ageing", "stock", "ledger"]


def _days(first: date, last: date) -> dict[str, str]:
    return {"from": first.isoformat(), "to": last.isoformat()}


def presets() -> list[tuple[Any, dict[str, str]]]:
    """The periods that are asked for most."""
    today = clock.today()
    month = today.replace(day=1)
    before = month - timedelta(days=1)
    return [
        (_("Today"), _days(today, today)),
        (_("Last 7 days"), _days(today - timedelta(days=6), today)),
        (_("This month"), _days(month, today)),
        (_("Last month"), _days(before.replace(day=1), before)),
        (_("This year"), _days(today.replace(month=1, day=1), today)),
    ]


def _entities() -> list[tuple[str, str]]:
    return [(row.code, row.name) for row in LegalEntity.objects.order_by("-is_default", "code")]


class _Day(forms.DateInput):
    input_type = "date"

    def __init__(self) -> None:
        super().__init__(format="%Y-%m-%d")


class PeriodForm(forms.Form):
    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["from"] = forms.DateField(label=_("From"), widget=_Day())
        self.fields["to"] = forms.DateField(label=_("To, included"), widget=_Day())
        self.fields["entity"] = forms.ChoiceField(label=_("Legal entity"), choices=_entities)


class ReportPages:
    """Pages of JobAdmin for reports; each report names the right that opens it."""

    admin_site: Any

    def report_urls(self) -> list[Any]:
        wrap = self.admin_site.admin_view
        return [
            path("reports/", wrap(self.first_report), name="core_job_reports"),
            path("reports/<slug:name>/", wrap(self.show_report), name="core_job_report"),
            path("<int:pk>/files/<str:name>", wrap(self.send_file), name="core_job_file"),
        ]

    def first_report(self, request: HttpRequest) -> HttpResponse:
        """The first report that the person may see."""
        mine = self._reports(request)
        if not mine:
            raise PermissionDenied
        return HttpResponseRedirect(reverse("admin:core_job_report", args=[mine[0].name]))

    def show_report(self, request: HttpRequest, name: str) -> HttpResponse:
        """The page of one report: choose, wait, look."""
        report = self._report(request, name)
        job = self._asked_run(request, name)
        if request.method == "POST":
            form = PeriodForm(request.POST)
            if form.is_valid() and (started := self._start(request, name, form.cleaned_data)):
                return HttpResponseRedirect(f"{request.path}?job={started.pk}")
            return self._report_page(request, report, form, job, status=422)
        chosen = job.parameters if job else self._asked(request)
        return self._report_page(request, report, PeriodForm(initial=chosen), job)

    def send_file(self, request: HttpRequest, pk: int, name: str) -> FileResponse:
        """One of the files of a report, for whoever may see the report."""
        job = Job.objects.filter(pk=pk, kind="show_report", state=Job.State.DONE).first()
        file = ((job.result or {}).get("files") or {}).get(name) if job else None
        if job is None or file is None or name == "page.json":
            raise Http404
        self._report(request, job.parameters["report"])
        return FileResponse(storages["private"].open(file), as_attachment=True, filename=name)

    def _report_page(
        self, request: HttpRequest, report: Report, form: PeriodForm, job: Job | None, status: int = 200
    ) -> HttpResponse:
        context = {
            **self.admin_site.each_context(request),
            "title": report.title,
            "report": report,
            "reports": self._reports(request),
            "form": form,
            "presets": presets(),
            "recent": self._recent(request, report.name),
            "job": job,
            "active": bool(job and job.state in Job.ACTIVE),
            "progress": job.progress if job else None,
            **(self._content(report, job) if job and job.state == Job.State.DONE else {}),
        }
        return TemplateResponse(request, "backoffice/core/report.html", context, status=status)

    def _content(self, report: Report, job: Job) -> dict[str, Any]:
        files = (job.result or {}).get("files") or {}
        if "page.json" not in files:
            return {}
        with storages["private"].open(files["page.json"]) as file:
            page = json.loads(file.read())
        series = [(label, Decimal(amount)) for label, amount in page["series"]]
        return {
            "page": page,
            "tie": [
                {
                    "title": column["title"],
                    "total": Decimal(page["totals"][column["key"]]),
                    "is_money": column["kind"] == "money",
                    "ledger": Decimal(ledger)
                    if (ledger := page["ledger_totals"].get(column["key"]))
                    else None,
                    "gap": Decimal(page["differences"].get(column["key"], 0)),
                }
                for column in page["columns"]
                if column["key"] in page["totals"]
            ],
            "chart": charts.draw(series, kind=report.chart),
            "downloads": [
                (name.rpartition(".")[2].upper(), reverse("admin:core_job_file", args=[job.pk, name]))
                for name in files
                if name != "page.json"
            ],
        }

    def _start(self, request: HttpRequest, name: str, values: dict[str, Any]) -> Job | None:
        asked = {
            "report": name,
            "from": values["from"].isoformat(),
            "to": values["to"].isoformat(),
            "entity": values["entity"],
            "language": translation.get_language() or "",
        }
        try:
            scope_of(asked)
        except DomainError as error:
            messages.error(request, str(error))
            return None
        return jobs.start_job("show_report", parameters=asked, by=request.user)

    def _asked_run(self, request: HttpRequest, name: str) -> Job | None:
        """The run that the address names; without one, or with a foreign one, none."""
        number = request.GET.get("job", "")
        rows = Job.objects.select_related("progress").filter(kind="show_report", parameters__report=name)
        return rows.filter(pk=int(number)).first() if number.isdigit() and len(number) < 19 else None

    def _recent(self, request: HttpRequest, name: str) -> list[Job]:
        rows = Job.objects.filter(kind="show_report", parameters__report=name).select_related("created_by")
        return list(rows.order_by("-id")[:8])

    def _asked(self, request: HttpRequest) -> dict[str, str]:
        month = dict(presets()[2][1])
        return {key: request.GET.get(key, value) for key, value in month.items()}

    def _reports(self, request: HttpRequest) -> list[Report]:
        rank = {name: at for at, name in enumerate(ORDER)}
        mine = [report for report in all_reports() if may(request, report.right)]
        return sorted(mine, key=lambda report: (rank.get(report.name, len(rank)), report.name))

    def _report(self, request: HttpRequest, name: str) -> Report:
        try:
            found = report_of(name)
        except LookupError:
            raise Http404(gettext("There is no such report.")) from None
        if not may(request, found.right):
            raise PermissionDenied
        return found
