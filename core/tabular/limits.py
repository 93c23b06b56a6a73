"""How much a file may take: two size classes (FORMATS R13, R14; FAILURES S14-S16)."""

from dataclasses import dataclass

MIB = 1024 * 1024


@dataclass(frozen=True)
class Limits:
    """Bytes, seconds and counts that one file may take; `seconds` counts only while we wait for it."""

    file_bytes: int
    inflated_bytes: int
    members: int
    rows: int
    columns: int
    address_bytes: int
    cpu_seconds: int
    seconds: float
    archive_members: int = 100
    archive_bytes: int = 512 * MIB
    cell_chars: int = 131_072


STANDARD = Limits(
    file_bytes=64 * MIB,
    inflated_bytes=256 * MIB,
    members=200,
    rows=200_000,
    columns=256,
    address_bytes=512 * MIB,
    cpu_seconds=30,
    seconds=30,
)
BULK = Limits(
    file_bytes=1024 * MIB,
    inflated_bytes=1536 * MIB,
    members=200,
    rows=1_048_576,
    columns=256,
    address_bytes=2048 * MIB,
    cpu_seconds=300,
    seconds=300,
    archive_bytes=1536 * MIB,
)
