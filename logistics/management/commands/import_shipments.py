"""Keep opening waybills that another system has handed over, so that their bills can be checked.

With --channel the orders are ours: their deliveries leave, each on its day, under these waybills.
Columns: waybill, order, service (forward/return), shipped_on, origin, destination, zone, weight_kg,
length_cm, width_cm, height_cm, cod_amount. Exit 0 all, 3 rows to review, 1 refused, 2 could not run.
"""

from argparse import ArgumentParser
from typing import Any

from core.commands import ALL, TO_REVIEW
from logistics.models import Courier
from logistics.services import import_shipments, ship_orders

from ._courier import CourierCommand


class Command(CourierCommand):
    help = __doc__

    def add_arguments(self, parser: ArgumentParser) -> None:
        super().add_arguments(parser)
        parser.add_argument(
            "--channel",
            default="",
            metavar="CODE",
            help="the orders are this channel's: send their deliveries",
        )

    def run(
        self, courier: Courier, data: bytes, name: str, options: dict[str, Any]
    ) -> tuple[dict[str, Any], int]:
        given: dict[str, Any] = {
            "courier": courier,
            "data": data,
            "filename": name,
            "dry_run": options["dry_run"],
        }
        channel = options["channel"]
        result = ship_orders(channel=channel, **given) if channel else import_shipments(**given)
        return result.as_plain(), TO_REVIEW if result.rows_to_review else ALL
