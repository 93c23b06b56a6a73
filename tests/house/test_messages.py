"""Every text that a person sees is in both languages; the collector sees what it must."""

import gettext

from shopsite.messages import untranslated
from shopsite.messages.collecting import collect_messages, in_python, in_template
from shopsite.messages.compiling import compile_messages


def test_nothing_is_left_untranslated():
    assert untranslated() == []


def test_texts_of_python_are_found():
    source = """
x = _("Save")
y = gettext_lazy("It’s %(n)s") % {"n": 1}
z = ngettext("one line", "%(n)d lines", n)
w = pgettext("noun", "order")
ignored = _(variable)
"""
    assert set(in_python(source)) == {
        ("Save", None),
        ("It’s %(n)s", None),
        (("one line", "%(n)d lines"), None),
        ("order", "noun"),
    }


def test_texts_of_templates_are_found():
    source = """
{% translate "Basket" %} {% translate 'Total' as total %} {% translate "order" context "verb" %}
{% include "x" with title=_("Thank you") %}
{% blocktranslate trimmed with n=order.number %}
  Order {{ n }}
  costs 100%.
{% endblocktranslate %}
{% blocktranslate count n=items %}one piece{% plural %}{{ n }} pieces{% endblocktranslate %}
"""
    assert set(in_template(source)) == {
        ("Basket", None),
        ("Total", None),
        ("order", "verb"),
        ("Thank you", None),
        ("Order %(n)s costs 100%%.", None),
        (("one piece", "%(n)s pieces"), None),
    }


def test_collecting_keeps_translations_and_reports_new_texts(tmp_path):
    app = tmp_path / "app"
    app.mkdir()
    (app / "views.py").write_text('_("Old")\n_("New")\n')
    po = tmp_path / "locale/zh_Hans/LC_MESSAGES/django.po"
    po.parent.mkdir(parents=True)
    po.write_text(
        'msgid ""\nmsgstr ""\n"Content-Type: text/plain; charset=utf-8\\n"\n\nmsgid "Old"\nmsgstr "旧"\n'
    )
    assert untranslated(tmp_path) == ["New"]
    assert collect_messages(tmp_path) == "2 texts, 1 not translated"
    assert untranslated(tmp_path) == ["New"]
    (mo,) = compile_messages(tmp_path)
    with mo.open("rb") as compiled:
        assert gettext.GNUTranslations(compiled).gettext("Old") == "旧"
