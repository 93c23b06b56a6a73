"""Statements of couriers: nothing twice, nothing half, nothing without a person."""

import json
import os
import subprocess
import sys
from datetime import date, timedelta
from decimal import Decimal as D
from threading import Barrier

import pytest
from django.db import IntegrityError, connection
from django.utils import translation

from core import clock
from core.approvals import NoPolicy, NotApproved
from core.faults import CRASH_CODE, guard_off, widened
from core.models import ApprovalPolicy
from finance.models import Entry
from finance.queries import balance
from finance.services import Party
from logistics import services
from logistics.errors import RemittanceError, StatementError
from logistics.models import (
    AgreedCharge,
    CourierStatement,
    OpeningWaybill,
    Parcel,
    Remittance,
    RemittanceLine,
    StatementRow,
    WaybillOutcome,
)
from logistics.services.facts import facts_of
from logistics.services.rating import rate_card
from tests.crm.builders import a_user
from tests.scenarios.company import a_company, a_courier
from tests.threads import at_once

from .builders import a_bill, a_shipped_parcel, decided, has_gone, imported, number_of

pytestmark = pytest.mark.django_db
SEEDS = int(os.environ.get("RACE_SEEDS", "3"))


@pytest.fixture(autouse=True)
def _in_english():
    with translation.override("en"):
        yield


@pytest.fixture
def company():
    return a_company()


@pytest.fixture
def parcel(company):
    return has_gone(a_shipped_parcel(company))


def right(parcel):
    """The three rows that are right for one delivered cup of 130.00."""
    number = number_of(parcel)
    return [(number, "运费", "8.00"), (number, "代收货款服务费", "2.00"), (number, "代收货款", "130.00")]


def counts():
    return (
        CourierStatement.objects.count(),
        StatementRow.objects.filter(state="accepted").count(),
        WaybillOutcome.objects.count(),
        AgreedCharge.objects.count(),
        Entry.objects.count(),
    )


def openings(courier, how_many, *, cod="0.00", start=0):
    """Waybills of another system in zone 1, one kilogram each: 8.00."""
    rows = [
        f"SF{2_000_000_000_000 + n},S{n},forward,2026-03-01,1,1.0,{cod}"
        for n in range(start, start + how_many)
    ]
    text = "\n".join(["waybill,order,service,shipped_on,zone,weight_kg,cod_amount", *rows])
    return services.import_shipments(courier=courier, data=text.encode(), filename="shipments.csv")


def test_the_same_file_and_a_renamed_copy_add_nothing(company, parcel):
    data = a_bill(*right(parcel))
    first = imported(company.courier, data)
    services.agree_statement(statement_id=first.pk)
    before = counts()
    for name in ("bill.csv", "renamed.csv"):
        again = services.import_courier_statement(courier=company.courier, data=data, filename=name)
        assert (again.already, again.statement_id, again.new_rows) == (True, first.pk, 0)
        services.agree_statement(statement_id=first.pk)
    assert counts() == before


def test_a_saved_again_or_overlapping_file_brings_only_its_new_rows(company, parcel):
    first = imported(company.courier, a_bill(*right(parcel)[:2]))
    services.agree_statement(statement_id=first.pk)
    other = imported(company.courier, a_bill(*right(parcel)), "longer.csv")
    assert (other.row_count, other.known_count) == (3, 2)
    outcome = other.outcomes.get()
    assert (outcome.outcome, outcome.cod_billed, outcome.billed) == ("agreed", D("130.00"), D("0.00"))
    services.agree_statement(statement_id=other.pk)
    assert {(c.kind, c.amount) for c in AgreedCharge.objects.all()} == {
        ("freight", D("8.00")),
        ("cod_fee", D("2.00")),
        ("cod", D("130.00")),
    }
    assert balance("2241.2", party=Party("courier", company.courier.pk)) == D("-10.00")


