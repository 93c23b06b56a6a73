"""HTML tables and SpreadsheetML saved as .xls, and plain XML as a stream of elements (FORMATS R12, R15).

No DTD, no entities beyond the five of XML, elements by local name, scripts ignored.
"""

from collections.abc import Iterator
from html.parser import HTMLParser
from typing import Any
from xml.parsers import expat

from core.tabular.problems import RefusedFile

from .workbook import number_text

SPAN = 256
IGNORED = {"script", "style", "template"}
CELLS = {"td", "th"}
MAX_DEPTH = 100

Sheet = tuple[str, list[tuple[int, list[str]]]]


class HtmlTables(HTMLParser):
    """Outer tables become sheets; colspan and rowspan leave blank cells, so that columns stay in line."""

    def __init__(self, *, rows: int, columns: int) -> None:
        super().__init__(convert_charrefs=True)
        self.rows, self.columns = rows, columns
        self.sheets: list[Sheet] = []
        self.depth = 0
        self.ignored = 0
        self.row: list[str] | None = None
        self.cell: list[str] | None = None
        self.span = (1, 1)
        self.hanging: dict[int, int] = {}

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag in IGNORED:
            self.ignored += 1
        elif tag == "table":
            self.depth += 1
            if self.depth == 1:
                self._end_row()
                self.sheets.append((f"table {len(self.sheets) + 1}", []))
                self.hanging = {}
        elif tag == "tr" and self.depth == 1:
            self._end_row()
            self.row = []
        elif tag in CELLS and self.depth == 1:
            self._end_cell()
            if self.row is None:
                self.row = []
            given = dict(attrs)
            self.span = (_span(given.get("colspan")), _span(given.get("rowspan")))
            self.cell = []
        elif tag == "br" and self.cell is not None:
            self.cell.append("\n")

    def handle_endtag(self, tag: str) -> None:
        if tag in IGNORED:
            self.ignored = max(0, self.ignored - 1)
        elif tag == "table":
            if self.depth == 1:
                self._end_row()
            self.depth = max(0, self.depth - 1)
        elif tag == "tr" and self.depth == 1:
            self._end_row()
        elif tag in CELLS and self.depth == 1:
            self._end_cell()

    def handle_data(self, data: str) -> None:
        if self.cell is not None and not self.ignored:
            self.cell.append(data)

    def _end_cell(self) -> None:
        if self.cell is None or self.row is None:
            return
        text = "".join(self.cell).strip()
        self.cell = None
        self._fill_hanging()
        across, down = self.span
        for offset in range(across):
            if down > 1:
                self.hanging[len(self.row)] = down - 1
            self.row.append(text if offset == 0 else "")
        if len(self.row) > self.columns:
            raise RefusedFile("too_far", rows=self.rows, columns=self.columns)

    def _fill_hanging(self) -> None:
        while self.row is not None and self.hanging.get(len(self.row), 0):
            self.hanging[len(self.row)] -= 1
            self.row.append("")

    def _end_row(self) -> None:
        self._end_cell()
        if self.row is None or not self.sheets:
            self.row = None
            return
        self._fill_hanging()
        rows = self.sheets[-1][1]
        rows.append((len(rows) + 1, self.row))
        self.row = None
        if len(rows) > self.rows:
            raise RefusedFile("too_many_rows", limit=self.rows)


def _span(text: str | None) -> int:
    return min(max(int(text), 1), SPAN) if text and text.isascii() and text.isdigit() else 1


def html_sheets(text: str, *, rows: int, columns: int) -> list[Sheet]:
    parser = HtmlTables(rows=rows, columns=columns)
    parser.feed(text)
    parser.close()
    parser._end_row()
    return parser.sheets


def _safe_parser() -> Any:
    parser = expat.ParserCreate("utf-8", namespace_separator=" ")
    parser.buffer_text = True

    def refuse(*_: Any) -> Any:
        raise RefusedFile("dtd")

    parser.StartDoctypeDeclHandler = refuse
    parser.EntityDeclHandler = refuse
    parser.ExternalEntityRefHandler = refuse
    return parser


def xml_events(text: str) -> Iterator[tuple[str, str, dict[str, str]]]:
    """("start", local name, attributes), ("text", text, {}), ("end", local name, {}) in document order."""
    events: list[tuple[str, str, dict[str, str]]] = []
    parser = _safe_parser()
    depth = 0

    def start(name: str, attributes: dict[str, str]) -> None:
        nonlocal depth
        depth += 1
        if depth > MAX_DEPTH:
            raise RefusedFile("unreadable")
        space, _, local = name.rpartition(" ")
        own = {key.rpartition(" ")[2]: value for key, value in attributes.items()}
        events.append(("start", local, {**own, "xmlns": space} if space else own))

    def end(name: str) -> None:
        nonlocal depth
        depth -= 1
        events.append(("end", name.rpartition(" ")[2], {}))

    parser.StartElementHandler = start
    parser.EndElementHandler = end
    parser.CharacterDataHandler = lambda data: events.append(("text", data, {}))
    encoded = text.lstrip("\ufeff \t\r\n").encode()
    try:
        for at in range(0, len(encoded), 1 << 16):
            parser.Parse(encoded[at : at + (1 << 16)], False)
            yield from events
            events.clear()
        parser.Parse(b"", True)
    except expat.ExpatError:
        raise RefusedFile("unreadable") from None
    yield from events


def spreadsheetml_sheets(text: str, *, rows: int, columns: int) -> Iterator[tuple[str, int, list[str]]]:
    """(sheet, row number, cells) in order. `Index` attributes jump, `MergeAcross` leaves blanks."""
    sheet, number, kind = "", 0, ""
    row: list[str] = []
    data: list[str] | None = None
    across = 0
    for event, name, given in xml_events(text):
        if event == "text":
            if data is not None:
                data.append(name)
        elif event == "start":
            if name == "Worksheet":
                sheet, number = given.get("Name", ""), 0
            elif name == "Row":
                number = _index(given.get("Index"), number + 1)
                row = []
            elif name == "Cell":
                at = _index(given.get("Index"), len(row) + 1)
                across = _index(given.get("MergeAcross"), 0)
                if at + across > columns:
                    raise RefusedFile("too_far", rows=rows, columns=columns)
                row.extend([""] * (at - 1 - len(row)))
                row.append("")
            elif name == "Data":
                data, kind = [], given.get("Type", "String")
        elif name == "Data" and data is not None:
            if row:
                row[-1] = _data_text("".join(data), kind)
            data = None
        elif name == "Cell":
            row.extend([""] * across)
        elif name == "Row":
            if number > rows:
                raise RefusedFile("too_many_rows", limit=rows)
            if any(row):
                yield sheet, number, row
            row = []


def _index(text: str | None, default: int) -> int:
    return int(text) if text and text.isascii() and text.isdigit() and len(text) < 9 else default


def _data_text(text: str, kind: str) -> str:
    if kind == "Number":
        try:
            return number_text(float(text))
        except ValueError:
            return text
    if kind == "DateTime":
        return text.replace("T", " ").removesuffix(".000").removesuffix(" 00:00:00")
    return text
