"""Import a bank statement in any format that the readers know, and apply what its lines surely say."""

from argparse import ArgumentParser
from typing import Any

from finance.models import MoneyAccount

from ._statement import StatementCommand, account_named


class Command(StatementCommand):
    help = __doc__

    def add_arguments(self, parser: ArgumentParser) -> None:
        super().add_arguments(parser)
        parser.add_argument("--account", default="bank", help="code of the bank account")

    def account(self, options: dict[str, Any]) -> MoneyAccount:
        return account_named(options["account"], "bank", "till")
