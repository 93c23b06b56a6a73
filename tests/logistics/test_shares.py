"""What units of a delivery line carry: whatever is packed, cut or sent apart, the cents are the line's."""

from decimal import Decimal

from hypothesis import given
from hypothesis import strategies as st

from logistics.models import DeliveryLine

cents = st.integers(0, 100_000).map(lambda each: Decimal(each) / 100)


@st.composite
def lines(draw) -> DeliveryLine:
    gross, services = draw(cents), draw(cents)
    return DeliveryLine(
        quantity=draw(st.integers(1, 30)),
        gross=gross,
        tax=draw(st.integers(0, int(gross * 100))) / Decimal(100),
        service_share=services,
        cod_share=draw(st.sampled_from([Decimal("0.00"), gross, gross + services])),
    )


@given(lines(), st.data())
def test_parts_sum_to_the_line_and_nobody_collects_more_than_his_part_is_worth(line, data):
    sums, start = dict.fromkeys(DeliveryLine.CARRIED, Decimal(0)), 0
    while start < line.quantity:
        units = data.draw(st.integers(1, line.quantity - start))
        part = line.carried(start, units)
        assert 0 <= part["cod_share"] <= part["gross"] + part["service_share"]
        assert all(amount >= 0 for amount in part.values())
        sums = {column: total + part[column] for column, total in sums.items()}
        start += units
    assert sums == {column: getattr(line, column) for column in DeliveryLine.CARRIED}


def test_cents_that_both_round_down_are_collected_as_they_are_carried():
    line = DeliveryLine(
        quantity=3, gross=Decimal("0.01"), tax=0, service_share=Decimal("0.01"), cod_share=Decimal("0.02")
    )
    # A third of 0.01 is nothing, twice; a third of 0.02 would be a cent that nothing in the box is worth.
    assert line.carried(0, 1) == {"gross": 0, "tax": 0, "service_share": 0, "cod_share": 0}
