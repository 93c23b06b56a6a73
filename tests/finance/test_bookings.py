"""The posting table, moment by moment, with figures that a clerk can check by hand."""

from datetime import UTC, date, datetime
from decimal import Decimal

import pytest
from django.utils import translation

from core import clock, invariants
from core.entities import default_entity
from core.origins import Origin
from finance import queries
from finance.errors import KeyTaken, Unbalanced
from finance.models import Entry, Moment, MoneyAccount, moment_names
from finance.reports.ledger import LedgerLines
from finance.services import bookings, close_period, reverse_entry
from tests.finance.builders import lines

D = Decimal
# The documents of these figures live in higher apps, so only what rests on the books is proven here.
pytestmark = [pytest.mark.django_db, pytest.mark.breach]


@pytest.fixture(autouse=True)
def _books_hold():
    yield
    assert invariants.find_breaches(["I01", "I03", "I04", "I05", "I05.1", "I56.1"]) == []


@pytest.fixture
def alipay():
    return MoneyAccount.objects.get(code="alipay")


@pytest.fixture
def bank():
    return MoneyAccount.objects.get(code="bank")


def _prepay(into, order=1, payment=11, amount="113.00"):
    return bookings.book_prepayment(payment=payment, order=order, amount=D(amount), into=into)


def _hand_over(parcel=5, order=1):
    return bookings.book_handover(
        parcel=parcel,
        order=order,
        courier_id=3,
        goods_cost=D("60.00"),
        freight=D("8.00"),
        cod_fee=D("2.00"),
    )


def _deliver(term, **more):
    values = {
        "parcel": 5,
        "order": 1,
        "gross": D("113.00"),
        "tax": D("13.00"),
        "goods_cost": D("60.00"),
        "courier_id": 3,
        "customer_id": 9,
    }
    return bookings.book_delivery(term=term, **(values | more))


def test_a_prepayment_is_an_advance_of_its_order(alipay, bank):
    assert lines(_prepay(alipay)) == {
        ("1012.1", "113.00", "", f"provider:{alipay.pk}", "payment:11"),
        ("2203.1", "", "113.00", "", "order:1"),
    }
    assert lines(_prepay(bank, payment=12)) == {
        ("1002", "113.00", "", f"bank:{bank.pk}", "payment:12"),
        ("2203.1", "", "113.00", "", "order:1"),
    }


def test_a_receipt_that_fits_nothing_waits_then_finds_its_order(bank):
    entry = bookings.book_unapplied_receipt(payment=11, amount=D("50.00"), into=bank)
    assert ("2241.4", "", "50.00", "", "payment:11") in lines(entry)
    bookings.book_receipt_applied(receipt=1, payment=11, order=1, amount=D("50.00"))
    assert queries.open_items("2241.4") == []
    assert queries.order_money(1).received == D("50.00")


def test_money_of_a_closed_order_is_parked_and_owed_back(alipay):
    _prepay(alipay)
    bookings.book_receipt_parked(receipt=1, payment=11, order=1, amount=D("113.00"))
    assert queries.order_money(1) == queries.OrderMoney()
    bookings.book_receipt_refund_decided(payment=11, amount=D("113.00"), origin=Origin("refund", 1))
    bookings.book_refund_paid(refund=1, owed_for=Origin("payment", 11), amount=D("113.00"), out_of=alipay)
    assert queries.open_items("2241.3") == queries.open_items("2241.4") == []


def test_a_deposit_is_topped_up_and_used(bank):
    bookings.book_deposit_topped_up(payment=11, customer_id=9, amount=D("200.00"), into=bank)
    entry = bookings.book_deposit_used(customer_id=9, order=1, amount=D("113.00"), payment=12)
    assert lines(entry) == {
        ("2203.2", "113.00", "", "customer:9", "payment:12"),
        ("2203.1", "", "113.00", "", "order:1"),
    }
    assert [item.amount for item in queries.open_items("2203.2")] == [D("-87.00")]


def test_handover_puts_goods_in_transit_and_accrues_the_courier():
    assert lines(_hand_over()) == {
        ("1406", "60.00", "", "", "parcel:5"),
        ("1405", "", "60.00", "", "parcel:5"),
        ("6601.1", "8.00", "", "", "order:1"),
        ("6601.2", "2.00", "", "", "order:1"),
        ("2241.1", "", "10.00", "courier:3", "parcel:5"),
    }


