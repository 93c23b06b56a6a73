"""Consent is a fact with a version and a moment; withdrawing it is another fact."""

from collections.abc import Iterable
from dataclasses import dataclass

from django.db import transaction

from core import clock
from core.locks import lock_one
from crm.models import Consent, Customer


@dataclass(frozen=True, slots=True)
class Agreed:
    """To this version of these texts, said through this channel."""

    purposes: tuple[str, ...]
    version: str
    channel: str


@transaction.atomic
def record_consent(*, customer: Customer, purpose: str, version: str, channel: str) -> Consent:
    """Write down that the customer agrees to this version of a text. Saying so twice is one consent."""
    return _state(customer=customer, purpose=purpose, version=version, channel=channel, given=True)


@transaction.atomic
def record_consents(*, customer: Customer, agreed: Agreed) -> None:
    """`record_consent` for several purposes at once, as a checkout asks for them."""
    lock_one(Customer, pk=customer.pk)
    last = {row.purpose: row for row in customer.consents.filter(purpose__in=agreed.purposes).order_by("id")}
    write_consents(
        customer,
        agreed,
        (
            purpose
            for purpose in agreed.purposes
            if purpose not in last or not (last[purpose].given and last[purpose].version == agreed.version)
        ),
    )


def write_consents(customer: Customer, agreed: Agreed, purposes: Iterable[str]) -> None:
    """The writing half, for a customer that is being made, of whom nothing can have been said before."""
    Consent.objects.bulk_create(
        Consent(
            customer=customer,
            purpose=purpose,
            version=agreed.version,
            channel=agreed.channel,
            given=True,
            at=clock.now(),
        )
        for purpose in purposes
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
