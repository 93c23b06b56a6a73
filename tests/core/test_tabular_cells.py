"""R7-R10 and 8.6: money, ids, waybills and dates from text, by example and by property."""

import re
from datetime import UTC, date, datetime, time, timedelta, timezone
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.tabular import (
    BadCell,
    guard,
    looks_like_waybill,
    parse_date,
    parse_datetime,
    parse_id,
    parse_money,
    parse_percent,
    parse_time,
    parse_waybill,
    parse_whole,
    plain,
    unguard,
)
from core.tabular.child.workbook import number_text

CHINA = timezone(timedelta(hours=8))
AMOUNTS = st.decimals(min_value=-(10**11), max_value=10**11, places=2)


def code_of(parse, *args, **options):
    with pytest.raises(BadCell) as bad:
        parse(*args, **options)
    return bad.value.problem.code


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("8", "8.00"),
        ("1,208.50", "1208.50"),
        ("¥1,208.5", "1208.50"),
        ("￥ 8.00", "8.00"),
        ("８．００元", "8.00"),
        ("CNY 8.00", "8.00"),
        ("8.00 人民币", "8.00"),
        ("+8", "8.00"),
        ("\u22128.00", "-8.00"),
        ("(8.00)", "-8.00"),
        ("（1,000.00）", "-1000.00"),
        ("8.00-", "-8.00"),
        ("-¥8.00", "-8.00"),
        ("¥-8.00", "-8.00"),
        (".5", "0.50"),
        ("-0.00", "0.00"),
        ("0.12000", "0.12"),
        ("28.979999999999997", "28.98"),
        ("`8.00", "8.00"),
        ('="8.00"', "8.00"),
    ],
)
def test_amounts_as_files_write_them(text, value):
    assert parse_money(text).value == Decimal(value)
    assert str(parse_money(text).value) == value


@pytest.mark.parametrize("text", ["", " ", "-", "--", "——", "/", "\u3000", "`"])
def test_signs_for_nothing_are_empty_and_not_zero(text):
    assert parse_money(text).value is None


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("12..34", "bad_money"),
        ("1,2345.00", "bad_money"),
        ("12,34", "bad_money"),
        ("--8", "bad_money"),
        ("(-8)", "bad_money"),
        ("8.00 x", "bad_money"),
        ("NaN", "bad_money"),
        ("Infinity", "bad_money"),
        ("$120 USD 3", "bad_money"),
        ("1e5", "damaged_number"),
        ("34.116425", "too_precise"),
        ("9" * 60, "bad_money"),
        ("#REF!", "bad_money"),
    ],
)
def test_what_is_no_amount_is_not_guessed(text, code):
    assert code_of(parse_money, text) == code


def test_a_remark_behind_an_amount_becomes_a_note():
    assert parse_money("131.77(已退款89.84)") == (Decimal("131.77"), "已退款89.84")


def test_the_decimal_sign_is_declared_or_the_cell_waits():
    assert parse_money("1.208,50", decimal=",").value == Decimal("1208.50")
    assert code_of(parse_money, "1.208,50") == "bad_money"
    assert code_of(parse_money, "1,208", decimal="auto") == "ambiguous_money"
    assert parse_money("1,208.50", decimal="auto").value == Decimal("1208.50")
    assert code_of(parse_money, "-8.00", unsigned=True) == "negative"


@given(AMOUNTS)
def test_any_amount_survives_every_way_of_writing_it(amount):
    amount = abs(amount) if amount == 0 else amount
    bare = f"{abs(amount):,.2f}"
    sign = "-" if amount < 0 else ""
    ways = [f"{amount:.2f}", sign + bare, sign + "¥" + bare, "￥" + sign + bare]
    ways += [f"({bare})" if amount < 0 else f"+{bare}", bare + "-" if amount < 0 else bare + "元"]
    assert {parse_money(way).value for way in ways} == {amount}


@given(st.decimals(min_value=-(10**9), max_value=10**9, places=2))
def test_any_amount_survives_a_number_cell(amount):
    """R9: the shortest text of the float that a workbook stores is the amount again."""
    assert parse_money(number_text(float(amount))).value == amount


@given(st.text(max_size=40))
def test_a_cell_of_any_text_is_a_value_or_a_reason(text):
    reasons = []
    for parse in (parse_money, parse_id, parse_waybill, parse_whole, parse_percent, parse_time, parse_date):
        try:
            parse(text)
        except BadCell as bad:
            reasons.append(bad.problem.text())
    assert all(reasons)


@given(st.integers(min_value=0, max_value=10**15 - 1))
def test_whole_numbers_of_up_to_15_digits_come_back_from_number_cells(number):
    assert parse_id(number_text(float(number))).text == str(number)


@given(st.integers(min_value=10**15, max_value=10**25))
def test_longer_numbers_from_number_cells_are_always_damaged(number):
    assert code_of(parse_id, number_text(float(number))) == "damaged_number"


