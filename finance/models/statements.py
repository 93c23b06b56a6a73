"""Statements of banks and providers: the file as it came, its rows, what each row turned out to be.

A statement is agreed (its figures are true), money is applied (a row pays something), a difference is
accepted: three acts by three people, each with its time (ANCHORS 9.2).
"""

from django.conf import settings
from django.core.files.storage import storages
from django.db import models
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from core.audit import append_only
from core.fields import CurrencyField, MoneyField, OriginIdField, OriginKindField, ReasonField
from core.money import ZERO
from core.reasons import told

from .ledger import Entry
from .money_accounts import MoneyAccount


def private_storage():
    """Files as received hold names and numbers: outside the web root (FORMATS R23)."""
    return storages["private"]


class StatementFile(models.Model):
    """One file as it came. Open: its own totals differ from its rows, so nothing is matched or posted."""

    class State(models.TextChoices):
        REFUSED = "refused", pgettext_lazy("file", "refused")
        OPEN = "open", _("difference open")
        ACCEPTED = "accepted", _("accepted")
        AGREED = "agreed", _("agreed")

    TRANSITIONS = frozenset({("open", "accepted"), ("accepted", "agreed")})

    class Kind(models.TextChoices):
        BANK = "bank", _("bank statement")
        PROVIDER = "provider", _("provider bill")
        COURIER = "courier", _("courier statement")

    kind = models.CharField(_("kind"), max_length=8, choices=Kind)
    account_code = models.CharField(_("account"), max_length=40)
    account = models.ForeignKey(
        MoneyAccount,
        models.PROTECT,
        null=True,
        blank=True,
        related_name="statements",
        verbose_name=_("place"),
    )
    sha256 = models.CharField(_("hash"), max_length=64)
    filename = models.CharField(_("file name"), max_length=200)
    stored = models.FileField(_("file"), storage=private_storage, upload_to="statements/%Y/%m/", blank=True)
    format = models.CharField(_("format"), max_length=40, blank=True)
    format_version = models.CharField(_("version of the format"), max_length=40, blank=True)
    state = models.CharField(_("state"), max_length=8, choices=State)
    figures = models.JSONField(_("figures"), default=dict)
    difference = models.JSONField(_("differences"), default=list)
    problem = models.CharField(_("why it was refused"), max_length=500, blank=True)
    row_count = models.PositiveIntegerField(_("rows"), default=0)
    credits = MoneyField(_("money in"), default=ZERO)
    debits = MoneyField(_("money out"), default=ZERO)
    currency = CurrencyField(_("currency"))
    first_day = models.DateField(_("first day"), null=True, blank=True)
    last_day = models.DateField(_("last day"), null=True, blank=True)
    received_at = models.DateTimeField(_("received at"))
    received_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, blank=True, related_name="+"
    )
    accepted_at = models.DateTimeField(_("difference accepted at"), null=True, blank=True)
    accepted_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, blank=True, related_name="+"
    )
    accepted_reason = models.CharField(_("why it was accepted"), max_length=300, blank=True)
    agreed_at = models.DateTimeField(_("agreed at"), null=True, blank=True)
    agreed_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, blank=True, related_name="+"
    )

    class Meta:
        verbose_name = _("statement")
        verbose_name_plural = _("statements")
        constraints = [
            models.UniqueConstraint(
                fields=["kind", "account_code", "sha256"],
                condition=~models.Q(state="refused"),
                name="finance_statement_once",
            )
        ]

    def __str__(self) -> str:
        return self.filename


