"""The bad rows of a file, in its own layout and with the reasons, for correction and a new upload (R20)."""

import csv
import io
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from core.reasons import said

from .problems import CellProblem, Translate
from .text import guard, narrow, plain

LONG_ID = 12
REASON_TITLES = ("sheet", "row", "column", "value", "reason")


def bad_rows_file(
    problems: Iterable[CellProblem],
    *,
    titles: Sequence[str],
    reason_titles: Sequence[str] = REASON_TITLES,
    translate: Translate = said,
) -> bytes:
    """CSV (UTF-8 with BOM, CRLF): one line per bad row, the original columns first.

    `reason_titles` are the titles of the five columns added, in the language of the reader. Several
    findings of a row share its line. Long numbers carry a TAB, so that a spreadsheet keeps them as text;
    our readers drop it again.
    """
    rows: dict[tuple[str, int], list[CellProblem]] = {}
    for problem in problems:
        rows.setdefault((problem.sheet, problem.row), []).append(problem)
    width = max([len(titles), *(len(found[0].raw) for found in rows.values())])
    text = io.StringIO(newline="")
    writer = csv.writer(text, lineterminator="\r\n")
    writer.writerow([*titles, *[""] * (width - len(titles)), *reason_titles])
    for (sheet, number), found in rows.items():
        raw = list(found[0].raw)
        writer.writerow(
            [
                *map(_cell, raw),
                *[""] * (width - len(raw)),
                guard(sheet),
                number,
                guard("; ".join(dict.fromkeys(one.column for one in found))),
                guard("; ".join(dict.fromkeys(one.value for one in found))),
                guard(" ".join(dict.fromkeys(one.text(translate) for one in found))),
            ]
        )
    return text.getvalue().encode("utf-8-sig")


def told_rows_file(filename: str, problems: Iterable[Mapping[str, Any]], *, titles: Sequence[str]) -> bytes:
    """CSV of rows whose problem is in words already: file, row, column, value, problem, then the raw cells.

    Each problem may have `row`, `column`, `value`, `problem` and `raw`; `titles` are six.
    """
    text = io.StringIO(newline="")
    writer = csv.writer(text, lineterminator="\r\n")
    writer.writerow(titles)
    for found in problems:
        place = [filename, *(str(found.get(key, "")) for key in ("row", "column", "value", "problem"))]
        writer.writerow([*map(guard, place), *(_cell(str(raw)) for raw in found.get("raw", ()))])
    return text.getvalue().encode("utf-8-sig")


def _cell(raw: str) -> str:
    bare = narrow(plain(raw)).lstrip("'`")
    if len(bare) >= LONG_ID and bare.isdigit():
        return bare + "\t"
    return guard(plain(raw))