def test_two_truly_equal_rows_of_one_file_are_both_kept(company, parcel):
    number = number_of(parcel)
    statement = imported(company.courier, a_bill((number, "运费", "8.00"), (number, "运费", "8.00")))
    assert statement.rows.filter(state="accepted").count() == 2
    outcome = statement.outcomes.get()
    assert (outcome.outcome, outcome.billed, outcome.expected) == (
        "duplicate_in_file",
        D("16.00"),
        D("8.00"),
    )


@pytest.mark.django_db(transaction=True)
def test_two_uploads_at_once_are_one_statement_and_settle_once(company, parcel):
    data = a_bill(*right(parcel))

    def upload(n):
        done = services.import_courier_statement(courier=company.courier, data=data, filename=f"{n}.csv")
        services.agree_statement(statement_id=done.statement_id)
        return done.already

    for _seed in range(SEEDS):
        answers = at_once(3, upload)
        assert sorted(answers)[-2:] == [True, True], answers
    assert CourierStatement.objects.count() == 1
    assert AgreedCharge.objects.count() == 3
    assert balance("2241.2", party=Party("courier", company.courier.pk)) == D("-10.00")


@pytest.mark.breach
@pytest.mark.django_db(transaction=True)
def test_without_lock_and_keys_two_uploads_are_settled_twice(company, parcel):
    """F50, F57 with their guards off: the same bill is owed twice."""
    with connection.cursor() as cursor:
        for name in ("logistics_statement_once", "logistics_row_once", "logistics_charge_once"):
            cursor.execute(f"DROP INDEX {name}")
    data = a_bill(*right(parcel))

    def upload(n):
        done = services.import_courier_statement(courier=company.courier, data=data, filename=f"{n}.csv")
        return done.statement_id

    try:
        with guard_off("F50"), guard_off("F57"), guard_off("R10"):
            with widened("F50", Barrier(2, timeout=20).wait):
                stored = at_once(2, upload)
            assert [services.agree_statement(statement_id=pk).posted for pk in stored] == [1, 1]
        assert CourierStatement.objects.count() == 2
        assert balance("2241.2", party=Party("courier", company.courier.pk)) == D("-20.00")
    finally:
        with connection.cursor() as cursor:
            cursor.execute("SET session_replication_role = replica")
            cursor.execute("DELETE FROM logistics_agreedcharge")
            cursor.execute("DELETE FROM logistics_waybilloutcome")
            cursor.execute("DELETE FROM logistics_statementrow")
            cursor.execute("DELETE FROM logistics_courierstatement")
            cursor.execute("SET session_replication_role = DEFAULT")
            cursor.execute(
                "CREATE UNIQUE INDEX logistics_statement_once ON logistics_courierstatement"
                " (courier_id, sha256) WHERE NOT state = 'refused'"
            )
            cursor.execute(
                "CREATE UNIQUE INDEX logistics_row_once ON logistics_statementrow (courier_id, identity)"
                " WHERE state IN ('accepted', 'review')"
            )
            cursor.execute(
                "CREATE UNIQUE INDEX logistics_charge_once ON logistics_agreedcharge"
                " (courier_id, waybill, kind) WHERE corrects_id IS NULL"
            )


def test_a_waybill_of_an_earlier_bill_is_billed_before_whatever_the_file_is_called(company, parcel):
    march = imported(company.courier, a_bill(*right(parcel)), period="2026-03")
    services.agree_statement(statement_id=march.pk)
    april = imported(company.courier, a_bill(right(parcel)[0]), "april.csv", period="2026-04")
    outcome = april.outcomes.get()
    assert (outcome.outcome, outcome.billed, outcome.expected) == ("billed_before", D("8.00"), D("0.00"))
    assert services.agree_statement(statement_id=april.pk).waiting == 1
    decided(april, a_user(), as_expected=True)
    assert services.agree_statement(statement_id=april.pk).state == "agreed"
    assert balance("2241.2", party=Party("courier", company.courier.pk)) == D("-10.00")


