"""What both import commands do: read a file into an account, apply what is sure, say what became of it."""

from argparse import ArgumentParser
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from core.commands import ALL, REFUSED, TO_REVIEW, FiguresCommand, NotRun
from finance.models import MoneyAccount
from finance.services import ImportResult, agree_statement, as_plain, import_statement


class StatementCommand(FiguresCommand):
    """Exit 0 all accepted, 3 stored with rows to review or a difference open, 1 refused, 2 could not run."""

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("file", type=Path)
        parser.add_argument("--dry-run", action="store_true", help="read and report, store nothing")
        parser.add_argument("--accept-difference", default="", metavar="WHY", help="take a file that is cut")
        super().add_arguments(parser)

    def account(self, options: dict[str, Any]) -> MoneyAccount:
        """The account that the file speaks of. Raises NotRun where there is none."""
        raise NotImplementedError

    def work(self, options: dict[str, Any]) -> tuple[dict[str, Any], int]:
        path: Path = options["file"]
        result = import_statement(
            account=self.account(options),
            data=path.read_bytes(),
            filename=path.name,
            dry_run=options["dry_run"],
            accept_difference=options["accept_difference"],
        )
        waiting = 0
        if result.state in ("accepted", "agreed") and not options["dry_run"] and result.file_id:
            waiting = agree_statement(file_id=result.file_id).waiting
        if result.refusal:
            self.stderr.write(result.refusal)
        for gap in result.difference:
            self.stderr.write(f"{gap['name']}: the file says {gap['stated']}, its rows {gap['computed']}")
        review = {"needs_review", "suspect"} & set(result.outcomes)
        waits = result.state == "open" or review or waiting
        code = REFUSED if result.state == "refused" else TO_REVIEW if waits else ALL
        return self.figures(result), code

    def figures(self, result: ImportResult) -> dict[str, Any]:
        """The object that --json prints."""
        return as_plain(result)

    def line(self, figures: Mapping[str, Any]) -> str:
        known = "This file is known already; nothing was added.\n" if figures["already"] else ""
        counts = ", ".join(f"{count} {name}" for name, count in sorted(figures["outcomes"].items()))
        return f"{known}{figures['state']}: {figures['rows']} rows ({counts})"


def account_named(code: str, *kinds: str) -> MoneyAccount:
    """The account of one of these kinds with this code. Raises NotRun naming those that there are."""
    of_kinds = MoneyAccount.objects.filter(kind__in=kinds)
    found = of_kinds.filter(code=code).first()
    if found is None:
        known = ", ".join(of_kinds.values_list("code", flat=True))
        raise NotRun(f"There is no account “{code}”. Known: {known}.")
    return found