@pytest.mark.parametrize(
    ("term", "leg"),
    [
        ("prepaid", ("2203.1", "113.00", "", "", "order:1")),
        ("cod", ("1221.1", "113.00", "", "courier:3", "parcel:5")),
        ("on_account", ("1122", "113.00", "", "customer:9", "order:1")),
    ],
)
def test_delivery_makes_the_sale_against_what_the_term_says(term, leg):
    _hand_over()
    assert lines(_deliver(term)) == {
        leg,
        ("6001.1", "", "100.00", "", "order:1"),
        ("2221.1", "", "13.00", "", "order:1"),
        ("6401", "60.00", "", "", "order:1"),
        ("1406", "", "60.00", "", "parcel:5"),
    }
    assert queries.open_items("1406") == []


def test_a_deposit_order_is_part_advance_and_part_collected(alipay):
    _prepay(alipay, amount="30.00")
    _hand_over()
    _deliver("cod", cod_amount=D("83.00"))
    money = queries.order_money(1)
    assert (money.received, money.collected, money.paid, money.advance) == (
        D("30.00"),
        D("83.00"),
        D("113.00"),
        D("0.00"),
    )


def test_a_prepaid_order_runs_to_zero_on_every_clearing_account(alipay):
    _prepay(alipay)
    _hand_over()
    _deliver("prepaid")
    bookings.book_provider_bill(
        line=Origin("statement_line", 1),
        document=Origin("payment", 11),
        provider_id=alipay.pk,
        amount=D("113.00"),
        fee=D("0.68"),
    )
    payout = Origin("statement_line", 2)
    bookings.book_payout(batch=payout, provider_id=alipay.pk, amount=D("112.32"))
    bookings.book_payout_received(
        line=Origin("statement_line", 3), batch=payout, provider_id=alipay.pk, amount=D("112.32")
    )
    for account in ("1012.1", "1012.3", "2203.1", "1406"):
        assert queries.open_items(account) == []
    assert queries.balance("1012.2") == 0
    assert queries.balance("1002") == D("112.32")
    assert queries.balance("6603") == D("0.68")


def test_a_refund_on_the_provider_bill_gives_its_fee_back(alipay):
    entry = bookings.book_provider_bill(
        line=Origin("statement_line", 1),
        document=Origin("refund", 4),
        provider_id=alipay.pk,
        amount=D("-50.00"),
        fee=D("-0.30"),
    )
    party = f"provider:{alipay.pk}"
    assert lines(entry) == {
        ("1012.1", "50.00", "", party, "refund:4"),
        ("1012.2", "", "49.70", party, "statement_line:1"),
        ("6603", "", "0.30", "", "statement_line:1"),
    }


def test_a_cod_parcel_is_billed_netted_and_remitted_to_zero(bank):
    _hand_over()
    _deliver("cod")
    bill = Origin("courier_statement", 2)
    (entry,) = bookings.book_courier_charges(
        statement=bill,
        courier_id=3,
        charges=[
            bookings.CourierCharge(
                origin=Origin("agreed_charge", 1),
                parcel=5,
                accrued=D("10.00"),
                billed=D("12.72"),
                tax=D("0.72"),
            )
        ],
    )
    assert lines(entry) == {
        ("2241.1", "10.00", "", "courier:3", "parcel:5"),
        ("2221.2", "0.72", "", "", "agreed_charge:1"),
        ("6601.1", "2.00", "", "", "parcel:5"),
        ("2241.2", "", "12.72", "courier:3", "courier_statement:2"),
    }
    remitted = bookings.book_remittance(
        remittance=Origin("remittance", 8),
        courier_id=3,
        bank_amount=D("100.28"),
        cod=[(5, D("113.00"))],
        netted=[(bill, D("12.72"))],
    )
    assert lines(remitted) == {
        ("1002", "100.28", "", f"bank:{bank.pk}", "remittance:8"),
        ("2241.2", "12.72", "", "courier:3", "courier_statement:2"),
        ("1221.1", "", "113.00", "courier:3", "parcel:5"),
    }
    for account in ("1221.1", "2241.1", "2241.2", "1406"):
        assert queries.open_items(account) == []


def test_a_courier_charge_below_the_accrual_lowers_the_cost():
    _hand_over()
    bookings.book_courier_charges(
        statement=Origin("courier_statement", 2),
        courier_id=3,
        charges=[
            bookings.CourierCharge(
                origin=Origin("agreed_charge", 1), parcel=5, accrued=D("8.00"), billed=D("7.50")
            )
        ],
    )
    assert queries.balance("6601.1") == D("7.50")


def test_a_remittance_that_does_not_add_up_is_refused():
    with pytest.raises(Unbalanced):
        bookings.book_remittance(
            remittance=Origin("remittance", 8), courier_id=3, bank_amount=D("1.00"), cod=[(5, D("2.00"))]
        )
    assert not Entry.objects.exists()


