"""What beat runs for stock."""

from datetime import datetime, timedelta

from core.periodic import periodic
from inventory import services


@periodic(every=timedelta(minutes=1), name="inventory.refresh_pools")
def refresh_pools(_period: datetime) -> None:
    """Policies begin and end by date; fences and caps follow them."""
    services.refresh_pools()


@periodic(every=timedelta(minutes=5), name="inventory.serve_back_orders")
def serve_back_orders(_period: datetime) -> None:
    """Serve whoever still waits while goods are free."""
    services.serve_back_orders()
