"""Pages of documents: what it is, how far it is, what may be done next, what happened to it.

A step is a button. It names a right of core.rights and calls one service; what the service refuses is
shown with whatever was typed still there (F20). Rights are asked before the document is looked for, so
that nobody learns from an answer what exists.
"""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from django import forms
from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.template.response import TemplateResponse
from django.urls import path, reverse
from django.utils.html import format_html
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_POST

from core import desk, faults, notes, origins, rights
from core.admin.base import ShownModelAdmin
from core.errors import Conflict, DomainError
from core.jobs import start_job
from core.roles import ROLES

Work = Callable[[HttpRequest, Any, dict[str, Any]], Any]


def _never(document: Any) -> Any:
    return None


def _always(document: Any) -> bool:
    return True


@dataclass(frozen=True, slots=True)
class Step:
    """One thing that may be done to a document: any of the `rights` opens it, `work` calls the service.

    What `work` returns as a dict is shown on the page once (clear personal data, a label); as a text it is
    said instead of `done`. A form with `of_document` is given the document too.
    """

    name: str
    label: Any
    rights: tuple[str, ...]
    work: Work
    done: Any
    form: type[forms.Form] | None = None
    why_not: Callable[[Any], Any] = _never  # a sentence when the button has to wait
    shown: Callable[[Any], bool] = _always
    in_bar: bool = True  # otherwise the page's own template places it
    primary: bool = False
    danger: bool = False
    warning: Any = ""  # said before it is done


class AcceptForm(forms.Form):
    reason = forms.CharField(label=gettext_lazy("Why it is right"), max_length=300)


def accept_difference(work: Work, done: Any) -> Step:
    """The step of an open file: its own totals differ from its rows, and somebody says why that is right."""
    return Step(
        "accept",
        gettext_lazy("Accept the difference"),
        ("finance.accept_difference",),
        work,
        done,
        form=AcceptForm,
        shown=lambda document: document.state == "open",
        primary=True,
        warning=gettext_lazy("The file's own totals differ from its rows. Say why that is right."),
    )


def agree_by_job(request: HttpRequest, kind: str, statement: Any) -> str:
    """Agree a long statement in a job; what the page says then leads to how far it is."""
    job = start_job(kind, parameters={"statement": statement.pk}, by=request.user)
    return format_html(
        '{} <a href="{}">{}</a>',
        _("It is long and is being agreed in the background:"),
        reverse("admin:core_job_change", args=[job.pk]),
        _("see how far it is"),
    )


@dataclass(frozen=True, slots=True)
class Button:
    """A step as the page shows it."""

    step: Step
    url: str
    form: forms.Form | None
    why_not: str
    open: bool


@dataclass(frozen=True, slots=True)
class Mark:
    """One stage of an axis: done, current, todo, or astray for a stage off the path."""

    label: Any
    state: str


def axis(
    path: Sequence[str], current: str, labels: dict[str, Any], *, astray: Iterable[str] = ()
) -> list[Mark]:
    """The stages of an axis with the present one; a stage that is not on the path stands at its end."""
    if current not in path:
        tone = "astray" if current in set(astray) else "current"
        return [Mark(labels[stage], "todo") for stage in path] + [Mark(labels[current], tone)]
    at = path.index(current)
    return [
        Mark(labels[stage], "done" if n < at else "current" if n == at else "todo")
        for n, stage in enumerate(path)
    ]


def may(request: HttpRequest, *actions: str) -> bool:
    """Whether the person may do any of these anywhere; asked from the database once per request."""
    user: Any = request.user
    if user.is_superuser and user.is_active:
        return True
    roles = getattr(request, "_roles", None)
    if roles is None:
        roles = rights.roles_of(user) if user.is_staff else set()
        request._roles = roles  # type: ignore[attr-defined]
    return any(rights.ACTIONS[action] & roles for action in actions)


class NoteForm(forms.Form):
    text = forms.CharField(
        label=gettext_lazy("Note"),
        max_length=notes.NOTE_LENGTH,
        widget=forms.Textarea(
            attrs={"rows": 2, "placeholder": gettext_lazy("What should the next one know?")}
        ),
    )


