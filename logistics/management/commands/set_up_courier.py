"""Make a courier, or change the terms of its account; what is not named stays as it is.

Exit 0 done, 1 refused, 2 could not run.
"""

from argparse import ArgumentParser
from decimal import Decimal, InvalidOperation
from typing import Any

from django.core.exceptions import ValidationError

from core.commands import ALL, FiguresCommand
from core.errors import InvalidInput
from logistics.models import Courier

TERMS = {
    "name": str,
    "account": str,
    "currency": str,
    "cod_days": int,
    "tolerance_money": Decimal,
    "tolerance_percent": Decimal,
    "billed_within_days": int,
}


class Command(FiguresCommand):
    help = __doc__

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("courier", help="its code, such as sf")
        parser.add_argument("--name")
        parser.add_argument("--account", help="our account there")
        parser.add_argument("--currency", help="that it bills in")
        parser.add_argument("--cod-days", help="days until collected cash is due")
        parser.add_argument("--tolerance-money", help="difference per waybill that needs nobody")
        parser.add_argument("--tolerance-percent", help="and how much of the expected fee that may be")
        parser.add_argument("--billed-within-days", help="days that it may take to bill a parcel")
        super().add_arguments(parser)

    def work(self, options: dict[str, Any]) -> tuple[dict[str, Any], int]:
        code = options["courier"]
        courier = Courier.objects.filter(code=code).first() or Courier(code=code, name=code.upper())
        made = courier.pk is None
        try:
            for term, kind in TERMS.items():
                if options[term] is not None:
                    setattr(courier, term, kind(options[term]))
            courier.full_clean()
        except ValidationError as error:
            raise InvalidInput("; ".join(error.messages)) from error
        except (ValueError, InvalidOperation) as error:
            raise InvalidInput(f"{term}: “{options[term]}” is no number.") from error
        courier.save()
        courier.refresh_from_db()
        return {"courier": code, "made": made} | {term: str(getattr(courier, term)) for term in TERMS}, ALL
