"""Which courier takes a parcel: the price that counts is asked for, not the price lists of everybody."""

from datetime import date, timedelta
from decimal import Decimal as D

import pytest

from logistics.errors import NoCourier
from logistics.models import CourierZone, RateRow
from logistics.services import rating
from tests.scenarios.company import PROVINCE, a_courier

pytestmark = pytest.mark.django_db
DAY = date(2026, 3, 2)


def a_long_price_list(courier) -> None:
    """Thirty other zones, and two years of older prices of this one, month by month."""
    (forward, back) = courier.rates.order_by("service")
    first = forward.valid_from
    for row in (forward, back):
        row.valid_from = DAY
        row.save()
    months = [first + timedelta(days=30 * n) for n in range(24)]
    RateRow.objects.bulk_create(
        RateRow(
            courier=courier,
            service=service,
            zone=zone,
            kind="step",
            price={"first_g": 1000, "first_fee": "1.00", "step_g": 1000, "step_fee": "1.00"},
            valid_from=start,
            valid_to=start + timedelta(days=29),
        )
        for service in ("forward", "return")
        for zone, starts in [("1", months), *((str(n), [first]) for n in range(2, 32))]
        for start in starts
    )


def choose(**changes):
    asked = {"province": PROVINCE, "weight_g": 900, "cod_amount": D(0), "on": DAY, "currency": "CNY"}
    return rating.choose_courier(**asked | changes)


def test_two_queries_and_one_price_a_courier_whatever_their_lists_hold(
    django_assert_num_queries, monkeypatch
):
    cheap, dear = a_courier("sf"), a_courier("yto", first_fee="9.00")
    for courier in (cheap, dear):
        a_long_price_list(courier)
    read = []
    line = rating._line
    monkeypatch.setattr(rating, "_line", lambda row: read.append(row) or line(row))
    with django_assert_num_queries(2):
        choice = choose()
    assert (choice.courier_id, choice.zone, choice.fee.total) == (cheap.pk, "1", D("8.00"))
    assert [
        (row.courier_id, row.zone, row.valid_from) for row in sorted(read, key=lambda r: r.courier_id)
    ] == [
        (cheap.pk, "1", DAY),
        (dear.pk, "1", DAY),
    ]
    with django_assert_num_queries(1):
        assert rating.return_fee(courier=cheap, zone="1", weight_g=900, on=DAY).total == D("8.00")


def test_the_price_of_the_day_counts():
    courier = a_courier("sf")
    a_long_price_list(courier)
    assert choose(on=date(2020, 2, 1)).fee.total == D("1.00")
    assert choose().fee.total == D("8.00")
    with pytest.raises(NoCourier, match=PROVINCE):
        choose(on=date(2019, 12, 31))


def test_a_courier_that_bills_in_another_currency_is_not_compared():
    british = a_courier("rm", first_fee="1.00")
    british.currency = "GBP"
    british.save()
    ours = a_courier("sf")
    assert choose().courier_id == ours.pk
    assert choose(currency="GBP").courier_id == british.pk
    CourierZone.objects.filter(courier=ours).update(collects=False)
    with pytest.raises(NoCourier):
        choose(cod_amount=D("10.00"))
