"""What others may ask about customers."""

from django.db import connection

from crm.models import Consent, Customer, User
from crm.rules.addresses import ReadAddress, parse_address
from crm.rules.areas import Province, find_province, provinces


def current_customer(customer: Customer) -> Customer:
    """The customer that a merged one became; itself when it was never merged."""
    while customer.merged_into is not None:
        customer = customer.merged_into
    return customer


def has_consent(*, customer: Customer, purpose: str) -> bool:
    """Whether the last word of the customer on this purpose is yes."""
    last = Consent.objects.filter(customer=customer, purpose=purpose).order_by("-id").first()
    return last is not None and last.given


def possible_duplicates(*, customer_id: int) -> tuple[str, ...]:
    """Names of other customers with the same phone or e-mail: they may be one person (ANCHORS 7.1)."""
    with connection.cursor() as cursor:
        cursor.execute(_ALIKE, [customer_id])
        return tuple(name for (name,) in cursor.fetchall())


# The tail is what the index on phones knows.
_ALIKE = """
    WITH mine AS (SELECT id, phone, phone_tail, email FROM crm_customer WHERE id = %s),
    alike AS (
        SELECT other.id, other.name FROM mine
          JOIN crm_customer other ON other.phone_tail = mine.phone_tail AND other.phone = mine.phone
         WHERE mine.phone <> '' AND other.id <> mine.id AND other.merged_into_id IS NULL
        UNION
        SELECT other.id, other.name FROM mine
          JOIN crm_customer other ON upper(other.email) = upper(mine.email)
         WHERE mine.email <> '' AND other.id <> mine.id AND other.merged_into_id IS NULL
    )
    SELECT name FROM alike ORDER BY id LIMIT 5
"""


def read_address(text: str) -> ReadAddress:
    """A pasted block taken apart into name, phone, province, city, district and street."""
    return parse_address(text)


def list_provinces() -> tuple[Province, ...]:
    """All provinces with their cities and districts, in the official order."""
    return provinces()


def province_named(text: str) -> Province | None:
    """The province that a full or short name means; None for anything else."""
    return find_province(text)


def user_named(login: str) -> User | None:
    """The active user with this user name, else with this e-mail address."""
    users = User.objects.filter(is_active=True)
    return users.filter(username=login).first() or users.filter(email__iexact=login).exclude(email="").first()
