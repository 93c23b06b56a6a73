"""The provider's bill against our books: payment by payment, refund by refund, fee by fee, to the bank."""

import io
import json
import zipfile
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from decimal import Decimal

import pytest
from django.core.management import call_command
from django.db import connection

from core import approvals
from core.models import ApprovalPolicy
from core.origins import Origin
from finance import queries
from finance.errors import StatementError
from finance.gateways.base import BEIJING, BillKind
from finance.models import LineMatch, MoneyAccount, Payment, StatementFile, StatementLine, UnappliedReceipt
from finance.services import (
    accept_statement,
    agree_statement,
    import_statement,
    pay_page,
    query_intent,
    refund_order,
    send_refund,
    settle_difference,
)
from finance.services.providers import gateway_for
from tests.finance.builders import an_intent
from tests.finance.simulators import a_simulator
from tests.threads import at_once

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.races]
D = Decimal
DAY = date(2026, 9, 16)


@dataclass
class Day:
    """A day at the provider: three payments of ours, one that we never heard of, one part refund."""

    provider: object
    trade: bytes
    fund: bytes
    fees: Decimal
    balance: Decimal


@pytest.fixture
def alipay():
    return MoneyAccount.objects.get(code="alipay")


@pytest.fixture
def a_day(tmp_path, settings):
    with a_simulator(tmp_path) as running:
        provider = running.remote
        settings.ALIPAY = settings.ALIPAY | {"keys_dir": str(provider.keys)}
        provider.stop_clock(datetime(2026, 9, 16, 10, tzinfo=BEIJING))
        intents = [an_intent(amount=amount) for amount in ("128.00", "50.00", "10.01", "99.90")]
        for intent in intents:
            provider.pay(pay_page(intent=intent))
            provider.advance_clock(60)
        for intent in intents[:3]:
            query_intent(intent_id=intent.pk)
        order = Origin("order", intents[0].order_id)
        (refund,) = refund_order(order_id=order.id, amount=D("28.00"), origin=order, reason="damaged")
        send_refund(refund_id=refund.pk)
        provider.pay_out("PAYOUT-1")
        provider.stop_clock(datetime(2026, 9, 17, 12, tzinfo=BEIJING))
        gateway = gateway_for("alipay")
        trade, fund = (gateway.download_bill(DAY, kind) for kind in (BillKind.TRADE, BillKind.FUND))
        trades = provider.books()["trades"]
        fees = sum(D(t["fee"]) - D(t["fee_returned"]) for t in trades)
        took = sum(D(t["paid"]) - D(t["refunded"]) for t in trades)
        yield Day(provider, trade, fund, fees, took - fees)


def _import(alipay, data, name="bill.zip", **more):
    return import_statement(account=alipay, data=data, filename=name, **more)


def _agree_all(alipay, a_day, *, fund_first=False):
    bills = [a_day.trade, a_day.fund]
    for data in reversed(bills) if fund_first else bills:
        agree_statement(file_id=_import(alipay, data).file_id)


@pytest.mark.parametrize("fund_first", [False, True])
def test_both_bills_in_any_order_leave_our_books_equal_to_the_provider(alipay, a_day, fund_first):
    """Trade and fund bill tell of the same money: each part of it is settled once."""
    _agree_all(alipay, a_day, fund_first=fund_first)
    assert queries.open_items("1012.1") == []
    assert queries.balance("6603") == a_day.fees
    assert queries.balance("1012.3") == a_day.balance
    assert queries.balance("1012.2") == D("0.00")
    assert set(StatementFile.objects.values_list("state", flat=True)) == {"agreed"}


def test_a_payment_that_nobody_told_us_of_is_found_in_the_bill(alipay, a_day):
    """F16, F28: the bill is its proof."""
    result = _import(alipay, a_day.trade)
    assert (result.state, result.outcomes) == ("accepted", {"agrees": 4, "unknown": 1})
    assert Payment.objects.count() == 3
    done = agree_statement(file_id=result.file_id)
    assert (done.posted, done.waiting, done.state) == (5, 0, "agreed")
    found = Payment.objects.get(amount=D("99.90"))
    assert (found.state, found.evidence.get().kind) == ("confirmed", "bill")
    assert not UnappliedReceipt.objects.exists()


def test_agreeing_again_posts_nothing(alipay, a_day):
    file_id = _import(alipay, a_day.trade).file_id
    agree_statement(file_id=file_id)
    before = queries.balance("1012.2")
    assert agree_statement(file_id=file_id).posted == 0
    assert queries.balance("1012.2") == before


def test_the_same_and_a_renamed_file_add_nothing(alipay, a_day):
    """F50."""
    first = _import(alipay, a_day.trade)
    again = _import(alipay, a_day.trade, "another name.zip")
    assert (again.file_id, again.already, first.already) == (first.file_id, True, False)
    assert StatementLine.objects.count() == 5


