"""The loop: three steps a day, each of which may be interrupted and done again."""

import gc
from collections.abc import Callable
from datetime import datetime, timedelta

from django.db import transaction

from core import clock
from core.models import Job, JobProgress
from crm.models import Message
from logistics.models import Parcel
from orders.order.models import Order
from shopsite.demo_company import HISTORY
from shopsite.demo_company.history.announced import Side, settle_events
from shopsite.demo_company.history.beside import YardProcess
from shopsite.demo_company.history.outside import World
from shopsite.demo_company.history.sides import PARTS, ShopDay
from shopsite.demo_company.history.story import Story


def open_story(*, seed: int, orders: int, days: int) -> Job:
    """The job row of the one history of this database, made when there is none."""
    job = Job.objects.filter(kind=HISTORY).order_by("pk").first()
    if job is not None:
        return job
    with transaction.atomic():
        story = Story(seed, orders, days, clock.today() - timedelta(days=days))
        job = Job.objects.create(
            kind=HISTORY,
            parameters=story.parameters(),
            fingerprint=HISTORY,
            state=Job.State.RUNNING,
            created_at=clock.machine_now(),
            started_at=clock.machine_now(),
        )
        JobProgress.objects.create(job=job, total=days * len(PARTS))
    return job


def live(job: Job, world: World, say: Callable[[str], None]) -> None:
    """Do every step that is not done yet; a week's figures are said when it is over."""
    story = Story.of(job)
    done = JobProgress.objects.get(job=job).done
    with YardProcess() as yard:
        shop = ShopDay(story, world)
        yard.await_ready()
        gc.collect()
        gc.freeze()  # plan and code stay: looking through them again and again costs a tenth of the time
        for step in range(done, story.days * len(PARTS)):
            day, part = step // len(PARTS), PARTS[step % len(PARTS)]
            with yard.beside(day, part):
                shop.do(day, part)
            if part == PARTS[-1]:
                _close_day(story.start_of(day) + timedelta(hours=23, minutes=50))
            JobProgress.objects.filter(job=job).update(done=step + 1)
            if part == PARTS[-1] and (day % 7 == 6 or day == story.days - 1):
                say(_week(story, day))
    Job.objects.filter(pk=job.pk).update(state=Job.State.DONE, finished_at=clock.machine_now())


def _close_day(night: datetime) -> None:
    """What one side has announced to the other is done, and the day's messages have gone out on that day:
    nobody shall send them when the workers start."""
    settle_events(night, Side.BOTH)
    Message.objects.filter(state=Message.State.DUE, due_at__lte=night).update(
        state=Message.State.SENT, sent_at=night, provider_ref="history"
    )


def _week(story: Story, day: int) -> str:
    until = story.first + timedelta(days=day)
    orders = Order.objects.count()
    parcels = Parcel.objects.exclude(handed_over_at=None).count()
    return f"  {until}  week {day // 7 + 1:>2}: {orders} orders, {parcels} parcels handed over"