def test_a_file_whose_total_differs_waits_for_a_reason(company, parcel):
    cut = a_bill(*right(parcel), total="999.00")
    result = services.import_courier_statement(courier=company.courier, data=cut, filename="cut.csv")
    assert (result.state, result.outcomes) == ("open", {})
    assert result.totals == [{"place": "5", "column": "金额", "stated": "999.00", "summed": "140.00"}]
    with pytest.raises(StatementError, match="Accept the difference"):
        services.agree_statement(statement_id=result.statement_id)
    with pytest.raises(StatementError, match="reason"):
        services.accept_statement(statement_id=result.statement_id, reason=" ")
    assert not WaybillOutcome.objects.exists()
    statement = services.accept_statement(statement_id=result.statement_id, reason="their total is wrong")
    assert (statement.state, statement.accepted_reason) == ("matched", "their total is wrong")
    assert services.agree_statement(statement_id=statement.pk).state == "agreed"


def test_another_month_or_account_is_refused_and_leaves_no_row(company, parcel):
    titled = "顺丰月结账单\n月结账号：7551234\n账期：2026-03\n".encode() + a_bill(*right(parcel))
    wrong = services.import_courier_statement(courier=company.courier, data=titled, filename="x.csv")
    assert wrong.state == "refused"
    assert "7551234" in wrong.refusal
    company.courier.account = "7551234"
    company.courier.save()
    month = services.import_courier_statement(
        courier=company.courier, data=titled, filename="x.csv", period="2026-04"
    )
    assert (month.state, "2026-03" in month.refusal) == ("refused", True)
    assert not StatementRow.objects.exists()
    assert CourierStatement.objects.filter(state="refused").count() == 2
    good = services.import_courier_statement(courier=company.courier, data=titled, filename="x.csv")
    assert (good.state, good.period) == ("matched", "2026-03")


def test_one_bad_row_stops_nothing_else_and_is_never_summed(company, parcel):
    rows = [*right(parcel), ("SF9999999999999", "运费", "12..34"), ("", "运费", "50.00")]
    result = services.import_courier_statement(
        courier=company.courier, data=a_bill(*rows), filename="bad.csv"
    )
    assert (result.rows, result.rows_to_review, result.billed) == (5, 2, D("10.00"))
    assert result.outcomes == {"agreed": 1, "needs_review": 2}
    assert [problem["row"] for problem in result.problems] == ["5", "6"]
    agreement = services.agree_statement(statement_id=result.statement_id)
    assert (agreement.posted, agreement.waiting, agreement.state) == (1, 2, "matched")
    statement = CourierStatement.objects.get(pk=result.statement_id)
    with pytest.raises(StatementError, match="cannot be read"):
        decided(statement, a_user())
    decided(statement, a_user(username="other"), services.dispute_outcomes)
    assert services.agree_statement(statement_id=statement.pk).state == "agreed"


def test_a_dry_run_says_the_same_and_keeps_nothing(company, parcel):
    data = a_bill(*right(parcel))
    before = counts()
    tried = services.import_courier_statement(
        courier=company.courier, data=data, filename="bill.csv", dry_run=True
    )
    assert counts() == before
    done = services.import_courier_statement(courier=company.courier, data=data, filename="bill.csv")
    assert (tried.state, tried.outcomes, tried.billed) == (done.state, done.outcomes, done.billed)


def test_a_disputed_row_comes_again_in_a_corrected_file_and_only_that_is_matched(company, parcel):
    number, clerk = number_of(parcel), a_user()
    other = has_gone(a_shipped_parcel(company, cups=2))
    wrong = imported(company.courier, a_bill((number, "运费", "18.00"), (number_of(other), "运费", "8.00")))
    bad = wrong.outcomes.get(waybill=number)
    assert bad.outcome == "rate"
    services.dispute_outcomes(outcome_ids=[bad.pk], reason="one kilogram costs 8.00", by=clerk)
    agreement = services.agree_statement(statement_id=wrong.pk)
    assert (agreement.posted, agreement.state) == (1, "agreed")

    corrected = imported(
        company.courier,
        a_bill((number, "运费", "8.00"), (number_of(other), "运费", "8.00")),
        "corrected.csv",
    )
    assert [(o.waybill, o.outcome) for o in corrected.outcomes.all()] == [(number, "agreed")]
    services.agree_statement(statement_id=corrected.pk)
    assert balance("2241.2", party=Party("courier", company.courier.pk)) == D("-16.00")


