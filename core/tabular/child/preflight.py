"""Looks at a workbook's parts before a parser does (FORMATS R13, FAILURES S16).

Counts the bytes that really come out, not those that the directory promises, and finds entities
and far cells while they stream by. The address space limit stands behind it for what it misses.
"""

import re
import zipfile
from typing import BinaryIO

from core.tabular.problems import RefusedFile

CHUNK = 4 << 20
OVERLAP = 256
SHEET_PART = re.compile(r"xl/worksheets/[^/]+\.xml$", re.IGNORECASE)
WIDE_MARKS = (b"\xff\xfe", b"\xfe\xff")
DECLARATION = re.compile(rb"<!(?:DOCTYPE|ENTITY)", re.IGNORECASE)
DIMENSION = re.compile(rb"<(?:\w+:)?dimension\b[^>]*?\bref\s*=\s*[\"']([A-Za-z0-9:$]+)[\"']")
# A cell is looked at only when its row or column is long enough to be out of bounds. An empty styled
# cell (closed at once) is a phantom: calamine skips it, and so do we.
SUSPECT = re.compile(rb"\sr=[\"'](?:([A-Z]{3,}|[I-Z][A-Z])(\d*)|([A-Z]+)(\d{6,}))[\"'][^<>]*(?<!/)>")
REFERENCE = re.compile(r"\$?([A-Za-z]*)\$?(\d*)")


def open_archive(file: BinaryIO) -> zipfile.ZipFile:
    try:
        return zipfile.ZipFile(file, metadata_encoding="gbk")
    except (zipfile.BadZipFile, UnicodeError, ValueError, EOFError, OSError, NotImplementedError):
        raise RefusedFile("damaged_archive") from None


def check_workbook(archive: zipfile.ZipFile, *, members: int, inflated: int, rows: int, columns: int) -> None:
    """Raise RefusedFile for a workbook that is too big, too far or declares entities."""
    parts = archive.infolist()
    if len(parts) > members:
        raise RefusedFile("too_many_members", count=len(parts), limit=members)
    if sum(part.file_size for part in parts) > inflated:
        raise RefusedFile("too_large_inflated", limit=inflated)
    left = inflated
    for part in parts:
        if part.flag_bits & 1:
            raise RefusedFile("encrypted")
        left -= _check_part(archive, part, left, inflated, rows, columns)


def _check_part(
    archive: zipfile.ZipFile, part: zipfile.ZipInfo, left: int, inflated: int, rows: int, columns: int
) -> int:
    name = part.filename.lower()
    # Query definitions lie there in UTF-16; no reader of cells ever opens them.
    is_markup = name.endswith((".xml", ".rels", ".vml")) and not name.startswith("customxml/")
    is_sheet = SHEET_PART.match(part.filename) is not None
    total = 0
    tail = b""
    try:
        with archive.open(part) as stream:
            while chunk := stream.read(CHUNK):
                total += len(chunk)
                if total > left:
                    raise RefusedFile("too_large_inflated", limit=inflated)
                if not is_markup:
                    continue
                window = tail + chunk
                if not tail and window.startswith(WIDE_MARKS):
                    raise RefusedFile("unreadable")
                if DECLARATION.search(window):
                    raise RefusedFile("dtd")
                if is_sheet:
                    _check_references(window, rows, columns)
                    if not tail:
                        _check_stated_end(window, rows, columns)
                tail = window[-OVERLAP:]
    except (zipfile.BadZipFile, EOFError, OSError, NotImplementedError, RuntimeError, ValueError):
        raise RefusedFile("damaged_archive") from None
    except Exception as error:
        if type(error).__module__ == "zlib":
            raise RefusedFile("damaged_archive") from None
        raise
    return total


def _check_references(window: bytes, rows: int, columns: int) -> None:
    for found in SUSPECT.finditer(window):
        letters = (found[1] or found[3] or b"").decode()
        digits = (found[2] or found[4] or b"").decode()
        if _outside(letters, digits, rows, columns):
            raise RefusedFile("too_far", rows=rows, columns=columns)


def _outside(letters: str, digits: str, rows: int, columns: int) -> bool:
    if len(letters) > 3 or len(digits) > 9:
        return True
    number = 0
    for letter in letters.upper():
        number = number * 26 + ord(letter) - 64
    return number > columns or (bool(digits) and int(digits) > rows)


def _check_stated_end(window: bytes, rows: int, columns: int) -> None:
    """A sheet that claims too many rows is refused; too many columns alone are a phantom (A1:AMJ5)."""
    found = DIMENSION.search(window)
    corner = REFERENCE.fullmatch(found[1].decode().split(":")[-1]) if found else None
    if corner and corner[2] and (len(corner[2]) > 9 or int(corner[2]) > rows):
        raise RefusedFile("too_far", rows=rows, columns=columns)
