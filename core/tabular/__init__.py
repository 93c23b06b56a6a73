"""Tables in files of any origin: bytes in, plain text rows out, with their place in the original.

No Django here and no database. Workbooks, archives, HTML and XML are parsed only in a confined child
process, so that a hostile file can hurt nothing but its own reading (F54). `open_table` finds the table
by the names of the columns that the caller needs, `CellReader` turns cells into values and collects
what is wrong with them.

    with open_table(data, COLUMNS, name="september.xlsx") as table:
        for row in table.rows():
            cell = CellReader(table, row)
            waybill, amount = cell.waybill("waybill", required=True), cell.money("amount", required=True)
            if cell.problems: ...
"""

from .badrows import bad_rows_file
from .blobs import Blob, as_blob
from .cells import (
    Identifier,
    Money,
    parse_date,
    parse_datetime,
    parse_id,
    parse_money,
    parse_percent,
    parse_quantity,
    parse_time,
    parse_waybill,
    parse_whole,
)
from .columns import Column, ColumnSet, column_set, match_header, titles_of
from .delimited import RawRow
from .documents import unpack
from .fields import CellReader
from .limits import BULK, STANDARD, Limits
from .problems import BadCell, CellProblem, Problem, RefusedFile
from .recognise import Kind, recognise
from .tables import Control, Row, Table, open_table
from .text import fold, guard, narrow, plain, read_text, unguard
from .waybills import looks_like_waybill
from .xmltree import Node, read_xml

__all__ = [
    "BULK",
    "STANDARD",
    "BadCell",
    "Blob",
    "CellProblem",
    "CellReader",
    "Column",
    "ColumnSet",
    "Control",
    "Identifier",
    "Kind",
    "Limits",
    "Money",
    "Node",
    "Problem",
    "RawRow",
    "RefusedFile",
    "Row",
    "Table",
    "as_blob",
    "bad_rows_file",
    "column_set",
    "fold",
    "guard",
    "looks_like_waybill",
    "match_header",
    "narrow",
    "open_table",
    "parse_date",
    "parse_datetime",
    "parse_id",
    "parse_money",
    "parse_percent",
    "parse_quantity",
    "parse_time",
    "parse_waybill",
    "parse_whole",
    "plain",
    "read_text",
    "read_xml",
    "recognise",
    "titles_of",
    "unguard",
    "unpack",
]