def test_a_dry_run_says_the_same_and_keeps_nothing(alipay, a_day):
    dry = _import(alipay, a_day.trade, dry_run=True)
    assert not StatementFile.objects.exists()
    real = _import(alipay, a_day.trade)
    assert (dry.rows, dry.outcomes, dry.credits) == (real.rows, real.outcomes, real.credits)


def test_a_payout_reaches_the_bank(alipay, a_day):
    _agree_all(alipay, a_day)
    bank = MoneyAccount.objects.get(code="bank")
    day = DAY + timedelta(days=1)
    data = (
        "交易日期,摘要,收入,支出,余额,对方户名,流水号\n"
        f"{day},支付宝提现,{a_day.balance},,{a_day.balance},支付宝（中国）网络技术有限公司,S1\n"
    )
    result = _import(bank, data.encode(), "bank.csv")
    agree_statement(file_id=result.file_id)
    assert queries.balance("1012.3") == D("0.00")
    assert queries.balance("1002") == a_day.balance


def test_another_amount_on_the_bill_waits_for_a_signed_write_off(alipay, a_day):
    """I21."""
    payment = Payment.objects.get(amount=D("50.00"))
    _cheat(payment, D("49.90"))
    result = _import(alipay, a_day.trade)
    line = StatementLine.objects.get(outcome="differs")
    assert line.reason == "the bill has 50.00, our books have 49.90"
    assert agree_statement(file_id=result.file_id).waiting == 1
    ApprovalPolicy.objects.create(
        kind="write_off", role="manager", level=1, amount_from=D("0.05"), currency="CNY", active=True
    )
    with pytest.raises(StatementError):
        settle_difference(line_id=line.pk, reason="")
    with pytest.raises(approvals.NotApproved):
        settle_difference(line_id=line.pk, reason="rounding at the till")
    assert LineMatch.objects.get(line=line, part="gross").entry is None
    ApprovalPolicy.objects.update(amount_from=D("1.00"))
    settle_difference(line_id=line.pk, reason="rounding at the till")
    assert queries.balance("6301") == D("-0.10")
    assert queries.open_items("1012.1") == []
    assert agree_statement(file_id=result.file_id).state == "agreed"


def _cheat(payment, amount):
    """Let our books have another figure than the provider, which our own code never does."""
    with connection.cursor() as cursor:
        cursor.execute("SET session_replication_role = replica")
        cursor.execute(
            "UPDATE finance_payment SET amount = %s, applied = %s WHERE id = %s", [amount, amount, payment.pk]
        )
        cursor.execute(
            "UPDATE finance_paymentevidence SET amount = %s WHERE payment_id = %s", [amount, payment.pk]
        )
        cursor.execute(
            "UPDATE finance_posting SET amount = %s WHERE entry_id = %s", [amount, payment.entry_id]
        )
        cursor.execute("SET session_replication_role = DEFAULT")


def test_a_bill_whose_totals_do_not_fit_stays_open_until_a_person_accepts_it(alipay, a_day):
    """F61."""
    cut = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(a_day.trade)) as old, zipfile.ZipFile(cut, "w") as new:
        for info in old.infolist():
            rows = old.read(info).decode("gb18030").splitlines(keepends=True)
            if any("业务明细" in row for row in rows):
                rows = [row for row in rows if "10.01" not in row]
            new.writestr(info.filename, "".join(rows).encode("gb18030"))
    result = _import(alipay, cut.getvalue())
    assert (result.state, bool(result.difference)) == ("open", True)
    assert set(StatementLine.objects.values_list("outcome", flat=True)) == {""}
    with pytest.raises(StatementError):
        agree_statement(file_id=result.file_id)
    with pytest.raises(StatementError):
        accept_statement(file_id=result.file_id, reason=" ")
    accept_statement(file_id=result.file_id, reason="the clerk cut one row")
    assert agree_statement(file_id=result.file_id).state == "agreed"


def test_two_uploads_at_once_are_one_file(alipay, a_day):
    """F50."""
    results = at_once(4, lambda n: _import(alipay, a_day.trade, f"{n}.zip"))
    assert {result.file_id for result in results} == {StatementFile.objects.get().pk}
    assert sorted(result.already for result in results) == [False, True, True, True]
    assert StatementLine.objects.count() == 5


def test_the_command_prints_its_figures_and_answers_by_its_exit_code(alipay, a_day, tmp_path, capsys):
    path = tmp_path / "bill.zip"
    path.write_bytes(a_day.trade)
    for dry in (["--dry-run"], []):
        call_command("import_bill", "alipay", str(path), "--json", *dry)
        figures = json.loads(capsys.readouterr().out.splitlines()[-1])
        assert (figures["rows"], figures["payments"], figures["refunds"], figures["fees"]) == (5, 4, 1, 0)
    path.write_bytes(b"no statement")
    with pytest.raises(SystemExit) as refused:
        call_command("import_bill", "alipay", str(path))
    assert refused.value.code == 1
