"""Which rows below a header are business rows: totals, notes, separators and page headers are not (R6)."""

import re
import unicodedata
from collections.abc import Sequence
from enum import Enum

from .text import EDGES, fold


class RowKind(Enum):
    DATA = "data"
    TOTAL = "total"
    NOTE = "note"
    SKIP = "skip"


LOOSE = EDGES + "`'\"="
WORD = (
    r"(?:本页|本月|本期|本日|人民币|账面|总账)?(?:合计|总计|小计)|(?:资金流水)?总(?:交易)?[笔单]数|承前页?|结转(?:下页)?|承前结转|过次页|差额"
    r"|(?:sub|grand|ledger)?totals?|difference"
)
TOTAL = re.compile(rf"(?:{WORD})(?:$|[:(（\[\d,、/¥-]|金额|笔数|数量|费用|应付|运费|行数)")
TOTAL_ALONE = re.compile(rf"(?:{WORD}):?")
TOTAL_FIRSTS = frozenset("本人账总合小承结过差资")
LATIN_FIRSTS = frozenset({"sub", "gra", "led", "tot", "dif"})
SEPARATOR = re.compile(r"[-=_*~#—─\s]{3,}")
NOTE = re.compile(r"#|[-=*—─]{3,}|备注[:]|说明[:]|注[:]|制表|打印|导出时间|第\d+页|共\d+[页条笔]|以上|endof")
NOTE_FIRSTS = frozenset("#-=*—─备说注制打导第共以eE＃")


def kind_of_row(cells: Sequence[str], needed: Sequence[int], header: list[str]) -> RowKind:
    """`needed` are the places of the required columns: a row that fills them all is never a mere note."""
    filled: list[str] = []
    for cell in cells:
        text = cell.strip(LOOSE)
        if text and text.strip("-—/"):
            filled.append(text)
            if len(filled) == 2:
                break
    if not filled:
        return RowKind.SKIP
    first = filled[0]
    if _may_be_total(first) and TOTAL.match(fold(first)):
        return RowKind.TOTAL
    if len(filled) == 2 and _may_be_total(filled[1]) and TOTAL_ALONE.fullmatch(fold(filled[1])):
        return RowKind.TOTAL
    if first[0] in NOTE_FIRSTS or cells[0][:1] in NOTE_FIRSTS:
        if not _all_filled(cells, needed) and NOTE.match(fold(first)):
            return RowKind.NOTE
        if len(filled) == 1 and SEPARATOR.fullmatch(first):
            return RowKind.SKIP
    if first == header[0] or (header[0] == "" and first in header):
        titles = [cell.strip(LOOSE) for cell in cells][: len(header)]
        if [fold(title) for title in titles] == [fold(title) for title in header]:
            return RowKind.SKIP
    return RowKind.DATA


def _may_be_total(text: str) -> bool:
    """A cheap look before the pattern: most rows are none."""
    if text[0] in TOTAL_FIRSTS:
        return True
    head = text[:3]
    return (head if head.isascii() else unicodedata.normalize("NFKC", head)).lower() in LATIN_FIRSTS


def _all_filled(cells: Sequence[str], needed: Sequence[int]) -> bool:
    return all(place < len(cells) and cells[place].strip(EDGES) for place in needed)
