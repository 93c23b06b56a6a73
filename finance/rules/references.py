"""Finding our numbers in what a payer has written (ANCHORS 2.2): longest first, blind to width and blanks."""

import re
import unicodedata
from collections.abc import Iterable
from functools import lru_cache

_NOISE = re.compile(r"[\s\-_/.,:;#]+")


@lru_cache(maxsize=65536)  # a file asks for the same open numbers with every row
def folded(text: str) -> str:
    """Full width, case, blanks and separators no longer matter."""
    return _NOISE.sub("", unicodedata.normalize("NFKC", text)).upper()


def find_references(text: str, numbers: Iterable[str]) -> list[str]:
    """Which of the numbers stand in the text, in its order, each once.

    A longer number hides shorter ones inside it, and a number that goes on with another digit is not that
    number: SO1 is not found in SO12.
    """
    shown = folded(text)
    found: list[tuple[int, str]] = []
    there = {number for number in numbers if (wanted := folded(number)) and wanted in shown}
    for number in sorted(there, key=lambda x: (-len(folded(x)), x)):
        wanted = folded(number)
        pattern = (
            rf"(?<!\d){re.escape(wanted)}(?!\d)" if wanted[0].isdigit() else rf"{re.escape(wanted)}(?!\d)"
        )
        if match := re.search(pattern, shown):
            found.append((match.start(), number))
            shown = shown[: match.start()] + "\0" * len(wanted) + shown[match.end() :]
    return [number for _place, number in sorted(found)]