def test_a_remittance_can_use_money_that_waits_unapplied(bank):
    _hand_over()
    _deliver("cod")
    bookings.book_unapplied_receipt(payment=40, amount=D("113.00"), into=bank)
    bookings.book_remittance(
        remittance=Origin("remittance", 8),
        courier_id=3,
        bank_amount=D("113.00"),
        cod=[(5, D("113.00"))],
        receipt_id=40,
    )
    assert queries.open_items("2241.4") == queries.open_items("1221.1") == []
    assert queries.balance("1002") == D("113.00")


@pytest.mark.parametrize(("gap", "account", "net"), [("3.00", "6711", "3.00"), ("-3.00", "6301", "-3.00")])
def test_a_cod_difference_is_written_off_either_way(gap, account, net):
    bookings.book_cod_write_off(parcel=5, courier_id=3, amount=D(gap), origin=Origin("write_off", 1))
    assert queries.balance(account) == D(net)
    assert queries.balance("1221.1") == -D(net)


def test_a_refused_parcel_comes_back_and_its_broken_part_is_a_loss():
    _hand_over()
    entry = bookings.book_goods_back(
        parcel=5, origin=Origin("return_line", 1), goods_cost=D("60.00"), scrapped_cost=D("20.00")
    )
    assert lines(entry) == {
        ("1405", "40.00", "", "", "return_line:1"),
        ("6711", "20.00", "", "", "return_line:1"),
        ("1406", "", "60.00", "", "parcel:5"),
    }
    assert queries.open_items("1406") == []


@pytest.mark.parametrize(
    ("claim", "account", "net"), [("45.00", "6711", "15.00"), ("70.00", "6301", "-10.00")]
)
def test_a_lost_parcel_is_claimed_and_the_claim_is_paid(claim, account, net):
    _hand_over()
    bookings.book_loss(parcel=5, courier_id=3, goods_cost=D("60.00"), claim=D(claim))
    assert queries.balance(account) == D(net)
    bookings.book_claim_settled(claim=Origin("claim", 1), parcel=5, courier_id=3, amount=D(claim))
    assert queries.open_items("1221.2") == queries.open_items("1406") == []


def test_a_cancelled_order_is_refunded_from_its_advance(alipay):
    _prepay(alipay)
    bookings.book_refund_decided(order=1, amount=D("113.00"), origin=Origin("order", 1))
    assert queries.order_money(1).refund_owed == D("113.00")
    entry = bookings.book_refund_paid(
        refund=4, owed_for=Origin("order", 1), amount=D("113.00"), out_of=alipay
    )
    assert lines(entry) == {
        ("2241.3", "113.00", "", "", "order:1"),
        ("1012.1", "", "113.00", f"provider:{alipay.pk}", "refund:4"),
    }
    money = queries.order_money(1)
    assert (money.paid, money.refunded, money.refund_owed) == (D("0.00"), D("113.00"), D("0.00"))


def test_a_return_takes_back_sale_tax_and_cost(alipay):
    _prepay(alipay)
    _hand_over()
    _deliver("prepaid")
    entry = bookings.book_return_accepted(
        order=1,
        gross=D("56.50"),
        tax=D("6.50"),
        goods_cost=D("30.00"),
        scrapped_cost=D("10.00"),
        origin=Origin("return_line", 1),
    )
    assert lines(entry) == {
        ("6001.2", "50.00", "", "", "order:1"),
        ("2221.1", "6.50", "", "", "order:1"),
        ("2241.3", "", "56.50", "", "order:1"),
        ("1405", "20.00", "", "", "return_line:1"),
        ("6711", "10.00", "", "", "return_line:1"),
        ("6401", "", "30.00", "", "order:1"),
    }
    money = queries.order_money(1)
    assert (money.sold, money.returned, money.refund_owed, money.paid) == (
        D("113.00"),
        D("56.50"),
        D("56.50"),
        D("113.00"),
    )


def test_a_return_of_an_unpaid_account_order_lowers_the_receivable():
    _hand_over()
    _deliver("on_account")
    bookings.book_return_accepted(
        order=1,
        gross=D("56.50"),
        tax=D("6.50"),
        goods_cost=D("30.00"),
        off_receivable=D("56.50"),
        customer_id=9,
        origin=Origin("return_line", 1),
    )
    money = queries.order_money(1)
    assert (money.receivable, money.refund_owed) == (D("56.50"), D("0.00"))


def test_a_receivable_is_paid_by_a_transfer(bank):
    _hand_over()
    _deliver("on_account")
    _prepay(bank)
    bookings.book_advance_to_receivable(
        order=1, customer_id=9, amount=D("113.00"), origin=Origin("payment", 11)
    )
    money = queries.order_money(1)
    assert (money.receivable, money.advance, money.paid) == (D("0.00"), D("0.00"), D("113.00"))


