"""Sign-in by phone, e-mail or user name, with the same cost for known and unknown (S25)."""

from typing import Any

import phonenumbers
from django.conf import settings
from django.contrib.auth.backends import ModelBackend
from django.db.models import Q
from django.http import HttpRequest

from crm.models import User


class PhoneOrEmailBackend(ModelBackend):
    def authenticate(
        self,
        request: HttpRequest | None,
        username: str | None = None,
        password: str | None = None,
        **kwargs: Any,
    ) -> User | None:
        """The user with this login and password, or None."""
        if not username or password is None:
            return None
        user = User.objects.filter(_login(username)).order_by("pk").first()
        if user is None:
            User().set_password(password)  # takes as long as a wrong password
            return None
        if user.check_password(password) and self.user_can_authenticate(user):
            return user
        return None


def _login(text: str) -> Q:
    match = Q(username=text) | (Q(email__iexact=text) & ~Q(email=""))
    try:
        number = phonenumbers.parse(text, settings.PHONENUMBER_DEFAULT_REGION)
    except phonenumbers.NumberParseException:
        return match
    if phonenumbers.is_valid_number(number):
        match |= Q(phone=number)
    return match
