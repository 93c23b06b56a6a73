"""The clerk's steps on courier statements and remittances over HTTP: each by right, refusals say why.

One cup against cash: 130.00 to collect, 8.00 freight, 2.00 for collecting (tests/scenarios/company.py).
"""

from decimal import Decimal as D

import pytest
from django.core.management import call_command
from django.db import connection, transaction
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import translation

from core.approvals import decide
from core.jobs import run_job
from core.models import ApprovalPolicy, ApprovalRequest, Job
from core.rights import grant_role
from finance.models import MoneyAccount, StatementLine
from finance.services import import_statement
from finance.statements import Hints
from logistics import services
from logistics.admin import statements as pages
from logistics.admin.evidence import words_of
from logistics.models import CourierStatement, Parcel, RateRow, Remittance, StatementRow, Waybill
from logistics.services.accruals import link_return
from tests.crm.builders import a_user
from tests.logistics.builders import a_bill, a_shipped_parcel, has_gone, imported, number_of
from tests.scenarios.books import balances
from tests.scenarios.company import a_company

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _groups(db):
    call_command("setup_shop")


@pytest.fixture
def clerk(client):
    person = a_user(username="clerk")
    grant_role(user=person, role="finance")
    client.force_login(person)
    return person


@pytest.fixture
def company():
    return a_company()


@pytest.fixture
def parcel(company):
    return has_gone(a_shipped_parcel(company))


def a_statement(company, parcel, *, freight: str = "8.00", more=(), total: str = "") -> CourierStatement:
    number = number_of(parcel)
    rows = [(number, "运费", freight), (number, "代收货款服务费", "2.00"), (number, "代收货款", "130.00")]
    return imported(company.courier, a_bill(*rows, *more, total=total))


def an_advice(company, parcel, *, freight: str = "8.00", fee: str = "2.00") -> Remittance:
    net = D("130.00") - D(freight) - D(fee)
    data = f"运单号,代收货款,手续费,抵扣运费,实付金额\n{number_of(parcel)},130.00,{fee},{freight},{net}\n"
    result = services.import_remittance(courier=company.courier, data=data.encode(), filename="advice.csv")
    return Remittance.objects.get(pk=result.remittance_id)


def url_of(document, *, query: str = "") -> str:
    name = f"admin:{document._meta.app_label}_{document._meta.model_name}_change"
    return reverse(name, args=[document.pk]) + query


def step(client, document, name: str, **values):
    door = f"admin:{document._meta.app_label}_{document._meta.model_name}_step"
    answer = client.post(reverse(door, args=[document.pk, name]), values, follow=True)
    document.refresh_from_db()
    return answer


def decide_rows(client, statement, decision: str, reason: str, outcomes=None, kept: str = ""):
    chosen = statement.outcomes.all() if outcomes is None else outcomes
    values = {"outcome": [row.pk for row in chosen], "decide-decision": decision, "decide-reason": reason}
    return step(client, statement, "decide", kept=kept, **values)


def said(answer) -> list[str]:
    return [str(message) for message in answer.context["messages"]]


def test_outcomes_are_grouped_with_their_sums_and_filtered(client, clerk, company, parcel):
    other = has_gone(a_shipped_parcel(company))
    statement = a_statement(company, parcel, more=[(number_of(other), "运费", "11.50")])
    page = client.get(url_of(statement))
    sums = {
        group["outcome"]: (group["count"], group["billed"], group["gap"]) for group in page.context["groups"]
    }
    assert sums["agreed"] == (1, D("10.00"), D("0.00"))
    (billed,) = [sums[outcome] for outcome in sums if outcome not in ("agreed", "missing")]
    assert billed == (1, D("11.50"), D("3.50"))
    assert (page.context["whole"]["count"], page.context["whole"]["billed"]) == (2, D("21.50"))
    assert page.context["chosen"] == "waiting"
    assert [one["row"].waybill for one in page.context["outcomes"]] == [number_of(other)]
    shown = client.get(url_of(statement, query="?outcome=agreed"))
    assert [one["row"].waybill for one in shown.context["outcomes"]] == [number_of(parcel)]
    everything = client.get(url_of(statement, query="?outcome=all"))
    assert len(everything.context["outcomes"]) == 2
    assert client.get(url_of(statement, query="?outcome=o%27x&page=zz")).status_code == 200


def test_a_disputed_row_is_not_paid_and_the_rest_is_agreed(client, clerk, company, parcel):
    other = has_gone(a_shipped_parcel(company))
    statement = a_statement(company, parcel, more=[(number_of(other), "运费", "11.50")])
    wrong = statement.outcomes.get(waybill=number_of(other))
    answer = decide_rows(client, statement, "dispute", "weighed 400 g here", [wrong])
    assert said(answer) == ["1 waybills decided: dispute."]
    page = client.get(url_of(statement, query="?outcome=all")).content.decode()
    assert "weighed 400 g here – clerk" in page
    answer = step(client, statement, "agree")
    assert said(answer) == ["Agreed: 1 waybills are posted, none waits."]
    assert (statement.state, statement.agreed_by) == ("agreed", clerk)
    assert balances()["2241.2"] == D("-10.00")
    assert "Send in its remittance" in answer.content.decode()


