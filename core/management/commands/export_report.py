"""Write a report to a file, with its totals, the ledger's and the difference between both.

Exit 0 when it ties to the ledger, 3 when there is a difference, 1 refused, 2 could not run.
"""

import json
import sys
from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand
from django.db import DatabaseError

from core.errors import DomainError
from core.exports import as_plain, export_report
from core.reports import all_reports


class Command(BaseCommand):
    help = __doc__

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("name", choices=[report.name for report in all_reports()])
        parser.add_argument("--from", dest="first", default="", metavar="DAY", help="first business day")
        parser.add_argument("--to", dest="last", default="", metavar="DAY", help="last day, included")
        parser.add_argument("--entity", default="", metavar="CODE", help="legal entity, else the default one")
        parser.add_argument("--format", choices=["xlsx", "csv"], default="xlsx")
        parser.add_argument("--out", type=Path, required=True, metavar="FILE")
        parser.add_argument("--language", default=settings.LANGUAGE_CODE, choices=dict(settings.LANGUAGES))
        parser.add_argument("--json", action="store_true", help="print one JSON object last")

    def handle(self, *args: Any, **options: Any) -> None:
        name, out = options["name"], options["out"]
        params = {"from": options["first"], "to": options["last"], "entity": options["entity"]}
        part = out.with_name(f"{out.name}.part")
        try:
            with part.open("wb") as file:
                written = export_report(
                    name, params, format=options["format"], out=file, language=options["language"]
                )
            part.replace(out)
        except DomainError as refused:
            part.unlink(missing_ok=True)
            self._end(options, {"report": name, "refused": str(refused)}, 1, str(refused))
        except (OSError, DatabaseError) as error:
            part.unlink(missing_ok=True)
            self._end(options, {"report": name, "error": str(error)}, 2, str(error))
        figures = {"report": name, "file": str(out), **as_plain(written)}
        open_ones = any(written.differences.values())
        self.stdout.write(f"{out}: {written.rows} rows")
        for key, total in figures["totals"].items():
            gap = figures["differences"].get(key)
            self.stdout.write(f"  {key}: {total}" + (f", difference to the ledger {gap}" if gap else ""))
        self._end(options, figures, 3 if open_ones else 0)

    def _end(self, options: dict[str, Any], figures: dict[str, Any], code: int, error: str = "") -> None:
        if error:
            self.stderr.write(error)
        if options["json"]:
            self.stdout.write(json.dumps(figures, ensure_ascii=False))
        if code:
            sys.exit(code)
