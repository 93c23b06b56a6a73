"""Customers for tests."""

from itertools import count

from crm.models import Customer, User
from crm.services import find_or_create_customer

_running = count(1)


def a_user(*, username: str = "", is_staff: bool = False, **fields) -> User:
    return User.objects.create_user(username or f"user{next(_running)}", is_staff=is_staff, **fields)


def a_customer(*, name: str = "王小明", phone: str = "", **fields) -> Customer:
    return find_or_create_customer(name=name, phone=phone or f"138{next(_running):08d}", **fields)
