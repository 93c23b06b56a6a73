"""Pictures that the documents show: what they name is copied, what they no longer name is removed."""

import re
import shutil
from pathlib import Path

from shopsite.entry import CHECKOUT

DOCS = CHECKOUT / "docs"
_PICTURE = re.compile(r"!\[[^\]]*\]\([./]*pictures/([\w-]+)\.(en|zh-hans)\.(\d+)\.webp\)")


def named_in(docs: Path = DOCS) -> set[tuple[str, str, str]]:
    """Name, language and width of every picture that a document shows."""
    return {found for path in docs.rglob("*.md") for found in _PICTURE.findall(path.read_text("utf-8"))}


def copy_into_documents(taken: Path, docs: Path = DOCS) -> list[Path]:
    """Bring docs/pictures in step with the documents; those that were not taken this time stay."""
    folder = docs / "pictures"
    folder.mkdir(exist_ok=True)
    wanted = {".".join([*picture, "webp"]): picture for picture in named_in(docs)}
    for old in folder.glob("*.webp"):
        if old.name not in wanted:
            old.unlink()
    copied = []
    for file, (name, language, width) in sorted(wanted.items()):
        source = taken / language / width / f"{name}.webp"
        if source.exists():
            copied.append(Path(shutil.copyfile(source, folder / file)))
    return copied
