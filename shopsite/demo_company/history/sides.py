"""A day of the company, on which the shop and the yard work beside each other from morning to evening.

In a morning, at a noon and in an evening neither side reads what the other writes then, and nobody goes on
before both are done. So a side's work never depends on how far the other has come, and a seed has one
outcome.
"""

from datetime import datetime, timedelta
from typing import Any, Final

from core import clock
from crm.models import User
from finance.services import send_due_refunds
from inventory.models import Sku
from logistics.gateways.simulator.control import Control
from logistics.models import Parcel
from shopsite.demo_company.history.announced import Side, settle_events
from shopsite.demo_company.history.office import Office
from shopsite.demo_company.history.ordering import Counter
from shopsite.demo_company.history.outside import World, write_through
from shopsite.demo_company.history.plan import Wish
from shopsite.demo_company.history.season import Season
from shopsite.demo_company.history.settling import Books
from shopsite.demo_company.history.story import Story
from shopsite.demo_company.history.warehouse import Yard
from shopsite.demo_company.staff import POSTS

PARTS: Final = ("morning", "noon", "evening")
MIDNIGHT, MIDDAY, END = timedelta(), timedelta(hours=12), timedelta(days=1)
AFTERNOON = timedelta(hours=16, minutes=30)  # from here on orders are too late for today's hand-over


class Day:
    """One side of a day; a method each for its parts."""

    def do(self, day: int, part: str) -> None:
        getattr(self, part)(day)


class ShopDay(Day):
    """The shop's side of a day: orders, money, questions, and the goods that it may promise."""

    def __init__(self, story: Story, world: World) -> None:
        self.story, self.world = story, world
        staff, skus = _staff(), _skus()
        season = Season(story.seed, story.orders, story.days, story.first)
        self.counter = Counter(story.seed, world, skus, season)
        self.office = Office(story.wishes, staff)
        self.yard = Yard(story.seed, world.couriers, story.wishes, staff, skus)
        self.books = Books(world, staff, story.first + timedelta(days=story.days))
        self.scale = story.orders / story.days / 6.7 * 3

    def morning(self, day: int) -> None:
        """Tills report, goods come in, holds are signed off, and all shoppers of the day order; some pay.

        Nobody looks at their orders before the yard knows what was delivered: a customer's first order is
        one before which nothing was.
        """
        at = self.story.start_of(day) + timedelta(hours=8)
        self.yard.sell_in_shops(at, day)
        if day % 3 == 0:
            self.yard.receive(at, day, scale=self.scale)
        if day % 7 == 4:
            self.yard.count(at, day)
        settle_events(at, Side.SHOP)
        if not self.story.is_late(day):
            self.office.resolve_conflicts(at)
        self.office.clear_holds(at, patient=self.story.is_late(day))
        self.yard.miss(at)
        settle_events(at, Side.SHOP)
        self.counter.take(self._wishes(day), self.story.start_of(day))
        self._pay(day, MIDNIGHT, MIDDAY)

    def noon(self, day: int) -> None:
        """What rests on the couriers' news: losses, returns, money that is proven, first looks at orders."""
        at = self.story.start_of(day) + MIDDAY
        self.world.move_to(at)
        self.counter.hear(at)
        settle_events(at, Side.BOTH)
        if not self.story.is_late(day):
            self.office.give_up_parcels(at)
            self.office.settle_losses(at)
            self.office.report_services(at)
        self.office.move_returns(at)
        self.books.work(at)
        settle_events(at, Side.BOTH)
        write_through()
        with clock.virtual(at):
            send_due_refunds()
        self.counter.hear(at)
        settle_events(at, Side.BOTH)

    def evening(self, day: int) -> None:
        start = self.story.start_of(day)
        afternoon, night = start + AFTERNOON, start + timedelta(hours=23, minutes=40)
        self._pay(day, MIDDAY, AFTERNOON)
        self._hear_provider(afternoon)
        self.office.clear_holds(afternoon, patient=self.story.is_late(day))
        settle_events(start + timedelta(hours=19), Side.SHOP)
        self._pay(day, AFTERNOON, END)
        self._hear_provider(night)
        self.office.expire(night)
        self.office.cancel_wished(night)
        settle_events(night, Side.SHOP)

    def _pay(self, day: int, since: timedelta, until: timedelta) -> None:
        wishes = [wish for wish in self._wishes(day) if since <= wish.paid_at < until]
        self.counter.pay(wishes, self.story.start_of(day))

    def _hear_provider(self, at: datetime) -> None:
        self.world.provider.stop_clock(at)
        self.counter.hear(at)
        settle_events(at, Side.SHOP)

    def _wishes(self, day: int) -> list[Wish]:
        return [wish for wish in self.story.plan if wish.day == day]


class YardDay(Day):
    """The yard's side of a day, in a process of its own."""

    def __init__(self, story: Story, couriers: Control) -> None:
        self.story, self.couriers = story, couriers
        staff = _staff()
        self.office = Office(story.wishes, staff)
        self.yard = Yard(story.seed, couriers, story.wishes, staff, _skus())

    def morning(self, day: int) -> None:
        """What the couriers tell, and what it means for the orders."""
        at = self.story.start_of(day) + timedelta(hours=8)
        self.couriers.move_clock(at)
        self.yard.hear_couriers(at)
        settle_events(at, Side.YARD)

    def noon(self, day: int) -> None:
        """What was planned on earlier days is packed; what that means for the orders waits until the evening,
        since the other side opens cases and refunds now."""
        start = self.story.start_of(day)
        self.yard.pack(start + MIDDAY, planned_before=start, leave=self._leave(day))

    def evening(self, day: int) -> None:
        """What was planned in time leaves; customers ask for returns."""
        start = self.story.start_of(day)
        at = start + timedelta(hours=17, minutes=30)
        self.couriers.move_clock(at)
        self.yard.pack(at - timedelta(hours=1), planned_before=start + AFTERNOON, leave=self._leave(day))
        self.yard.hand_over(at)
        settle_events(at, Side.YARD)
        at = start + timedelta(hours=23, minutes=40)
        recent = Parcel.objects.filter(state=Parcel.State.DELIVERED, delivered_at__gte=at - timedelta(days=6))
        self.office.ask_returns(at, recent.select_related("order").order_by("pk"))
        settle_events(at, Side.YARD)

    def _leave(self, day: int) -> int:
        return 5 if self.story.is_late(day) else 0


def _staff() -> dict[str, Any]:
    return User.objects.in_bulk([post.login for post in POSTS], field_name="username")


def _skus() -> dict[str, Sku]:
    return {sku.code: sku for sku in Sku.objects.select_related("stockrecord__product").order_by("pk")}
