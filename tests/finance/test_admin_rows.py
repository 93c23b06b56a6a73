"""What a clerk says of rows of a bank file: row by row, with a reason, refusals beside what went well."""

from decimal import Decimal as D

import pytest
from django.core.management import call_command
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from core import events
from core.rights import grant_role
from finance.models import MoneyAccount, StatementFile, StatementLine, UnappliedReceipt
from finance.services import import_statement
from finance.statements import Hints
from tests.crm.builders import a_user
from tests.scenarios.company import a_company, an_order_of

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def clerk(client):
    call_command("setup_shop")
    person = a_user(username="clerk")
    grant_role(user=person, role="finance")
    client.force_login(person)
    return person


def a_bank_file(*rows: str, name: str = "bank.csv") -> StatementFile:
    """A statement of these rows: day, amount, number, from whom."""
    text = "date,amount,currency,reference,counterparty\n" + "\n".join(rows) + "\n"
    account = MoneyAccount.objects.filter(kind="bank").first()
    result = import_statement(account=account, data=text.encode(), filename=name, hints=Hints(currency="CNY"))
    assert result.file_id, result.refusal
    return StatementFile.objects.get(pk=result.file_id)


def say(client, file: StatementFile, decision: str, rows, reason: str = "seen on paper", order: str = ""):
    values = {
        "row": [row.pk for row in rows],
        "decide-decision": decision,
        "decide-reason": reason,
        "decide-order": order,
    }
    door = reverse("admin:finance_statementfile_step", args=[file.pk, "decide"])
    answer = client.post(door, values, follow=True)
    return answer, [str(message) for message in answer.context["messages"]]


def test_a_row_pays_the_order_that_the_clerk_names(client):
    company = a_company()
    order = an_order_of(company, {company.cup: 1})
    file = a_bank_file("2026-03-02,125.00,CNY,R1,Li Na")
    (row,) = file.lines.all()
    answer, said = say(client, file, "order", [row], order="SO404")
    assert (answer.status_code, row.matches.count()) == (422, 0)
    assert "There is no order with this number." in answer.content.decode()
    _answer, said = say(client, file, "order", [row], order=order.number.lower())
    assert said == ["1 rows decided."]
    events.drain_all()
    order.refresh_from_db()
    row.refresh_from_db()
    assert (order.payment_state, row.outcome) == ("paid", "agrees")


def test_what_fits_nothing_is_parked_and_what_is_refused_says_why_beside_it(client):
    file = a_bank_file("2026-03-02,125.00,CNY,R1,Li Na", "2026-03-02,-7.00,CNY,R2,Somebody")
    money_in, money_out = file.lines.order_by("row_no")
    _answer, said = say(client, file, "park", [money_in, money_out])
    assert said == [
        f"Row {money_out.row_no}, 7.00: Only money that came in can be parked.",
        "1 rows decided.",
    ]
    receipt = UnappliedReceipt.objects.get()
    assert (receipt.amount, receipt.state) == (D("125.00"), "open")
    money_out.refresh_from_db()
    assert money_out.posted_at is None
    answer, said = say(client, file, "park", [money_in])
    assert answer.status_code == 409
    assert "is used already" in said[0]
    assert UnappliedReceipt.objects.count() == 1


def test_every_decision_needs_a_reason_and_a_row(client):
    file = a_bank_file("2026-03-02,125.00,CNY,R1,Li Na")
    answer, _said = say(client, file, "park", file.lines.all(), reason=" ")
    assert answer.status_code == 422
    answer, said = say(client, file, "park", [])
    assert (answer.status_code, said) == (409, ["Tick at least one row."])
    foreign = a_bank_file("2026-04-02,125.00,CNY,R9,Li Na", name="april.csv")
    answer, said = say(client, file, "park", foreign.lines.all())
    assert said == ["Tick at least one row."]
    assert not UnappliedReceipt.objects.exists()


def test_a_row_that_cannot_be_read_is_laid_aside_and_can_be_downloaded_with_its_reason(client):
    file = a_bank_file("2026-03-02,125.00,CNY,R1,Li Na", "2026-03-02,twelve,CNY,R2,Somebody")
    row = file.lines.get(state=StatementLine.State.REVIEW)
    page = client.get(reverse("admin:finance_statementfile_change", args=[file.pk])).content.decode()
    assert "twelve" in page
    text = client.get(reverse("admin:finance_statementfile_rejected", args=[file.pk])).content.decode(
        "utf-8-sig"
    )
    assert text.splitlines()[1].startswith(f"bank.csv,{row.row_no},")
    assert "twelve" in text
    _answer, said = say(client, file, "aside", [row])
    row.refresh_from_db()
    assert (said, row.state) == (["1 rows decided."], "dismissed")


def test_the_page_of_a_file_with_a_hundred_rows_takes_few_queries(client):
    file = a_bank_file(*[f"2026-03-02,{number}.00,CNY,R{number},Somebody" for number in range(1, 101)])
    page = reverse("admin:finance_statementfile_change", args=[file.pk])
    client.get(page)
    with CaptureQueriesContext(connection) as queries:
        assert client.get(page).context["waiting"] == 100
    assert len(queries) <= 15, "\n".join(q["sql"][:150] for q in queries)
