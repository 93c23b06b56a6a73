"""Members of a zip archive or a gzip file, streamed and counted (FORMATS R14, FAILURES S18).

Names are labels only; nothing is ever written to a path that an archive names.
"""

import gzip
import stat
import zipfile
import zlib
from collections.abc import Iterator
from typing import BinaryIO

from core.tabular.problems import RefusedFile

CHUNK = 1 << 20


def is_workbook(archive: zipfile.ZipFile) -> bool:
    names = {info.filename for info in archive.infolist()}
    if "[Content_Types].xml" in names and any(name.startswith("xl/") for name in names):
        return True
    return "content.xml" in names and "mimetype" in names


def zip_members(
    archive: zipfile.ZipFile, *, members: int, inflated: int
) -> Iterator[tuple[str, Iterator[bytes]]]:
    """(name, chunks) of every file in the archive. All names are checked before the first byte is given."""
    infos = archive.infolist()
    if len(infos) > members:
        raise RefusedFile("too_many_members", count=len(infos), limit=members)
    if sum(info.file_size for info in infos) > inflated:
        raise RefusedFile("too_large_inflated", limit=inflated)
    for info in infos:
        name = info.filename.replace("\\", "/")
        if name.startswith("/") or ".." in name.split("/") or name[1:2] == ":" or _is_link(info):
            raise RefusedFile("path_escape")
        if info.flag_bits & 1:
            raise RefusedFile("encrypted_archive")
    left = [inflated]
    for info in infos:
        if not info.is_dir():
            yield info.filename, _zip_chunks(archive, info, left, inflated)


def _is_link(info: zipfile.ZipInfo) -> bool:
    return stat.S_ISLNK(info.external_attr >> 16)


def _zip_chunks(
    archive: zipfile.ZipFile, info: zipfile.ZipInfo, left: list[int], inflated: int
) -> Iterator[bytes]:
    try:
        with archive.open(info) as stream:
            first = True
            while chunk := stream.read(CHUNK):
                left[0] -= len(chunk)
                if left[0] < 0:
                    raise RefusedFile("too_large_inflated", limit=inflated)
                if first and _is_nested(chunk):
                    raise RefusedFile("nested_archive")
                first = False
                yield chunk
    except (zipfile.BadZipFile, zlib.error, EOFError, OSError, NotImplementedError, RuntimeError):
        raise RefusedFile("damaged_archive") from None


def _is_nested(head: bytes) -> bool:
    """An archive in the archive. A workbook is a zip file too, told by its content types or mimetype."""
    if head.startswith((b"\x1f\x8b", b"Rar!", b"7z\xbc\xaf")):
        return True
    if not head.startswith(b"PK\x03\x04"):
        return False
    beginning = head[:65_536]
    return b"[Content_Types].xml" not in beginning and b"mimetypeapplication/vnd.oasis" not in beginning


def gzip_member(file: BinaryIO, *, inflated: int) -> Iterator[bytes]:
    total = 0
    try:
        with gzip.GzipFile(fileobj=file, mode="rb") as stream:
            while chunk := stream.read(CHUNK):
                if total == 0 and chunk.startswith(b"\x1f\x8b"):
                    raise RefusedFile("nested_archive")
                total += len(chunk)
                if total > inflated:
                    raise RefusedFile("too_large_inflated", limit=inflated)
                yield chunk
    except (zlib.error, EOFError, OSError):
        raise RefusedFile("damaged_archive") from None