def test_agreeing_says_why_it_has_to_wait(client, clerk, company, parcel):
    statement = a_statement(company, parcel, freight="11.50")
    page = client.get(url_of(statement)).content.decode()
    assert "Decide the waybills below first: accept, dispute or write off." in page
    answer = decide_rows(client, statement, "accept", "")
    assert (answer.status_code, said(answer)) == (
        409,
        ["Give a reason; the courier and the auditors will read it."],
    )
    decide_rows(client, statement, "accept", "remote place")
    outcome = statement.outcomes.get()
    assert (outcome.decision, outcome.decided_by, outcome.reason) == ("accepted", clerk, "remote place")
    step(client, statement, "agree")
    assert statement.state == "agreed"


def test_rows_have_to_be_ticked_and_belong_to_the_statement(client, clerk, company, parcel):
    statement = a_statement(company, parcel, freight="11.50")
    answer = decide_rows(client, statement, "accept", "fine", [])
    assert said(answer) == ["Tick at least one waybill."]
    foreign = imported(company.courier, a_bill(("SF1999999999999", "运费", "5.00")), name="other.csv")
    answer = decide_rows(client, statement, "accept", "fine", foreign.outcomes.all())
    assert said(answer) == ["Tick at least one waybill."]
    assert set(foreign.outcomes.values_list("decision", flat=True)) == {""}


def test_a_write_off_is_asked_for_signed_by_somebody_else_and_then_done(client, clerk, company, parcel):
    ApprovalPolicy.objects.create(kind="write_off", role="manager", amount_from=D("1.00"))
    boss = a_user(username="boss")
    grant_role(user=boss, role="manager")
    statement = a_statement(company, parcel, freight="11.50")
    answer = decide_rows(client, statement, "write-off", "not worth it")
    assert answer.status_code == 409
    assert "approval" in said(answer)[0]
    answer = decide_rows(client, statement, "ask", "not worth it")
    assert said(answer) == ["Asked for 1 signatures. Write off once they are given."]
    asked = ApprovalRequest.objects.get()
    assert (asked.amount, asked.requested_by) == (D("3.50"), clerk)
    decide(request_id=asked.pk, by=boss, approve=True, version=1)
    decide_rows(client, statement, "write-off", "not worth it")
    assert statement.outcomes.get().decision == "written_off"


def test_a_difference_in_the_file_is_accepted_with_a_reason_only(client, clerk, company, parcel):
    statement = a_statement(company, parcel, total="150.00")
    assert statement.state == "open"
    page = client.get(url_of(statement)).content.decode()
    assert "150.00" in page
    assert "140.00" in page
    answer = step(client, statement, "accept", **{"accept-reason": " "})
    assert (answer.status_code, statement.state) == (422, "open")
    step(client, statement, "accept", **{"accept-reason": "confirmed by phone"})
    assert (statement.state, statement.accepted_reason, statement.accepted_by) == (
        "matched",
        "confirmed by phone",
        clerk,
    )


def test_a_long_statement_is_agreed_as_a_job(client, clerk, company, parcel, monkeypatch):
    monkeypatch.setattr(pages, "AT_ONCE", 0)
    statement = a_statement(company, parcel)
    step(client, statement, "agree")
    assert statement.state == "matched"
    assert run_job(Job.objects.get().pk)
    statement.refresh_from_db()
    assert statement.state == "agreed"


def test_a_remittance_is_applied_to_the_row_of_the_bank_statement(client, clerk, company, parcel):
    services.agree_statement(statement_id=a_statement(company, parcel).pk)
    remittance = an_advice(company, parcel)
    assert remittance.paid == D("120.00")
    bank = MoneyAccount.objects.filter(kind="bank").first()
    text = "date,amount,currency,reference,counterparty\n2026-03-02,120.00,CNY,R1,SF\n"
    import_statement(account=bank, data=text.encode(), filename="bank.csv", hints=Hints(currency="CNY"))
    line = StatementLine.objects.get()
    page = client.get(url_of(remittance))
    choices = page.context["placed"]["apply"].form.fields["money"].choices
    assert choices[0][0] == f"line:{line.pk}"
    assert "120.00 CNY" in choices[0][1]

    before = balances()
    wrong = f"bank:{bank.pk}"
    answer = step(client, remittance, "apply", **{"apply-money": wrong, "apply-bank_amount": "119.99"})
    assert (answer.status_code, balances()) == (409, before)
    assert "119.99 came, the advice says 120.00" in said(answer)[0]
    answer = step(client, remittance, "apply", **{"apply-money": f"line:{line.pk}"})
    assert (answer.status_code, remittance.state) == (200, "applied")
    after = balances()
    assert (after["1002"], after.get("1221.1", 0), after.get("2241.2", 0)) == (D("120.00"), 0, 0)
    line.refresh_from_db()
    assert line.outcome == "claimed"
    parcel.refresh_from_db()
    assert parcel.cod_state == "remitted"