def test_a_refund_can_go_to_the_deposit():
    bookings.book_refund_paid(refund=4, owed_for=Origin("order", 1), amount=D("5.00"), customer_id=9)
    assert queries.balance("2203.2") == D("-5.00")


def test_goods_are_received_billed_and_paid(bank):
    receipt, bill = Origin("goods_receipt", 1), Origin("supplier_bill", 2)
    bookings.book_goods_received(received=[(receipt, D("100.00"))], supplier_id=6)
    entry = bookings.book_goods_billed(
        bill=bill, supplier_id=6, received=[(receipt, D("100.00"))], billed=D("115.26"), tax=D("13.26")
    )
    assert lines(entry) == {
        ("2202.2", "100.00", "", "supplier:6", "goods_receipt:1"),
        ("2221.2", "13.26", "", "", "supplier_bill:2"),
        ("6401", "2.00", "", "", "supplier_bill:2"),
        ("2202.1", "", "115.26", "supplier:6", "supplier_bill:2"),
    }
    bookings.book_supplier_deposit(payment=Origin("transfer", 1), supplier_id=6, amount=D("15.26"))
    bookings.book_supplier_paid(
        payment=Origin("transfer", 2),
        bill=bill,
        supplier_id=6,
        amount=D("115.26"),
        from_deposit=D("15.26"),
    )
    for account in ("2202.1", "2202.2", "1123"):
        assert queries.open_items(account) == []
    assert queries.balance("1002") == D("-115.26")


def test_stock_is_opened_missed_and_explained():
    bookings.book_opening_stock(opened=[(Origin("stock_move", 1), D("500.00"))])
    missing = Origin("stock_move", 2)
    bookings.book_stock_difference(found=[(missing, D("-12.00"))])
    assert (queries.balance("1405"), queries.balance("1901")) == (D("488.00"), D("12.00"))
    bookings.book_difference_explained(
        origin=Origin("approval", 1), difference=missing, value=D("-12.00"), account="6711", memo="theft"
    )
    assert queries.open_items("1901") == []
    assert queries.balance("6711") == D("12.00")


def test_fees_of_provider_and_bank(alipay, bank):
    bookings.book_provider_fee(line=Origin("statement_line", 1), provider_id=alipay.pk, amount=D("1.20"))
    bookings.book_bank_fee(line=Origin("statement_line", 2), amount=D("10.00"))
    bookings.book_bank_fee(line=Origin("statement_line", 3), amount=D("-2.00"))
    assert queries.balance("6603") == D("9.20")
    assert queries.balance("1002") == D("-8.00")
    assert queries.balance("1012.2") == D("-1.20")


def test_a_courier_bill_is_paid_from_the_bank():
    bill = Origin("courier_statement", 2)
    bookings.book_courier_charges(
        statement=bill,
        courier_id=3,
        charges=[bookings.CourierCharge(origin=Origin("agreed_charge", 1), billed=D("9.00"))],
    )
    bookings.book_courier_paid(payment=Origin("transfer", 1), courier_id=3, bills=[(bill, D("9.00"))])
    assert queries.open_items("2241.2") == []


def test_every_moment_is_booked_once_and_other_figures_are_refused(alipay):
    assert _prepay(alipay) == _prepay(alipay)
    with pytest.raises(KeyTaken):
        _prepay(alipay, amount="113.01")
    assert _hand_over() == _hand_over()
    assert Entry.objects.count() == 2


def test_a_moment_of_a_closed_month_is_booked_today(alipay):
    """F66: a fact that becomes known late is not lost and not put behind the close."""
    with clock.virtual(datetime(2026, 4, 10, 3, 0, tzinfo=UTC)):
        close_period(entity=default_entity(), first_day=date(2026, 3, 1))
        _hand_over()
        entry = _deliver("cod", on=date(2026, 3, 30))
    assert entry.on == date(2026, 4, 10)


def test_every_moment_has_a_name_in_both_languages_also_reversed():
    for language in ("en", "zh-hans"):
        with translation.override(language):
            names = moment_names()
            assert len(set(names.values())) == len(names) == 2 * len(Moment)
            assert not set(names.values()) & set(names)


def test_the_journal_speaks_of_moments_documents_and_parties(bank):
    with translation.override("zh-hans"):
        entry = _prepay(bank)
        assert str(entry) == f"{entry.pk} 订单预收款"
        back = reverse_entry(entry=entry, reason="记错了")
        assert back.moment == "冲销：订单预收款"
        rows = list(LedgerLines().rows({}))
    cells = [dict(zip([c.key for c in LedgerLines.columns], row, strict=True)) for row in rows]
    assert [(c["kind"], c["party_kind"], c["party"], c["document_kind"]) for c in cells[:2]] == [
        ("订单预收款", "银行账户", "bank", "收款"),
        ("订单预收款", None, None, "订单"),
    ]
