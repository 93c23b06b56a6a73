"""Accounts of shoppers: a login, a password, and the customer behind it."""

from typing import Any

from django.contrib.auth.password_validation import validate_password
from django.core.exceptions import ValidationError
from django.core.validators import validate_email
from django.db import IntegrityError, transaction
from django.utils.translation import gettext as _

from core.errors import InvalidInput
from crm.models import User
from crm.services.customers import find_or_create_customer, read_phone


def open_account(*, name: str, login: str, password: str, language: str = "") -> User:
    """An account for a phone number or an e-mail address, with a customer of its own.

    Earlier guest orders are never handed over by that: anybody can type a number. Raises InvalidInput
    for a login that is neither, is taken, or for a password that is too weak.
    """
    phone, email = read_login(login)
    user = User(first_name=name.strip()[:150], email=email, phone=phone, language=language)
    user.username = f"shopper-{email or phone}"[:150]
    try:
        validate_password(password, user)
    except ValidationError as error:
        raise InvalidInput(_password_words(error), field="password") from error
    user.set_password(password)
    try:
        with transaction.atomic():
            user.save()
            find_or_create_customer(
                name=name, phone=str(phone or ""), email=email, user=user, language=language
            )
    except IntegrityError as error:
        raise InvalidInput(
            _("There is an account for this already. Sign in instead."), field="login"
        ) from error
    return user


def _password_words(error: ValidationError) -> str:
    """What is wrong with a password; Django does not say in Chinese that one is too short."""
    short = _("The password is too short: use at least eight characters.")
    return " ".join(
        short if each.code == "password_too_short" else str(each.messages[0]) for each in error.error_list
    )


def read_login(text: str) -> tuple[Any, str]:
    """(phone, e-mail address) of a login as typed; one of them is empty. Raises InvalidInput."""
    text = text.strip()
    if "@" not in text:
        return read_phone(text), ""
    try:
        validate_email(text)
    except ValidationError as error:
        raise InvalidInput(_("This is not an e-mail address. Check it."), field="login") from error
    return None, text.lower()


def change_profile(*, user: User, name: str, language: str) -> None:
    """Set how a shopper is called and which language messages come in."""
    user.first_name = name.strip()[:150]
    user.language = language
    user.save(update_fields=["first_name", "language"])
    customer = getattr(user, "customer", None)
    if customer is not None:
        customer.name = name.strip()[:120] or customer.name
        customer.language = language
        customer.save(update_fields=["name", "language"])
