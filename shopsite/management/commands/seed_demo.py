"""Make a company with a history, through the services themselves. Started again, it goes on where it was."""

import json
import sys
from argparse import ArgumentParser
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError
from django.db import connection

from core import clock, invariants
from core.models import Job
from orders.order.models import Order
from shopsite.demo_company import HISTORY
from shopsite.demo_company.history.outside import the_world
from shopsite.demo_company.history.run import live, open_story
from shopsite.demo_company.history.story import Story
from shopsite.demo_company.opening import open_company
from shopsite.demo_company.staff import PASSWORD, POSTS, write_logins


class Command(BaseCommand):
    help = __doc__

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--orders", type=int, default=600, help="how many orders the history has")
        parser.add_argument("--seed", type=int, default=2026, help="the same seed is the same company")
        parser.add_argument("--days", type=int, default=90, help="how many days before today it begins")
        parser.add_argument("--no-pictures", action="store_true", help="leave the goods without pictures")
        parser.add_argument("--open-only", action="store_true", help="stop before the first day")
        parser.add_argument("--json", action="store_true", help="print one JSON object last")

    def handle(self, *args: Any, **options: Any) -> None:
        self._be_alone()
        if not Job.objects.filter(kind=HISTORY).exists() and Order.objects.exists():
            raise CommandError("There are orders of somebody else in this database. Use an empty one.")
        job = open_story(seed=options["seed"], orders=options["orders"], days=options["days"])
        story = Story.of(job)
        if job.state != Job.State.DONE:
            if (story.seed, story.orders, story.days) != (
                options["seed"],
                options["orders"],
                options["days"],
            ):
                self.stdout.write(f"Going on with the history that was begun: {story}")
            settings.EMAIL_BACKEND = "django.core.mail.backends.dummy.EmailBackend"
            if not job.progress.done:
                with clock.virtual(clock.day_bounds(story.first)[0]):
                    open_company(seed=story.seed, orders=story.orders, pictures=not options["no_pictures"])
            if options["open_only"]:
                write_logins(settings.VAR_DIR / "demo_logins.json")
                return
            with the_world() as world:
                live(job, world, self._say)
        breaches = invariants.find_breaches()
        self._report(len(breaches), options)
        for breach in breaches:
            self.stderr.write(f"{breach.number} {breach.title}: {breach.count}")
        if breaches:
            sys.exit(3)

    def _be_alone(self) -> None:
        with connection.cursor() as cursor:
            cursor.execute("SET synchronous_commit TO off")  # see write_through
            cursor.execute("SELECT pg_try_advisory_lock(hashtextextended(%s, 0))", [HISTORY])
            if not cursor.fetchone()[0]:
                raise CommandError("Another process is making the history. Wait until it is done.")

    def _say(self, text: str) -> None:
        self.stdout.write(text)
        self.stdout.flush()

    def _report(self, breaches: int, options: dict[str, Any]) -> None:
        logins = settings.VAR_DIR / "demo_logins.json"
        write_logins(logins)
        for post in POSTS if options["verbosity"] else ():
            self.stdout.write(f"  {post.role:<20} {post.login:<16} {PASSWORD}")
        figures = {"orders": Order.objects.count(), "logins": len(POSTS), "breaches": breaches}
        self.stdout.write(", ".join(f"{name}: {count}" for name, count in figures.items()))
        if options["json"]:
            self.stdout.write(json.dumps(figures))
