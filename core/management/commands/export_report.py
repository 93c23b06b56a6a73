"""Write a report to a file, with its totals, the ledger's and the difference between both.

Exit 0 when it ties to the ledger, 3 when there is a difference, 1 refused, 2 could not run.
"""

from argparse import ArgumentParser
from collections.abc import Mapping
from decimal import Decimal
from pathlib import Path
from typing import Any

from django.conf import settings

from core.commands import ALL, TO_REVIEW, FiguresCommand
from core.exports import as_plain, export_report
from core.reports import all_reports


class Command(FiguresCommand):
    help = __doc__

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("name", choices=[report.name for report in all_reports()])
        parser.add_argument("--from", dest="first", default="", metavar="DAY", help="first business day")
        parser.add_argument("--to", dest="last", default="", metavar="DAY", help="last day, included")
        parser.add_argument("--entity", default="", metavar="CODE", help="legal entity, else the default one")
        parser.add_argument("--format", choices=["xlsx", "csv"], default="xlsx")
        parser.add_argument("--out", type=Path, required=True, metavar="FILE")
        parser.add_argument("--language", default=settings.LANGUAGE_CODE, choices=dict(settings.LANGUAGES))
        super().add_arguments(parser)

    def work(self, options: dict[str, Any]) -> tuple[dict[str, Any], int]:
        name, out = options["name"], options["out"]
        params = {"from": options["first"], "to": options["last"], "entity": options["entity"]}
        part = out.with_name(f"{out.name}.part")
        try:
            with part.open("wb") as file:
                written = export_report(
                    name, params, format=options["format"], out=file, language=options["language"]
                )
            part.replace(out)
        finally:
            part.unlink(missing_ok=True)
        figures = {"report": name, "file": str(out), **as_plain(written)}
        return figures, TO_REVIEW if any(written.differences.values()) else ALL

    def line(self, figures: Mapping[str, Any]) -> str:
        lines = [f"{figures['file']}: {figures['rows']} rows"]
        for key, total in figures["totals"].items():
            gap = Decimal(figures["differences"].get(key, 0))
            lines.append(f"  {key}: {total}" + (f", difference to the ledger {gap}" if gap else ""))
        return "\n".join(lines)
