"""Files of every shape, composed here: honest ones and hostile ones."""

import csv
import io
import struct
import zipfile

import xlsxwriter

from core.tabular import column_set

COURIER = column_set(
    "courier",
    {"waybill": ["运单号", "运单编号"], "amount": ["应付金额", "费用(元)"]},
    {"shipped_on": ["日期"], "customer": ["客户"]},
)
HEADER = ["运单号", "日期", "客户", "应付金额"]


def a_csv(rows, *, encoding="utf-8", delimiter=",", line="\r\n"):
    text = io.StringIO(newline="")
    csv.writer(text, delimiter=delimiter, lineterminator=line).writerows(rows)
    return text.getvalue().encode(encoding)


def an_xlsx(rows, *, sheet="明细", more_sheets=()):
    out = io.BytesIO()
    book = xlsxwriter.Workbook(out, {"strings_to_formulas": False, "strings_to_numbers": False})
    for name, lines in [(sheet, rows), *more_sheets]:
        worksheet = book.add_worksheet(name)
        for at, cells in enumerate(lines):
            for column, cell in enumerate(cells):
                if cell is not None:
                    worksheet.write(at, column, cell)
    book.close()
    return out.getvalue()


CONTENT_TYPES = (
    '<?xml version="1.0"?><Types xmlns="http://schemas.openxmlformats.org/package/2006/content-types">'
    '<Default Extension="rels" ContentType="application/vnd.openxmlformats-package.relationships+xml"/>'
    '<Override PartName="/xl/workbook.xml" '
    'ContentType="application/vnd.openxmlformats-officedocument.spreadsheetml.sheet.main+xml"/>'
    '<Override PartName="/xl/worksheets/sheet1.xml" '
    'ContentType="application/vnd.openxmlformats-officedocument.spreadsheetml.worksheet+xml"/></Types>'
)
REL = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
RELS = (
    '<?xml version="1.0"?><Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships">'
    '<Relationship Id="rId1" Type="{rel}/{kind}" Target="{target}"/></Relationships>'
)
WORKBOOK = (
    '<?xml version="1.0"?><workbook xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main" '
    f'xmlns:r="{REL}"><sheets><sheet name="S" sheetId="1" r:id="rId1"/></sheets></workbook>'
)


def a_raw_xlsx(sheet_xml, *, more_parts=(), padding=0):
    """A workbook whose only sheet is written by hand, for what no writer would write."""
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("[Content_Types].xml", CONTENT_TYPES)
        archive.writestr("_rels/.rels", RELS.format(rel=REL, kind="officeDocument", target="xl/workbook.xml"))
        archive.writestr("xl/workbook.xml", WORKBOOK)
        archive.writestr(
            "xl/_rels/workbook.xml.rels",
            RELS.format(rel=REL, kind="worksheet", target="worksheets/sheet1.xml"),
        )
        with archive.open("xl/worksheets/sheet1.xml", "w") as sheet:
            sheet.write(sheet_xml.encode())
            for _ in range(padding >> 20):
                sheet.write(b" " * (1 << 20))
        for name, content in more_parts:
            archive.writestr(name, content)
    return out.getvalue()


def a_sheet_xml(rows_xml, *, dimension="A1:D3", before=""):
    return (
        f'<?xml version="1.0" encoding="UTF-8"?>{before}'
        '<worksheet xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main">'
        f'<dimension ref="{dimension}"/><sheetData>{rows_xml}</sheetData></worksheet>'
    )


def a_cell(reference, text):
    return f'<c r="{reference}" t="inlineStr"><is><t>{text}</t></is></c>'


GOOD_ROWS = (
    f'<row r="1">{a_cell("A1", "运单号")}{a_cell("B1", "应付金额")}</row>'
    f'<row r="2">{a_cell("A2", "SF1")}<c r="B2"><v>8</v></c></row>'
)


def a_zip(members, *, gbk=False, encrypted=False):
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in members:
            archive.writestr(GbkName(name) if gbk else name, content)
    data = out.getvalue()
    if encrypted:
        data = _set_flag(data, b"PK\x03\x04", 6, 1)
        data = _set_flag(data, b"PK\x01\x02", 8, 1)
    return data


class GbkName(zipfile.ZipInfo):
    """A member whose name is GBK without the UTF-8 flag, as Chinese payment providers write it."""

    def _encodeFilenameFlags(self):
        return self.filename.encode("gbk"), self.flag_bits & ~0x800


def _set_flag(data, mark, offset, bit):
    changed = bytearray(data)
    at = changed.find(mark)
    while at >= 0:
        changed[at + offset] |= bit
        at = changed.find(mark, at + 4)
    return bytes(changed)


