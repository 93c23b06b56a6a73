"""Consent is a fact with a version and a moment; withdrawing it is another fact."""

from collections.abc import Sequence

from django.db import transaction

from core import clock
from core.locks import lock_one
from crm.models import Consent, Customer


@transaction.atomic
def record_consent(*, customer: Customer, purpose: str, version: str, channel: str) -> Consent:
    """Write down that the customer agrees to this version of a text. Saying so twice is one consent."""
    return _state(customer=customer, purpose=purpose, version=version, channel=channel, given=True)


@transaction.atomic
def record_consents(*, customer: Customer, purposes: Sequence[str], version: str, channel: str) -> None:
    """`record_consent` for several purposes at once, as a checkout asks for them."""
    lock_one(Customer, pk=customer.pk)
    last = {row.purpose: row for row in customer.consents.filter(purpose__in=purposes).order_by("id")}
    Consent.objects.bulk_create(
        Consent(
            customer=customer, purpose=purpose, version=version, channel=channel, given=True, at=clock.now()
        )
        for purpose in purposes
        if purpose not in last or not (last[purpose].given and last[purpose].version == version)
    )


@transaction.atomic
def withdraw_consent(*, customer: Customer, purpose: str, version: str, channel: str) -> Consent:
    """Write down that the customer no longer agrees. From now on nothing rests on the earlier consent."""
    return _state(customer=customer, purpose=purpose, version=version, channel=channel, given=False)


def _state(*, customer: Customer, purpose: str, version: str, channel: str, given: bool) -> Consent:
    lock_one(Customer, pk=customer.pk)
    last = customer.consents.filter(purpose=purpose).order_by("-id").first()
    if last and last.given == given and last.version == version:
        return last
    return Consent.objects.create(
        customer=customer, purpose=purpose, version=version, channel=channel, given=given, at=clock.now()
    )