class DocumentAdmin(ShownModelAdmin):
    """A list, and per row a page with steps, panels and a timeline. Nothing is edited in place."""

    page_template = "backoffice/document.html"
    steps: Sequence[Step] = ()
    place_column = ""  # the warehouse that a right may be narrowed to, as a path from the document

    def page(self, request: HttpRequest, document: Any) -> dict[str, Any]:
        """What the page's template shows beyond the common parts."""
        return {}

    def heading(self, document: Any) -> str:
        """The document's name at the top of its page."""
        return str(document)

    def get_urls(self) -> list[Any]:
        wrap = self.admin_site.admin_view
        name = f"{self.opts.app_label}_{self.opts.model_name}"
        return [
            path("<int:pk>/step/<slug:step>/", wrap(require_POST(self.take_step)), name=f"{name}_step"),
            path("<int:pk>/note/", wrap(require_POST(self.add_note)), name=f"{name}_note"),
            *super().get_urls(),
        ]

    def change_view(self, request: HttpRequest, object_id: str, *args: Any, **kwargs: Any) -> HttpResponse:
        return self.show(request, self.document(request, object_id))

    def document(self, request: HttpRequest, pk: str | int) -> Any:
        """The document, if the person may see it. A foreign one is 404, like one that does not exist."""
        document = self.get_object(request, str(pk))
        if document is None:
            raise Http404
        if not self.has_view_permission(request, document):
            raise PermissionDenied
        return document

    def take_step(self, request: HttpRequest, pk: int, step: str) -> HttpResponse:
        """Do one step and go back to the page; a refusal shows the page again, saying why."""
        found = next((one for one in self.steps if one.name == step), None)
        if found is None:
            raise Http404
        if not may(request, *found.rights):
            raise PermissionDenied
        document = self.document(request, pk)
        form = form_of(found, document, request.POST, request.FILES) if found.form else None
        try:
            self._require_place(request, found, document)
            refuse_stale(request, document)
            if form is not None and not form.is_valid():
                return self.show(request, document, failed=(found, form), status=422)
            result = found.work(request, document, form.cleaned_data if form else {})
        except DomainError as error:
            messages.error(request, str(error))
            return self.show(request, self.document(request, pk), failed=(found, form), status=409)
        if isinstance(result, dict):  # shown once, kept by nobody
            response = self.show(request, document, **result)
            response["Cache-Control"] = "no-store"
            return response
        messages.success(request, result if isinstance(result, str) else str(found.done))
        return HttpResponseRedirect(self.after(request, document))

    def add_note(self, request: HttpRequest, pk: int) -> HttpResponse:
        """Write a note onto the document's timeline."""
        if not may(request, "core.write_note"):
            raise PermissionDenied
        document = self.document(request, pk)
        try:
            notes.write_note(about=origins.of(document), text=request.POST.get("text", ""), by=request.user)
        except DomainError as error:
            messages.error(request, str(error))
        return HttpResponseRedirect(self.url_of(document) + "#timeline")

    def show(
        self,
        request: HttpRequest,
        document: Any,
        *,
        failed: tuple[Step, forms.Form | None] | None = None,
        status: int = 200,
        **more: Any,
    ) -> HttpResponse:
        """The page."""
        about = origins.of(document)
        buttons = self.buttons(request, document, failed)
        context = {
            **self.admin_site.each_context(request),
            "title": self.heading(document),
            "opts": self.opts,
            "document": document,
            "list_url": reverse(f"admin:{self.opts.app_label}_{self.opts.model_name}_changelist"),
            "buttons": [button for button in buttons.values() if button.step.in_bar],
            "placed": buttons,
            "failed_row": request.POST.get("row", "") if failed else "",
            "panels": desk.panels_on(about.kind, request.user, document),
            "timeline": notes.timeline(about, limit=100),
            "note_form": NoteForm() if may(request, "core.write_note") else None,
            "note_url": self._url("note", document.pk),
            **self.page(request, document),
            **more,
        }
        return TemplateResponse(request, self.page_template, context, status=status)

    def buttons(
        self, request: HttpRequest, document: Any, failed: tuple[Step, forms.Form | None] | None = None
    ) -> dict[str, Button]:
        """The steps that the person may take, by name."""
        shown = {}
        for step in self.steps:
            if not (may(request, *step.rights) and step.shown(document)):
                continue
            broken = failed is not None and failed[0].name == step.name
            form = failed[1] if broken and failed else form_of(step, document) if step.form else None
            shown[step.name] = Button(
                step=step,
                url=self._url("step", document.pk, step.name),
                form=form,
                why_not=str(step.why_not(document) or ""),
                open=broken,
            )
        return shown

    def after(self, request: HttpRequest, document: Any) -> str:
        """Where a step that was done leads: back to the page."""
        return self.url_of(document)

    def url_of(self, document: Any) -> str:
        """The document's page."""
        return self._url("change", document.pk)

    def _url(self, what: str, *args: Any) -> str:
        return reverse(f"admin:{self.opts.app_label}_{self.opts.model_name}_{what}", args=args)

    def _require_place(self, request: HttpRequest, step: Step, document: Any) -> None:
        """A role may hold in one warehouse only."""
        if not self.place_column:
            return
        place = document
        for part in self.place_column.split("__"):
            place = getattr(place, part)
        if not any(rights.allowed(request.user, action, warehouse=place) for action in step.rights):
            raise PermissionDenied


def form_of(step: Step, document: Any, *posted: Any) -> forms.Form:
    """A step's form, filled in or empty."""
    kind: Any = step.form
    more = {"document": document} if getattr(kind, "of_document", False) else {}
    made: forms.Form = kind(*posted, prefix=step.name, **more)
    return made


def refuse_stale(request: HttpRequest, document: Any) -> None:
    """Raise Conflict when the document is no longer the version that the person has read (F20)."""
    read = request.POST.get("version", "")
    now = getattr(document, "version", None)
    if now is None or not faults.guarded("F20") or read == str(now):
        return
    raise Conflict(
        _(
            "Somebody has changed this since you opened it: you read version %(read)s, it is version %(now)s"
            " now. Nothing was done. What you typed is still here; look again and repeat."
        )
        % {"read": read or "?", "now": now}
    )


def role_names(actions: Iterable[str]) -> str:
    """Whom to ask: the roles that may do any of these."""
    open_to = frozenset().union(*(rights.ACTIONS[action] for action in actions))
    return ", ".join(str(name) for role, name in ROLES.items() if role in open_to)
