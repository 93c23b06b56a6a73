"""Sign off holds of many orders at once, in the name of a person, with one note for all.

Each is signed by the same service as on the page of its order, so the person's roles decide; the last
hold of an order confirms it. Exit 0 all signed, 3 when some were not, 1 refused, 2 could not run.
"""

from argparse import ArgumentParser
from typing import Any

from core.audit import acting
from core.commands import ALL, TO_REVIEW, FiguresCommand, NotRun
from core.errors import DomainError
from crm.queries import user_named
from orders.models import Hold
from orders.services import clear_hold


class Command(FiguresCommand):
    help = __doc__

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--as", dest="person", required=True, metavar="USER", help="user name or e-mail")
        parser.add_argument("--note", required=True, help="why the orders may go on")
        parser.add_argument("--channel", default="", metavar="CODE", help="of orders of this channel only")
        parser.add_argument("--rule", action="append", default=[], metavar="CODE", help="of this rule only")
        parser.add_argument("--dry-run", action="store_true", help="count them, sign nothing")
        super().add_arguments(parser)

    def work(self, options: dict[str, Any]) -> tuple[dict[str, Any], int]:
        person = user_named(options["person"])
        if person is None:
            raise NotRun(f"There is no user “{options['person']}”.")
        holds = Hold.objects.filter(cleared_at=None, order__status="in_review")
        if options["channel"]:
            holds = holds.filter(order__channel__code=options["channel"])
        if options["rule"]:
            holds = holds.filter(rule__in=options["rule"])
        figures = self._clear(holds, person, options)
        return figures, TO_REVIEW if figures["refused"] else ALL

    def _clear(self, holds: Any, person: Any, options: dict[str, Any]) -> dict[str, Any]:
        wanted = list(
            holds.order_by("order_id", "pk").values_list("pk", "rule", "order__number", "order_version")
        )
        figures: dict[str, Any] = {"holds": len(wanted), "cleared": 0, "refused": 0, "rules": {}}
        orders = set()
        for pk, rule, number, version in wanted:
            figures["rules"][rule] = figures["rules"].get(rule, 0) + 1
            if options["dry_run"]:
                continue
            try:
                with acting(person):
                    clear_hold(hold_id=pk, by=person, note=options["note"], order_version=version)
                figures["cleared"] += 1
                orders.add(number)
            except DomainError as refused:
                figures["refused"] += 1
                if figures["refused"] <= 20:
                    self.stderr.write(f"{number} {rule}: {refused}")
        return figures | {"orders": len(orders)}
