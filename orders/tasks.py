"""What beat runs for orders."""

from datetime import datetime, timedelta

from core.periodic import periodic
from orders import services


@periodic(every=timedelta(minutes=1), queue="critical")
def expire_orders(start: datetime) -> None:
    """Give the stock of orders back whose time has run out (F09)."""
    services.expire_orders()