def test_a_decision_needs_a_person_and_a_reason_and_is_final_once_posted(company, parcel):
    statement = imported(company.courier, a_bill((number_of(parcel), "运费", "18.00")))
    ids = [statement.outcomes.get().pk]
    with pytest.raises(StatementError, match="person"):
        services.accept_outcomes(outcome_ids=ids, reason="why not")
    with pytest.raises(StatementError, match="reason"):
        services.accept_outcomes(outcome_ids=ids, reason="", by=a_user())
    assert statement.outcomes.get().decision == ""
    decided(statement, a_user(username="two"))
    services.agree_statement(statement_id=statement.pk)
    # 8.00 were expected, 18.00 are owed: the difference is freight.
    assert balance("6601.1") == D("18.00")
    with pytest.raises(StatementError, match="agreed already"):
        services.dispute_outcomes(outcome_ids=ids, reason="too late", by=a_user(username="three"))


def test_writing_off_above_policy_needs_a_signature(company, parcel):
    statement = imported(company.courier, a_bill((number_of(parcel), "运费", "18.00")))
    ids = [statement.outcomes.get().pk]
    clerk = a_user()
    with pytest.raises(NoPolicy):
        services.write_off_outcomes(outcome_ids=ids, reason="let it go", by=clerk)
    policy = ApprovalPolicy.objects.create(kind="write_off", role="manager", amount_from=D("5.00"))
    with pytest.raises(NotApproved):
        services.write_off_outcomes(outcome_ids=ids, reason="let it go", by=clerk)
    policy.amount_from = D("50.00")
    policy.save()
    assert services.write_off_outcomes(outcome_ids=ids, reason="let it go", by=clerk) == 1
    assert services.agree_statement(statement_id=statement.pk).posted == 1


def test_missing_cash_that_is_written_off_with_its_outcome_is_a_loss(company, parcel):
    ApprovalPolicy.objects.create(kind="write_off", role="manager", amount_from=D("50.00"))
    statement = imported(company.courier, a_bill((number_of(parcel), "代收货款", "120.00")))
    (outcome,) = statement.outcomes.all()
    assert (outcome.outcome, outcome.cod_billed, outcome.cod_expected) == (
        "cod_amount",
        D("120.00"),
        D("130.00"),
    )
    decided(statement, a_user(), services.write_off_outcomes)
    services.agree_statement(statement_id=statement.pk)
    assert balance("6711") == D("10.00")
    assert balance("1221.1", party=Party("courier", company.courier.pk)) == D("120.00")


def test_deductible_tax_is_carved_out_of_an_agreed_charge(company, parcel):
    company.courier.fee_tax_rate = D("0.06")
    company.courier.save()
    statement = imported(company.courier, a_bill(*right(parcel)[:2]))
    services.agree_statement(statement_id=statement.pk)
    # 8.00 and 2.00 with 6 %: 0.45 + 0.11 are deductible, the cost is 9.44.
    assert balance("2221.2") == D("0.56")
    assert balance("6601.1") + balance("6601.2") == D("9.44")
    assert balance("2241.2") == D("-10.00")


def test_what_is_in_no_statement_is_listed_after_the_agreed_days():
    company = a_company()
    shipped = a_shipped_parcel(company)
    assert [row.waybill for row in services.missing_waybills(courier=company.courier)] == [number_of(shipped)]
    assert services.missing_waybills(courier=company.courier, after_days=3) == []
    imported(company.courier, a_bill((number_of(shipped), "运费", "8.00")))
    assert services.missing_waybills(courier=company.courier) == []


