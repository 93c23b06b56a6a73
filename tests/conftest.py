"""What every test stands on: a clean database afterwards, and proof that nothing true was broken."""

import os

import pytest
from django.db import connection
from django.test import TransactionTestCase
from django.utils import translation

from core import invariants
from tests.database import ensure_template
from tests.sockets import block_foreign_sockets

block_foreign_sockets()


@pytest.hookimpl(hookwrapper=True)
def pytest_runtest_makereport(item):
    """In CI a browser test that is skipped is a failure: nothing may hide that Chromium is missing."""
    outcome = yield
    report = outcome.get_result()
    if report.skipped and item.get_closest_marker("browser") and os.environ.get("CI") == "true":
        report.outcome = "failed"
        report.longrepr = f"skipped in CI: {report.longrepr[2]}"


@pytest.fixture(scope="session")
def django_db_modify_db_settings(django_db_modify_db_settings, django_db_blocker):
    """Each process clones one migrated database, triggers and sequences included."""
    with django_db_blocker.unblock():
        connection.settings_dict["TEST"]["TEMPLATE"] = ensure_template()


@pytest.fixture(autouse=True)
def _speak_english():
    """What a test calls says its refusals in English; pages speak the language of their address."""
    with translation.override("en"):
        yield


@pytest.fixture(autouse=True)
def _invariants_hold_afterwards(request):
    """FAILURES M4: after every test that writes, `check_invariants` reports nothing."""
    marker = request.node.get_closest_marker("django_db")
    if marker is None:
        yield
        return
    request.getfixturevalue("transactional_db" if marker.kwargs.get("transaction") else "db")
    yield
    if request.node.get_closest_marker("breach"):
        return
    if not connection.needs_rollback:
        breaches = invariants.find_breaches()
        assert not breaches, f"after {request.node.name}: {breaches}"


_baseline: dict[str, int] = {}


def _tables_with_rows(cursor) -> list[str]:
    tables = connection.introspection.django_table_names(only_existing=True, include_views=False)
    tables += ["django_migrations"]
    union = " UNION ALL ".join(
        f"(SELECT '{table}' FROM {connection.ops.quote_name(table)} LIMIT 1)" for table in sorted(set(tables))
    )
    cursor.execute(union)
    return [row[0] for row in cursor.fetchall()]


@pytest.fixture(scope="session")
def django_db_setup(django_db_setup, django_db_blocker):
    """Remember what the migrations have put into the tables: that stays after each test."""
    with django_db_blocker.unblock(), connection.cursor() as cursor:
        for table in _tables_with_rows(cursor):
            cursor.execute(
                "SELECT 1 FROM information_schema.columns"
                " WHERE table_name = %s AND column_name = 'id' AND data_type IN ('integer', 'bigint')",
                [table],
            )
            if cursor.fetchone():
                cursor.execute(f"SELECT max(id) FROM {connection.ops.quote_name(table)}")
                _baseline[table] = cursor.fetchone()[0]
            else:
                _baseline[table] = -1


def _empty_the_tables(self) -> None:
    """Instead of Django's flush: append-only tables refuse TRUNCATE, and reference rows stay.

    Triggers rest under the replication role, which only the superuser of a test cluster can take.
    """
    connection.close_if_unusable_or_obsolete()
    with connection.cursor() as cursor:
        cursor.execute("SET session_replication_role = replica")
        for table in _tables_with_rows(cursor):
            name = connection.ops.quote_name(table)
            kept = _baseline.get(table)
            if kept is None:
                cursor.execute(f"DELETE FROM {name}")
            elif kept >= 0:
                cursor.execute(f"DELETE FROM {name} WHERE id > %s", [kept])
        cursor.execute("SET session_replication_role = DEFAULT")


TransactionTestCase._fixture_teardown = _empty_the_tables  # type: ignore[method-assign]
