"""Files that arrive: one page to send them in, and what became of each, on the page of its job."""

from typing import Any

from django import forms
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.template.response import TemplateResponse
from django.urls import path, reverse
from django.utils.html import format_html
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from core import desk, intake, reasons
from core.admin.documents import may
from core.errors import DomainError
from core.intake import Intake
from core.models import Job
from core.tabular import RefusedFile, titles_of
from core.tabular.limits import MIB


class FileForm(forms.Form):
    """Whose file, which file; the rest only where the kind of file knows it."""

    owner = forms.TypedChoiceField(coerce=int)
    file = forms.FileField(label=_("File"), max_length=200, allow_empty_file=True)
    period = forms.RegexField(
        label=_("Month"),
        regex=r"^\d{4}-(0[1-9]|1[0-2])$",
        required=False,
        help_text=_("Only if the file must be of this month, such as 2026-09."),
        error_messages={"invalid": _("Write the month as 2026-09.")},
        widget=forms.TextInput(attrs={"type": "month", "placeholder": "2026-09"}),
    )
    columns = forms.CharField(
        label=_("Columns"),
        max_length=500,
        required=False,
        help_text=_("Only if the titles are not found: waybill=TITLE, amount=TITLE, weight=TITLE, cod=TITLE"),
    )
    dry_run = forms.BooleanField(
        label=_("Only check: report the figures and keep nothing"),
        required=False,
    )

    def __init__(self, kind: Intake, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        owners = list(kind.owners())
        self.fields["owner"].label = kind.owner_label
        self.fields["owner"].choices = owners if len(owners) == 1 else [("", "—"), *owners]
        self.fields["file"].widget.attrs |= {"data-limit": kind.limit, "autofocus": True}
        for name in ("period", "columns"):
            if name not in kind.options:
                del self.fields[name]

    def clean_columns(self) -> str:
        """Refused here, on the field, what the reader would refuse of it later."""
        typed: str = self.cleaned_data["columns"]
        try:
            titles_of(typed)
        except RefusedFile as error:
            raise forms.ValidationError(str(error)) from error
        return typed

    def options(self) -> dict[str, str]:
        return {name: self.cleaned_data.get(name, "") for name in ("period", "columns")}


class UploadPages:
    """Pages of JobAdmin for files; each kind of file names the right that opens it."""

    admin_site: Any

    def upload_urls(self) -> list[Any]:
        view = self.admin_site.admin_view(self.show_upload)
        return [path("upload/", view, name="core_job_upload")]

    def show_upload(self, request: HttpRequest) -> HttpResponse:
        """Choose the kind, whose file it is and the file; sending it starts a job and leads to its page."""
        mine = [kind for kind in intake.intakes() if may(request, kind.right)]
        if not mine:
            raise PermissionDenied
        wanted = request.GET.get("kind", mine[0].code)
        kind = next((each for each in mine if each.code == wanted), None)
        if kind is None:
            raise PermissionDenied
        if request.method != "POST":
            empty = FileForm(kind, initial={"owner": request.GET.get("owner")})
            return self._upload_page(request, mine, kind, empty)
        form = FileForm(kind, request.POST, request.FILES)
        if form.is_valid():
            upload = form.cleaned_data["file"]
            try:
                job = intake.send_file(
                    code=kind.code,
                    owner=form.cleaned_data["owner"],
                    file=upload,
                    filename=upload.name,
                    by=request.user,
                    dry_run=form.cleaned_data["dry_run"],
                    options=form.options(),
                )
            except DomainError as error:
                form.add_error(error.context.get("column"), str(error))
            else:
                return HttpResponseRedirect(reverse("admin:core_job_change", args=[job.pk]) + "?open=1")
        return self._upload_page(request, mine, kind, form, status=422)

    def _upload_page(
        self, request: HttpRequest, mine: list[Intake], kind: Intake, form: FileForm, status: int = 200
    ) -> HttpResponse:
        jobs = Job.objects.filter(kind__in=[each.job for each in mine]).select_related("created_by")
        context = {
            **self.admin_site.each_context(request),
            "title": gettext("Send in a file"),
            "kinds": mine,
            "kind": kind,
            "form": form,
            "limit": kind.limit // MIB,
            "recent": [sent_row(job) for job in jobs.order_by("-id")[:15]],
        }
        return TemplateResponse(request, "backoffice/core/upload.html", context, status=status)


def sent_row(job: Job) -> dict[str, Any]:
    """One line of *sent in lately*."""
    kind = intake.intake_of_job(job.kind)
    result = job.result or {}
    return {
        "job": job,
        "title": kind.title if kind else job.kind,
        "filename": job.parameters.get("filename", ""),
        "link": document_of(job) or reverse("admin:core_job_change", args=[job.pk]),
        "refusal": result.get("refusal", ""),
        "already": result.get("already", False),
        "rejected": result.get("rejected", 0),
        "dry_run": job.parameters.get("dry_run", False),
    }


def document_of(job: Job) -> str | None:
    """The page of the document that a file became."""
    found = (job.result or {}).get("document")
    return desk.document_link(*found) if found and not job.parameters.get("dry_run") else None


def reading_of(job: Job) -> dict[str, Any]:
    """What a job's page shows of the file that it read."""
    kind = intake.intake_of_job(job.kind)
    if kind is None:
        return {}
    result = job.result or {}
    figures, names = result.get("figures", {}), kind.outcome_names()
    owner = dict(kind.owners()).get(job.parameters.get("owner", 0), "")
    return {
        "reading": result
        | {"problems": [found | {"problem": _why(found)} for found in result.get("problems", ())]},
        "kind": kind,
        "owner": owner,
        "figures": [(label, figures[key]) for key, label in kind.labels.items() if key in figures],
        "outcomes": [(names.get(code, code), count) for code, count in result.get("outcomes", {}).items()],
        "document_url": document_of(job),
        "again_url": reverse("admin:core_job_upload") + f"?kind={kind.code}&owner={job.parameters['owner']}",
    }


def _why(found: dict[str, Any]) -> str:
    return reasons.told(found.get("why"), found.get("problem", ""))


def told(job: Job) -> str:
    """One sentence on a file that was read, said on the page of what it became."""
    result = job.result or {}
    if result.get("already"):
        return gettext("%(file)s is known already: nothing was added. This is what it became.") % {
            "file": job.parameters["filename"]
        }
    rows = result.get("figures", {}).get("rows", 0)
    text = gettext("%(file)s is read: %(rows)s rows.") % {"file": job.parameters["filename"], "rows": rows}
    if result.get("rejected"):
        text = format_html(
            '{} {} <a href="{}">{}</a>',
            text,
            gettext("%(count)s of them could not be taken:") % {"count": result["rejected"]},
            reverse("admin:core_job_change", args=[job.pk]),
            gettext("see why"),
        )
    return text
