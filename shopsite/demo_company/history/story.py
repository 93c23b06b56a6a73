"""Which history is being made; kept with its progress, so that going on means going on with the same."""

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from functools import cached_property
from typing import Any, Final, Self

from core import clock
from core.models import Job
from shopsite.demo_company import HISTORY
from shopsite.demo_company.history.plan import Wish, make_plan

LAST_DAYS: Final = 2  # work stays open on them, so that today's queues have something in them


@dataclass(frozen=True)
class Story:
    seed: int
    orders: int
    days: int
    first: date

    @classmethod
    def of(cls, job: Job) -> Self:
        p = job.parameters
        return cls(p["seed"], p["orders"], p["days"], date.fromisoformat(p["first"]))

    @classmethod
    def found(cls) -> Self:
        """The one of this database."""
        return cls.of(Job.objects.get(kind=HISTORY))

    def parameters(self) -> dict[str, Any]:
        return {"seed": self.seed, "orders": self.orders, "days": self.days, "first": self.first.isoformat()}

    @cached_property
    def plan(self) -> list[Wish]:
        return make_plan(seed=self.seed, orders=self.orders, days=self.days, first=self.first)

    @cached_property
    def wishes(self) -> dict[str, Wish]:
        """The plan by the submit token of each order."""
        return {wish.token(self.seed): wish for wish in self.plan}

    def start_of(self, day: int) -> datetime:
        return clock.day_bounds(self.first + timedelta(days=day))[0]

    def is_late(self, day: int) -> bool:
        return day >= self.days - LAST_DAYS
