"""What keeps us safe on top of Oscar (OSCAR.md 3, 14, 19)."""

import importlib.util
from pathlib import Path

import pytest
from django.apps import apps
from django.core.management import call_command
from django.db import connection
from django.db.backends.postgresql.psycopg_any import is_psycopg3

from shopsite.settings.apps import FORKS


def test_the_driver_is_psycopg2():
    """Django prefers psycopg 3 without a word where it can be imported (F100)."""
    assert not is_psycopg3
    assert importlib.util.find_spec("psycopg") is None


@pytest.mark.django_db
def test_the_schema_needs_no_extension():
    with connection.cursor() as cursor:
        cursor.execute("SELECT extname FROM pg_extension")
        assert cursor.fetchall() == [("plpgsql",)]


@pytest.mark.django_db
def test_no_model_has_changed_without_its_migration():
    call_command("makemigrations", check=True, dry_run=True, verbosity=0)


@pytest.mark.parametrize("label", sorted(set(FORKS) - {"checkout", "search"}))
def test_a_fork_shares_no_migration_name_with_oscar(label):
    """The first of two files with one name would hide the other."""
    ours = Path(apps.get_app_config(label).path) / "migrations"
    upstream = Path(importlib.util.find_spec(f"oscar.apps.{label}.migrations").origin).parent
    assert {p.name for p in ours.glob("0*.py")} & {p.name for p in upstream.glob("0*.py")} == set()


def test_only_our_own_pages_stand_in_the_back_office():
    from django.contrib import admin

    assert [a for a in admin.site._registry.values() if type(a).__module__.startswith("oscar.")] == []
