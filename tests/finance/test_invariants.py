"""Each check finds the breach that is planted past every guard, names its row, and finds nothing else."""

from datetime import UTC, date, datetime
from decimal import Decimal

import pytest
from django.db import connection

from core import clock, invariants
from core.entities import default_entity
from core.fields import CurrencyField, MoneyField
from core.origins import Origin
from finance.models import Entry, LineMatch, Payment, PaymentIntent, StatementFile, StatementLine
from finance.services import close_period, day_close, refund_order, reverse_entry
from tests.finance.builders import a_receipt, an_entry, an_intent, here

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("keys")]
OURS = {"I01", "I02", "I03", "I04", "I05", "I05.1", "I08.1", "I09", "I10", "I11", "I13", "I19", "I20", "I21"}
OURS |= {"I56.1"}
D = Decimal
SPRING = datetime(2026, 4, 10, 3, 0, tzinfo=UTC)


def _a_statement() -> StatementLine:
    now = clock.now()
    common = {"account_code": "bank", "currency": "CNY"}
    file = StatementFile.objects.create(
        kind="bank",
        sha256="0" * 64,
        state="accepted",
        row_count=1,
        credits=D("5.00"),
        received_at=now,
        **common,
    )
    line = StatementLine.objects.create(
        file=file,
        row_no=1,
        raw=[],
        direction="in",
        amount=D("5.00"),
        booked_on=date(2026, 4, 1),
        identity="serial:1",
        state="accepted",
        **common,
    )
    LineMatch.objects.create(
        line=line,
        document_kind="entity",
        document_id=here().id,
        amount=D("5.00"),
        expected=D("5.00"),
        reason="serial",
        entry=Entry.objects.first(),
        at=now,
    )
    return line


def _books() -> Payment:
    """A little of everything, all of it true."""
    with clock.virtual(SPRING):
        an_entry("march", on=date(2026, 3, 5))
        reverse_entry(entry=an_entry("wrong", on=date(2026, 3, 6)), reason="test", on=date(2026, 3, 7))
        payment = a_receipt(an_intent(amount="100.00", provider="bank"), "100.00", provider="bank")
        a_receipt(None, "7.00", "T2", provider="bank")
        order = Origin("order", payment.order_id)
        refund_order(order_id=order.id, amount=D("40.00"), origin=order, reason="test")
        day_close(entity=default_entity(), day=date(2026, 3, 31))
        close_period(entity=default_entity(), first_day=date(2026, 3, 1))
        _a_statement()
    return payment


def _plant(*statements: str) -> None:
    with connection.cursor() as cursor:
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
        cursor.execute("SET session_replication_role = replica")
        for statement in statements:
            cursor.execute(statement)
        cursor.execute("SET session_replication_role = DEFAULT")


def test_a_true_book_has_no_breach():
    _books()
    assert invariants.find_breaches(OURS) == []


MARCH = "(SELECT id FROM finance_entry WHERE idempotency_key = 'march')"
PLANTED = {
    "I01": [
        'INSERT INTO finance_entry (entity_id, kind, "on", posted_at, idempotency_key, origin_kind,'
        " origin_id, memo, legs) SELECT entity_id, 'bad', '2026-04-09', posted_at, 'bad', origin_kind,"
        " origin_id, '', 2"
        f" FROM finance_entry WHERE id = {MARCH}"
    ],
    "I02": [f"UPDATE finance_entry SET origin_id = 999999 WHERE id = {MARCH}"],
    "I03": [
        "UPDATE finance_posting SET origin_id = origin_id + 1 WHERE entry_id IN"
        " (SELECT id FROM finance_entry WHERE reverses_id IS NOT NULL)"
    ],
    "I04": ["UPDATE finance_accountbalance SET debits = debits + 1"],
    "I05": [f"UPDATE finance_entry SET posted_at = '2027-01-01' WHERE id = {MARCH}"],
    "I05.1": ["UPDATE finance_voucher SET number = 9 WHERE number = 2"],
    "I08.1": [
        "UPDATE finance_payment SET applied = 50, amount = 50, refund_total = 40 WHERE trade_no = 'T1'",
        "UPDATE finance_paymentevidence SET amount = 50 WHERE amount = 100",
    ],
    "I09": ["UPDATE finance_refund SET amount = 41"],
    "I10": [
        "ALTER TABLE finance_payment DROP CONSTRAINT finance_payment_once",
        "UPDATE finance_payment SET trade_no = 'T1'",
    ],
    "I11": ["UPDATE finance_paymentevidence SET amount = amount + 1 WHERE amount = 7"],
    "I13": ["UPDATE finance_unappliedreceipt SET amount = 6"],
    "I19": ["UPDATE finance_statementfile SET credits = 6"],
    "I20": [
        "DROP INDEX finance_statement_once",
        "INSERT INTO finance_statementfile (kind, account_code, sha256, filename, stored, format,"
        " format_version, state, figures, difference, problem, row_count, credits, debits, currency,"
        " received_at, accepted_reason)"
        " SELECT kind, account_code, sha256, filename, stored, format, format_version, state, figures,"
        " difference, problem, 0, 0, 0, currency, received_at, '' FROM finance_statementfile",
    ],
    "I21": [
        "ALTER TABLE finance_linematch DROP CONSTRAINT finance_match_difference",
        "UPDATE finance_linematch SET expected = 6",
    ],
    "I56.1": [
        "UPDATE finance_allocation SET amount = amount + 1000 WHERE id ="
        " (SELECT min(id) FROM finance_allocation)"
    ],
}


@pytest.mark.breach
@pytest.mark.parametrize("number", sorted(OURS))
def test_a_planted_breach_is_found_by_its_own_check_only(number):
    _books()
    _plant(*PLANTED[number])
    found = invariants.find_breaches(OURS)
    assert [breach.number for breach in found] == [number]
    assert found[0].rows


def test_every_money_column_is_numeric_of_two_places_beside_a_currency():
    """I24."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT table_name, column_name FROM information_schema.columns WHERE table_schema = 'public'"
            " AND table_name LIKE 'finance\\_%' AND data_type IN ('real', 'double precision', 'money')"
        )
        assert cursor.fetchall() == []
        cursor.execute(
            "SELECT table_name, column_name, numeric_scale FROM information_schema.columns"
            " WHERE table_schema = 'public' AND table_name LIKE 'finance\\_%' AND data_type = 'numeric'"
        )
        numeric = cursor.fetchall()
    assert [row for row in numeric if row[2] != 2] == [("finance_posting", "rate", 8)]
    for model in (Entry, LineMatch, Payment, PaymentIntent, StatementFile, StatementLine):
        fields = model._meta.get_fields()
        if any(isinstance(field, MoneyField) for field in fields):
            assert any(isinstance(field, CurrencyField) for field in fields), model
