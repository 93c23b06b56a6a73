"""Name the figures of stock that differ from their moves and reservations; with --write, put them right.

Each figure is mended by itself, under its locks, in the name of a person and with the reason on its SKU.
Exit 0 nothing differs or all is mended, 3 something differs, or its facts cannot be true and the goods must
be counted, 1 refused, 2 could not run.
"""

from argparse import ArgumentParser
from collections.abc import Mapping
from dataclasses import asdict
from typing import Any

from core import rights
from core.audit import acting
from core.commands import ALL, TO_REVIEW, FiguresCommand, NotRun
from crm.queries import user_named
from inventory.services import repair_stock


class Command(FiguresCommand):
    help = __doc__

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--write", action="store_true", help="mend them; else they are only named")
        parser.add_argument("--as", dest="person", default="", metavar="USER", help="user name or e-mail")
        parser.add_argument("--why", default="", help="what has happened; it stands on the SKU")
        super().add_arguments(parser)

    def work(self, options: dict[str, Any]) -> tuple[dict[str, Any], int]:
        person = None
        if options["write"]:
            person = user_named(options["person"])
            if person is None:
                raise NotRun(f"--write needs --as USER: there is no user “{options['person']}”.")
            rights.require(person, "inventory.adjust_stock")
        with acting(person):
            repairs = repair_stock(by=person, reason=options["why"])
        for each in repairs:
            then = (
                "mended" if each.done else "differs" if each.possible else "cannot be true, count the goods"
            )
            self.stdout.write(f"{each.what}: {each.said} -> {each.facts}: {then}")
        done = sum(each.done for each in repairs)
        figures = {"differ": len(repairs), "mended": done, "repairs": [asdict(each) for each in repairs]}
        return figures, ALL if done == len(repairs) else TO_REVIEW

    def line(self, figures: Mapping[str, Any]) -> str:
        return f"{figures['differ']} figures differ, {figures['mended']} mended"