@given(
    st.text(alphabet="0123456789SFYTJD", min_size=3, max_size=20), st.sampled_from(["", " ", "\t", "'", "`"])
)
def test_a_waybill_is_the_same_however_it_is_wrapped(number, wrap):
    assert parse_waybill(wrap + number.lower() + "\t").text == number
    assert parse_waybill(f'="{number}"').text == number
    assert parse_waybill(number).text == parse_waybill(parse_waybill(number).text).text


def test_long_numbers_ending_in_zeros_are_flagged_only():
    assert parse_id("7730612345678900") == ("7730612345678900", True)
    assert parse_id("7730612345678901") == ("7730612345678901", False)
    assert parse_id("100000000000000") == ("100000000000000", False)


@pytest.mark.parametrize(
    ("courier", "number", "expected"),
    [
        ("sf", "SF1234567890123", True),
        ("sf", "YT1234567890123", False),
        ("ems", "RR473124829CN", True),
        ("ems", "RR473124828CN", False),
        ("ups", "1Z5R89390357567127", True),
        ("ups", "1Z5R89390357567128", False),
        ("dhl", "3318810025", True),
        ("dhl", "3318810026", False),
        ("nobody", "1", None),
    ],
)
def test_a_waybill_is_known_by_its_shape_and_check_digit(courier, number, expected):
    assert looks_like_waybill(courier, number) is expected


@pytest.mark.parametrize(
    "text",
    [
        "2026-02-01 09:05:00",
        "2026/2/1 9:05",
        "2026.02.01 09:05",
        "2026年02月01日 09:05:00",
        "2026年2月1日9时05分",
        "20260201 09:05:00",
        "20260201090500",
        "2026-02-01T09:05:00+08:00",
        "2026-02-01T01:05:00Z",
        "2026-02-01 09：05：00",
        "２０２６－０２－０１ 09:05",
        "46054.378472222",
        "2026-02-01 09:05:00.000",
    ],
)
def test_moments_as_files_write_them(text):
    assert parse_datetime(text, zone=CHINA) == datetime(2026, 2, 1, 1, 5, tzinfo=UTC)


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("2026-02-31", "bad_date"),
        ("2026-13-01", "bad_date"),
        ("20261301", "bad_date"),
        ("2026-02-01 25:00", "bad_date"),
        ("01/02/2026", "ambiguous_date"),
        ("02-01", "no_year"),
        ("昨天", "bad_date"),
        ("123456", "bad_date"),
    ],
)
def test_no_date_is_guessed(text, code):
    assert code_of(parse_date, text) == code


def test_declared_orders_and_years_are_used():
    assert parse_date("01/02/2026", order="dmy") == date(2026, 2, 1)
    assert parse_date("01/02/2026", order="mdy") == date(2026, 1, 2)
    assert parse_date("02-01", year=2026) == date(2026, 2, 1)
    assert parse_date("--") is None
    assert parse_time("16：33：45") == time(16, 33, 45)
    assert code_of(parse_time, "25:00:00") == "bad_time"


@given(
    st.datetimes(min_value=datetime(2000, 1, 1), max_value=datetime(2090, 1, 1)).map(
        lambda d: d.replace(microsecond=0)
    )
)
def test_any_moment_survives_text_and_serial_number(moment):
    serial = (Decimal((moment - datetime(1899, 12, 30)).total_seconds()) / 86400).quantize(Decimal("1e-9"))
    for text in (
        str(moment),
        moment.strftime("%Y%m%d %H:%M:%S"),
        moment.strftime("%Y年%m月%d日 %H:%M:%S"),
        str(serial),
    ):
        assert parse_datetime(text, zone=CHINA) == moment.replace(tzinfo=CHINA)


def test_counts_and_shares():
    assert parse_whole("12.0") == 12
    assert code_of(parse_whole, "12.5") == "not_whole"
    assert code_of(parse_whole, "-1") == "negative"
    assert code_of(parse_whole, "一") == "bad_quantity"
    assert parse_percent("0.60%") == Decimal("0.006")
    assert parse_percent("0.006") == Decimal("0.006")


DANGEROUS = [
    "=1+1",
    "+1",
    "-1",
    "@SUM(A1)",
    "\t=1",
    "\r=1",
    "\x00=1",
    " =1",
    "＝1",
    "＋1",
    "－1",
    "＠x",
    "a\n=1",
    "a;=1",
    "'=1",
]


@pytest.mark.parametrize("text", DANGEROUS)
def test_no_guarded_text_starts_a_formula_anywhere(text):
    guarded = guard(text)
    first_characters = [part.lstrip(" \u3000")[:1] for part in re.split("[\n\r;]", guarded)]
    assert "'" in first_characters
    assert not set(first_characters) & set("=+-@\t\x00＝＋－＠")
    assert unguard(guarded) == text


@given(st.text(alphabet="=+-@'; \t\r\n\x00＝a1，；", max_size=20))
def test_the_guard_can_always_be_taken_back(text):
    assert unguard(guard(text)) == text


@given(st.text(alphabet="=+-@';＝a1 ", max_size=20).map(str.strip))
def test_a_guarded_cell_reads_as_its_original(text):
    assert text.startswith('="') or plain(guard(text)) == text
