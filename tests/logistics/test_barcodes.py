"""Code 128 against another implementation of it, and its own check sum."""

from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st
from reportlab.graphics.barcode.code128 import Code128

from logistics.rules.barcodes import _PATTERNS, QUIET, code128, width_of


def as_reportlab_draws(text: str) -> list[tuple[int, int]]:
    other = Code128(text, quiet=0)
    other.validate()
    other.encode()
    other.decompose()
    bars, x = [], QUIET
    for letter in other.decomposed:
        width = ord(letter.lower()) - ord("a") + 1
        if letter.isupper():
            bars.append((x, width))
        x += width
    return bars


def read(bars) -> list[int]:
    """The values that a scanner sees, start and check value included, stop left out."""
    edges = [edge for bar in bars for edge in (bar.x, bar.x + bar.width)]
    widths = "".join(str(b - a) for a, b in pairwise(edges))
    assert widths.endswith(_PATTERNS[106])
    return [_PATTERNS.index(widths[n : n + 6]) for n in range(0, len(widths) - 7, 6)]


@pytest.mark.parametrize("text", ["SF1020000000074", "DN261118-0000093", "JD12345", "A", "AB123", "123456"])
def test_bars_are_those_of_another_implementation(text):
    assert [tuple(bar) for bar in code128(text)] == as_reportlab_draws(text)


@given(st.text(alphabet=st.characters(min_codepoint=32, max_codepoint=126), min_size=1, max_size=30))
def test_a_scanner_reads_the_text_back(text):
    start, *values, check = read(code128(text))
    assert check == (start + sum(n * value for n, value in enumerate(values, 1))) % 103
    said, in_c = "", start == 105
    for value in values:
        if (in_c, value) in {(True, 100), (False, 99)}:
            in_c = not in_c
        else:
            said += f"{value:02d}" if in_c else chr(value + 32)
    assert said == text


def test_white_borders_are_as_wide_as_the_standard_asks():
    bars = code128("SF1")
    assert (bars[0].x, width_of(bars) - bars[-1].x - bars[-1].width) == (10, 10)


@pytest.mark.parametrize("text", ["", "运单", "a\n"])
def test_what_cannot_be_said_in_bars_is_refused(text):
    with pytest.raises(ValueError, match="barcode"):
        code128(text)
