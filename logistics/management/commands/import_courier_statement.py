"""Import a courier's statement and match it with our waybills. Posts nothing.

Prints rows, waybills, outcomes, billed, expected and difference. Exit 0 when everything is right, 3 when
something waits for a person or the file's own totals differ, 1 when it is refused, 2 when it could not run.
"""

from argparse import ArgumentParser
from typing import Any

from core.commands import ALL, TO_REVIEW
from core.tabular import titles_of
from logistics.models import Courier, CourierStatement, WaybillOutcome
from logistics.services import as_plain, import_courier_statement

from ._courier import CourierCommand

NOBODY = {*WaybillOutcome.AUTOMATIC, WaybillOutcome.Code.MISSING}


class Command(CourierCommand):
    help = __doc__

    def add_arguments(self, parser: ArgumentParser) -> None:
        super().add_arguments(parser)
        parser.add_argument("--columns", default="", help="waybill=TITLE,weight=TITLE,amount=TITLE,cod=TITLE")
        parser.add_argument("--period", default="", help="the month that it bills, YYYY-MM")
        parser.add_argument(
            "--accept-difference", default="", metavar="WHY", help="match a file whose totals differ"
        )

    def run(
        self, courier: Courier, data: bytes, name: str, options: dict[str, Any]
    ) -> tuple[dict[str, Any], int]:
        result = import_courier_statement(
            courier=courier,
            data=data,
            filename=name,
            columns=titles_of(options["columns"]),
            period=options["period"],
            dry_run=options["dry_run"],
            accept_difference=options["accept_difference"],
        )
        waits = result.rows_to_review or set(result.outcomes) - NOBODY
        is_open = result.state == CourierStatement.State.OPEN
        self.tell_totals(name, result.totals)
        return as_plain(result), TO_REVIEW if waits or is_open else ALL
