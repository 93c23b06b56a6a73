"""The bytes of a file as they came, wherever they lie: in memory, at a path, or unpacked beside it."""

import hashlib
import io
import os
import tempfile
import weakref
from dataclasses import dataclass, field
from pathlib import Path
from typing import BinaryIO

HEAD = 65_536


@dataclass(frozen=True)
class Blob:
    """A named run of bytes that can be opened any number of times. The name is only for people."""

    name: str
    data: bytes | None = None
    path: Path | None = None
    keep: object = field(default=None, repr=False, compare=False)

    def open(self) -> BinaryIO:
        if self.data is not None:
            return io.BytesIO(self.data)
        if self.path is not None:
            return self.path.open("rb")
        raise ValueError("a blob has data or a path")

    @property
    def size(self) -> int:
        if self.data is not None:
            return len(self.data)
        return self.path.stat().st_size if self.path else 0

    def head(self, size: int = HEAD) -> bytes:
        with self.open() as file:
            return file.read(size)

    def sha256(self) -> str:
        """The first barrier against a file that is loaded twice (F50)."""
        digest = hashlib.sha256()
        with self.open() as file:
            while chunk := file.read(1 << 20):
                digest.update(chunk)
        return digest.hexdigest()


def as_blob(source: "bytes | str | Path | Blob", name: str = "") -> Blob:
    """Anything that a door receives as one kind of thing; a `str` is a path."""
    if isinstance(source, Blob):
        return source
    if isinstance(source, bytes):
        return Blob(name or "upload", data=source)
    path = Path(source)
    return Blob(name or path.name, path=path)


class Spooled:
    """A file of our own on disk that goes when nobody holds it any more."""

    def __init__(self) -> None:
        handle, name = tempfile.mkstemp(prefix="shopsite-")
        os.close(handle)
        self.path = Path(name)
        weakref.finalize(self, self.path.unlink, missing_ok=True)

    def add(self, data: bytes) -> None:
        with self.path.open("ab") as file:
            file.write(data)


def spool(name: str, data: bytes = b"") -> tuple[Blob, Spooled]:
    """A blob on disk, and the file to add the rest of its bytes to."""
    spooled = Spooled()
    if data:
        spooled.add(data)
    return Blob(name, path=spooled.path, keep=spooled), spooled
