"""What was announced gets done. Each side of the company does what concerns it, and no other."""

from collections.abc import Collection
from datetime import datetime, timedelta
from typing import Final

from core import clock, events
from core.models import EventDelivery

YARD: Final = frozenset({"logistics", "returns"})  # parcels on their way out and back
SHOP: Final = frozenset({"finance", "inventory", "orders"})  # money, promises, orders


def settle_events(at: datetime, *, side: Collection[str] = ()) -> None:
    """Let everything be done that the apps of a side, or all, have announced.

    What a killed process had begun comes due a little later.
    """
    names = events.known_names(apps=side)
    for minutes in (0, 1, 6, 40):
        with clock.virtual(at + timedelta(minutes=minutes)):
            events.drain_all(handlers=names)
            if not EventDelivery.objects.filter(state=EventDelivery.State.DUE, handler__in=names).exists():
                return
