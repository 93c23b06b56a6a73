import pytest
from django.db import transaction

from core.locks import RANK, LockOrderBroken, lock, lock_one
from core.models import LegalEntity
from crm.models import Customer
from tests.crm.builders import a_customer

LATER = "core.LegalEntity"


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
