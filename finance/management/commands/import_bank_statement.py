"""Import a bank statement in any format that the readers know, and apply what its lines surely say."""

from argparse import ArgumentParser
from typing import Any

from ._statement import StatementCommand


class Command(StatementCommand):
    help = __doc__

    def add_arguments(self, parser: ArgumentParser) -> None:
        self.add_common(parser)
        parser.add_argument("--account", default="bank", help="code of the bank account")

    def handle(self, *args: Any, **options: Any) -> None:
        self.run(self.account(options["account"], ("bank", "till")), options)
