"""Decide what waits on a courier's statement, in the name of a person, and agree it.

What is right or tolerated is posted; outcomes named here are decided first, whole kinds at a time. Exit 0
when the statement is agreed, 3 when something still waits, 1 refused, 2 could not run.
"""

from argparse import ArgumentParser
from typing import Any

from django.db import transaction

from core import rights
from core.audit import acting
from core.commands import ALL, TO_REVIEW, FiguresCommand, NotRun
from crm.queries import user_named
from logistics.models import CourierStatement, WaybillOutcome
from logistics.services import accept_outcomes, agree_statement, dispute_outcomes

WAITING = sorted(set(WaybillOutcome.Code) - WaybillOutcome.AUTOMATIC - {WaybillOutcome.Code.MISSING})
WAYS = {
    "accept": ("logistics.agree_statement", accept_outcomes, {}),
    "as_expected": ("logistics.agree_statement", accept_outcomes, {"as_expected": True}),
    "dispute": ("logistics.dispute_outcome", dispute_outcomes, {}),
}


class Command(FiguresCommand):
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
        super().add_arguments(parser)

    def work(self, options: dict[str, Any]) -> tuple[dict[str, Any], int]:
        person = user_named(options["person"])
        if person is None:
            raise NotRun(f"There is no user “{options['person']}”.")
        statement = self._statement(options)
        with acting(person):
            decided = self._decide(statement, person, options)
            rights.require(person, "logistics.agree_statement")
            agreement = agree_statement(statement_id=statement.pk)
        figures = {
            "statement_id": statement.pk,
            "state": str(agreement.state),
            "decided": decided,
            "posted": agreement.posted,
            "waiting": agreement.waiting,
        }
        return figures, TO_REVIEW if agreement.waiting else ALL

    def _statement(self, options: dict[str, Any]) -> CourierStatement:
        named = CourierStatement.objects.filter(courier__code=options["courier"]).exclude(state="refused")
        number = options["statement"]
        found = (named.filter(pk=number) if number.isdigit() else named.filter(filename=number)).first()
        if found is None:
            raise NotRun(f"{options['courier']} has no statement “{number}”.")
        return found

    @transaction.atomic
    def _decide(self, statement: CourierStatement, person: Any, options: dict[str, Any]) -> dict[str, int]:
        """All decisions or none. Raises DomainError, and NotRun for an outcome that nothing waits as."""
        decided = {}
        for way, (action, decide, more) in WAYS.items():
            codes = [code.strip() for code in options[way].split(",") if code.strip()]
            if unknown := set(codes) - set(WAITING):
                named, known = ", ".join(sorted(unknown)), ", ".join(WAITING)
                raise NotRun(f"No outcome waits as {named}. Known: {known}.")
            waiting = statement.outcomes.filter(decision="", posted_at=None, outcome__in=codes)
            ids = list(waiting.order_by("pk").values_list("pk", flat=True))
            if ids:
                rights.require(person, action)
                decided[way] = decide(outcome_ids=ids, reason=options["why"], by=person, **more)
        return decided
