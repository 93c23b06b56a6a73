"""Code 128 as bars: the one barcode that every courier's scanner reads, of letters and digits alike.

Letters and digits in code set B, even runs of digits in code set C, as ISO/IEC 15417 gives the patterns.
"""

from typing import Final, NamedTuple

QUIET: Final = 10  # modules of white on either side that the standard asks for
_START_B, _START_C, _TO_B, _TO_C, _STOP = 104, 105, 100, 99, 106
# Widths in modules of bar, space, bar, space, bar, space of the values 0 to 105; the stop has one bar more.
# fmt: off
_PATTERNS: Final = [
    "212222", "222122", "222221", "121223", "121322", "131222", "122213", "122312", "132212", "221213",
    "221312", "231212", "112232", "122132", "122231", "113222", "123122", "123221", "223211", "221132",
    "221231", "213212", "223112", "312131", "311222", "321122", "321221", "312212", "322112", "322211",
    "212123", "212321", "232121", "111323", "131123", "131321", "112313", "132113", "132311", "211313",
    "231113", "231311", "112133", "112331", "132131", "113123", "113321", "133121", "313121", "211331",
    "231131", "213113", "213311", "213131", "311123", "311321", "331121", "312113", "312311", "332111",
    "314111", "221411", "431111", "111224", "111422", "121124", "121421", "141122", "141221", "112214",
    "112412", "122114", "122411", "142112", "142211", "241211", "221114", "413111", "241112", "134111",
    "111242", "121142", "121241", "114212", "124112", "124211", "411212", "421112", "421211", "212141",
    "214121", "412121", "111143", "111341", "131141", "114113", "114311", "411113", "411311", "113141",
    "114131", "311141", "411131", "211412", "211214", "211232", "2331112",
]
# fmt: on


class Bar(NamedTuple):
    """A black bar: where it begins and how wide it is, in modules."""

    x: int
    width: int


def code128(text: str) -> tuple[Bar, ...]:
    """The bars of a text, white border included. Raises ValueError for what code set B cannot say."""
    if not text or not all(" " <= sign <= "~" for sign in text):
        raise ValueError(f"{text!r} cannot be a barcode: printable ASCII only")
    values = _values(text)
    check = (values[0] + sum(at * value for at, value in enumerate(values[1:], 1))) % 103
    bars, x = [], QUIET
    for value in [*values, check, _STOP]:
        for at, width in enumerate(map(int, _PATTERNS[value])):
            if at % 2 == 0:
                bars.append(Bar(x, width))
            x += width
    return tuple(bars)


def width_of(bars: tuple[Bar, ...]) -> int:
    """Modules from border to border."""
    return bars[-1].x + bars[-1].width + QUIET


def _values(text: str) -> list[int]:
    """Set C for runs of four digits and more, two digits a value; set B for the rest."""
    values: list[int] = []
    in_c, at = False, 0
    while at < len(text):
        run = _digits(text, at)
        if run >= 4 and (in_c or run % 2 == 0):
            if not in_c:
                values.append(_TO_C if values else _START_C)
                in_c = True
            end = at + run - run % 2
            values += [int(text[n : n + 2]) for n in range(at, end, 2)]
            at = end
            continue
        if in_c or not values:
            values.append(_TO_B if values else _START_B)
            in_c = False
        values.append(ord(text[at]) - 32)
        at += 1
    return values


def _digits(text: str, at: int) -> int:
    end = at
    while end < len(text) and text[end].isascii() and text[end].isdigit():
        end += 1
    return end - at
