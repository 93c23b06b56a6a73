from datetime import UTC, date, datetime
from decimal import Decimal
from uuid import UUID

import pytest
from django.apps import apps
from django.db import connection, transaction
from django.db.transaction import TransactionManagementError

from core import faults
from core.locks import RANK, LockOrderBroken, NothingToLock, lock, lock_one
from core.models import LegalEntity
from crm.models import Customer
from tests.crm.builders import a_customer

LATER = "core.LegalEntity"
SAMPLES = {
    "BooleanField": True,
    "CharField": "N'1",
    "DateField": date(2026, 3, 1),
    "DateTimeField": datetime(2026, 3, 1, 9, 30, 1, 5, tzinfo=UTC),
    "DecimalField": Decimal("1.25"),
    "JSONField": {"a": [1, None, "%s"]},
    "SlugField": "a-b",
    "TextField": "100 %",
    "UUIDField": UUID(int=5),
}


@pytest.fixture(autouse=True)
def _later_table(monkeypatch):
    """A table that comes after customers."""
    monkeypatch.setitem(RANK, LATER, 25)


def backwards() -> None:
    with transaction.atomic():
        lock(LegalEntity.objects.all())
        lock(Customer.objects.all())


@pytest.mark.django_db(transaction=True)
def test_lock_against_the_order_of_tables_is_a_mistake_of_the_program():
    with pytest.raises(LockOrderBroken):
        backwards()


@pytest.mark.django_db(transaction=True)
def test_next_transaction_owes_nothing_to_one_that_was_rolled_back():
    customer = a_customer()
    with transaction.atomic():
        lock(LegalEntity.objects.all())
        transaction.set_rollback(True)
    with transaction.atomic():
        assert lock_one(Customer, pk=customer.pk) == customer
        lock(LegalEntity.objects.all())


@pytest.mark.django_db(transaction=True)
def test_lock_that_is_held_may_be_taken_again():
    customer = a_customer()
    with transaction.atomic():
        lock_one(Customer, pk=customer.pk)
        lock(LegalEntity.objects.all())
        lock_one(Customer, pk=customer.pk)


def fields_of(row) -> dict:
    assert not row.get_deferred_fields()
    values = {field.attname: getattr(row, field.attname) for field in row._meta.concrete_fields}
    return {name: (type(value), value) for name, value in values.items()}


@pytest.mark.django_db
@pytest.mark.parametrize("label", [*RANK, "core.Job", "core.ApprovalRequest"])
def test_row_that_is_locked_by_its_key_is_read_as_by_a_queryset(label, django_assert_num_queries):
    """The rows stand in a table of the test's own, where nothing has to fit together."""
    model = apps.get_model(label)
    written = [field for field in model._meta.concrete_fields if not field.generated]
    full = {field.attname: SAMPLES.get(field.get_internal_type(), 7) for field in written}
    bare = full | {field.attname: None for field in written if field.null} | {model._meta.pk.attname: 8}
    table = connection.ops.quote_name(model._meta.db_table)
    with transaction.atomic():
        with connection.cursor() as cursor:
            cursor.execute(f"CREATE TEMP TABLE {table} (LIKE {table} INCLUDING GENERATED)")
        model._base_manager.bulk_create([model(**full), model(**bare)])
        for key in (7, 8):
            with django_assert_num_queries(1):
                locked = lock_one(model, pk=key)
            assert fields_of(locked) == fields_of(model._base_manager.get(pk=key))
            assert (locked._state.adding, locked._state.db) == (False, "default")
        for missing in (9, None):
            with pytest.raises(NothingToLock, match="does not exist"):
                lock_one(model, pk=missing)
        transaction.set_rollback(True)


@pytest.mark.django_db(transaction=True)
def test_lock_by_key_holds_the_row_and_needs_a_transaction(monkeypatch):
    customer = a_customer()
    other = connection.copy()
    try:
        with transaction.atomic():
            lock_one(Customer, pk=customer.pk)
            with other.cursor() as cursor:
                cursor.execute("SELECT id FROM crm_customer FOR NO KEY UPDATE SKIP LOCKED")
                assert cursor.fetchall() == []
                cursor.execute("SELECT id FROM crm_customer FOR KEY SHARE SKIP LOCKED")
                assert cursor.fetchall() == [(customer.pk,)]
    finally:
        other.close()
    monkeypatch.setattr(faults, "allowed", lambda: False)  # as in production
    with pytest.raises(TransactionManagementError):
        lock_one(Customer, pk=customer.pk)
