"""What finance puts on desks and into the search."""

from collections.abc import Iterable
from datetime import timedelta
from typing import Any

from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from core.desk import Finder, Found, Queue, document_link, name_facts, offer_finder, offer_queue
from core.roles import FINANCE
from finance.models import InboxMessage, Payment, Refund, StatementFile, StatementLine, UnappliedReceipt

name_facts(
    {
        "PaymentRecorded": _("Money has come"),
        "PaymentParked": _("Money that fits nothing"),
        "IntentClosed": _("Payment attempt closed"),
        "RefundRequested": _("Refund asked for"),
        "RefundDone": _("Refund paid"),
        "RefundStuck": _("Refund needs a person"),
        "write_off": _("write-off"),
    }
)

_desk = frozenset({FINANCE})
for code, title, model, rows, since, hours, icon in [
    (
        "unapplied",
        _("money that fits nothing"),
        "finance.UnappliedReceipt",
        lambda user: UnappliedReceipt.objects.filter(state="open"),
        "opened_at",
        24,
        "help_center",
    ),
    (
        "refunds-stuck",
        _("refunds failed or unknown"),
        "finance.Refund",
        lambda user: Refund.objects.filter(state__in=["unknown", "failed"]),
        "requested_at",
        4,
        "error",
    ),
    (
        "refunds-by-hand",
        _("refunds to transfer by hand"),
        "finance.Refund",
        lambda user: Refund.objects.filter(state="requested", way__in=["transfer", "cash"]),
        "requested_at",
        24,
        "account_balance",
    ),
    (
        "statements-open",
        _("statements with a difference"),
        "finance.StatementFile",
        lambda user: StatementFile.objects.filter(state="open"),
        "received_at",
        24,
        "difference",
    ),
    (
        "statements-to-agree",
        _("statements to agree"),
        "finance.StatementFile",
        lambda user: StatementFile.objects.filter(state="accepted"),
        "received_at",
        72,
        "fact_check",
    ),
    (
        "lines-unexplained",
        _("statement rows unexplained"),
        "finance.StatementLine",
        lambda user: StatementLine.objects.filter(
            Q(state="accepted", outcome__in=["differs", "unknown", "claimed"], posted_at=None)
            | Q(state__in=["needs_review", "suspect"])
        ),
        "file__received_at",
        72,
        "unknown_document",
    ),
    (
        "inbox-parked",
        _("provider messages parked"),
        "finance.InboxMessage",
        lambda user: InboxMessage.objects.filter(state="parked"),
        "received_at",
        24,
        "mark_email_unread",
    ),
]:
    offer_queue(Queue(code, title, model, _desk, rows, since, timedelta(hours=hours), icon))


def _find_payments(user: Any, text: str) -> Iterable[Found]:
    """By the provider's number or our reference."""
    match = Q(trade_no__iexact=text) | Q(intent__merchant_ref__iexact=text)
    if len(text) >= 6:
        match |= Q(trade_no__endswith=text)
    return [
        Found(
            payment.trade_no,
            f"{_('payment')} · {payment.amount} {payment.currency} · {payment.get_state_display()}",
            document_link("payment", payment.pk) or "",
        )
        for payment in Payment.objects.filter(match).order_by("-pk")[:10]
    ]


def _find_refunds(user: Any, text: str) -> Iterable[Found]:
    return [
        Found(
            refund.number,
            f"{_('refund')} · {refund.amount} {refund.currency} · {refund.get_state_display()}",
            document_link("refund", refund.pk) or "",
        )
        for refund in Refund.objects.filter(
            Q(number__istartswith=text) | Q(request_no__iexact=text)
        ).order_by("-pk")[:10]
    ]


offer_finder(Finder("finance.view_payment", "payments", _find_payments))
offer_finder(Finder("finance.view_refund", "undo", _find_refunds))
