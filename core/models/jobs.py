import uuid

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _

from core.fields import ReasonField
from core.job_kinds import title_of
from core.reasons import told


class Job(models.Model):
    """Work that takes long. The row is the job; the broker only wakes a worker (F83)."""

    class State(models.TextChoices):
        QUEUED = "queued", _("queued")
        RUNNING = "running", _("running")
        DONE = "done", _("done")
        FAILED = "failed", _("failed")
        CANCELLED = "cancelled", _("cancelled")

    TRANSITIONS = frozenset(
        {
            ("queued", "running"),
            ("queued", "cancelled"),
            ("running", "queued"),
            ("running", "done"),
            ("running", "failed"),
            ("running", "cancelled"),
            ("failed", "queued"),
        }
    )
    ACTIVE = ("queued", "running")

    public_id = models.UUIDField(_("public id"), default=uuid.uuid4, unique=True, editable=False)
    kind = models.CharField(_("kind"), max_length=64)
    parameters = models.JSONField(_("parameters"), default=dict)
    fingerprint = models.CharField(_("fingerprint"), max_length=64)
    state = models.CharField(_("state"), max_length=10, choices=State, default=State.QUEUED)
    attempts = models.PositiveSmallIntegerField(_("attempts"), default=0)
    # Grows with every worker that takes the job: who holds an older number must not write any more.
    takes = models.PositiveIntegerField(_("taken"), default=0)
    cursor = models.BigIntegerField(_("rows done for good"), default=0)
    result = models.JSONField(_("result"), null=True, blank=True)
    result_file = models.CharField(_("result file"), max_length=200, blank=True)  # in private storage
    error = models.TextField(_("error"), blank=True)
    created_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, blank=True, related_name="+"
    )
    created_at = models.DateTimeField(_("created at"))
    started_at = models.DateTimeField(_("started at"), null=True, blank=True)
    finished_at = models.DateTimeField(_("finished at"), null=True, blank=True)

    class Meta:
        verbose_name = _("job")
        verbose_name_plural = _("jobs")
        constraints = [
            # A second submit of the same work lands on the job that is under way.
            models.UniqueConstraint(
                fields=["kind", "fingerprint"],
                condition=models.Q(state__in=["queued", "running"]),
                name="core_one_active_job",
            ),
        ]
        indexes = [models.Index(fields=["id"], condition=models.Q(state="queued"), name="core_job_queued")]

    def __str__(self) -> str:
        about = self.parameters.get("filename") or self.parameters.get("report") or self.pk
        return f"{title_of(self.kind)} {about}"


class JobProgress(models.Model):
    """How far a job is, and its worker's pulse: beside the job, since a step holds the job's row lock."""

    job = models.OneToOneField(Job, models.CASCADE, related_name="progress", primary_key=True)
    done = models.PositiveBigIntegerField(_("done"), default=0)
    total = models.PositiveBigIntegerField(_("total"), null=True, blank=True)
    cancel_asked = models.BooleanField(_("cancel asked"), default=False)
    heartbeat = models.DateTimeField(_("last pulse"), null=True, blank=True)

    class Meta:
        verbose_name = _("progress of a job")
        verbose_name_plural = _("progress of jobs")

    def __str__(self) -> str:
        return f"{self.done}/{self.total}"


class JobError(models.Model):
    """One row that a job could not do, with what to do about it."""

    job = models.ForeignKey(Job, models.CASCADE, related_name="errors")
    row = models.BigIntegerField(_("row"))
    column = models.CharField(_("column"), max_length=120, blank=True)
    message = models.CharField(_("message"), max_length=1000)
    why = ReasonField(_("message"))

    class Meta:
        verbose_name = _("row error")
        verbose_name_plural = _("row errors")
        constraints = [models.UniqueConstraint(fields=["job", "row", "column"], name="core_job_error_once")]

    def __str__(self) -> str:
        return f"{self.row}: {self.told}"

    @property
    def told(self) -> str:
        """The message in the language of whoever reads; what the job said where no code was kept."""
        return told(self.why, self.message)
