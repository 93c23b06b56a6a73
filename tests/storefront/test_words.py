"""The shop's own words come out as they were written: no library's catalogue may replace them."""

from pathlib import Path

from django.utils.translation import gettext, override

from shopsite.messages.collecting import in_python, in_template

HOUSE = Path(__file__).parents[2]


def words():
    for path in (HOUSE / "templates/shop").rglob("*.html"):
        yield from in_template(path.read_text())
    for path in (HOUSE / "storefront").rglob("*.py"):
        yield from in_python(path.read_text())


def test_english_is_what_the_source_says():
    with override("en"):
        replaced = {
            text: gettext(text)
            for text, context in words()
            if isinstance(text, str) and context is None and gettext(text) != text
        }
    assert replaced == {}