class StatementLine(models.Model):
    """One row. Accepted rows count and are matched; the others wait for a person and are never summed."""

    class State(models.TextChoices):
        ACCEPTED = "accepted", _("accepted")
        REVIEW = "needs_review", _("needs review")
        DUPLICATE = "duplicate", _("known already")
        SUSPECT = "suspect", _("perhaps known already")
        DISMISSED = "dismissed", _("dismissed")

    TRANSITIONS = frozenset(
        {
            ("suspect", "accepted"),
            ("suspect", "duplicate"),
            ("needs_review", "accepted"),
            ("needs_review", "dismissed"),
        }
    )

    class Outcome(models.TextChoices):
        NONE = "", _("not matched yet")
        AGREES = "agrees", _("agrees")
        DIFFERS = "differs", _("another amount")
        UNKNOWN = "unknown", _("nothing of ours fits")
        KNOWN = "known", _("settled by another row")
        PROPOSED = "proposed", _("proposal")
        CLAIMED = "claimed", _("used by another document")

    file = models.ForeignKey(StatementFile, models.PROTECT, related_name="lines")
    account_code = models.CharField(_("account"), max_length=40)
    sheet = models.CharField(_("sheet"), max_length=80, blank=True)
    row_no = models.PositiveIntegerField(_("row"))
    raw = models.JSONField(_("cells"))
    kind = models.CharField(_("kind"), max_length=12, blank=True)
    direction = models.CharField(_("direction"), max_length=8, blank=True)
    amount = MoneyField(_("amount"), default=ZERO)
    fee = MoneyField(_("fee"), null=True, blank=True)
    currency = CurrencyField(_("currency"), blank=True)
    occurred_at = models.DateTimeField(_("occurred at"), null=True, blank=True)
    booked_on = models.DateField(_("booked on"), null=True, blank=True)
    provider_ref = models.CharField(_("transaction number"), max_length=128, blank=True)
    merchant_ref = models.CharField(_("our reference"), max_length=128, blank=True)
    refund_ref = models.CharField(_("refund number"), max_length=128, blank=True)
    counterparty = models.CharField(_("counterparty"), max_length=200, blank=True)
    memo = models.TextField(_("memo"), blank=True)
    identity = models.CharField(_("identity"), max_length=80, blank=True)
    state = models.CharField(_("state"), max_length=12, choices=State)
    problem = models.CharField(_("problem"), max_length=500, blank=True)
    why = ReasonField(_("problem"))
    outcome = models.CharField(
        pgettext_lazy("reconciliation", "outcome"), max_length=8, choices=Outcome, blank=True
    )
    reason = models.CharField(_("reason"), max_length=300, blank=True)
    posted_at = models.DateTimeField(_("posted at"), null=True, blank=True)

    class Meta:
        verbose_name = _("statement row")
        verbose_name_plural = _("statement rows")
        constraints = [
            models.UniqueConstraint(
                fields=["account_code", "identity"],
                condition=models.Q(state="accepted"),
                name="finance_line_once",
            ),
            models.CheckConstraint(
                condition=~models.Q(state="accepted")
                | (~models.Q(identity="") & models.Q(booked_on__isnull=False, amount__gte=0)),
                name="finance_line_accepted",
            ),
        ]
        indexes = [
            models.Index(fields=["account_code", "booked_on"]),
            models.Index(fields=["file", "outcome"]),
        ]

    def __str__(self) -> str:
        return f"{self.file_id}/{self.row_no}"

    @property
    def told(self) -> str:
        """Why it waits, in the language of whoever reads; what the import said where no code was kept."""
        return told(self.why, self.problem)


class LineMatch(models.Model):
    """What a row settles: at most one row ever settles one part of one document (I22)."""

    class Part(models.TextChoices):
        GROSS = "gross", _("amount")
        FEE = "fee", _("fee")

    line = models.ForeignKey(StatementLine, models.PROTECT, related_name="matches")
    document_kind = OriginKindField(_("document kind"))
    document_id = OriginIdField(_("document"))
    part = models.CharField(_("part"), max_length=5, choices=Part, default=Part.GROSS)
    amount = MoneyField(_("amount on the row"))
    expected = MoneyField(_("amount of ours"))
    currency = CurrencyField(_("currency"))
    reason = models.CharField(_("reason"), max_length=300)
    entry = models.OneToOneField(Entry, models.PROTECT, null=True, blank=True, related_name="line_match")
    difference_reason = models.CharField(_("why the difference was accepted"), max_length=300, blank=True)
    by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, blank=True, related_name="+")
    at = models.DateTimeField(_("at"))

    class Meta:
        verbose_name = _("match")
        verbose_name_plural = _("matches")
        constraints = [
            models.UniqueConstraint(
                fields=["document_kind", "document_id", "part"], name="finance_settled_once"
            ),
            models.CheckConstraint(
                condition=models.Q(amount=models.F("expected"))
                | models.Q(entry=None)
                | ~models.Q(difference_reason=""),
                name="finance_match_difference",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.line} {self.document_kind}:{self.document_id}"


class LineDecision(models.Model):
    """What a person said about a row: who, when, why. Append-only."""

    line = models.ForeignKey(StatementLine, models.PROTECT, related_name="decisions")
    decision = models.CharField(_("decision"), max_length=20)
    reason = models.CharField(_("reason"), max_length=300)
    by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, blank=True, related_name="+")
    at = models.DateTimeField(_("at"))

    class Meta:
        verbose_name = _("decision about a row")
        verbose_name_plural = _("decisions about rows")
        triggers = append_only()

    def __str__(self) -> str:
        return f"{self.line} {self.decision}"
