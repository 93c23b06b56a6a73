"""Who buys. Guests are customers too; nothing here ever merges two of them by itself."""

import re
from contextlib import suppress
from typing import Final

import phonenumbers
from django.conf import settings
from django.db import IntegrityError, transaction
from django.utils.translation import gettext as _
from phonenumber_field.phonenumber import PhoneNumber

from core import clock
from core.entities import default_entity
from core.errors import InvalidInput
from crm.errors import BadPhone
from crm.models import Customer, User
from crm.services.consents import Agreed, record_consents, write_consents

_WRITTEN: Final = re.compile(r"[\s\d+()./\-－（）＋]+")  # a masked number (138****5678) is not one


def find_or_create_customer(
    *,
    name: str,
    phone: str,
    email: str = "",
    user: User | None = None,
    language: str = "",
    kind: str = Customer.Kind.PERSON,
    agreed: Agreed | None = None,
) -> Customer:
    """The customer of an account, or the guest with exactly this phone and name; made when missing.

    Typing somebody's phone and name never reaches the record of an account: whoever registers
    with another's number must not collect that person's later guest orders. Raises BadPhone for
    a number that cannot exist and InvalidInput without a name; an empty phone is a guest of its own.
    What the customer has `agreed` to is written down with it.
    """
    name = " ".join(name.split())
    if not name:
        raise InvalidInput(_("A customer needs a name. Enter the name of the person or firm."))
    number = read_phone(phone)
    found = _find(name=name, number=number, user=user, kind=kind)
    if found is not None:
        return _agreeing(found, agreed)
    try:
        with transaction.atomic():
            made = Customer.objects.create(
                kind=kind,
                name=name,
                phone=number,
                email=email.strip(),
                language=language,
                user=user,
                entity=default_entity(),
                created_at=clock.now(),
            )
            if agreed is not None:
                write_consents(made, agreed, agreed.purposes)
            return made
    except IntegrityError:
        # Somebody made the same customer since we looked.
        found = _find(name=name, number=number, user=user, kind=kind)
        if found is None:
            raise
        return _agreeing(found, agreed)


def _agreeing(customer: Customer, agreed: Agreed | None) -> Customer:
    if agreed is not None:
        record_consents(customer=customer, agreed=agreed)
    return customer


def read_phone(text: str) -> PhoneNumber | None:
    """A phone as typed, in any usual writing; None for an empty text, BadPhone for an impossible one.

    Only the length is judged: ranges are given out faster than any library learns of them.
    """
    if not text.strip():
        return None
    number = None
    if _WRITTEN.fullmatch(text):
        with suppress(phonenumbers.NumberParseException):
            number = PhoneNumber.from_string(text, region=settings.PHONENUMBER_DEFAULT_REGION)
    if number is None or not phonenumbers.is_possible_number(number):
        raise BadPhone(_("This is not a phone number. Enter it with area or country code, e.g. +86 138…"))
    return number


def _find(*, name: str, number: PhoneNumber | None, user: User | None, kind: str) -> Customer | None:
    if user is not None:
        return Customer.objects.filter(user=user).first()
    if number is None:
        return None
    return Customer.objects.filter(phone=number, name=name, kind=kind, user=None, merged_into=None).first()
