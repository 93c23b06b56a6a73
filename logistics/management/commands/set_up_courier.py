"""Make a courier, or change the terms of its account; what is not named stays as it is.

Exit 0 done, 1 refused, 2 could not run.
"""

import json
import sys
from argparse import ArgumentParser
from decimal import Decimal, InvalidOperation
from typing import Any

from django.core.exceptions import ValidationError
from django.core.management.base import BaseCommand
from django.db import DatabaseError

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


class Command(BaseCommand):
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
        parser.add_argument("--json", action="store_true", help="print one JSON object last")

    def handle(self, *args: Any, **options: Any) -> None:
        code = options["courier"]
        try:
            courier = Courier.objects.filter(code=code).first() or Courier(code=code, name=code.upper())
            made = courier.pk is None
            for term, kind in TERMS.items():
                if options[term] is not None:
                    setattr(courier, term, kind(options[term]))
            courier.full_clean()
            courier.save()
            courier.refresh_from_db()
        except ValidationError as error:
            self._end(options, {"refused": "; ".join(error.messages)}, 1)
        except (ValueError, InvalidOperation):
            self._end(options, {"refused": f"{term}: “{options[term]}” is no number."}, 1)
        except DatabaseError as error:
            self._end(options, {"error": f"could not run: {error}"}, 2)
        terms = {term: str(getattr(courier, term)) for term in TERMS}
        self._end(options, {"courier": code, "made": made} | terms, 0)

    def _end(self, options: dict[str, Any], figures: dict[str, Any], code: int) -> None:
        for key in ("error", "refused"):
            if key in figures:
                self.stderr.write(figures[key])
        if options["json"]:
            self.stdout.write(json.dumps(figures, ensure_ascii=False))
        elif not code:
            self.stdout.write(", ".join(f"{key} {value}" for key, value in figures.items()))
        if code:
            sys.exit(code)
