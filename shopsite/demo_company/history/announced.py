"""What was announced gets done. Each side of the company does what concerns it, and no other."""

from datetime import datetime, timedelta
from enum import Enum

from core import clock, events
from core.models import EventDelivery

REPLACING = "orders.handlers.replace_missing"  # gives other pieces to an order, so it is the shop's


class Side(Enum):
    SHOP = "orders, money, promises"
    YARD = "parcels on their way out and back"
    BOTH = "everything"

    def handlers(self) -> list[str]:
        """The names of the handlers that do this side's work."""
        yard = set(events.known_names(apps=("logistics", "returns"))) - {REPLACING}
        names = events.known_names()
        if self is Side.BOTH:
            return names
        return [name for name in names if (name in yard) == (self is Side.YARD)]


def settle_events(at: datetime, side: Side) -> None:
    """Let everything be done that is a side's; what a killed process had begun comes due a little later."""
    names = side.handlers()
    for minutes in (0, 1, 6, 40):
        with clock.virtual(at + timedelta(minutes=minutes)):
            events.drain_all(handlers=names)
            if not EventDelivery.objects.filter(state=EventDelivery.State.DUE, handler__in=names).exists():
                return
