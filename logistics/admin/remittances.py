"""Couriers' remittances: which cash comes, and setting it against what was open (ANCHORS 3.13)."""

from decimal import Decimal
from typing import Any

from django import forms
from django.contrib import admin
from django.http import FileResponse, HttpRequest
from django.urls import path
from django.utils.formats import date_format
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from unfold.decorators import display

from core.admin.documents import DocumentAdmin, Step, accept_difference, axis, may
from core.admin.lists import QueueFilter
from core.money import ZERO
from core.templatetags.backoffice import money
from finance.queries import Arrival, money_places, unused_arrivals
from logistics import services
from logistics.admin.statements import send_stored
from logistics.models import Remittance, RemittanceLine


class ApplyForm(forms.Form):
    """Where the money is: a row of a bank statement, a receipt that waits, an account that was looked at."""

    of_document = True
    money = forms.ChoiceField(label=_("The money"))
    bank_amount = forms.DecimalField(
        label=_("Amount in the bank, if you look at the account itself"),
        max_digits=14,
        decimal_places=2,
        required=False,
    )

    def __init__(self, *args: Any, document: Remittance, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        arrivals = unused_arrivals(amount=document.paid, currency=document.currency)
        self.fields["money"].choices = [(f"{each.kind}:{each.id}", told(each)) for each in arrivals] + [
            (f"bank:{pk}", gettext("seen on the account %(account)s") % {"account": name})
            for pk, name in money_places("bank")
        ]

    def clean(self) -> dict[str, Any]:
        """The arguments of the service."""
        values = super().clean() or {}
        kind, _colon, number = values.get("money", "").partition(":")
        names = {"line": "bank_line_id", "receipt": "receipt_id", "bank": "bank_id"}
        amount: Decimal | None = values.get("bank_amount")
        if kind not in names:
            return {}
        return {names[kind]: int(number)} | ({"bank_amount": amount} if kind == "bank" else {})


def told(arrival: Arrival) -> str:
    """One line for money that has come: day, amount, from whom, where it shows."""
    where = _("bank statement") if arrival.kind == "line" else _("parked receipt")
    parts = [
        date_format(arrival.on, "Y-m-d"),
        f"{arrival.amount} {arrival.currency}",
        arrival.payer,
        arrival.text[:40],
        f"{where} {arrival.account}",
    ]
    return " · ".join(str(part) for part in parts if part)


def _accept_remittance(request: HttpRequest, remittance: Remittance, values: dict[str, Any]) -> None:
    services.accept_remittance(remittance_id=remittance.pk, reason=values["reason"])


def _apply(request: HttpRequest, remittance: Remittance, values: dict[str, Any]) -> None:
    services.apply_remittance(remittance_id=remittance.pk, **values)


@admin.register(Remittance)
class RemittanceAdmin(DocumentAdmin):
    """What a courier says that it pays; applying it clears the cash of the parcels."""

    list_display = ["number", "courier", "state_label", "row_count", "paid_sum", "received_at", "applied_at"]
    list_filter = [QueueFilter, "state", "courier"]
    list_select_related = ["courier"]
    search_fields = ["number", "filename"]
    ordering = ["-id"]
    show_full_result_count = False
    page_template = "backoffice/logistics/remittance.html"
    steps = [
        accept_difference(_accept_remittance, _("Accepted.")),
        Step(
            "apply",
            _("Apply the money"),
            ("logistics.apply_remittance",),
            _apply,
            _("Applied: the cash of its parcels is cleared."),
            form=ApplyForm,
            shown=lambda remittance: remittance.state == "ready",
            primary=True,
        ),
    ]

    def get_urls(self) -> list[Any]:
        view = self.admin_site.admin_view(self.send_file)
        return [path("<int:pk>/file", view, name="logistics_remittance_file"), *super().get_urls()]

    def send_file(self, request: HttpRequest, pk: int) -> FileResponse:
        """The advice as the courier sent it, for those who send files in."""
        return send_stored(request, self.document(request, pk))

    def page(self, request: HttpRequest, remittance: Remittance) -> dict[str, Any]:
        labels = dict(Remittance.State.choices)
        lines = list(remittance.lines.select_related("parcel").order_by("row_no")[:500])
        sums = {
            name: sum((getattr(line, name) for line in lines), ZERO) for name in ("cod", "fee", "freight")
        }
        return {
            "axes": [(_("Remittance"), axis(["open", "ready", "applied"], remittance.state, labels))],
            "lines": lines,
            "sums": sums,
            "waiting": [line for line in lines if line.state == RemittanceLine.State.REVIEW],
            "may_send": may(request, "finance.import_statement"),
        }

    @display(description=_("state"), label={"open": "danger", "ready": "warning", "applied": "success"})
    def state_label(self, remittance: Remittance) -> tuple[str, Any]:
        return remittance.state, remittance.get_state_display()

    @display(description=_("paid"), ordering="paid")
    def paid_sum(self, remittance: Remittance) -> Any:
        return money(remittance.paid, remittance.currency)
