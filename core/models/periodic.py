from django.db import models
from django.utils.translation import gettext_lazy as _


class PeriodicJob(models.Model):
    """Work that comes back every so often. Written by `setup_shop` from what the apps register."""

    name = models.CharField(_("name"), max_length=120, unique=True)
    every = models.DurationField(_("every"))
    catches_up = models.BooleanField(_("makes up for missed periods"), default=False)
    active = models.BooleanField(_("active"), default=True)

    class Meta:
        verbose_name = _("periodic job")
        verbose_name_plural = _("periodic jobs")

    def __str__(self) -> str:
        return self.name


class PeriodicRun(models.Model):
    """One period of one job: taken by whoever inserts the row, however often beat calls (F87, C15)."""

    class State(models.TextChoices):
        RUNNING = "running", _("running")
        DONE = "done", _("done")
        FAILED = "failed", _("failed")

    job = models.ForeignKey(PeriodicJob, models.CASCADE, related_name="runs", verbose_name=_("job"))
    period_start = models.DateTimeField(_("period"))
    state = models.CharField(_("state"), max_length=8, choices=State, default=State.RUNNING)
    started_at = models.DateTimeField(_("started at"))
    finished_at = models.DateTimeField(_("finished at"), null=True, blank=True)
    error = models.TextField(_("error"), blank=True)

    class Meta:
        verbose_name = _("periodic run")
        verbose_name_plural = _("periodic runs")
        constraints = [models.UniqueConstraint(fields=["job", "period_start"], name="core_period_once")]

    def __str__(self) -> str:
        return f"{self.job_id} {self.period_start:%Y-%m-%d %H:%M}"


class Heartbeat(models.Model):
    """When a queue last ran anything: the only proof that a worker is alive (F89)."""

    queue = models.CharField(_("queue"), max_length=32, primary_key=True)
    at = models.DateTimeField(_("at"))

    class Meta:
        verbose_name = _("heartbeat")
        verbose_name_plural = _("heartbeats")

    def __str__(self) -> str:
        return self.queue
