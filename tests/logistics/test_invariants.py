"""Each check of parcels, statements and cash finds exactly the breach that is planted for it."""

import pytest
from django.db import connection

from core.invariants import find_breaches
from logistics import services
from logistics.models import Remittance
from tests.crm.builders import a_user
from tests.scenarios.company import a_company

from .builders import a_bill, a_shipped_parcel, decided, has_gone, imported, number_of

pytestmark = [pytest.mark.django_db, pytest.mark.breach]


def breach(*statements: str) -> set[str]:
    """Numbers of the checks that report something after these statements, keys and triggers aside."""
    with connection.cursor() as cursor:
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
        cursor.execute("SET session_replication_role = replica")
        for statement in statements:
            cursor.execute(statement)
        cursor.execute("SET session_replication_role = DEFAULT")
    return {each.number for each in find_breaches()}


@pytest.fixture(autouse=True)
def parcels(db):
    """One delivered parcel billed, agreed and remitted, one under way."""
    company = a_company()
    parcel = has_gone(a_shipped_parcel(company))
    a_shipped_parcel(company, cups=2)
    number = number_of(parcel)
    bill = a_bill(
        (number, "运费", "9.00"), (number, "代收货款服务费", "2.00"), (number, "代收货款", "130.00")
    )
    statement = decided(imported(company.courier, bill), a_user())
    assert services.agree_statement(statement_id=statement.pk).state == "agreed"
    advice = f"返款单号,P1\n运单号,代收货款,手续费,实付金额\n{number},130.00,,130.00\n"
    services.import_remittance(courier=company.courier, data=advice.encode(), filename="p1.csv")
    services.apply_remittance(remittance_id=Remittance.objects.get().pk)
    return parcel


def test_an_untouched_courier_has_no_breach():
    assert find_breaches() == []


def test_i16_finds_cash_that_the_books_do_not_owe(parcels):
    assert breach(f"UPDATE logistics_parcel SET cod_amount = cod_amount + 1 WHERE id = {parcels.pk}") == {
        "I16"
    }


def test_i16_finds_a_remittance_that_was_applied_nowhere():
    assert breach("UPDATE logistics_remittanceline SET cod = cod - 1") == {"I16", "I22.1"}


def test_i16_finds_cash_that_was_given_up_without_an_entry(parcels):
    assert breach(
        "INSERT INTO logistics_codwriteoff (parcel_id, amount, currency, reason, at)"
        f" VALUES ({parcels.pk}, 5, 'CNY', 'x', now())"
    ) == {"I16"}


def test_i19_finds_a_row_that_is_gone():
    assert breach(
        "DELETE FROM logistics_statementrow WHERE kind = 'cod'",
    ) == {"I19.1"}


def test_i19_finds_an_amount_that_was_changed():
    assert breach("UPDATE logistics_statementrow SET amount = amount + 1 WHERE kind = 'freight'") == {"I19.1"}


def test_i19_finds_a_waybill_without_an_outcome():
    assert "I19.1" in breach("UPDATE logistics_waybilloutcome SET key = 'other'")


def test_i19_finds_a_matched_file_whose_difference_is_open():
    assert "I19.1" in breach("UPDATE logistics_courierstatement SET state = 'open'")


def test_i20_finds_a_row_that_counts_twice():
    found = breach(
        "DROP INDEX logistics_row_once",
        "UPDATE logistics_statementrow SET identity = 'same'",
    )
    assert found == {"I20.1"}


def test_i20_finds_a_file_that_counts_twice():
    assert breach(
        "DROP INDEX logistics_statement_once",
        "INSERT INTO logistics_courierstatement (courier_id, period, sha256, filename, stored, layout, state,"
        " problem, currency, row_count, review_count, known_count, billed, collected, folded, states_cod,"
        " differences, warnings, received_at, accepted_reason)"
        " SELECT courier_id, period, sha256, 'twin', '', layout, 'open', '', currency, 0, 0, 0, 0, 0, folded,"
        " states_cod, differences, warnings, received_at, '' FROM logistics_courierstatement",
    ) == {"I20.1"}


def test_i21_finds_a_gap_that_calls_itself_agreed():
    assert "I21.1" in breach("UPDATE logistics_waybilloutcome SET outcome = 'agreed', findings = '[]'")


def test_i21_finds_findings_that_do_not_explain_the_gap():
    assert breach(
        "UPDATE logistics_waybilloutcome SET findings = jsonb_set(findings, '{0,money}', '\"7.00\"')"
    ) == {"I21.1"}


def test_i21_finds_a_gap_that_nobody_has_settled():
    assert breach("UPDATE logistics_waybilloutcome SET decision = '', decided_by_id = NULL") == {"I21.1"}


def test_i22_finds_a_fee_that_is_settled_twice():
    assert breach(
        "DROP INDEX logistics_charge_once",
        "ALTER TABLE logistics_agreedcharge DROP CONSTRAINT IF EXISTS logistics_charge_once_an_outcome",
        "INSERT INTO logistics_agreedcharge (courier_id, waybill, kind, outcome_id, parcel_id, amount,"
        " accrued, tax, currency, at) SELECT courier_id, waybill, kind, outcome_id, parcel_id, amount,"
        " accrued, tax, currency, at FROM logistics_agreedcharge WHERE kind = 'freight'",
    ) == {"I22.1"}


def test_i22_finds_a_settlement_that_is_not_the_sum_of_its_charges():
    assert breach("UPDATE logistics_agreedcharge SET amount = amount + 1 WHERE kind = 'freight'") == {"I22.1"}


def test_i33_finds_counters_that_parcels_do_not_explain():
    assert "I33" in breach("UPDATE order_line SET shipped_quantity = 0 WHERE delivered_quantity = 0")


def test_i33_finds_more_shipped_than_ordered():
    assert "I33" in breach("UPDATE logistics_parcelline SET quantity = quantity + 5")


def test_i46_finds_a_parcel_on_its_way_without_a_waybill():
    assert breach("UPDATE logistics_waybill SET state = 'void'") == {"I46"}


def test_i55_finds_a_delivery_that_was_never_sold(parcels):
    assert "I55" in breach(
        f"UPDATE logistics_parcel SET state = 'in_transit', delivered_at = NULL WHERE id = {parcels.pk}"
    )


def test_i55_finds_a_hand_over_that_was_never_booked(parcels):
    assert "I55" in breach(
        f"UPDATE finance_entry SET kind = 'other' WHERE kind = 'handover' AND origin_id = {parcels.pk}"
    )


def test_i61_finds_goods_in_transit_of_another_value():
    assert breach("UPDATE logistics_parcel SET goods_cost = goods_cost + 1 WHERE state = 'handed_over'") == {
        "I61"
    }