def a_compound_file(stream, name="Workbook"):
    """An OLE container with one stream, as .xls files and protected workbooks are."""
    sector = 512
    stream += b"\x00" * (max(4096, -(-len(stream) // sector) * sector) - len(stream))
    count = len(stream) // sector
    free, end, fat_mark = 0xFFFFFFFF, 0xFFFFFFFE, 0xFFFFFFFD
    header = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"\x00" * 16
    header += struct.pack("<HHHHH6xIIIIIIIIII", 0x3E, 3, 0xFFFE, 9, 6, 0, 1, 1, 0, 4096, end, 0, end, 0, 0)
    header += struct.pack("<I", free) * 108
    chain = [fat_mark, end] + [at + 1 for at in range(2, count + 1)] + [end]
    fat = struct.pack(f"<{len(chain)}I", *chain) + struct.pack("<I", free) * (128 - len(chain))

    def entry(title, kind, child, start, size):
        encoded = title.encode("utf-16-le") + b"\x00\x00" if title else b""
        return (
            encoded.ljust(64, b"\x00")
            + struct.pack("<HBBIII", len(encoded), kind, 1, free, free, child)
            + b"\x00" * 36
            + struct.pack("<IQ", start, size)
        )

    directory = entry("Root Entry", 5, 1, end, 0) + entry(name, 2, free, 2, len(stream))
    directory += entry("", 0, free, 0, 0) * 2
    assert len(directory) == sector
    return header + fat + directory + stream


def an_xls(rows):
    """The smallest BIFF8 workbook: one sheet of text and number cells."""

    def record(kind, body):
        return struct.pack("<HH", kind, len(body)) + body

    def bof(kind):
        return record(0x809, struct.pack("<HHHHII", 0x600, kind, 0x0DBB, 0x07CC, 0, 6))

    cells = b""
    for at, line in enumerate(rows):
        for column, cell in enumerate(line):
            if isinstance(cell, str):
                text = cell.encode("utf-16-le")
                cells += record(0x204, struct.pack("<HHHHB", at, column, 0, len(cell), 1) + text)
            elif cell is not None:
                cells += record(0x203, struct.pack("<HHHd", at, column, 0, cell))
    width = max(len(line) for line in rows)
    sheet = bof(0x10) + record(0x200, struct.pack("<IIHHH", 0, len(rows), 0, width, 0)) + cells
    sheet += record(0x0A, b"")
    name = b"S"
    start = len(bof(5)) + 4 + 8 + len(name) + 4
    bound = record(0x85, struct.pack("<IBBBB", start, 0, 0, len(name), 0) + name)
    return a_compound_file(bof(5) + bound + record(0x0A, b"") + sheet)


def an_ods(rows, *, repeat=1):
    """An OpenDocument sheet; its last row may claim to be repeated."""
    spaces = "urn:oasis:names:tc:opendocument:xmlns:"
    lines = ""
    for at, cells in enumerate(rows, start=1):
        times = f' table:number-rows-repeated="{repeat}"' if at == len(rows) else ""
        inside = "".join(
            f'<table:table-cell office:value-type="string"><text:p>{cell}</text:p></table:table-cell>'
            for cell in cells
        )
        lines += f"<table:table-row{times}>{inside}</table:table-row>"
    content = (
        f'<office:document-content xmlns:office="{spaces}office:1.0" xmlns:table="{spaces}table:1.0" '
        f'xmlns:text="{spaces}text:1.0"><office:body><office:spreadsheet><table:table table:name="S">'
        f"{lines}</table:table></office:spreadsheet></office:body></office:document-content>"
    )
    manifest = '<manifest:manifest xmlns:manifest="urn:oasis:names:tc:opendocument:xmlns:manifest:1.0"/>'
    return a_zip(
        [
            ("mimetype", "application/vnd.oasis.opendocument.spreadsheet"),
            ("content.xml", content),
            ("META-INF/manifest.xml", manifest),
        ]
    )


def an_html(rows):
    lines = "".join("<tr>" + "".join(f"<td>{cell}</td>" for cell in row) + "</tr>" for row in rows)
    return f"<html><head><style>td {{}}</style></head><body><table>{lines}</table></body></html>"


def a_spreadsheetml(rows, *, before=""):
    lines = "".join(
        "<Row>"
        + "".join(
            f'<Cell><Data ss:Type="{"String" if isinstance(cell, str) else "Number"}">{cell}</Data></Cell>'
            for cell in row
        )
        + "</Row>"
        for row in rows
    )
    return (
        f'<?xml version="1.0"?>{before}<Workbook xmlns="urn:schemas-microsoft-com:office:spreadsheet" '
        'xmlns:ss="urn:schemas-microsoft-com:office:spreadsheet">'
        f'<Worksheet ss:Name="S"><Table>{lines}</Table></Worksheet></Workbook>'
    )
