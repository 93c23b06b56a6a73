"""Find every text that a person sees, in Python and in templates, and keep the catalogue in step."""

import ast
import re
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Final

from babel.messages.catalog import Catalog
from babel.messages.pofile import read_po, write_po

CHECKOUT: Final = Path(__file__).resolve().parents[2]
LANGUAGE: Final = "zh_Hans"
FIRST: Final = datetime(2026, 11, 21, tzinfo=UTC)  # one date for ever: the file changes with its texts only
SKIPPED: Final = {".venv", "var", "build", "tests", "migrations", "node_modules"}
FUNCTIONS: Final = {
    "_": 1,
    "gettext": 1,
    "gettext_lazy": 1,
    "gettext_noop": 1,
    "ngettext": 2,
    "ngettext_lazy": 2,
}
WITH_CONTEXT: Final = {"pgettext", "pgettext_lazy"}

Message = tuple[str | tuple[str, str], str | None]

_TAG: Final = re.compile(
    r"""\{%\s*(?:trans|translate)\s+(?P<q>["'])(?P<text>(?:\\.|(?!(?P=q)).)*)(?P=q)(?P<rest>[^%]*)%\}"""
)
_FILTER: Final = re.compile(r"""_\((?P<q>["'])(?P<text>(?:\\.|(?!(?P=q)).)*)(?P=q)\)""")
_BLOCK: Final = re.compile(
    r"\{%\s*(?:blocktrans|blocktranslate)\b(?P<head>[^%]*)%\}(?P<body>.*?)\{%\s*end(?:blocktrans|blocktranslate)\s*%\}",
    re.DOTALL,
)
_PLURAL: Final = re.compile(r"\{%\s*plural\s*%\}")
_VARIABLE: Final = re.compile(r"\{\{\s*([\w.]+)[^}]*\}\}")
_CONTEXT: Final = re.compile(r"""\bcontext\s+["']([^"']+)["']""")


def in_python(source: str) -> Iterator[Message]:
    """Texts given as literals to gettext's functions."""
    for node in ast.walk(ast.parse(source)):
        if not isinstance(node, ast.Call):
            continue
        name = node.func.id if isinstance(node.func, ast.Name) else getattr(node.func, "attr", "")
        texts = [
            arg.value for arg in node.args if isinstance(arg, ast.Constant) and isinstance(arg.value, str)
        ]
        if name in WITH_CONTEXT and len(texts) >= 2:
            yield texts[1], texts[0]
        elif FUNCTIONS.get(name) == 1 and texts:
            yield texts[0], None
        elif FUNCTIONS.get(name) == 2 and len(texts) >= 2:
            yield (texts[0], texts[1]), None


def in_template(source: str) -> Iterator[Message]:
    """Texts in translate and blocktranslate tags and in `_()` arguments."""
    for found in _TAG.finditer(source):
        context = _CONTEXT.search(found["rest"])
        yield _unescape(found["text"]), context[1] if context else None
    for found in _FILTER.finditer(source):
        yield _unescape(found["text"]), None
    for found in _BLOCK.finditer(source):
        context = _CONTEXT.search(found["head"])
        parts = [_block_text(part, "trimmed" in found["head"]) for part in _PLURAL.split(found["body"])]
        yield (parts[0] if len(parts) == 1 else (parts[0], parts[1])), context[1] if context else None


def messages_of(checkout: Path = CHECKOUT) -> Catalog:
    """All texts of the house with the files they stand in."""
    catalog = Catalog(
        locale=LANGUAGE,
        project="shopsite",
        version="1",
        header_comment="# The texts of shopsite in simplified Chinese.",
        creation_date=FIRST,
        revision_date=FIRST,
        last_translator="shopsite",
        language_team="shopsite",
        msgid_bugs_address="the issue tracker",
        fuzzy=False,
    )
    for path in sorted([*checkout.rglob("*.py"), *checkout.rglob("templates/**/*.*")]):
        where = path.relative_to(checkout)
        if SKIPPED & set(where.parts) or path.suffix not in {".py", ".html", ".txt"}:
            continue
        source = path.read_text(encoding="utf-8")
        for text, context in in_python(source) if path.suffix == ".py" else in_template(source):
            if any([text] if isinstance(text, str) else text):
                catalog.add(text, context=context, locations=[(where.as_posix(), 0)])
    return catalog


def collect_messages(checkout: Path = CHECKOUT) -> str:
    """Bring the .po file in step with the sources; translations that are still used stay."""
    path = _path(checkout)
    fresh = messages_of(checkout)
    old = _read(path)
    for message in fresh:
        if message.id and (known := old.get(message.id, message.context)) and known.string:
            message.string = known.string
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("wb") as po:
        write_po(po, fresh, width=110, sort_output=True, omit_header=False, include_lineno=False)
    return f"{len(fresh)} texts, {len(untranslated(checkout))} not translated"


def untranslated(checkout: Path = CHECKOUT) -> list[str]:
    """Texts of the sources without a translation in the catalogue."""
    known = _read(_path(checkout))
    missing = []
    for message in messages_of(checkout):
        if not message.id:
            continue
        translated = known.get(message.id, message.context)
        texts = translated.string if translated else ""
        if not texts or (isinstance(texts, tuple | list) and not all(texts)):
            missing.append(message.id if isinstance(message.id, str) else message.id[0])
    return missing


def _path(checkout: Path) -> Path:
    return checkout / "locale" / LANGUAGE / "LC_MESSAGES" / "django.po"


def _read(path: Path) -> Catalog:
    if not path.exists():
        return Catalog(locale=LANGUAGE)
    with path.open("rb") as po:
        return read_po(po, locale=LANGUAGE, abort_invalid=True)


def _block_text(body: str, trimmed: bool) -> str:
    text = _VARIABLE.sub(lambda found: f"%({found[1]})s", body.replace("%", "%%"))
    return " ".join(line.strip() for line in text.strip().splitlines() if line.strip()) if trimmed else text


def _unescape(text: str) -> str:
    return text.replace('\\"', '"').replace("\\'", "'")
