"""What the import commands of couriers share: the courier, the file, the rows with a problem.

Exit 0 all accepted, 3 stored with rows to review or a difference open, 1 refused, 2 could not run.
"""

from argparse import ArgumentParser
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from core.commands import FiguresCommand, NotRun
from core.errors import DomainError
from logistics.models import Courier

TOLD = 200  # rows with a problem that are told one by one


class CourierCommand(FiguresCommand):
    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("courier", help="code of the courier, such as sf")
        parser.add_argument("file", type=Path)
        parser.add_argument("--create", action="store_true", help="make the courier if it does not exist")
        parser.add_argument("--dry-run", action="store_true", help="report the same figures, store nothing")
        super().add_arguments(parser)

    def work(self, options: dict[str, Any]) -> tuple[dict[str, Any], int]:
        path: Path = options["file"]
        data = path.read_bytes()
        courier, made = self._courier(options)
        try:
            figures, code = self.run(courier, data, path.name, options)
        finally:
            if made and options["dry_run"]:
                courier.delete()
        if figures.get("refusal"):
            raise DomainError(figures["refusal"])
        figures["problems"] = [
            {key: value for key, value in problem.items() if key != "raw"}
            for problem in figures.get("problems", ())[:TOLD]
        ]
        for problem in figures["problems"]:
            where = " ".join(filter(None, (problem["file"], problem["row"], problem.get("column", ""))))
            value = problem.get("value") or problem.get("waybill") or ""
            self.stderr.write(f"{where}: {value} {problem['problem']}".replace(":  ", ": "))
        return figures, code

    def run(
        self, courier: Courier, data: bytes, name: str, options: dict[str, Any]
    ) -> tuple[dict[str, Any], int]:
        """Do the import; the figures to print and the exit code."""
        raise NotImplementedError

    def line(self, figures: Mapping[str, Any]) -> str:
        told = {key: value for key, value in figures.items() if value not in ("", [], {}, None)}
        return super().line({key: value for key, value in told.items() if key != "problems"})

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
            raise NotRun(f"There is no courier “{code}” (known: {known}). Correct it or add --create.")
        return Courier.objects.create(code=code, name=code.upper()), True