@pytest.mark.parametrize(
    ("ours", "session"),
    [
        ("Asia/Shanghai", "UTC"),
        ("Asia/Shanghai", "America/New_York"),
        ("Europe/London", "Asia/Shanghai"),
        ("Europe/London", "Pacific/Kiritimati"),
    ],
)
def test_the_day_of_a_hand_over_is_ours_whatever_the_zone_of_the_session(company, settings, ours, session):
    settings.TIME_ZONE = ours
    day, next_day = date(2026, 3, 31), date(2026, 4, 1)
    midnight = clock.day_bounds(next_day)[0]
    early, late = number_of(a_shipped_parcel(company)), number_of(a_shipped_parcel(company))
    openings(company.courier, 1)
    shipped = {
        early: (midnight - timedelta(minutes=1), day),
        late: (midnight + timedelta(minutes=1), next_day),
    }
    for number, (at, _day) in shipped.items():
        Parcel.objects.filter(waybills__number=number).update(handed_over_at=at)
    days = {number: its for number, (_at, its) in shipped.items()} | {"SF2000000000000": date(2026, 3, 1)}
    with connection.cursor() as cursor:
        cursor.execute("SELECT set_config('timezone', %s, true)", [session])
    card = rate_card(company.courier)
    known = facts_of(courier_id=company.courier.pk, numbers=list(days), card=card)
    assert {number: each.facts.handed_over_on for number, each in known.items()} == days
    missing = services.missing_waybills(courier=company.courier, on=next_day, after_days=0)
    assert {row.waybill: row.handed_over_on for row in missing} == days


def test_the_set_wise_way_and_the_rules_judge_alike(company):
    """With the shortcut off every waybill goes through the rules; the outcomes are the same."""
    openings(company.courier, 40, cod="100.00")
    numbers = [f"SF{2_000_000_000_000 + n}" for n in range(40)]
    rows = []
    for n, number in enumerate(numbers):
        rows.append((number, "运费", ["8.00", "8.00", "9.00", "11.50"][n % 4]))
        if n % 3:
            rows.append((number, "代收货款", "100.00" if n % 5 else "90.00"))
        if n % 2:
            rows.append((number, "代收货款服务费", "2.00" if n % 7 else "1.00"))
    statement = imported(company.courier, a_bill(*rows))
    columns = [
        f.attname for f in WaybillOutcome._meta.fields if f.attname not in ("id", "decided_at", "posted_at")
    ]

    def judged():
        return list(statement.outcomes.order_by("key").values(*columns))

    quick = judged()
    assert 0 < sum(1 for row in quick if row["outcome"] == "agreed") < 40
    with guard_off("R10"):
        services.match_statement(statement_id=statement.pk)
    assert judged() == quick


def test_matching_asks_no_query_a_row(company, django_assert_max_num_queries):
    openings(company.courier, 500)
    wrong = [(f"SF{2_000_000_000_000 + n}", "运费", "8.00" if n % 10 else "9.00") for n in range(500)]
    statement = imported(company.courier, a_bill(*wrong))
    assert statement.outcomes.filter(outcome="rate").count() == 50
    with django_assert_max_num_queries(25):
        services.match_statement(statement_id=statement.pk)


CHILD = """
import os, django
os.environ.setdefault("DJANGO_SETTINGS_MODULE", "shopsite.settings.test")
django.setup()
from core import faults
from logistics import services
from logistics.models import Courier
data = open(os.environ["FILE"], "rb").read()
services.import_courier_statement(courier=Courier.objects.get(code="sf"), data=data, filename="big.csv")
"""


@pytest.mark.django_db(transaction=True)
def test_an_import_that_is_killed_half_way_leaves_nothing_and_can_be_repeated(company, tmp_path):
    """F55: killed after its rows were written and before they were accepted."""
    openings(company.courier, 300)
    file = tmp_path / "big.csv"
    file.write_bytes(a_bill(*((f"SF{2_000_000_000_000 + n}", "运费", "8.00") for n in range(300))))
    settings = connection.settings_dict
    url = "postgres://{USER}:{PASSWORD}@{HOST}:{PORT}/{NAME}".format(**settings)
    child = subprocess.run(
        [sys.executable, "-c", CHILD],
        env={
            **os.environ,
            "DATABASE_URL": url,
            "FILE": str(file),
            "SHOPSITE_CRASH_AT": "courier_statement.stored",
        },
        check=False,
    )
    assert child.returncode == CRASH_CODE
    assert (CourierStatement.objects.count(), StatementRow.objects.count()) == (0, 0)
    statement = imported(company.courier, file.read_bytes())
    assert statement.outcomes.filter(outcome="agreed").count() == 300


