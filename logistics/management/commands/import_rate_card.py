"""Add a courier's price list.

Columns: product, zone, service, first_weight_kg, first_fee, step_kg, step_fee, valid_from, valid_to;
extras in columns of their own. Exit 0 all, 3 rows to review, 1 refused, 2 could not run.
"""

from typing import Any

from core.commands import ALL, TO_REVIEW
from logistics.models import Courier
from logistics.services import import_rate_card

from ._courier import CourierCommand


class Command(CourierCommand):
    help = __doc__

    def run(
        self, courier: Courier, data: bytes, name: str, options: dict[str, Any]
    ) -> tuple[dict[str, Any], int]:
        result = import_rate_card(courier=courier, data=data, filename=name, dry_run=options["dry_run"])
        return result.as_plain(), TO_REVIEW if result.rows_to_review else ALL
