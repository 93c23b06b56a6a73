"""Reports that need to know of orders from elsewhere."""

from core.reports import register

from .payments import Payments

register(Payments())
