"""docs/commands.md names every command of ours, and every option that it names exists."""

import re
from pathlib import Path

import pytest
from django.core.management import BaseCommand, get_commands, load_command_class

from core.commands import FiguresCommand

ROOT = Path(__file__).parents[2]
TEXT = (ROOT / "docs/commands.md").read_text()
APPS = ("core", "crm", "finance", "inventory", "logistics", "orders", "returns", "shopsite", "storefront")
OURS = {
    path.stem: path.relative_to(ROOT).parts[0]
    for app in APPS
    for path in (ROOT / app).glob("management/commands/*.py")
    if not path.stem.startswith("_")
}
SECTIONS = dict(re.findall(r"^### (\w+)\n(.*?)(?=^##|\Z)", TEXT, re.MULTILINE | re.DOTALL))


def options_of(command: BaseCommand) -> set[str]:
    parser = command.create_parser("manage.py", "it")
    return {option for action in parser._actions for option in action.option_strings if option[:2] == "--"}


def test_every_command_of_ours_is_documented_and_no_other():
    assert set(SECTIONS) == set(OURS)


@pytest.mark.parametrize("name", sorted(SECTIONS))
def test_the_options_in_the_text_are_those_of_the_command(name):
    line = next(found for found in re.findall(r"`([^`]*)`", SECTIONS[name]) if found.startswith(name))
    told = set(re.findall(r"--[a-z-]+", line))
    own = options_of(load_command_class(get_commands()[name], name))
    assert told <= own
    assert own - told <= options_of(BaseCommand()) | {"--skip-checks"}


@pytest.mark.parametrize(
    "name", sorted(set(OURS) - {"seed_demo"})
)  # which ends with logins, not with figures
def test_every_command_with_figures_ends_like_the_others(name):
    command = load_command_class(get_commands()[name], name)
    assert isinstance(command, FiguresCommand) == ("--json" in options_of(command))
