"""Do everything that has been announced and is due, in this process.

For an installation without workers, and after a big import. Exit 0 all done, 3 when something failed or is
parked, 2 could not run.
"""

import json
import sys
from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand
from django.db import DatabaseError
from django.db.models import Count

from core import events
from core.models import EventDelivery


class Command(BaseCommand):
    help = __doc__

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--json", action="store_true", help="print one JSON object last")

    def handle(self, *args: Any, **options: Any) -> None:
        try:
            done = events.drain_all(strict=False)
            left = dict(
                EventDelivery.objects.exclude(state=EventDelivery.State.DONE)
                .values_list("state")
                .annotate(Count("pk"))
                .order_by("state")
            )
        except DatabaseError as error:
            self._end(options, {"error": f"could not run: {error}"}, 2)
        for failed in EventDelivery.objects.exclude(error="").select_related("event")[:20]:
            if failed.state != EventDelivery.State.DONE:
                self.stderr.write(f"{failed.event.name} → {failed.handler}: {failed.error}")
        self._end(options, {"done": done, "left": left}, 3 if left else 0)

    def _end(self, options: dict[str, Any], figures: dict[str, Any], code: int) -> None:
        if options["json"]:
            self.stdout.write(json.dumps(figures))
        else:
            self.stdout.write(", ".join(f"{key} {value}" for key, value in figures.items()))
        if code:
            sys.exit(code)
