"""Every text that a person sees is in both languages; the collector sees what it must."""

import gettext

from django.contrib import admin
from django.contrib.admin.utils import label_for_field
from django.utils import translation

from inventory.models import Channel
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


def test_names_of_shown_fields_are_in_chinese():
    """A heading of a list or page that would stay English: Django makes names of fields that have none."""
    english = set()
    with translation.override("zh-hans"):
        for model, page in admin.site._registry.items():
            if not page.__module__.startswith(
                ("core", "crm", "finance", "inventory", "logistics", "orders", "returns")
            ):
                continue
            shown = [*page.list_display, *(page.fields or [])]
            for name in shown:
                if isinstance(name, str) and name not in ("__str__", "action_checkbox"):
                    label = str(label_for_field(name, model, page))
                    if label.isascii() and label.casefold() not in {"e-mail", "slug", "id"}:
                        english.add(f"{model._meta.label}.{name}: {label}")
    assert english == set()


def test_given_channels_are_called_in_the_reader_s_language():
    channel = Channel(name="Key accounts")
    with translation.override("zh-hans"):
        assert str(channel) == "大客户"
    assert str(channel) == "Key accounts"
    assert str(Channel(name="小红书")) == "小红书"
