"""Import a courier's scans; parcels follow, and what is delivered is sold.

Columns: waybill, at, state, text, place, return_waybill. Exit 0 all, 3 rows to review, 1 refused, 2 could
not run.
"""

from typing import Any

from core.commands import ALL, TO_REVIEW
from logistics.models import Courier
from logistics.services import import_tracking

from ._courier import CourierCommand


class Command(CourierCommand):
    help = __doc__

    def run(
        self, courier: Courier, data: bytes, name: str, options: dict[str, Any]
    ) -> tuple[dict[str, Any], int]:
        result = import_tracking(courier=courier, data=data, filename=name, dry_run=options["dry_run"])
        return result.as_plain(), TO_REVIEW if result.rows_to_review else ALL
