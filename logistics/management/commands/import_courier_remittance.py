"""Import a courier's advice of the cash that it pays over. Posts nothing without --apply.

With --apply the money has come: the cash of the parcels is cleared, and the bills that were kept back. Exit
0 all accepted, 3 when a line waits for a person, the file's own totals differ or the money could not be
applied, 1 when it is refused, 2 when it could not run.
"""

from argparse import ArgumentParser
from typing import Any

from core.commands import ALL, TO_REVIEW
from core.errors import DomainError
from core.tabular import titles_of
from finance.services import open_books
from logistics.models import Courier, Remittance
from logistics.services import apply_remittance, import_remittance, remittance_as_plain

from ._courier import CourierCommand


class Command(CourierCommand):
    help = __doc__

    def add_arguments(self, parser: ArgumentParser) -> None:
        super().add_arguments(parser)
        parser.add_argument("--columns", default="", help="waybill=TITLE,cod=TITLE,fee=TITLE,net=TITLE")
        parser.add_argument(
            "--accept-difference", default="", metavar="WHY", help="take an advice whose totals differ"
        )
        parser.add_argument("--apply", action="store_true", help="the money is there: clear what it pays")
        parser.add_argument(
            "--bank", default="", metavar="CODE", help="account that it came into, else the default one"
        )

    def run(
        self, courier: Courier, data: bytes, name: str, options: dict[str, Any]
    ) -> tuple[dict[str, Any], int]:
        bank_id = None
        if options["bank"]:
            _entity, account = open_books(currency=courier.currency, account=options["bank"])
            bank_id = account.pk
        result = import_remittance(
            courier=courier,
            data=data,
            filename=name,
            columns=titles_of(options["columns"]),
            dry_run=options["dry_run"],
            accept_difference=options["accept_difference"],
        )
        figures = remittance_as_plain(result)
        self.tell_totals(name, result.totals if result.state == Remittance.State.OPEN else [])
        code = TO_REVIEW if result.problems or result.state == Remittance.State.OPEN else ALL
        if options["apply"] and not options["dry_run"] and result.remittance_id is not None:
            try:
                applied = apply_remittance(remittance_id=result.remittance_id, bank_id=bank_id)
                figures["state"] = applied.state
            except DomainError as refused:
                self.stderr.write(f"{name}: {refused}")
                code = TO_REVIEW
        return figures, code
