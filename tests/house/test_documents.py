"""Documents say what is: links lead somewhere; targets, commands, settings, files, texts of pages exist."""

import re
from pathlib import Path

import pytest
from django.core.management import get_commands

from shopsite.messages.collecting import messages_of

ROOT = Path(__file__).parents[2]
DOCUMENTS = sorted(
    [*ROOT.glob("*.md"), *ROOT.glob("docs/**/*.md")], key=lambda path: path.relative_to(ROOT).as_posix()
)
GUIDES = sorted(ROOT.glob("docs/guides/*.md"))
# Words in italics that only stress, and quotations that no page says.
STRESSED = {"not", "agree", "apply", "settle", "open", "unknown", "queries", "origin", "closed", "last error"}
SAID_BY_NOBODY = {"paid"}


def named(path: Path) -> str:
    return path.relative_to(ROOT).as_posix()


def texts_of_pages() -> set[str]:
    """Every text that a page may show, in English, without case and figures."""
    texts = set()
    for message in messages_of():
        for text in [message.id] if isinstance(message.id, str) else message.id or []:
            texts.add(text.casefold())
    return texts


def without_code(text: str) -> str:
    return re.sub(r"```.*?```", "", text, flags=re.DOTALL)


@pytest.mark.parametrize("path", DOCUMENTS, ids=named)
def test_every_link_leads_somewhere(path):
    targets = re.findall(r"\]\(([^)#\s]+)(?:#[^)]*)?\)", path.read_text("utf-8"))
    local = [target for target in targets if "://" not in target]
    assert [target for target in local if not (path.parent / target).exists()] == []


@pytest.mark.parametrize("path", DOCUMENTS, ids=named)
def test_every_target_of_make_exists(path):
    targets = set(re.findall(r"^([a-z-]+):", (ROOT / "Makefile").read_text(), re.MULTILINE))
    asked = re.findall(r"`make ([a-z-]+)", path.read_text("utf-8"))
    assert set(asked) <= targets


@pytest.mark.parametrize("path", DOCUMENTS, ids=named)
def test_every_command_exists(path):
    asked = set(re.findall(r"manage\.py ([a-z_]+)", path.read_text("utf-8")))
    assert asked <= set(get_commands())


@pytest.mark.parametrize("path", DOCUMENTS, ids=named)
def test_every_setting_is_in_the_example_file_or_the_makefile(path):
    known = set(re.findall(r"\b[A-Z][A-Z0-9_]{3,}\b", (ROOT / ".env.example").read_text()))
    known |= set(re.findall(r"\b[A-Z][A-Z0-9_]{3,}\b", (ROOT / "docker-compose.yml").read_text()))
    known |= set(re.findall(r"\b[A-Z][A-Z0-9_]{3,}\b", (ROOT / "Makefile").read_text()))
    code = (file.read_text("utf-8") for file in [*ROOT.glob("shopsite/**/*.py"), *ROOT.glob("tests/**/*.py")])
    asked = set(re.findall(r"\b[A-Z]+_[A-Z0-9_]+\b", path.read_text("utf-8")))
    missing = asked - known
    assert missing <= {word for text in code for word in missing if word in text}


@pytest.mark.parametrize("path", DOCUMENTS, ids=named)
def test_every_file_that_is_named_exists(path):
    asked = re.findall(r"`((?:[\w.-]+/)+[\w.-]+\.(?:py|md|html|json|toml))`", path.read_text("utf-8"))
    ours = [name for name in asked if not name.startswith("var/")]  # data of a running copy
    missing = [name for name in ours if not list(ROOT.glob(name)) and not list(ROOT.glob(f"*/{name}"))]
    assert missing == []


@pytest.mark.parametrize("path", GUIDES, ids=named)
def test_pages_queues_and_buttons_that_a_guide_names_exist(path):
    text = without_code(path.read_text("utf-8"))
    pages = set(re.findall(r"(?<![*\w])\*([^*\n]+)\*(?![*\w])", text))
    said = set(re.findall(r"“([^”\n]+)”", text))
    known = texts_of_pages()
    strange = {one for one in pages if one.casefold() not in known | STRESSED}
    strange |= {one for one in said if one.casefold() not in known | SAID_BY_NOBODY}
    assert strange == set()


def test_barcodes_of_commands_are_those_of_the_packing_table():
    script = (ROOT / "static/backoffice/packing.js").read_text()
    guide = (ROOT / "docs/guides/warehouse.md").read_text("utf-8")
    assert set(re.findall(r"CMD-[A-Z]+", guide)) == set(re.findall(r"CMD-[A-Z]+", script))


def test_every_guide_is_linked_from_the_front_page_and_every_decision_is_numbered():
    readme = (ROOT / "README.md").read_text("utf-8")
    assert [path.name for path in GUIDES if f"docs/guides/{path.name}" not in readme] == []
    numbers = [int(path.name[:4]) for path in sorted(ROOT.glob("docs/adr/*.md"))]
    assert numbers == list(range(1, len(numbers) + 1))


def test_a_wrong_name_is_found(tmp_path):
    known = texts_of_pages()
    assert "packing table" in known
    assert "packing chair" not in known
