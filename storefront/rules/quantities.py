"""One way to read a quantity that came over the net (F22)."""

import re
from typing import Final

MOST: Final = 999  # of one thing in one basket; the stock decides below that
_DIGITS: Final = re.compile(r"[0-9]{1,3}")


def read_quantity(text: str, *, least: int = 1) -> int:
    """A whole number from `least` to MOST in ASCII digits. Raises ValueError for anything else."""
    if not _DIGITS.fullmatch(text):
        raise ValueError(text)
    number = int(text)
    if not least <= number <= MOST:
        raise ValueError(text)
    return number
