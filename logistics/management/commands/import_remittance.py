"""Import a courier's remittance advice: which cash it pays out, less what it keeps back. Posts nothing.

Prints number, rows, cash, kept_back, paid and lines by state. Exit 0 when everything can be applied, 3 when
a row waits for a person or the file's own totals differ, 1 when it is refused, 2 when it could not run.
"""

from argparse import ArgumentParser
from typing import Any

from logistics.models import Courier, Remittance, RemittanceLine
from logistics.services import import_remittance, remittance_as_plain

from ._courier import ALL, TO_REVIEW, CourierCommand, columns_of


class Command(CourierCommand):
    help = __doc__

    def add_arguments(self, parser: ArgumentParser) -> None:
        super().add_arguments(parser)
        parser.add_argument("--columns", default="", help="waybill=TITLE,cod=TITLE,fee=TITLE,net=TITLE")
        parser.add_argument(
            "--accept-difference", default="", metavar="WHY", help="take an advice whose totals differ"
        )

    def run(
        self, courier: Courier, data: bytes, name: str, options: dict[str, Any]
    ) -> tuple[dict[str, Any], int]:
        result = import_remittance(
            courier=courier,
            data=data,
            filename=name,
            columns=columns_of(options["columns"]),
            dry_run=options["dry_run"],
            accept_difference=options["accept_difference"],
        )
        for total in result.totals:
            self.stderr.write(
                f"{name} {total['place']} {total['column']}: the file says {total['stated']}, its rows"
                f" {total['summed']}. Ask for the whole file, or accept it with --accept-difference."
            )
        waits = RemittanceLine.State.REVIEW in result.lines or result.state == Remittance.State.OPEN
        return remittance_as_plain(result), TO_REVIEW if waits else ALL
