"""What both import commands do: read a file into an account, apply what is sure, say what became of it."""

import json
import sys
from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand

from core.errors import DomainError
from finance.models import MoneyAccount
from finance.services import ImportResult, agree_statement, as_plain, import_statement


class StatementCommand(BaseCommand):
    """Exit 0 all accepted, 3 stored with rows to review or a difference open, 1 refused, 2 could not run."""

    def add_common(self, parser: ArgumentParser) -> None:
        parser.add_argument("file", type=Path)
        parser.add_argument("--dry-run", action="store_true", help="read and report, store nothing")
        parser.add_argument("--accept-difference", default="", metavar="WHY", help="take a file that is cut")
        parser.add_argument("--json", action="store_true", help="print one JSON object last")

    def run(self, account: MoneyAccount, options: dict[str, Any]) -> None:
        path: Path = options["file"]
        if not path.is_file():
            self.stderr.write(f"{path} is no file.")
            sys.exit(2)
        result = import_statement(
            account=account,
            data=path.read_bytes(),
            filename=path.name,
            dry_run=options["dry_run"],
            accept_difference=options["accept_difference"],
        )
        waiting = 0
        if result.state in ("accepted", "agreed") and not options["dry_run"] and result.file_id:
            waiting = agree_statement(file_id=result.file_id).waiting
        self._tell(result, options)
        if result.state == "refused":
            sys.exit(1)
        review = {"needs_review", "suspect"} & set(result.outcomes)
        if result.state == "open" or review or waiting:
            sys.exit(3)

    def _tell(self, result: ImportResult, options: dict[str, Any]) -> None:
        if result.refusal:
            self.stderr.write(result.refusal)
        for gap in result.difference:
            self.stderr.write(f"{gap['name']}: the file says {gap['stated']}, its rows {gap['computed']}")
        if result.already:
            self.stdout.write("This file is known already; nothing was added.")
        counts = ", ".join(f"{count} {name}" for name, count in sorted(result.outcomes.items()))
        self.stdout.write(f"{result.state}: {result.rows} rows ({counts})")
        if options["json"]:
            self.stdout.write(json.dumps(self.figures(result), ensure_ascii=False, default=str))

    def figures(self, result: ImportResult) -> dict[str, Any]:
        """The object that --json prints."""
        return as_plain(result)

    def account(self, code: str, kinds: tuple[str, ...]) -> MoneyAccount:
        """The account by its code; ends the command where there is none."""
        found = MoneyAccount.objects.filter(code=code, kind__in=kinds).first()
        if found is None:
            known = ", ".join(MoneyAccount.objects.filter(kind__in=kinds).values_list("code", flat=True))
            self.stderr.write(f"There is no account “{code}”. Known: {known}.")
            sys.exit(2)
        return found

    def execute(self, *args: Any, **options: Any) -> str | None:
        try:
            return super().execute(*args, **options)
        except DomainError as refusal:
            self.stderr.write(str(refusal))
            sys.exit(1)
