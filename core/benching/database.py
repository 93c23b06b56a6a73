"""A database that lives as long as a bench: the company's rows are never read nor written by one."""

import os
from collections.abc import Iterator
from contextlib import contextmanager

from django.conf import settings
from django.core.management import call_command
from django.db import connection


@contextmanager
def own_database(*, template: str = "") -> Iterator[str]:
    """Run the block in a new, migrated database on the same server; it is dropped afterwards, come what may.

    `template` names a migrated database to copy instead of running the migrations. Workers are not woken:
    they would look into the company's database.
    """
    companys, wakes = connection.settings_dict["NAME"], settings.WAKE_WORKERS
    name = f"{companys}_bench_{os.getpid()}"
    _on_the_server(f'CREATE DATABASE "{name}"' + (f' TEMPLATE "{template}"' if template else ""))
    connection.close()
    connection.settings_dict["NAME"] = name
    settings.WAKE_WORKERS = False
    try:
        if not template:
            call_command("migrate", verbosity=0, interactive=False)
        yield name
    finally:
        settings.WAKE_WORKERS = wakes
        connection.close()
        connection.settings_dict["NAME"] = companys
        _on_the_server(f'DROP DATABASE IF EXISTS "{name}" WITH (FORCE)')


def _on_the_server(statement: str) -> None:
    with connection._nodb_cursor() as cursor:  # type: ignore[attr-defined]
        cursor.execute("SET statement_timeout = 0")
        cursor.execute(statement)
