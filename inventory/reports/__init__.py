"""Reports on stock."""

from core.reports import register

from .stock import Stock

register(Stock())
