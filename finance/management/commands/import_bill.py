"""Import a provider's bill (alipay …), match it payment by payment and post what agrees."""

from argparse import ArgumentParser
from typing import Any

from finance.services import ImportResult

from ._statement import StatementCommand


class Command(StatementCommand):
    help = __doc__

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("provider", help="code of the provider account")
        self.add_common(parser)

    def handle(self, *args: Any, **options: Any) -> None:
        self.run(self.account(options["provider"], ("provider",)), options)

    def figures(self, result: ImportResult) -> dict[str, Any]:
        kinds = result.kinds
        return super().figures(result) | {
            "payments": kinds.get("payment", 0),
            "refunds": kinds.get("refund", 0),
            "fees": kinds.get("fee", 0) + kinds.get("fee_refund", 0),
        }
