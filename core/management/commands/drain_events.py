"""Do everything that has been announced and is due, in this process.

For an installation without workers, and after a big import. Exit 0 all done, 3 when something failed or is
parked, 2 could not run.
"""

from typing import Any

from django.db.models import Count

from core import events
from core.commands import ALL, TO_REVIEW, FiguresCommand
from core.models import EventDelivery


class Command(FiguresCommand):
    help = __doc__

    def work(self, options: dict[str, Any]) -> tuple[dict[str, Any], int]:
        done = events.drain_all(strict=False)
        waiting = EventDelivery.objects.exclude(state=EventDelivery.State.DONE)
        left = dict(waiting.values_list("state").annotate(Count("pk")).order_by("state"))
        for failed in waiting.exclude(error="").select_related("event")[:20]:
            self.stderr.write(f"{failed.event.name} → {failed.handler}: {failed.error}")
        return {"done": done, "left": left}, TO_REVIEW if left else ALL
