"""A courier's statement: the file as it came, its rows, and one outcome for each waybill in it."""

from django.conf import settings
from django.core.files.storage import storages
from django.core.serializers.json import DjangoJSONEncoder
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from core.fields import CurrencyField, MoneyField, ReasonField
from core.money import ZERO
from logistics.rules.notes import told
from logistics.rules.outcomes import FeeKind
from logistics.rules.outcomes import Outcome as Code


def private_storage():
    """Statements hold names and addresses: outside the web root (FORMATS R23)."""
    return storages["private"]


OUTCOME_NAMES = [
    (Code.NEEDS_REVIEW.value, _("needs review")),
    (Code.NOT_OURS.value, _("not ours")),
    (Code.DUPLICATE_IN_FILE.value, _("twice in the file")),
    (Code.BILLED_BEFORE.value, _("billed before")),
    (Code.WRONG_RETURN_PRICE.value, _("wrong price of the return")),
    (Code.COD_AMOUNT.value, _("cash differs")),
    (Code.COD_FEE.value, _("COD fee differs")),
    (Code.WEIGHT.value, _("weight differs")),
    (Code.ZONE.value, _("zone differs")),
    (Code.RATE.value, _("price differs")),
    (Code.SURCHARGE.value, _("surcharge differs")),
    (Code.MISSING.value, _("ours, not billed")),
    (Code.WITHIN_TOLERANCE.value, _("within tolerance")),
    (Code.AGREED.value, _("agreed")),
]


class CourierStatement(models.Model):
    """One file. Open: its own totals differ from its rows, so nothing is matched or posted (F61)."""

    class State(models.TextChoices):
        OPEN = "open", _("difference open")
        MATCHED = "matched", _("matched")
        AGREED = "agreed", _("agreed")
        REFUSED = "refused", pgettext_lazy("file", "refused")

    TRANSITIONS = frozenset({("open", "matched"), ("matched", "agreed")})

    courier = models.ForeignKey(
        "logistics.Courier", models.PROTECT, related_name="statements", verbose_name=_("courier")
    )
    period = models.CharField(_("month"), max_length=7, blank=True)
    sha256 = models.CharField(_("hash"), max_length=64)
    filename = models.CharField(_("file name"), max_length=200)
    stored = models.FileField(_("file"), storage=private_storage, upload_to="couriers/%Y/%m/", blank=True)
    layout = models.CharField(_("layout"), max_length=60, blank=True)
    state = models.CharField(_("state"), max_length=8, choices=State)
    problem = models.CharField(_("why it was refused"), max_length=500, blank=True)
    currency = CurrencyField(_("currency"))
    row_count = models.PositiveIntegerField(_("rows"), default=0)
    review_count = models.PositiveIntegerField(_("rows to review"), default=0)
    known_count = models.PositiveIntegerField(_("rows known from another file"), default=0)
    billed = MoneyField(_("billed"), default=ZERO)
    collected = MoneyField(_("cash stated"), default=ZERO)
    first_day = models.DateField(_("first day"), null=True, blank=True)
    last_day = models.DateField(_("last day"), null=True, blank=True)
    folded = models.JSONField(_("kinds that the freight includes"), default=list)
    states_cod = models.BooleanField(_("shows collected cash"), default=False)
    differences = models.JSONField(_("totals that differ"), default=list)
    warnings = models.JSONField(_("warnings"), default=list)
    received_at = models.DateTimeField(_("received at"))
    received_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, blank=True, related_name="+"
    )
    accepted_reason = models.CharField(_("why the difference was accepted"), max_length=300, blank=True)
    accepted_at = models.DateTimeField(_("difference accepted at"), null=True, blank=True)
    accepted_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, blank=True, related_name="+"
    )
    matched_at = models.DateTimeField(_("matched at"), null=True, blank=True)
    agreed_at = models.DateTimeField(_("agreed at"), null=True, blank=True)
    agreed_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, blank=True, related_name="+"
    )

    class Meta:
        verbose_name = _("courier statement")
        verbose_name_plural = _("courier statements")
        constraints = [
            models.UniqueConstraint(
                fields=["courier", "sha256"], condition=~Q(state="refused"), name="logistics_statement_once"
            ),
            # An accepted difference carries its reason, and nothing with an open one is matched.
            models.CheckConstraint(
                condition=Q(state__in=["open", "refused"]) | Q(differences=[]) | ~Q(accepted_reason=""),
                name="logistics_difference_accepted",
            ),
        ]

    def __str__(self) -> str:
        return self.filename


