"""The books: accounts, entries with their postings, what clears what, and which months are shut.

Entries, postings and allocations are facts: the database refuses to change, remove, truncate, leave
unbalanced or over-allocate them, whoever asks (F66, F101). The triggers are in `ledger_triggers`.
"""

from django.conf import settings
from django.db import models
from django.utils.translation import get_language, pgettext_lazy
from django.utils.translation import gettext_lazy as _

from core.audit import append_only
from core.fields import CurrencyField, MoneyField, OriginIdField, OriginKindField
from core.models import LegalEntity

from . import ledger_triggers as triggers
from .moments import moment_name


class Account(models.Model):
    """A line of the chart of accounts, which is data. `clears_by` says per what its rests go to zero."""

    class Kind(models.TextChoices):
        ASSET = "asset", _("asset")
        LIABILITY = "liability", _("liability")
        EQUITY = "equity", _("equity")
        INCOME = "income", _("income")
        EXPENSE = "expense", _("expense")

    class ClearsBy(models.TextChoices):
        NOTHING = "", _("balance account")
        ORDER = "order", _("order")
        PARCEL = "parcel", _("parcel")
        PAYMENT = "payment", _("payment or refund")
        BATCH = "batch", _("batch")
        BILL = "bill", _("bill")
        PARTY = "party", _("party")

    code = models.CharField(_("code"), max_length=12, unique=True)
    name_zh = models.CharField(_("Chinese name"), max_length=80)
    name_en = models.CharField(_("English name"), max_length=80)
    kind = models.CharField(_("kind"), max_length=9, choices=Kind)
    party_kind = models.CharField(_("kind of party"), max_length=12, blank=True)
    clears_by = models.CharField(_("clears by"), max_length=8, choices=ClearsBy, blank=True)

    class Meta:
        verbose_name = _("account")
        verbose_name_plural = _("accounts")
        ordering = ["code"]

    def __str__(self) -> str:
        return f"{self.code} {self.name}"

    @property
    def name(self) -> str:
        return self.name_zh if (get_language() or "").startswith("zh") else self.name_en


class Entry(models.Model):
    """One balanced journal entry with one cause. Corrected only by an entry that reverses it."""

    entity = models.ForeignKey(LegalEntity, models.PROTECT, verbose_name=_("legal entity"))
    kind = models.CharField(_("kind"), max_length=40)
    on = models.DateField(_("booked on"))
    posted_at = models.DateTimeField(_("posted at"))
    idempotency_key = models.CharField(_("posting key"), max_length=160, unique=True)
    origin_kind = OriginKindField(_("document kind"))
    origin_id = OriginIdField(_("document"))
    memo = models.CharField(_("memo"), max_length=300, blank=True)
    legs = models.PositiveSmallIntegerField(_("number of postings"))
    reverses = models.OneToOneField(
        "self", models.PROTECT, null=True, blank=True, related_name="reversed_by", verbose_name=_("reverses")
    )

    class Meta:
        verbose_name = _("journal entry")
        verbose_name_plural = _("journal entries")
        indexes = [
            models.Index(fields=["origin_kind", "origin_id"]),
            models.Index(fields=["entity", "on"]),
        ]
        constraints = [models.CheckConstraint(condition=models.Q(legs__gte=2), name="finance_entry_two_legs")]
        triggers = [*append_only(), triggers.no_close_under_way, triggers.period_open, triggers.entry_whole]

    def __str__(self) -> str:
        return f"{self.pk} {self.moment}"

    @property
    def moment(self) -> str:
        """What happened, in the reader's language."""
        return moment_name(self.kind)


class Posting(models.Model):
    """One leg of an entry, in the entity's currency, tied to the document and party that it clears by."""

    class Side(models.TextChoices):
        DEBIT = "debit", _("debit")
        CREDIT = "credit", _("credit")

    entry = models.ForeignKey(Entry, models.PROTECT, related_name="postings")
    account = models.ForeignKey(Account, models.PROTECT, related_name="+", db_index=False)
    side = models.CharField(_("side"), max_length=6, choices=Side)
    amount = MoneyField(_("amount"))
    currency = CurrencyField(_("currency"))
    original_amount = MoneyField(_("original amount"), null=True, blank=True)
    original_currency = CurrencyField(_("original currency"), default="", blank=True)
    rate = models.DecimalField(
        pgettext_lazy("exchange", "rate"), max_digits=18, decimal_places=8, null=True, blank=True
    )
    party_kind = models.CharField(_("kind of party"), max_length=12, blank=True, default="")
    party_id = models.BigIntegerField(_("party"), default=0)
    origin_kind = OriginKindField(_("document kind"))
    origin_id = OriginIdField(_("document"))

    class Meta:
        verbose_name = _("posting")
        verbose_name_plural = _("postings")
        indexes = [
            models.Index(fields=["account", "origin_kind", "origin_id"]),
            models.Index(fields=["account", "party_kind", "party_id"]),
        ]
        constraints = [
            models.CheckConstraint(condition=models.Q(amount__gt=0), name="finance_posting_positive"),
            models.CheckConstraint(
                condition=models.Q(side__in=["debit", "credit"]), name="finance_posting_side"
            ),
            models.CheckConstraint(
                condition=models.Q(party_kind="", party_id=0)
                | (~models.Q(party_kind="") & models.Q(party_id__gt=0)),
                name="finance_posting_party",
            ),
            models.CheckConstraint(
                condition=models.Q(original_amount=None, original_currency="", rate=None)
                | (models.Q(original_amount__gt=0, rate__gt=0) & ~models.Q(original_currency="")),
                name="finance_posting_original",
            ),
        ]
        triggers = [*append_only(), triggers.posting_balances]

    def __str__(self) -> str:
        return f"{self.account_id} {self.side} {self.amount}"


