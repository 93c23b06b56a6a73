import pytest
from django.db import DatabaseError, connection, transaction

from core import clock
from core.models import StatusChange


@pytest.fixture
def fact(db):
    return StatusChange.objects.create(origin_kind="x", origin_id=1, new="a", at=clock.now())


@pytest.mark.django_db
@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE core_statuschange SET new = 'b'",
        "DELETE FROM core_statuschange",
        "TRUNCATE core_statuschange",
    ],
)
def test_a_fact_cannot_be_changed_even_by_sql(fact, statement):
    with pytest.raises(DatabaseError), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(statement)
    fact.refresh_from_db()
    assert fact.new == "a"
