"""Reports on couriers: what they collect and what they cost."""

from core.reports import register

from .cod import CashOnDelivery
from .freight import Freight

register(CashOnDelivery())
register(Freight())
