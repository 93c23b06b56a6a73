"""Text from bytes, and the cleaning of cells (FORMATS R1, R2, R7, R21).

A decoding that merely succeeds proves little, GB18030 reads nearly anything: the caller counts it
only when the expected header or signature is found in it afterwards.
"""

import codecs
import re
import unicodedata
from collections.abc import Callable, Iterator

from .blobs import Blob
from .problems import RefusedFile

BOMS: tuple[tuple[bytes, str], ...] = (
    (codecs.BOM_UTF8, "utf-8-sig"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)
CHUNK = 1 << 20
EDGES = " \t\r\n\x00\ufeff\u3000\u00a0\u200b"

# What a spreadsheet would run: = + - @ and their full-width forms, TAB, CR, NUL; blanks before do not help.
FORMULA = r"[ \u3000\u00a0]*[=+\-@\t\r\x00\uff1d\uff0b\uff0d\uff20]"
_START = r"(?:^|(?<=[\n\r;\uff1b]))"
_GUARD = re.compile(rf"{_START}(?='*{FORMULA})")
_GUARDED = re.compile(rf"{_START}'(?='*{FORMULA})")


def encodings(blob: Blob, *, western: bool = False) -> Iterator[str]:
    """The encodings in which the whole file is valid, the most telling first."""
    head = blob.head()
    for bom, name in BOMS:
        if head.startswith(bom):
            if decodes(blob, name):
                yield name
            return
    names = [wide] if (wide := _wide(head)) else []
    names += ["utf-8", "gb18030"] + (["cp1252"] if western else [])
    for name in names:
        if decodes(blob, name):
            yield name


def decodes(blob: Blob, encoding: str) -> bool:
    """True when every byte of the file is valid in this encoding; keeps no text."""
    decoder = codecs.getincrementaldecoder(encoding)("strict")
    try:
        with blob.open() as file:
            while chunk := file.read(CHUNK):
                decoder.decode(chunk)
            decoder.decode(b"", final=True)
    except UnicodeError:
        return False
    return True


def _wide(head: bytes) -> str:
    """UTF-16 without a mark shows as NUL in every second byte of its ASCII parts."""
    sample = head[:4096]
    even, odd = sample[0::2].count(0), sample[1::2].count(0)
    if odd * 8 >= len(sample) and odd > 4 * even:
        return "utf-16-le"
    if even * 8 >= len(sample) and even > 4 * odd:
        return "utf-16-be"
    return ""


def guess_text(head: bytes) -> str:
    """The beginning of a file as text, for recognition only; what cannot be decoded is replaced."""
    for bom, name in BOMS:
        if head.startswith(bom):
            return head.decode(name, "replace")
    return head.decode(_wide(head) or "latin-1", "replace")


def read_text(
    blob: Blob, *, accept: Callable[[str], bool], western: bool = False, limit: int = 64 * 1024 * 1024
) -> tuple[str, str]:
    """(text, encoding) of the first decoding that `accept` confirms by its signature.

    For formats that are not tables (MT940, OFX 1, X12). Raises RefusedFile.
    """
    if blob.size > limit:
        raise RefusedFile("too_large", size=blob.size, limit=limit)
    seen = False
    for encoding in encodings(blob, western=western):
        seen = True
        with blob.open() as file:
            text = file.read().decode(encoding)
        if accept(text):
            return text, encoding
    raise RefusedFile("signature_missing" if seen else "undecodable")


def fold(text: str) -> str:
    """A header or keyword as it is compared: NFKC, no blanks at all, small letters."""
    return "".join(unicodedata.normalize("NFKC", text).strip(EDGES).split()).casefold()


def narrow(text: str) -> str:
    """Numbers, dates and ids as they are parsed: NFKC, edges stripped, one kind of minus."""
    return unicodedata.normalize("NFKC", text.strip(EDGES)).replace("\u2212", "-").strip(EDGES)


def plain(text: str) -> str:
    """A cell as text: edges stripped, ="..." unwrapped, the mark of our own exports taken off."""
    text = text.strip(EDGES)
    if text.startswith('="') and text.endswith('"') and len(text) > 2:
        return text[2:-1].strip(EDGES)
    return unguard(text) if "'" in text else text


def guard(text: str) -> str:
    """The same text so that no spreadsheet runs it as a formula (F56). `unguard` takes it back."""
    if text.isalnum():
        return text  # most cells; none of what the pattern looks for is a letter or a digit
    return _GUARD.sub("'", text)


def unguard(text: str) -> str:
    return _GUARDED.sub("", text)
