"""What the import commands of couriers share: the courier, the file, one JSON object, exit codes.

Exit 0 all accepted, 3 stored with rows to review or a difference open, 1 refused, 2 could not run.
"""

import json
import sys
from argparse import ArgumentParser
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, NoReturn

from django.core.management.base import BaseCommand
from django.db import DatabaseError

from core.errors import DomainError
from logistics.models import Courier

ALL, REFUSED, NOT_RUN, TO_REVIEW = 0, 1, 2, 3
TOLD = 200  # rows with a problem that are told one by one


class CourierCommand(BaseCommand):
    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("courier", help="code of the courier, such as sf")
        parser.add_argument("file", type=Path)
        parser.add_argument("--create", action="store_true", help="make the courier if it does not exist")
        parser.add_argument("--dry-run", action="store_true", help="report the same figures, store nothing")
        parser.add_argument("--json", action="store_true", help="print one JSON object last")

    def handle(self, *args: Any, **options: Any) -> None:
        path: Path = options["file"]
        try:
            data = path.read_bytes()
            courier, made = self._courier(options)
            try:
                figures, code = self.run(courier, data, path.name, options)
            finally:
                if made and options["dry_run"]:
                    courier.delete()
        except (OSError, DatabaseError) as error:
            self._finish(options, {"error": f"could not run: {error}"}, NOT_RUN)
        except DomainError as error:
            self._finish(options, {"refused": str(error)}, REFUSED)
        figures["problems"] = [
            {key: value for key, value in problem.items() if key != "raw"}
            for problem in figures.get("problems", ())[:TOLD]
        ]
        if figures.get("refusal"):
            self._finish(options, {"refused": figures["refusal"]}, REFUSED)
        self._finish(options, figures, code)

    def run(
        self, courier: Courier, data: bytes, name: str, options: dict[str, Any]
    ) -> tuple[dict[str, Any], int]:
        """Do the import; the figures to print and the exit code."""
        raise NotImplementedError

    def tell_totals(self, name: str, totals: Sequence[Mapping[str, str]]) -> None:
        """Name the totals of a file that its rows don't give."""
        for total in totals:
            self.stderr.write(
                f"{name} {total['place']} {total['column']}: the file says {total['stated']}, its rows"
                f" {total['summed']}. Ask for the whole file, or accept it with --accept-difference."
            )

    def _courier(self, options: dict[str, Any]) -> tuple[Courier, bool]:
        code = options["courier"]
        found = Courier.objects.filter(code=code).first()
        if found is not None:
            return found, False
        if not options["create"]:
            known = ", ".join(Courier.objects.values_list("code", flat=True)) or "none"
            self._finish(
                options,
                {"error": f"There is no courier “{code}” (known: {known}). Correct it or add --create."},
                NOT_RUN,
            )
        return Courier.objects.create(code=code, name=code.upper()), True

    def _finish(self, options: dict[str, Any], figures: dict[str, Any], code: int) -> NoReturn:
        for key in ("error", "refused"):
            if key in figures:
                self.stderr.write(str(figures[key]))
        for problem in figures.get("problems", ()):
            where = " ".join(filter(None, (problem["file"], problem["row"], problem.get("column", ""))))
            value = problem.get("value") or problem.get("waybill") or ""
            self.stderr.write(f"{where}: {value} {problem['problem']}".replace(":  ", ": "))
        if options["json"]:
            self.stdout.write(json.dumps(figures, ensure_ascii=False, default=str))
        elif code in (ALL, TO_REVIEW):
            plain = {key: value for key, value in figures.items() if value not in ("", [], {}, None)}
            self.stdout.write(
                ", ".join(f"{key} {value}" for key, value in plain.items() if key != "problems")
            )
        sys.exit(code)
