"""Make a company with a history, through the services themselves. Started again, it goes on where it was."""

import json
from argparse import ArgumentParser
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand

from core import clock
from shopsite.demo_company.opening import open_company
from shopsite.demo_company.staff import POSTS, write_logins


class Command(BaseCommand):
    help = __doc__

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--orders", type=int, default=600, help="how many orders the history has")
        parser.add_argument("--seed", type=int, default=2026, help="the same seed is the same company")
        parser.add_argument("--days", type=int, default=90, help="how many days before today it begins")
        parser.add_argument("--json", action="store_true", help="print one JSON object last")

    def handle(self, *args: Any, **options: Any) -> None:
        from datetime import timedelta

        with clock.virtual(clock.day_bounds(clock.today() - timedelta(days=options["days"]))[0]):
            open_company(seed=options["seed"], orders=options["orders"])
        logins = settings.VAR_DIR / "demo_logins.json"
        write_logins(logins)
        for post in POSTS:
            self.stdout.write(f"  {post.role:<20} {post.login}")
        self.stdout.write(f"The password of all of them is in {logins}.")
        if options["json"]:
            self.stdout.write(json.dumps({"logins": len(POSTS)}))
