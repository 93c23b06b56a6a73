import re

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from core.masking import mask_address, mask_email, mask_name, mask_phone, phone_tail


@pytest.mark.parametrize(
    ("name", "masked"),
    [("王小明", "王*"), ("欧阳娜娜", "欧阳*"), ("欧阳", "欧*"), ("Li Wei", "Li *"), ("王", "王*"), ("", "")],
)
def test_name_shows_the_surname(name, masked):
    assert mask_name(name) == masked


@pytest.mark.parametrize(
    ("phone", "masked"),
    [("13812345634", "138******34"), ("+8613812345634", "138******34"), ("02012345678", "020******78")],
)
def test_phone_keeps_three_and_two_digits(phone, masked):
    assert mask_phone(phone) == masked


@given(st.from_regex(r"\+?[0-9]{6,15}", fullmatch=True))
@example("+860000")
def test_at_least_six_digits_of_any_phone_are_hidden(phone):
    assert mask_phone(phone).count("*") >= 6


@given(st.text(alphabet="0123456789", max_size=5))
def test_short_numbers_are_hidden_whole(phone):
    assert set(mask_phone(phone)) <= {"*"}


def test_staff_lists_show_four_digits():
    assert phone_tail("+8613812345678") == "****5678"
    assert phone_tail("12") == "**"


@pytest.mark.parametrize(
    ("address", "masked"),
    [
        ("浙江省杭州市西湖区文三路90号3幢2单元502室", "浙江省杭州市西湖区文三路90号***"),
        ("广东省深圳市南山区科技园路1号", "广东省深圳市南山区科技园路1号"),
        ("北京市朝阳区幸福小区12号楼1502室", "北京市朝阳区幸福小区***"),
        ("上海市静安区南京西路1515弄8号1201室", "上海市静安区南京西路1515弄8号***"),
        ("成都市武侯区天府大道B座1801", "成都市武侯区天府大道***"),
        ("12 Long Road, Apt 4B", "12 Long Road***"),
    ],
)
def test_address_ends_at_street_and_house_number(address, masked):
    assert mask_address(address) == masked


@given(st.integers(1, 99), st.integers(1, 9), st.integers(101, 3999))
def test_no_room_is_ever_shown(house, unit, room):
    masked = mask_address(f"湖北省武汉市珞喻路{house}号{unit}单元{room}室")
    assert not re.search(r"单元|室", masked)


def test_mail_shows_one_letter_and_the_domain():
    assert mask_email("zhang.wei@example.com") == "z***@example.com"
    assert mask_email("") == ""
