"""From .po to .mo, without the system's gettext."""

from pathlib import Path

from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po

CHECKOUT = Path(__file__).resolve().parents[2]


def compile_messages(checkout: Path = CHECKOUT) -> list[Path]:
    """Write the .mo file beside every .po file that is newer; return what was written."""
    written = []
    for source in sorted(checkout.glob("**/locale/*/LC_MESSAGES/*.po")):
        target = source.with_suffix(".mo")
        if ".venv" in source.parts or (target.exists() and target.stat().st_mtime >= source.stat().st_mtime):
            continue
        with source.open("rb") as po:
            catalogue = read_po(po, abort_invalid=True)
        half = target.with_suffix(".half")
        with half.open("wb") as mo:
            write_mo(mo, catalogue)
        half.rename(target)
        written.append(target)
    return written
