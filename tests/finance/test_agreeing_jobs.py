"""A long statement is agreed by a job: rows are posted once, whoever is killed, stopped or asks twice."""

import pytest
from django.core.management import call_command
from django.urls import reverse

from core import jobs
from core.jobs import run_job, start_job
from core.models import Job, JobProgress
from core.rights import grant_role
from finance.admin import statements as pages
from finance.models import Entry, MoneyAccount, StatementFile
from finance.services import agreeing, import_statement
from finance.statements import Hints
from tests.core.workers import killed_at
from tests.crm.builders import a_user

pytestmark = pytest.mark.django_db(transaction=True)


def fees(count: int) -> StatementFile:
    """A bank statement of rows that surely are the bank's fees: 1.00, 2.00, …"""
    rows = [f"2026-03-02,-{n}.00,CNY,F{n},手续费" for n in range(1, count + 1)]
    text = "\n".join(["date,amount,currency,reference,counterparty", *rows, ""])
    account = MoneyAccount.objects.filter(kind="bank").first()
    result = import_statement(
        account=account, data=text.encode(), filename="bank.csv", hints=Hints(currency="CNY")
    )
    return StatementFile.objects.get(pk=result.file_id)


def agreeing_of(file: StatementFile) -> Job:
    return start_job("finance.agree_statement", parameters={"statement": file.pk})


def entries() -> int:
    return Entry.objects.filter(kind="bank_fee").count()


def press(client, file: StatementFile, language: str = "en"):
    client.cookies["django_language"] = language
    door = reverse("admin:finance_statementfile_step", args=[file.pk, "agree"])
    answer = client.post(door, follow=True)
    file.refresh_from_db()
    return answer, " ".join(str(message) for message in (answer.context or {}).get("messages", ()))


def sign_in(client, role: str):
    call_command("setup_shop")
    person = a_user(username=role)
    grant_role(user=person, role=role)
    client.force_login(person)
    return person


@pytest.mark.parametrize(
    ("language", "words"), [("en", "is being agreed in the background"), ("zh-hans", "正在后台对账")]
)
def test_a_long_statement_is_agreed_by_one_job(client, monkeypatch, language, words):
    clerk = sign_in(client, "finance")
    monkeypatch.setattr(pages, "AT_ONCE", 2)
    long = fees(3)
    for _press in range(2):
        _answer, said = press(client, long, language)
        assert words in said
        assert (long.state, entries()) == ("accepted", 0)
    job = Job.objects.get()
    assert reverse("admin:core_job_change", args=[job.pk]) in said
    assert (job.kind, job.created_by) == ("finance.agree_statement", clerk)
    assert run_job(job.pk)
    job.refresh_from_db()
    long.refresh_from_db()
    assert (job.state, job.result) == ("done", {"posted": 3, "waiting": 0, "state": "agreed"})
    assert (long.state, long.agreed_by, entries()) == ("agreed", clerk, 3)
    assert (job.progress.done, job.progress.total) == (3, 3)


def test_a_short_statement_is_agreed_while_the_clerk_waits(client):
    sign_in(client, "finance")
    file = fees(3)
    _answer, said = press(client, file)
    assert said == "Agreed: 3 rows are posted, none waits."
    assert (file.state, entries(), Job.objects.count()) == ("agreed", 3, 0)


def test_who_may_not_match_rows_starts_no_job(client, monkeypatch):
    sign_in(client, "warehouse")
    monkeypatch.setattr(pages, "AT_ONCE", 0)
    file = fees(1)
    answer, _said = press(client, file)
    assert (answer.status_code, file.state, Job.objects.count()) == (403, "accepted", 0)


@pytest.mark.slow
def test_rows_of_a_killed_worker_are_posted_once():
    """F83: the first worker dies behind its first row, the second does the others."""
    file = fees(4)
    job = agreeing_of(file)
    killed_at("statement.posted", job, kinds="finance.tasks")
    assert (entries(), file.lines.exclude(posted_at=None).count()) == (1, 1)
    assert run_job(job.pk)
    job.refresh_from_db()
    file.refresh_from_db()
    assert (job.state, job.takes, job.result["posted"]) == ("done", 2, 3)
    assert (file.state, entries()) == ("agreed", 4)


def test_a_job_that_is_stopped_leaves_whole_rows_and_the_next_goes_on(monkeypatch):
    monkeypatch.setattr(agreeing, "TELL_EACH", 1)
    file = fees(3)
    job = agreeing_of(file)
    shown = jobs.Run.between

    def stop(run, done, total):
        JobProgress.objects.filter(job=job).update(cancel_asked=True)
        run._pulse._write()
        shown(run, done, total)

    monkeypatch.setattr(jobs.Run, "between", stop)
    run_job(job.pk)
    job.refresh_from_db()
    file.refresh_from_db()
    assert (job.state, file.state, entries()) == ("cancelled", "accepted", 1)
    monkeypatch.undo()
    again = agreeing_of(file)
    assert again != job
    run_job(again.pk)
    file.refresh_from_db()
    assert (file.state, entries()) == ("agreed", 3)