class Allocation(models.Model):
    """So much of a debit is cleared by so much of a credit of the same account. Undone by its negative."""

    debit = models.ForeignKey(Posting, models.PROTECT, related_name="cleared_by")
    credit = models.ForeignKey(Posting, models.PROTECT, related_name="clears")
    amount = MoneyField(_("amount"))
    currency = CurrencyField(_("currency"))
    undoes = models.OneToOneField("self", models.PROTECT, null=True, blank=True, related_name="undone_by")
    at = models.DateTimeField(_("at"))
    by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, blank=True, related_name="+")

    class Meta:
        verbose_name = _("clearing")
        verbose_name_plural = _("clearings")
        constraints = [
            models.CheckConstraint(
                condition=models.Q(amount__gt=0, undoes=None) | models.Q(amount__lt=0, undoes__isnull=False),
                name="finance_allocation_sign",
            )
        ]
        triggers = [*append_only(), triggers.allocation_within]

    def __str__(self) -> str:
        return f"{self.debit_id} / {self.credit_id}: {self.amount}"


class Period(models.Model):
    """A month of an entity's books. No row means open; a closed one takes no entry (F66)."""

    class State(models.TextChoices):
        OPEN = "open", pgettext_lazy("accounting period", "open")
        CLOSED = "closed", _("closed")

    TRANSITIONS = frozenset({("open", "closed"), ("closed", "open")})

    entity = models.ForeignKey(LegalEntity, models.PROTECT, verbose_name=_("legal entity"))
    first_day = models.DateField(_("first day"))
    state = models.CharField(_("state"), max_length=6, choices=State, default=State.OPEN)
    closed_at = models.DateTimeField(_("closed at"), null=True, blank=True)

    class Meta:
        verbose_name = _("accounting period")
        verbose_name_plural = _("accounting periods")
        constraints = [
            models.UniqueConstraint(fields=["entity", "first_day"], name="finance_period_once"),
            models.CheckConstraint(condition=models.Q(first_day__day=1), name="finance_period_first_day"),
        ]

    def __str__(self) -> str:
        return f"{self.first_day:%Y-%m}"


class DayClose(models.Model):
    """The close of a day: entries up to `last_entry_id` have their voucher numbers and are summed."""

    entity = models.ForeignKey(LegalEntity, models.PROTECT, verbose_name=_("legal entity"))
    day = models.DateField(_("day"))
    last_entry_id = models.BigIntegerField(_("last entry"))
    closed_at = models.DateTimeField(_("closed at"))

    class Meta:
        verbose_name = _("day's close")
        verbose_name_plural = _("days' closes")
        constraints = [models.UniqueConstraint(fields=["entity", "day"], name="finance_day_closed_once")]
        triggers = append_only()

    def __str__(self) -> str:
        return f"{self.day}"


class Voucher(models.Model):
    """The number by which an auditor finds an entry: 1, 2, 3 … per entity and month, without gaps."""

    entry = models.OneToOneField(Entry, models.PROTECT, related_name="voucher")
    entity = models.ForeignKey(LegalEntity, models.PROTECT, related_name="+", db_index=False)
    month = models.DateField(_("month"))
    number = models.PositiveIntegerField(_("number"))
    close = models.ForeignKey(DayClose, models.PROTECT, related_name="vouchers")

    class Meta:
        verbose_name = _("voucher number")
        verbose_name_plural = _("voucher numbers")
        constraints = [
            models.UniqueConstraint(fields=["entity", "month", "number"], name="finance_voucher_number"),
            models.CheckConstraint(condition=models.Q(number__gt=0), name="finance_voucher_positive"),
        ]
        triggers = append_only()

    def __str__(self) -> str:
        return f"{self.month:%Y-%m}-{self.number}"


class AccountBalance(models.Model):
    """Sums of an account up to a day's close, so that reports need not add up history (I04)."""

    close = models.ForeignKey(DayClose, models.PROTECT, related_name="balances")
    account = models.ForeignKey(Account, models.PROTECT, related_name="+")
    currency = CurrencyField(_("currency"))
    debits = MoneyField(_("debits"))
    credits = MoneyField(_("credits"))

    class Meta:
        verbose_name = _("account balance")
        verbose_name_plural = _("account balances")
        constraints = [
            models.UniqueConstraint(fields=["close", "account", "currency"], name="finance_balance_once")
        ]
        triggers = append_only()

    def __str__(self) -> str:
        return f"{self.account_id} {self.debits} {self.credits}"
