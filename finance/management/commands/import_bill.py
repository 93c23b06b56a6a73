"""Import a provider's bill (alipay …), match it payment by payment and post what agrees."""

from argparse import ArgumentParser
from typing import Any

from finance.models import MoneyAccount
from finance.services import ImportResult

from ._statement import StatementCommand, account_named


class Command(StatementCommand):
    help = __doc__

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("provider", help="code of the provider account")
        super().add_arguments(parser)

    def account(self, options: dict[str, Any]) -> MoneyAccount:
        return account_named(options["provider"], "provider")

    def figures(self, result: ImportResult) -> dict[str, Any]:
        kinds = result.kinds
        return super().figures(result) | {
            "payments": kinds.get("payment", 0),
            "refunds": kinds.get("refund", 0),
            "fees": kinds.get("fee", 0) + kinds.get("fee_refund", 0),
        }