def advice(*rows, number="P1", total=""):
    lines = [f"返款单号,{number}", "运单号,代收货款,手续费,实付金额", *(",".join(row) for row in rows)]
    return "\n".join(lines).encode()


def remitted(courier, data, name="advice.csv"):
    result = services.import_remittance(courier=courier, data=data, filename=name)
    return Remittance.objects.get(pk=result.remittance_id)


def test_an_advice_known_by_its_number_adds_nothing(company, parcel):
    row = (number_of(parcel), "130.00", "", "130.00")
    first = remitted(company.courier, advice(row))
    services.apply_remittance(remittance_id=first.pk)
    again = services.import_remittance(
        courier=company.courier, data=advice(row) + b"\n", filename="saved again.csv"
    )
    assert (again.already, again.remittance_id) == (True, first.pk)
    second = remitted(company.courier, advice(row, number="P2"), "second.csv")
    assert second.lines.get().state == "known"
    with pytest.raises(RemittanceError, match="No line"):
        services.apply_remittance(remittance_id=second.pk)
    assert balance("1002") == D("130.00")


def test_a_parcel_is_paid_in_parts_and_never_more_than_it_owes(company, parcel):
    number = number_of(parcel)
    part = remitted(company.courier, advice((number, "100.00", "", "100.00")))
    services.apply_remittance(remittance_id=part.pk)
    parcel.refresh_from_db()
    assert parcel.cod_state == "short"
    too_much = remitted(company.courier, advice((number, "40.00", "", "40.00"), number="P2"), "b.csv")
    with pytest.raises(RemittanceError, match=r"owes 30\.00"):
        services.apply_remittance(remittance_id=too_much.pk)
    rest = remitted(company.courier, advice((number, "30.00", "", "30.00"), number="P3"), "c.csv")
    services.apply_remittance(remittance_id=rest.pk)
    parcel.refresh_from_db()
    assert parcel.cod_state == "remitted"
    assert balance("1221.1") == 0
    assert balance("1002") == D("130.00")


def test_nothing_is_kept_back_that_was_not_billed(company, parcel):
    number = number_of(parcel)
    paid = remitted(company.courier, advice((number, "130.00", "", "130.00"), ("", "", "", "-10.00")))
    with pytest.raises(RemittanceError, match=r"10\.00 more than it has billed"):
        services.apply_remittance(remittance_id=paid.pk)
    statement = imported(company.courier, a_bill(*right(parcel)))
    services.agree_statement(statement_id=statement.pk)
    with pytest.raises(RemittanceError, match=r"119\.00 came"):
        services.apply_remittance(remittance_id=paid.pk, bank_amount=D("119.00"))
    services.apply_remittance(remittance_id=paid.pk, bank_amount=D("120.00"))
    assert (balance("1221.1"), balance("2241.2"), balance("1002")) == (0, 0, D("120.00"))


def test_an_advice_that_pays_less_than_nothing_is_no_remittance(company, parcel):
    advised = advice((number_of(parcel), "130.00", "", "130.00"), ("", "", "", "-140.00"))
    paid = remitted(company.courier, advised)
    with pytest.raises(RemittanceError, match=r"10\.00 more than it has collected"):
        services.apply_remittance(remittance_id=paid.pk)
    assert (balance("1002"), paid.lines.filter(state="applied").count()) == (0, 0)


