"""Decide what waits on a courier's statement, in the name of a person, and agree it.

What is right or tolerated is posted; outcomes named here are decided first, whole kinds at a time. Exit 0
when the statement is agreed, 3 when something still waits, 1 refused, 2 could not run.
"""

import json
import sys
from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand
from django.db import DatabaseError, transaction

from core import rights
from core.audit import acting
from core.errors import DomainError
from crm.queries import user_named
from logistics.models import CourierStatement, WaybillOutcome
from logistics.services import accept_outcomes, agree_statement, dispute_outcomes

WAITING = sorted(set(WaybillOutcome.Code) - WaybillOutcome.AUTOMATIC - {WaybillOutcome.Code.MISSING})
WAYS = {
    "accept": ("logistics.agree_statement", accept_outcomes, {}),
    "as_expected": ("logistics.agree_statement", accept_outcomes, {"as_expected": True}),
    "dispute": ("logistics.dispute_outcome", dispute_outcomes, {}),
}


class Command(BaseCommand):
    help = __doc__

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("courier", help="code of the courier")
        parser.add_argument("statement", help="number that its import has printed, or name of the file")
        parser.add_argument("--as", dest="person", required=True, metavar="USER", help="user name or e-mail")
        parser.add_argument("--why", default="", help="reason of the decisions; the courier will read it")
        known = "codes of outcomes, separated by commas"
        parser.add_argument("--accept", default="", metavar="CODES", help=f"{known}: pay as billed")
        parser.add_argument("--as-expected", default="", metavar="CODES", help=f"{known}: pay as expected")
        parser.add_argument("--dispute", default="", metavar="CODES", help=f"{known}: pay nothing yet")
        parser.add_argument("--json", action="store_true", help="print one JSON object last")

    def handle(self, *args: Any, **options: Any) -> None:
        person = user_named(options["person"])
        if person is None:
            self._end(options, {"error": f"There is no user “{options['person']}”."}, 2)
        statement = self._statement(options)
        if statement is None:
            self._end(
                options, {"error": f"{options['courier']} has no statement “{options['statement']}”."}, 2
            )
            return
        try:
            with acting(person):
                decided = self._decide(statement, person, options)
                rights.require(person, "logistics.agree_statement")
                agreement = agree_statement(statement_id=statement.pk)
        except DomainError as refused:
            self._end(options, {"refused": str(refused)}, 1)
        except DatabaseError as error:
            self._end(options, {"error": f"could not run: {error}"}, 2)
        figures = {
            "statement_id": statement.pk,
            "state": str(agreement.state),
            "decided": decided,
            "posted": agreement.posted,
            "waiting": agreement.waiting,
        }
        self._end(options, figures, 3 if agreement.waiting else 0)

    def _statement(self, options: dict[str, Any]) -> CourierStatement | None:
        named = CourierStatement.objects.filter(courier__code=options["courier"]).exclude(state="refused")
        number = options["statement"]
        return (named.filter(pk=number) if number.isdigit() else named.filter(filename=number)).first()

    @transaction.atomic
    def _decide(self, statement: CourierStatement, person: Any, options: dict[str, Any]) -> dict[str, int]:
        """All decisions or none. Raises DomainError."""
        decided = {}
        for way, (action, decide, more) in WAYS.items():
            codes = [code.strip() for code in options[way].split(",") if code.strip()]
            if unknown := set(codes) - set(WAITING):
                named, known = ", ".join(sorted(unknown)), ", ".join(WAITING)
                self._end(options, {"error": f"No outcome waits as {named}. Known: {known}."}, 2)
            waiting = statement.outcomes.filter(decision="", posted_at=None, outcome__in=codes)
            ids = list(waiting.order_by("pk").values_list("pk", flat=True))
            if ids:
                rights.require(person, action)
                decided[way] = decide(outcome_ids=ids, reason=options["why"], by=person, **more)
        return decided

    def _end(self, options: dict[str, Any], figures: dict[str, Any], code: int) -> None:
        for key in ("error", "refused"):
            if key in figures:
                self.stderr.write(figures[key])
        if options["json"]:
            self.stdout.write(json.dumps(figures, ensure_ascii=False))
        elif code in (0, 3):
            self.stdout.write(", ".join(f"{key} {value}" for key, value in figures.items()))
        if code:
            sys.exit(code)
