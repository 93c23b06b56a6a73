"""The loop: three steps a day, each of which may be interrupted and done again."""

import gc
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from django.db import transaction

from core import clock
from core.models import Job, JobProgress
from crm.models import Message, User
from finance.services import send_due_refunds
from inventory.models import Sku
from logistics.models import Parcel
from orders.order.models import Order
from shopsite.demo_company import HISTORY
from shopsite.demo_company.history.office import Office
from shopsite.demo_company.history.ordering import Counter, settle_events
from shopsite.demo_company.history.outside import World, write_through
from shopsite.demo_company.history.plan import Wish, make_plan
from shopsite.demo_company.history.season import Season
from shopsite.demo_company.history.settling import Books
from shopsite.demo_company.history.warehouse import Yard
from shopsite.demo_company.staff import POSTS

STEPS = 3
LAST_DAYS = 2  # work stays open on them, so that today's queues have something in them


@dataclass(frozen=True, slots=True)
class Story:
    """Which history is being made; kept with its progress, so that going on means going on with the same."""

    seed: int
    orders: int
    days: int
    first: date

    @classmethod
    def of(cls, job: Job) -> "Story":
        p = job.parameters
        return cls(p["seed"], p["orders"], p["days"], date.fromisoformat(p["first"]))


def open_story(*, seed: int, orders: int, days: int) -> Job:
    """The job row of the one history of this database, made when there is none."""
    job = Job.objects.filter(kind=HISTORY).order_by("pk").first()
    if job is not None:
        return job
    with transaction.atomic():
        first = clock.today() - timedelta(days=days)
        job = Job.objects.create(
            kind=HISTORY,
            parameters={"seed": seed, "orders": orders, "days": days, "first": first.isoformat()},
            fingerprint=HISTORY,
            state=Job.State.RUNNING,
            created_at=clock.machine_now(),
            started_at=clock.machine_now(),
        )
        JobProgress.objects.create(job=job, total=days * STEPS)
    return job


def live(job: Job, world: World, say: Callable[[str], None]) -> None:
    """Do every step that is not done yet; a week's figures are said when it is over."""
    story = Story.of(job)
    history = History(story, world)
    done = JobProgress.objects.get(job=job).done
    gc.collect()
    gc.freeze()  # the plan and the code stay: looking through them again and again costs a tenth of the time
    for step in range(done, story.days * STEPS):
        history.do(step)
        JobProgress.objects.filter(job=job).update(done=step + 1)
        day, part = divmod(step, STEPS)
        if part == STEPS - 1 and (day % 7 == 6 or day == story.days - 1):
            say(_week(story, day))
    Job.objects.filter(pk=job.pk).update(state=Job.State.DONE, finished_at=clock.machine_now())


class History:
    def __init__(self, story: Story, world: World) -> None:
        self.story, self.world = story, world
        plan = make_plan(seed=story.seed, orders=story.orders, days=story.days, first=story.first)
        skus = {sku.code: sku for sku in Sku.objects.select_related("stockrecord__product").order_by("pk")}
        staff: dict[str, Any] = User.objects.in_bulk([post.login for post in POSTS], field_name="username")
        self.counter = Counter(
            story.seed, world, skus, Season(story.seed, story.orders, story.days, story.first)
        )
        wishes = {self.counter.token(wish): wish for wish in plan}
        self.plan = plan
        self.office = Office(wishes, staff)
        self.yard = Yard(story.seed, world, wishes, staff, skus)
        self.books = Books(world, staff, story.first + timedelta(days=story.days))
        self.scale = story.orders / story.days / 6.7 * 3

    def do(self, step: int) -> None:
        day, part = divmod(step, STEPS)
        start = clock.day_bounds(self.story.first + timedelta(days=day))[0]
        (self._morning, self._daytime, self._evening)[part](day, start)

    def _morning(self, day: int, start: datetime) -> None:
        at = start + timedelta(hours=8)
        self.world.move_to(at)
        settle_events(at)
        self.yard.hear_couriers(at)
        settle_events(at)
        self.yard.sell_in_shops(at, day)
        if day % 3 == 0:
            self.yard.receive(at, day, scale=self.scale)
        if day % 7 == 4:
            self.yard.count(at, day)
        if not self._is_late(day):
            self.office.resolve_conflicts(at)
            self.office.give_up_parcels(at)
            self.office.settle_losses(at)
            self.office.report_services(at)
        self.office.move_returns(at)
        self.office.clear_holds(at, patient=self._is_late(day))
        self.books.work(at + timedelta(hours=1))
        settle_events(at + timedelta(hours=1))

    def _daytime(self, day: int, start: datetime) -> None:
        at = start + timedelta(hours=16, minutes=30)
        settle_events(start + timedelta(hours=10))
        self.counter.take(self._wishes(day, evening=False), start)
        self.world.move_to(at)
        self.counter.hear(at)
        settle_events(at)
        self.office.clear_holds(at, patient=self._is_late(day))
        settle_events(at)
        self.yard.send(at + timedelta(hours=1), leave=5 if self._is_late(day) else 0)
        settle_events(at + timedelta(hours=1))

    def _evening(self, day: int, start: datetime) -> None:
        at = start + timedelta(hours=23, minutes=40)
        settle_events(start + timedelta(hours=19))
        self.counter.take(self._wishes(day, evening=True), start)
        self.world.move_to(at)
        self.counter.hear(at)
        settle_events(at)
        self.office.expire(at)
        self.office.cancel_wished(at)
        recent = Parcel.objects.filter(state=Parcel.State.DELIVERED, delivered_at__gte=at - timedelta(days=6))
        self.office.ask_returns(at, recent.select_related("order").order_by("pk"))
        settle_events(at)
        write_through()
        with clock.virtual(at):
            send_due_refunds()
        self.counter.hear(at)
        settle_events(at)
        _deliver_messages(at)

    def _wishes(self, day: int, *, evening: bool) -> list[Wish]:
        return [wish for wish in self.plan if wish.day == day and wish.evening == evening]

    def _is_late(self, day: int) -> bool:
        return day >= self.story.days - LAST_DAYS


def _deliver_messages(at: datetime) -> None:
    """The messages of a day have gone out on that day: nobody shall send them when the workers start."""
    Message.objects.filter(state=Message.State.DUE, due_at__lte=at).update(
        state=Message.State.SENT, sent_at=at, provider_ref="history"
    )


def _week(story: Story, day: int) -> str:
    until = story.first + timedelta(days=day)
    orders = Order.objects.count()
    parcels = Parcel.objects.exclude(handed_over_at=None).count()
    return f"  {until}  week {day // 7 + 1:>2}: {orders} orders, {parcels} parcels handed over"
