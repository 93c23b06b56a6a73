"""What a file is, told by its first bytes only (FORMATS 1): names and extensions lie.

Text formats are told apart further by `Kind.TEXT` readers through their header or signature.
"""

import re
from enum import StrEnum

from .blobs import Blob
from .problems import RefusedFile
from .text import guess_text


class Kind(StrEnum):
    EMPTY = "empty"
    ZIP = "zip"  # a workbook or an archive: only the child looks inside
    GZIP = "gzip"
    BIFF = "xls"
    ENCRYPTED = "encrypted"
    PDF = "pdf"
    RAR = "rar"
    SEVEN_ZIP = "7z"
    HTML = "html"
    SPREADSHEETML = "spreadsheetml"
    CAMT = "camt"
    OFX_XML = "ofx xml"
    OFX_SGML = "ofx sgml"
    XML = "xml"
    MT940 = "mt940"
    MT942 = "mt942"
    X12 = "x12"
    TEXT = "text"


MAGIC: tuple[tuple[bytes, Kind], ...] = (
    (b"PK\x03\x04", Kind.ZIP),
    (b"PK\x05\x06", Kind.ZIP),
    (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", Kind.BIFF),
    (b"\x1f\x8b", Kind.GZIP),
    (b"%PDF", Kind.PDF),
    (b"Rar!", Kind.RAR),
    (b"7z\xbc\xaf\x27\x1c", Kind.SEVEN_ZIP),
)
ENCRYPTED_PACKAGE = "EncryptedPackage".encode("utf-16-le")
NOT_TABLES = {Kind.PDF, Kind.RAR, Kind.SEVEN_ZIP}


def recognise(blob: Blob) -> Kind:
    """The kind of a file. Never raises: what is not known is text."""
    head = blob.head()
    if not head.strip(b"\x00 \t\r\n\xef\xbb\xbf\xfe\xff"):
        return Kind.EMPTY
    for magic, kind in MAGIC:
        if head.startswith(magic):
            return _container(blob) if kind is Kind.BIFF else kind
    return _text_kind(guess_text(head))


def _container(blob: Blob) -> Kind:
    """An OLE container with an encrypted package is a workbook with a password.

    The name stands in its directory, which may lie at the end of the file.
    """
    overlap = len(ENCRYPTED_PACKAGE)
    with blob.open() as file:
        tail = b""
        while chunk := file.read(1 << 20):
            if ENCRYPTED_PACKAGE in tail + chunk:
                return Kind.ENCRYPTED
            tail = chunk[-overlap:]
    return Kind.BIFF


def _text_kind(head: str) -> Kind:
    text = head.lstrip("\ufeff \t\r\n\x00")
    if text.startswith("<"):
        return _markup_kind(text)
    if text.startswith("OFXHEADER:"):
        return Kind.OFX_SGML
    if re.match(r"ISA[^A-Za-z0-9\s]", text):
        return Kind.X12
    if re.search(r"(?m)^(:20:|\{1:F01)", text) and re.search(r"(?m)^:25:", text):
        return Kind.MT942 if re.search(r"(?m)^:(34F|13D):", text) else Kind.MT940
    return Kind.TEXT


def _markup_kind(text: str) -> Kind:
    folded = text.lower()
    if "camt.05" in folded or "<bktocstmr" in folded:
        return Kind.CAMT
    if "<?ofx" in folded or "<ofx>" in folded:
        return Kind.OFX_XML
    if "urn:schemas-microsoft-com:office:spreadsheet" in folded and "<html" not in folded:
        return Kind.SPREADSHEETML
    if "<html" in folded or "<table" in folded or "<!doctype html" in folded:
        return Kind.HTML
    return Kind.XML


def refuse_what_is_no_table(kind: Kind) -> None:
    if kind is Kind.EMPTY:
        raise RefusedFile("empty_file")
    if kind is Kind.ENCRYPTED:
        raise RefusedFile("encrypted")
    if kind in NOT_TABLES:
        raise RefusedFile("not_a_table", kind=kind.value)
