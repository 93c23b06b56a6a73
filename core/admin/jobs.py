from io import BytesIO
from typing import Any

from django.contrib import admin, messages
from django.core.files.storage import storages
from django.db.models import Q, QuerySet
from django.http import FileResponse, Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import path, reverse
from django.utils.html import format_html
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_POST
from unfold.decorators import display

from core import clock, jobs, rights
from core.admin.base import ShownInline, ShownModelAdmin, through
from core.admin.documents import may
from core.admin.lists import QueueFilter
from core.admin.reports import ReportPages
from core.admin.uploads import UploadPages, document_of, reading_of, told
from core.intake import intake_of_job
from core.job_kinds import is_known, rights_of_kinds, title_of
from core.models import Job, JobError
from core.reports import Column, CsvReport, Heading


class JobErrorInline(ShownInline):
    model = JobError
    fields = ["row", "column", "said"]
    readonly_fields = ["said"]
    ordering = ["row", "column"]
    per_page = 50

    def has_view_permission(self, request: HttpRequest, obj: Job | None = None) -> bool:
        """They are part of the job: who has come to its page may see them, as in their CSV."""
        return True

    @display(description=_("message"))
    def said(self, error: JobError) -> str:
        return error.told


@admin.register(Job)
class JobAdmin(UploadPages, ReportPages, ShownModelAdmin):
    """Long work: a bar that goes on after the page is left, row errors, the result, cancel and repeat.

    Everybody sees the jobs that he started and those of kinds whose right he has; who may stop any job
    sees all of them.
    """

    list_display = ["title", "state_label", "bar", "starter", "created_at", "finished_at"]
    list_filter = [QueueFilter, "state", "kind"]
    list_select_related = ["progress", "created_by"]
    ordering = ["-id"]
    readonly_fields = ["starter"]
    fields = [
        "kind", "parameters", "state", "attempts", "result", "error", "starter", "created_at",
        "started_at", "finished_at",
    ]  # fmt: skip
    change_form_outer_before_template = "backoffice/core/job.html"

    @display(description=_("job"))
    def title(self, job: Job) -> str:
        return str(job)

    @display(description=_("started by"), ordering="created_by")
    def starter(self, job: Job) -> str:
        return str(job.created_by or "")

    @display(
        description=_("state"),
        label={"queued": "info", "running": "warning", "done": "success", "failed": "danger"},
    )
    def state_label(self, job: Job) -> tuple[str, Any]:
        return job.state, job.get_state_display()

    @display(description=_("progress"))
    def bar(self, job: Job) -> str:
        done, total = job.progress.done, job.progress.total
        if not total:
            return str(done)
        return format_html('<progress value="{}" max="{}"></progress> {}/{}', done, total, done, total)

    def get_queryset(self, request: HttpRequest) -> QuerySet[Job]:
        rows = super().get_queryset(request).select_related("progress")
        if may(request, "core.cancel_job"):
            return rows
        closed = [kind for kind, right in rights_of_kinds().items() if not may(request, right)]
        return rows.filter(~Q(kind__in=closed) | Q(created_by=request.user.pk))

    def get_fields(self, request: HttpRequest, obj: Job | None = None) -> list[str]:
        """Parameters and result as they are stored say nothing where the page shows them in words."""
        if obj is not None and (intake_of_job(obj.kind) or obj.kind == "show_report"):
            return [name for name in self.fields if name not in ("kind", "parameters", "result", "error")]
        return list(self.fields)

    def get_inlines(self, request: HttpRequest, obj: Job | None) -> list[Any]:
        """Row errors only where there are some: an empty table asks what should stand in it."""
        return [JobErrorInline] if obj is not None and obj.errors.exists() else []

    def get_urls(self) -> list[Any]:
        view = self.admin_site.admin_view
        return [
            *self.upload_urls(),
            *self.report_urls(),
            path("<int:pk>/progress/", view(self.show_progress), name="core_job_progress"),
            path("<int:pk>/errors.csv", view(self.send_errors), name="core_job_errors"),
            path("<int:pk>/result/", view(self.send_result), name="core_job_result"),
            path("<int:pk>/cancel/", view(require_POST(self.cancel)), name="core_job_cancel"),
            path("<int:pk>/retry/", view(require_POST(self.retry)), name="core_job_retry"),
            *super().get_urls(),
        ]

    def change_view(self, request: HttpRequest, object_id: str, *args: Any, **kwargs: Any) -> HttpResponse:
        job = self.get_object(request, object_id)
        if job and request.GET.get("open") and job.state == Job.State.DONE and (page := document_of(job)):
            level = messages.WARNING if (job.result or {}).get("already") else messages.SUCCESS
            messages.add_message(request, level, told(job))
            return HttpResponseRedirect(page)
        if job and (report := report_link(job)):
            return HttpResponseRedirect(report)
        extra = self._figures(request, job) | reading_of(job) if job else {}
        return super().change_view(request, object_id, *args, **kwargs | {"extra_context": extra})

    def show_progress(self, request: HttpRequest, pk: int) -> HttpResponse:
        """The bar alone, asked for by the page every second."""
        job = self._visible(request, pk)
        return render(request, "backoffice/core/job_bar.html", self._figures(request, job))

    def send_errors(self, request: HttpRequest, pk: int) -> HttpResponse:
        """Row errors as CSV that spreadsheets open without running anything."""
        job = self._visible(request, pk)
        out = BytesIO()
        columns = [
            Column("row", _("row"), "id", 8),
            Column("column", _("column"), "text", 20),
            Column("message", _("message"), "text", 60),
        ]
        found = [(error.row, error.column, error.told) for error in job.errors.order_by("row", "column")]
        CsvReport(out, columns, zone=clock.zone()).write(Heading(title_of(job.kind)), found)
        response = HttpResponse(out.getvalue(), content_type=CsvReport.content_type)
        response["Content-Disposition"] = f'attachment; filename="job-{job.pk}-errors.csv"'
        return response

    def send_result(self, request: HttpRequest, pk: int) -> FileResponse:
        """The file that the job has made, for whoever started it and whoever may cancel jobs."""
        job = self._visible(request, pk)
        mine = job.created_by_id == request.user.pk
        right = rights_of_kinds().get(job.kind, "core.cancel_job")
        if not job.result_file or not (mine or rights.allowed(request.user, right)):
            raise Http404
        if job.kind == "show_report":
            raise Http404  # its files have doors of their own
        file = storages["private"].open(job.result_file)
        return FileResponse(file, as_attachment=True, filename=job.result_file.rpartition("/")[2])

    def cancel(self, request: HttpRequest, pk: int) -> HttpResponse:
        return self._act(request, pk, lambda: jobs.cancel_job(job_id=pk), _("The job is being stopped."))

    def retry(self, request: HttpRequest, pk: int) -> HttpResponse:
        return self._act(request, pk, lambda: jobs.retry_job(job_id=pk), _("The job is queued again."))

    def _act(self, request: HttpRequest, pk: int, work: Any, done: Any) -> HttpResponse:
        job = self._visible(request, pk)

        def permitted() -> None:
            if job.created_by_id != request.user.pk:
                rights.require(request.user, "core.cancel_job")
            work()

        through(request, permitted, done)
        return HttpResponseRedirect(reverse("admin:core_job_change", args=[pk]))

    def _visible(self, request: HttpRequest, pk: int) -> Job:
        job = self.get_object(request, str(pk))
        if job is None or not self.has_view_permission(request, job):
            raise Http404
        return job

    def _figures(self, request: HttpRequest, job: Job) -> dict[str, Any]:
        return {
            "job": job,
            "progress": job.progress,
            "failed_rows": job.errors.count(),
            "active": job.state in Job.ACTIVE,
            "repeatable": job.state == Job.State.FAILED and is_known(job.kind),
            "report_url": report_link(job),
            "stuck": jobs.find_stuck().filter(pk=job.pk).exists(),
        }


def report_link(job: Job) -> str | None:
    """The page of the report that a job reads."""
    if job.kind != "show_report":
        return None
    return reverse("admin:core_job_report", args=[job.parameters["report"]]) + f"?job={job.pk}"
