"""A pasted block becomes fields; what is not understood is kept."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from crm.rules.addresses import ReadAddress, parse_address
from crm.rules.areas import find_province, provinces, short_name


@pytest.mark.parametrize(
    ("text", "read"),
    [
        (
            "收货人: 李娜 13800138000 江西省景德镇市珠山区瓷都大道1号",
            ("李娜", "13800138000", "江西省", "景德镇市", "珠山区", "瓷都大道1号"),
        ),
        (
            "江西景德镇珠山区瓷都大道1号 李娜 138-0013-8000",
            ("李娜", "13800138000", "江西省", "景德镇市", "珠山区", "瓷都大道1号"),
        ),
        (
            "北京市朝阳区建国路88号3号楼1502室，王小明，+86 13912345678",
            ("王小明", "13912345678", "北京市", "北京市", "朝阳区", "建国路88号3号楼1502室"),
        ),
        (
            "北京市北京市海淀区中关村大街1号 张三 010-62345678",
            ("张三", "010-62345678", "北京市", "北京市", "海淀区", "中关村大街1号"),
        ),
        (
            "姓名：欧阳娜娜\n手机：１５０１１１１２２２２\n地址：广东省深圳市南山区科技园路1号 518000",
            ("欧阳娜娜", "15011112222", "广东省", "深圳市", "南山区", "科技园路1号"),
        ),
        (
            "新疆乌鲁木齐市天山区人民路1号 阿不都 13899998888",
            ("阿不都", "13899998888", "新疆维吾尔自治区", "乌鲁木齐市", "天山区", "人民路1号"),
        ),
        (
            "深圳市南山区科技园 13512345678",
            ("", "13512345678", "广东省", "深圳市", "南山区", "科技园"),
        ),
        (
            "东莞市长安镇S358省道 陈先生 13312345678",
            ("陈先生", "13312345678", "广东省", "东莞市", "", "长安镇S358省道"),
        ),
        (
            "浙江省西湖区文三路90号 赵六 13700000000",  # the city left out
            ("赵六", "13700000000", "浙江省", "杭州市", "西湖区", "文三路90号"),
        ),
        ("", ("", "", "", "", "", "")),
    ],
)
def test_blocks_as_people_paste_them(text, read):
    found = parse_address(text)
    assert (found.name, found.phone, found.province, found.city, found.district, found.street) == read


def test_a_postcode_is_neither_phone_nor_street():
    found = parse_address("李娜 13800138000 333000 江西省景德镇市珠山区瓷都大道1号")
    assert (found.postcode, found.street) == ("333000", "瓷都大道1号")


every_place = [
    (province.name, city, district)
    for province in provinces()
    for city, districts in province.cities.items()
    for district in districts[:2]
]


@given(st.sampled_from(every_place))
def test_every_place_of_the_country_is_found_by_its_full_names(place):
    province, city, district = place
    found = parse_address(f"{province}{'' if city == province else city}{district}人民路9号 李娜 13800138000")
    assert found == ReadAddress("李娜", "13800138000", province, city, district, "人民路9号")


@given(st.text(max_size=300))
def test_no_text_is_too_odd(text):
    parse_address(text)


def test_provinces_are_found_by_full_and_short_name():
    for province in provinces():
        assert find_province(province.name) == find_province(short_name(province.name)) == province
        assert province.english
    assert find_province("Atlantis") is None