class StatementRow(models.Model):
    """One amount of one row of the file, as read. Only accepted rows count."""

    class State(models.TextChoices):
        ACCEPTED = "accepted", _("accepted")
        REVIEW = "review", _("needs review")
        KNOWN = "known", _("known from another file")
        DISPUTED = "disputed", _("disputed")

    Kind = FeeKind

    statement = models.ForeignKey(CourierStatement, models.PROTECT, related_name="rows")
    courier = models.ForeignKey("logistics.Courier", models.PROTECT, related_name="+")
    sheet = models.CharField(_("sheet"), max_length=80, blank=True)
    row_no = models.PositiveIntegerField(_("row"))
    raw = models.JSONField(_("cells"), encoder=DjangoJSONEncoder)
    waybill = models.CharField(_("waybill"), max_length=40, blank=True)
    # The mother's number where the row is a child's; a place in the file where it has no number at all.
    key = models.CharField(_("settled with"), max_length=120)
    kind = models.CharField(_("kind"), max_length=10)
    item = models.CharField(_("fee as the courier calls it"), max_length=120, blank=True)
    amount = MoneyField(_("amount"))
    currency = CurrencyField(_("currency"))
    weight_g = models.PositiveIntegerField(_("weight in grams"), null=True, blank=True)
    zone = models.CharField(_("zone"), max_length=40, blank=True)
    term = models.CharField(_("payment term"), max_length=12, blank=True)
    is_return = models.BooleanField(_("billed as a return"), default=False)
    day = models.DateField(_("day"), null=True, blank=True)
    problem = models.CharField(_("problem"), max_length=500, blank=True)
    why = ReasonField(_("problem"))
    identity = models.CharField(_("identity"), max_length=32)
    state = models.CharField(_("state"), max_length=8, choices=State)

    class Meta:
        verbose_name = _("statement row")
        verbose_name_plural = _("statement rows")
        constraints = [
            models.UniqueConstraint(
                fields=["courier", "identity"],
                condition=Q(state__in=["accepted", "review"]),
                name="logistics_row_once",
            ),
            models.CheckConstraint(
                condition=~Q(state="accepted") | Q(problem="") & ~Q(waybill=""), name="logistics_row_sound"
            ),
        ]
        indexes = [models.Index(fields=["statement", "key"], name="logistics_row_key")]

    def __str__(self) -> str:
        return f"{self.sheet}!{self.row_no}" if self.sheet else str(self.row_no)

    @property
    def told(self) -> str:
        """Why it waits, in the language of whoever reads; what the import said where no code was kept."""
        return told(self.why, self.problem)


class WaybillOutcome(models.Model):
    """What one waybill of a statement ended in, kind by kind, with its evidence and what was decided."""

    Code = Code

    class Decision(models.TextChoices):
        NONE = "", _("waits")
        ACCEPTED = "accepted", _("accepted as billed")
        AS_EXPECTED = "as_expected", _("accepted as expected")
        DISPUTED = "disputed", _("disputed")
        WRITTEN_OFF = "written_off", _("written off")

    # These need nobody; a missing bill has nothing to post.
    AUTOMATIC = frozenset({Code.AGREED, Code.WITHIN_TOLERANCE})
    PAYS = frozenset({Decision.ACCEPTED, Decision.AS_EXPECTED, Decision.WRITTEN_OFF})

    statement = models.ForeignKey(CourierStatement, models.PROTECT, related_name="outcomes")
    key = models.CharField(_("settled with"), max_length=120)
    waybill = models.CharField(_("waybill"), max_length=40, blank=True)
    parcel = models.ForeignKey("logistics.Parcel", models.PROTECT, null=True, blank=True, related_name="+")
    outcome = models.CharField(
        pgettext_lazy("reconciliation", "outcome"), max_length=20, choices=OUTCOME_NAMES
    )
    currency = CurrencyField(_("currency"))
    freight_billed = MoneyField(_("freight billed"), default=ZERO)
    freight_expected = MoneyField(_("freight expected"), default=ZERO)
    surcharge_billed = MoneyField(_("surcharges billed"), default=ZERO)
    surcharge_expected = MoneyField(_("surcharges expected"), default=ZERO)
    cod_fee_billed = MoneyField(_("COD fee billed"), default=ZERO)
    cod_fee_expected = MoneyField(_("COD fee expected"), default=ZERO)
    cod_billed = MoneyField(_("cash stated"), default=ZERO)
    cod_expected = MoneyField(_("cash due"), default=ZERO)
    adjustment = MoneyField(_("correction"), default=ZERO)
    billed = MoneyField(_("billed"), default=ZERO)
    expected = MoneyField(_("expected"), default=ZERO)
    findings = models.JSONField(_("findings"), default=list, encoder=DjangoJSONEncoder)
    decision = models.CharField(_("decision"), max_length=12, choices=Decision, blank=True)
    reason = models.CharField(_("reason"), max_length=300, blank=True)
    decided_at = models.DateTimeField(_("decided at"), null=True, blank=True)
    decided_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, blank=True, related_name="+"
    )
    posted_at = models.DateTimeField(_("posted at"), null=True, blank=True)

    class Meta:
        verbose_name = _("outcome of a waybill")
        verbose_name_plural = _("outcomes of waybills")
        constraints = [
            models.UniqueConstraint(fields=["statement", "key"], name="logistics_outcome_once"),
            models.CheckConstraint(
                condition=Q(decision="") | (~Q(reason="") & Q(decided_at__isnull=False)),
                name="logistics_decision_says_why",
            ),
        ]
        indexes = [
            models.Index(fields=["statement", "outcome"], name="logistics_outcome_list"),
            models.Index(fields=["waybill"], name="logistics_outcome_waybill"),
        ]

    def __str__(self) -> str:
        return f"{self.waybill or self.key}: {self.outcome}"
