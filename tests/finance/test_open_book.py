"""What is open is read once for a bank statement, and each row is still judged by what is open now."""

from collections.abc import Callable
from decimal import Decimal

import pytest
from django.db import IntegrityError, connection, transaction
from django.test.utils import CaptureQueriesContext

from core import clock
from core.entities import default_entity
from core.origins import Origin
from finance.models import (
    Entry,
    LineMatch,
    MoneyAccount,
    Payment,
    Refund,
    StatementFile,
    StatementLine,
    UnappliedReceipt,
)
from finance.services import agree_statement, apply_bank_line, bookings, import_statement, request_refund
from finance.services.open_book import KeptBook
from finance.statements import Hints
from tests.finance.builders import a_receipt, an_intent, an_order

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("keys")]
D = Decimal


def a_bank_file(*rows: tuple[str, str], name: str = "bank.csv") -> StatementFile:
    """A statement of these rows: amount and what the payer wrote."""
    lines = [f"2026-03-02,{amount},CNY,{name}{n},{words}" for n, (amount, words) in enumerate(rows)]
    text = "\n".join(["date,amount,currency,reference,counterparty", *lines, ""])
    account = MoneyAccount.objects.filter(kind="bank").first()
    result = import_statement(account=account, data=text.encode(), filename=name, hints=Hints(currency="CNY"))
    assert result.file_id, result.refusal
    return StatementFile.objects.get(pk=result.file_id)


def a_payout(amount: str) -> StatementLine:
    """A transfer of the provider's that its own statement tells of and the bank's does not yet."""
    batch = a_bank_file((amount, "withdrawal"), name=f"payout{amount}.csv").lines.get()
    provider = MoneyAccount.objects.get(code="alipay")
    StatementLine.objects.filter(pk=batch.pk).update(account_code="alipay", posted_at=clock.now())
    bookings.book_payout(
        batch=Origin("statement_line", batch.pk),
        provider_id=provider.pk,
        amount=D(amount),
        entity=default_entity(),
        on=clock.today(),
    )
    return batch


def a_waiting_refund(amount: str) -> Refund:
    payment = a_receipt(an_intent(amount=amount, provider="bank"), amount, provider="bank")
    return request_refund(
        payment=payment,
        amount=D(amount),
        origin=Origin("order", payment.order_id),
        reason="broken",
        key=f"refund{amount}",
        order_id=payment.order_id,
        way=Refund.Way.TRANSFER,
    )


def every_kind_of_row() -> StatementFile:
    """Orders paid whole, in parts, twice, two at once; a payout and a refund named twice; a fee; nothing."""
    whole, parts, first, second = (an_intent(amount=f"{n}00.00", provider="bank") for n in (1, 2, 3, 4))
    an_intent(amount="77.00", provider="bank")
    a_payout("555.00")
    refund = a_waiting_refund("66.00")
    both = f"{first.order.number} {second.order.number}"
    return a_bank_file(
        ("100.00", whole.order.number), ("100.00", whole.merchant_ref), ("100.00", "no word"),
        ("150.00", parts.merchant_ref), ("50.00", parts.order.number), ("50.00", parts.order.number),
        ("700.00", both), ("700.00", both), ("77.00", "Li Na"),
        ("555.00", "Alipay"), ("555.00", "Alipay again"),
        ("-66.00", refund.number), ("-66.00", refund.number), ("-1.00", "手续费"), ("-3.00", "Somebody"),
    )  # fmt: skip


def found(file: StatementFile, book: Callable[[], KeptBook | None]) -> list[tuple]:
    """What became of rows, payments and receipts when every row is applied by that book, then undone."""
    with transaction.atomic():
        for line in file.lines.order_by("pk"):
            apply_bank_line(line_id=line.pk, book=book())
        lines = [
            (line.row_no, line.outcome, line.reason, line.posted_at is not None)
            for line in file.lines.order_by("pk")
        ]
        matches = LineMatch.objects.order_by("pk").values_list("line", "document_kind", "amount", "reason")
        payments = Payment.objects.order_by("pk").values_list(
            "trade_no", "order", "amount", "applied", "state"
        )
        receipts = UnappliedReceipt.objects.order_by("pk").values_list("amount", "reason", "meant_for")
        entries = Entry.objects.order_by("pk").values_list(
            "kind", "postings__account__code", "postings__amount"
        )
        rows = [tuple(each) for rows in (lines, matches, payments, receipts, entries) for each in rows]
        transaction.set_rollback(True)
    return rows


def test_one_reading_for_all_rows_does_what_a_reading_for_each_row_does():
    file = every_kind_of_row()
    kept = KeptBook()
    anew = found(file, lambda: None)
    assert found(file, lambda: kept) == anew
    assert [row[1] for row in anew[: file.lines.count()]] == [
        "agrees", "unknown", "unknown", "agrees", "agrees", "unknown", "agrees", "unknown", "proposed",
        "agrees", "unknown", "agrees", "unknown", "agrees", "unknown",
    ]  # fmt: skip


def test_how_many_payments_are_awaited_costs_a_row_no_statement():
    asked = []
    for others in (5, 55):
        intents = [an_intent(amount=f"{others}.{n:02}", provider="bank") for n in range(others)]
        rows = [(str(intent.amount), intent.order.number) for intent in intents[:4]]
        file = a_bank_file(*rows, *[("-1.00", "手续费")] * 4, name=f"bank{others}.csv")
        with CaptureQueriesContext(connection) as queries:
            assert agree_statement(file_id=file.pk).posted == 8
        asked.append(len(queries))
    assert asked[0] == asked[1]


def test_a_payout_that_another_row_has_taken_meanwhile_is_not_taken_again():
    book, ours = _taken_meanwhile()
    assert apply_bank_line(line_id=ours.pk, book=book) == "unknown"
    assert Entry.objects.filter(kind="payout_received").count() == 1


def test_without_reading_again_the_database_refuses_what_is_taken(monkeypatch):
    monkeypatch.setattr(KeptBook, "renew", lambda book, plan: None)
    book, ours = _taken_meanwhile()
    with pytest.raises(IntegrityError, match="finance_settled_once"), transaction.atomic():
        apply_bank_line(line_id=ours.pk, book=book)


def _taken_meanwhile() -> tuple[KeptBook, StatementLine]:
    """A book in which a payout is open that another row has taken since, and the row that would take it."""
    a_payout("555.00")
    ours, theirs = a_bank_file(("555.00", "Alipay"), ("555.00", "Alipay again")).lines.order_by("pk")
    book = KeptBook()
    apply_bank_line(line_id=theirs.pk)
    return book, ours


def test_an_order_that_is_paid_meanwhile_by_another_way_is_not_paid_by_a_row_that_no_longer_fits():
    intent = an_intent(order=an_order(), amount="80.00", provider="bank")
    line = a_bank_file(("80.00", intent.order.number)).lines.get()
    book = KeptBook()
    a_receipt(intent, "80.00", provider="bank")
    assert apply_bank_line(line_id=line.pk, book=book) == "unknown"
    assert Payment.objects.filter(order=intent.order).count() == 1