def test_a_fee_that_only_the_advice_shows_is_agreed_once_with_it(company, parcel):
    paid = remitted(company.courier, advice((number_of(parcel), "130.00", "2.00", "128.00")))
    services.apply_remittance(remittance_id=paid.pk)
    charge = AgreedCharge.objects.get()
    assert (charge.kind, charge.amount, charge.remittance_line.remittance) == ("cod_fee", D("2.00"), paid)
    assert (balance("1221.1"), balance("2241.2"), balance("2241.1")) == (0, 0, D("-8.00"))
    late = imported(company.courier, a_bill((number_of(parcel), "代收货款服务费", "2.00")))
    assert late.outcomes.get().outcome == "billed_before"


def test_a_line_of_an_unknown_waybill_stops_the_advice_unless_its_money_waits_elsewhere(company, parcel):
    paid = remitted(
        company.courier,
        advice((number_of(parcel), "130.00", "", "130.00"), ("SF9999999999999", "50.00", "", "50.00")),
    )
    assert RemittanceLine.objects.filter(state="review").count() == 1
    with pytest.raises(RemittanceError, match="No parcel of ours"):
        services.apply_remittance(remittance_id=paid.pk)
    assert balance("1002") == 0


@pytest.mark.django_db(transaction=True)
def test_a_remittance_applied_twice_at_once_is_applied_once(company, parcel):
    paid = remitted(company.courier, advice((number_of(parcel), "130.00", "", "130.00")))
    at_once(3, lambda _n: services.apply_remittance(remittance_id=paid.pk))
    assert balance("1002") == D("130.00")
    assert Entry.objects.filter(kind="remittance").count() == 1


def test_charges_and_write_offs_cannot_be_rewritten(company, parcel):
    statement = imported(company.courier, a_bill(*right(parcel)))
    services.agree_statement(statement_id=statement.pk)
    with pytest.raises(IntegrityError):
        AgreedCharge.objects.bulk_create([_copy(AgreedCharge.objects.first())])


def _copy(charge):
    charge.pk, charge.outcome = None, None
    return charge


def test_shipments_of_another_system_are_kept_once_and_rated_when_a_price_comes():
    courier = a_courier("yto")
    courier.rates.all().delete()
    found = openings(courier, 3)
    assert (found.stored, found.known, found.without_price) == (3, 0, 3)
    assert openings(courier, 4).stored == 1
    card = (
        "zone,service,first_weight_kg,first_fee,step_kg,step_fee,valid_from\n"
        "1,forward,1,7.00,1,2.00,2026-01-01\n1,return,1,5.00,1,1.00,2026-01-01\n"
    )
    rates = services.import_rate_card(courier=courier, data=card.encode(), filename="card.csv")
    assert (rates.stored, rates.known, rates.problems) == (2, 0, [])
    assert set(OpeningWaybill.objects.values_list("no_rate", "expected_freight")) == {("", D("7.00"))}
    again = services.import_rate_card(courier=courier, data=card.encode(), filename="card.csv")
    assert (again.stored, again.known) == (0, 2)
    dearer = card.replace("7.00", "9.00").replace("2026-01-01", "2026-05-01")
    assert services.import_rate_card(courier=courier, data=dearer.encode(), filename="may.csv").stored == 2
    assert [str(row.valid_to) for row in courier.rates.filter(service="forward").order_by("valid_from")] == [
        "2026-04-30",
        "None",
    ]
    earlier = card.replace("2026-01-01", "2026-03-01")
    clash = services.import_rate_card(courier=courier, data=earlier.encode(), filename="march.csv")
    assert (clash.stored, clash.rows_to_review) == (0, 2)


def test_a_result_is_plain_json(company, parcel):
    result = services.import_courier_statement(
        courier=company.courier, data=a_bill(*right(parcel)), filename="bill.csv"
    )
    assert json.loads(json.dumps(services.as_plain(result)))["billed"] == "10.00"


def test_every_outcome_has_a_name_for_people():
    names = dict(WaybillOutcome._meta.get_field("outcome").choices)
    assert set(names) == {code.value for code in WaybillOutcome.Code}
