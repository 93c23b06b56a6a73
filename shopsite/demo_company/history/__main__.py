"""The yard's side of the history; `beside.YardProcess` starts it and says which part of which day is due."""

import gc
import sys

import django
from django.conf import settings
from django.db import connection


def main() -> None:
    django.setup()
    from logistics.gateways.simulator.control import Control
    from shopsite.demo_company import HISTORY
    from shopsite.demo_company.history.beside import DONE, READY
    from shopsite.demo_company.history.sides import YardDay
    from shopsite.demo_company.history.story import Story

    with connection.cursor() as cursor:
        cursor.execute("SET synchronous_commit TO off")
        # One that is left over from a killed run may still be in its last statement.
        cursor.execute("SELECT pg_advisory_lock(hashtextextended(%s, 0))", [f"{HISTORY}.yard"])
    yard = YardDay(Story.found(), Control(settings.COURIER_GATEWAY_URL))
    gc.collect()
    gc.freeze()
    print(READY, flush=True)
    for line in sys.stdin:
        day, part = line.split()
        yard.do(int(day), part)
        print(DONE, flush=True)


if __name__ == "__main__":
    main()
