import pytest
from django.db import IntegrityError, connection, transaction

from core import clock
from core.entities import default_entity
from core.errors import InvalidInput
from crm.errors import BadPhone
from crm.models import Customer
from crm.queries import has_consent, possible_duplicates
from crm.services import find_or_create_customer, record_consent, withdraw_consent
from tests.crm.builders import a_customer, a_user
from tests.threads import at_once

pytestmark = pytest.mark.django_db


@pytest.mark.parametrize("written", ["13812345678", "+8613812345678", "138 1234 5678", " +86 138-1234-5678 "])
def test_one_guest_is_found_again_however_the_phone_is_written(written):
    first = a_customer(phone="13812345678")
    assert a_customer(phone=written) == first
    assert str(first.phone) == "+8613812345678"
    assert Customer.objects.get().phone_tail == "12345678"


def test_another_name_at_the_same_phone_is_another_guest():
    mother = a_customer(name="李梅", phone="13812345678")
    assert a_customer(name="李伟", phone="13812345678") != mother


def test_an_account_is_found_by_its_user_whatever_is_typed():
    user = a_user()
    customer = a_customer(name="李梅", phone="13812345678", user=user)
    assert a_customer(name="Li Mei", phone="13900000000", user=user) == customer


def test_guest_with_the_phone_of_an_account_does_not_reach_its_record():
    account = a_customer(name="李梅", phone="13812345678", user=a_user())
    assert a_customer(name="李梅", phone="13812345678") != account


def test_guests_without_phone_are_never_taken_for_one():
    first = find_or_create_customer(name="匿名", phone="")
    assert find_or_create_customer(name="匿名", phone="") != first


@pytest.mark.parametrize("phone", ["12", "abc", "138****5678"])
def test_impossible_phone_is_refused(phone):
    with pytest.raises(BadPhone):
        find_or_create_customer(name="李梅", phone=phone)
    assert not Customer.objects.exists()


def test_nameless_customer_is_refused_by_service_and_database():
    with pytest.raises(InvalidInput):
        find_or_create_customer(name="  ", phone="13812345678")
    customer = a_customer()
    with pytest.raises(IntegrityError), transaction.atomic():
        Customer.objects.filter(pk=customer.pk).update(name="")


@pytest.mark.django_db(transaction=True)
def test_eight_orders_of_one_guest_at_once_make_one_customer():
    made = at_once(8, lambda _: a_customer(name="李梅", phone="13812345678").pk)
    assert len(set(made)) == 1
    assert Customer.objects.count() == 1


@pytest.mark.django_db(transaction=True)
def test_without_the_constraint_the_same_guest_is_made_more_than_once():
    with connection.cursor() as cursor:
        cursor.execute("SELECT indexdef FROM pg_indexes WHERE indexname = 'crm_one_guest_per_phone_and_name'")
        (definition,) = cursor.fetchone()
        cursor.execute("DROP INDEX crm_one_guest_per_phone_and_name")
    try:
        at_once(8, lambda _: a_customer(name="李梅", phone="13812345678").pk)
        assert Customer.objects.count() > 1
    finally:
        Customer.objects.all().delete()
        with connection.cursor() as cursor:
            cursor.execute(definition)


def test_others_with_the_same_phone_or_mail_may_be_one_person():
    mine = a_customer(name="李梅", phone="13812345678", email="Mei@example.com")
    a_customer(name="李伟", phone="13812345678")
    a_customer(name="Mei", phone="13800000001", email="mei@EXAMPLE.com")
    a_customer(name="same tail", phone="+442012345678")
    gone = a_customer(name="gone", phone="13812345678")
    Customer.objects.filter(pk=gone.pk).update(merged_into=mine)
    assert possible_duplicates(customer_id=mine.pk) == ("李伟", "Mei")


def test_without_phone_and_mail_nobody_is_alike():
    first, second = (
        Customer.objects.create(name="无", entity=default_entity(), created_at=clock.now()) for _ in "ab"
    )
    assert possible_duplicates(customer_id=first.pk) == possible_duplicates(customer_id=second.pk) == ()


def test_last_word_on_consent_holds_and_history_stays():
    customer = a_customer()
    assert not has_consent(customer=customer, purpose="marketing")
    record_consent(customer=customer, purpose="marketing", version="1", channel="web")
    record_consent(customer=customer, purpose="marketing", version="1", channel="web")
    assert has_consent(customer=customer, purpose="marketing")
    withdraw_consent(customer=customer, purpose="marketing", version="1", channel="phone")
    assert not has_consent(customer=customer, purpose="marketing")
    assert [c.given for c in customer.consents.order_by("id")] == [True, False]
