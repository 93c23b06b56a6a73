"""De-duplication keys of statement rows (FORMATS 0.3; F50, F51)."""

import unicodedata
from datetime import date
from decimal import Decimal

from hypothesis import assume, given
from hypothesis import strategies as st

from finance.statements import Direction, read_statement
from finance.statements.identity import identity, serial_key, text_key

HEADER = "交易时间,借方发生额,贷方发生额,对方名称,摘要,凭证号\n"


def _rows(*lines):
    text = HEADER + "".join(f"{line}\n" for line in lines)
    return read_statement(text.encode("gb18030"), filename="ceb.csv").rows


def _key(*texts, amount="5.00", day=1, direction=Direction.IN):
    return text_key(
        booked_on=date(2026, 5, day),
        direction=direction,
        amount=Decimal(amount),
        currency="CNY",
        texts=texts,
    )


def test_two_chinese_payers_of_one_day_and_amount_are_two_payments():
    rows = _rows("2026-05-01 10:00:00,,5.00,张三,货款,", "2026-05-01 10:00:00,,5.00,李四,货款,")
    assert len({row.identity for row in rows}) == 2
    # With characters outside ASCII removed, as some bank imports do, the two would be one.
    stripped = {_key(row.counterparty.encode("ascii", "ignore").decode(), "") for row in rows}
    assert len(stripped) == 1


_text = st.text(st.characters(codec="utf-8", exclude_categories=("Cc", "Cs", "Z")), max_size=8)


@given(_text, _text)
def test_texts_that_differ_in_any_character_have_different_keys(one, other):
    assume(unicodedata.normalize("NFKC", one).strip() != unicodedata.normalize("NFKC", other).strip())
    assert identity(_key(one), 1) != identity(_key(other), 1)
    assert identity(serial_key(one), 1) != identity(serial_key(other), 1)


@given(_text, _text)
def test_cells_never_flow_into_each_other(one, other):
    assume(unicodedata.normalize("NFKC", one).strip() and unicodedata.normalize("NFKC", other).strip())
    assert identity(_key(one + other, ""), 1) != identity(_key(one, other), 1)


@given(st.integers(1, 28), st.integers(1, 28))
def test_day_amount_direction_and_occurrence_are_part_of_the_key(day, cents):
    base = identity(_key("货款"), 1)
    assert (identity(_key("货款", day=day), 1) == base) == (day == 1)
    assert (identity(_key("货款", amount=f"{cents}.00"), 1) == base) == (cents == 5)
    assert identity(_key("货款", direction=Direction.OUT), 1) != base
    assert identity(_key("货款"), 2) != base


def test_full_width_and_half_width_spellings_are_one_text():
    assert identity(_key("ＡＢＣ１２３"), 1) == identity(_key("ABC123 "), 1)


def test_equal_lines_of_one_file_are_both_kept_and_stay_the_same_when_read_again():
    line = "2026-05-01 10:00:00,,5.00,张三,货款,"
    first, again = _rows(line, line), _rows(line, line)
    assert len({row.identity for row in first}) == 2
    assert [row.identity for row in first] == [row.identity for row in again]


def test_line_of_an_overlapping_file_has_the_key_that_it_had():
    monday, tuesday, wednesday = (f"2026-05-0{day} 10:00:00,,5.00,张三,货款," for day in (4, 5, 6))
    first, second = _rows(monday, tuesday), _rows(tuesday, wednesday)
    assert {row.identity for row in first} & {row.identity for row in second} == {first[1].identity}


def test_clock_that_a_spreadsheet_dropped_changes_no_key():
    full, saved = _rows("2026-05-01 10:00:07,,5.00,张三,货款,"), _rows("2026/5/1 10:00,,5.00,张三,货款,")
    assert full[0].identity == saved[0].identity


def test_serial_of_a_bank_counts_within_its_year_and_whatever_the_remark_says():
    header = "交易时间,账号,收入,支出,账户余额,对方户名,对方账号,摘要,核心唯一流水号,交易用途,币种\n"
    line = "{}-05-01 10:00:00,1101,5.00,,105.00,甲,6,{},C1,货款,CNY\n"

    def key(year, remark):
        data = (header + line.format(year, remark)).encode()
        return read_statement(data, filename="pingan.csv").rows[0].identity

    assert key(2026, "转账") == key(2026, "转账(补)")
    assert key(2026, "转账") != key(2027, "转账")