def test_cash_that_does_not_come_is_given_up_with_a_signature(client, clerk, company, parcel):
    ApprovalPolicy.objects.create(kind="write_off", role="manager", amount_from=D("10.00"))
    boss = a_user(username="boss")
    grant_role(user=boss, role="manager")
    answer = step(client, parcel, "write-off", **{"write-off-reason": "the courier is bankrupt"})
    assert (answer.status_code, parcel.cod_state) == (409, "due")
    step(client, parcel, "ask-write-off", **{"ask-write-off-reason": "the courier is bankrupt"})
    asked = ApprovalRequest.objects.get()
    assert asked.amount == D("130.00")
    decide(request_id=asked.pk, by=boss, approve=True, version=1)
    step(client, parcel, "write-off", **{"write-off-reason": "the courier is bankrupt"})
    assert parcel.cod_state == Parcel.CodState.WRITTEN_OFF
    assert balances()["6711"] == D("130.00")


def test_the_pages_take_few_queries_with_a_hundred_rows(client, clerk, company, parcel):
    rows = [(f"SF70000000{number:05}", "运费", "5.00") for number in range(150)]
    statement = imported(company.courier, a_bill(*rows, ("", "运费", "x")))
    for document in (statement, an_advice(company, parcel)):
        client.get(url_of(document))
        with CaptureQueriesContext(connection) as queries:
            assert client.get(url_of(document)).status_code == 200
        assert len(queries) <= 15, "\n".join(q["sql"][:150] for q in queries)
    page = client.get(url_of(statement))
    assert len(page.context["outcomes"]) == 100
    assert page.context["listed"].paginator.num_pages == 2
    text = client.get(reverse("admin:logistics_courierstatement_rejected", args=[statement.pk]))
    assert "152" in text.content.decode("utf-8-sig")


def test_the_file_as_it_came_is_for_those_who_send_files_in(client, clerk, company, parcel):
    statement = a_statement(company, parcel)
    door = reverse("admin:logistics_courierstatement_file", args=[statement.pk])
    assert b"".join(client.get(door).streaming_content).startswith("运单号".encode())
    manager = a_user(username="manager")
    grant_role(user=manager, role="manager")
    client.force_login(manager)
    assert client.get(url_of(statement)).status_code == 200
    assert client.get(door).status_code == 403


def texts_of(client, document, language: str) -> str:
    client.cookies["django_language"] = language
    return client.get(url_of(document, query="?outcome=all")).content.decode()


def test_findings_and_rows_are_read_in_both_languages_whatever_the_language_of_the_import(
    client, clerk, company, parcel
):
    other = number_of(has_gone(a_shipped_parcel(company)))
    more = [(other, "运费", "12..3"), (other, "调账", "-3.00")]
    with translation.override("zh-hans"):
        statement = a_statement(company, parcel, more=more)
    english = [
        "5: 金额 “12..3”: This is not an amount. Correct it.",
        "调账 of -3.00: link it to the charge that it corrects",
        "delivered here, but the statement shows no cash",
    ]
    chinese = [
        "5：金额“12..3”：这不是有效金额。请更正。",
        "调账 -3.00：请关联到它所更正的费用",
        "我方显示已签收，但对账单没有代收款",
    ]
    row = statement.rows.get(state="review")
    notes = [words_of(finding)["note"] for finding in statement.outcomes.get(key=other).findings]
    assert [f"5：{row.problem}", f"5: {row.told}"] == [chinese[0], english[0]]
    assert notes == english
    for language, words, others in (("en", english, chinese), ("zh-hans", chinese, english)):
        shown = texts_of(client, statement, language)
        assert [text for text in words if text not in shown] == []
        assert [text for text in others if text in shown] == []
    # A row from before reasons were kept says what it said.
    StatementRow.objects.filter(pk=row.pk).update(why=None)
    assert StatementRow.objects.get(pk=row.pk).told == row.problem


def test_a_waybill_without_a_price_says_so_in_the_language_of_the_reader(client, clerk, company, parcel):
    RateRow.objects.filter(service="return").delete()
    with translation.override("zh-hans"), transaction.atomic():
        back = link_return(parcel=parcel, number="SF-BACK-1", on=parcel.handed_over_at.date())
        assert back.problem.endswith("运价表中没有对应的价格；请添加或更正分区")
        statement = imported(company.courier, a_bill(("SF-BACK-1", "运费", "8.00")))
    english, chinese = "no line on the rate card; add one or correct the zone", "运价表中没有对应的价格"
    for language, words, other in (("en", english, chinese), ("zh-hans", chinese, english)):
        client.cookies["django_language"] = language
        for document, query in ((parcel, ""), (statement, "?outcome=all")):
            shown = client.get(url_of(document, query=query)).content.decode()
            assert (words in shown, other in shown) == (True, False), (language, document)
    Waybill.objects.filter(pk=back.pk).update(why=None)
    assert Waybill.objects.get(pk=back.pk).told == back.problem
