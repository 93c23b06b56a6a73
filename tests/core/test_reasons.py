"""Reasons are kept as a code with its figures and said in the language of whoever reads them."""

import json
from copy import deepcopy
from decimal import Decimal

import pytest
from django.utils import translation

from core.reasons import Reason, gettext, in_cell, joined, stored, told
from finance.statements.problems import Problem


@pytest.fixture(autouse=True)
def _in_english():
    with translation.override("en"):
        yield


def two() -> str:
    money, weight = Reason("bad_money"), Reason("too_precise", places=2)
    return joined([in_cell("运费", "12..3", money), in_cell("重量", "1.234", weight)])


def test_a_reason_is_a_text_that_is_said_anew_in_the_language_of_the_reader():
    text = two()
    kept = json.loads(json.dumps(stored(text)))
    assert text == (
        "运费 “12..3”: This is not an amount. Correct it.; "
        "重量 “1.234”: The number has more than 2 decimal places. Correct it."
    )
    with translation.override("zh-hans"):
        assert told(kept, "") == two() != text
        assert "运费“12..3”：" in told(kept, "")
    assert told(kept, "") == text


def test_figures_of_a_reason_survive_json_and_copies():
    why = Reason("courier.settled", before=Decimal("8.00"))
    assert stored(why) == {"code": "courier.settled", "params": {"before": "8.00"}}
    copy = deepcopy({"problem": why})["problem"]
    assert (copy, stored(copy)) == (why, stored(why))


@pytest.mark.parametrize(
    "kept",
    [None, {}, {"code": "gone", "params": {}}, {"code": "too_precise", "params": {}}],
    ids=["an old row", "nothing", "a code that is gone", "a figure that is missing"],
)
def test_what_cannot_be_said_anew_stays_as_it_was_told(kept):
    assert told(kept, "as it was") == "as it was"


def test_problems_of_bank_files_are_kept_with_what_to_do():
    row = Problem("repeated_serial", {"serial": "7", "first": "3"}, column="序号", value="7")
    kept = json.loads(json.dumps(stored(row.told)))
    assert told(kept, "") == (
        "序号 “7”: The serial number 7 stands twice in this file (first in line 3)."
        " Look in the original statement whether both are real."
    )
    with translation.override("zh-hans"):
        assert told(kept, "") == row.told
        assert row.told.startswith("序号“7”：")
        assert "serial" not in row.told


def test_a_plain_text_has_nothing_to_keep():
    assert stored("a text") is None
    assert joined([]) == ""


def test_a_text_that_is_worded_on_the_spot_is_said_anew_as_well():
    words = "Parcel %(number)s has no waybill yet. Print its label first."
    with translation.override("zh-hans"):
        why = gettext(words) % {"number": "P1"}
        chinese = "包裹 P1 还没有运单。请先打印面单。"
        assert why == chinese
    kept = json.loads(json.dumps(stored(why)))
    assert told(kept, why) == "Parcel P1 has no waybill yet. Print its label first."
    with translation.override("zh-hans"):
        assert told(kept, "") == chinese
    copy = deepcopy([why])[0]
    assert (copy, stored(copy)) == (gettext(words) % {"number": "P1"}, kept)
