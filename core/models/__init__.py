from .entities import LegalEntity
from .events import Event, EventDelivery
from .states import StatusChange

__all__ = ["Event", "EventDelivery", "LegalEntity", "StatusChange"]
