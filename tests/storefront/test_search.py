"""The search finds Chinese and English words on plain PostgreSQL."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from storefront.queries import search_products
from storefront.rules.search import phrase_query, vector_literal, word_query
from tests.storefront.builders import a_piece, a_shelf, a_shop, a_visitor


@pytest.fixture
def shop(db):
    a_shop()
    shelf = a_shelf()
    a_piece("青花手绘茶壶", "Blue and white teapot", code="TP-01", shelf=shelf, summary="450 ml")
    a_piece("不锈钢保温杯", "Steel thermos mug", code="TH-02")
    a_piece("天青釉花瓶", "Sky glaze vase", code="VS-03", description="高温烧制，胎薄如纸。")


def titles(question):
    from django.utils.translation import override

    with override("zh-hans"):
        return [card.title for card in search_products(question).found.cards]


@pytest.mark.parametrize(
    ("question", "found"),
    [
        ("茶壶", "青花手绘茶壶"),
        ("杯", "不锈钢保温杯"),
        ("保温杯", "不锈钢保温杯"),
        ("温杯", "不锈钢保温杯"),  # inside a word
        ("青花茶壶", "青花手绘茶壶"),  # words apart
        ("天青釉花瓶", "天青釉花瓶"),
        ("chahu", "青花手绘茶壶"),
        ("teapot", "青花手绘茶壶"),
        ("TEAP", "青花手绘茶壶"),
        ("ｔｅａｐｏｔ", "青花手绘茶壶"),  # full width
        ("TP-01", "青花手绘茶壶"),
        ("450", "青花手绘茶壶"),
        ("胎薄", "天青釉花瓶"),  # in the description
        ("茶具", "青花手绘茶壶"),  # its shelf
    ],
)
def test_a_question_finds_its_piece(shop, question, found):
    assert titles(question) == [found]


@pytest.mark.parametrize("question", ["", "  ", "电脑", "瓶茶", "!!!", "'", "a' | 'b", "\\", "&&& |||", ":*"])
def test_what_is_not_there_is_not_found_and_breaks_nothing(shop, question):
    assert titles(question) == []
    assert a_visitor().get("/zh-hans/search/", {"q": question}).status_code == 200


def test_a_typing_error_is_put_right(shop):
    from django.utils.translation import override

    with override("en"):
        result = search_products("taepot")
    assert result.instead == "teapot"
    assert [card.title for card in result.found.cards] == ["Blue and white teapot"]


def test_a_phrase_comes_before_scattered_words(shop):
    a_piece("茶色壶形花器", "Brown vessel")
    a_piece("茶具套装带壶", "Set with pot", description="茶壶")
    assert titles("茶壶")[0] == "青花手绘茶壶"


@given(st.text(max_size=80), st.text(max_size=80))
def test_any_text_makes_values_without_loose_quotes(title, question):
    literal = vector_literal([("A", title), ("D", question)])
    assert literal.count("'") % 2 == 0
    for query in (phrase_query(question), word_query(question)):
        assert query.count("'") % 2 == 0
        assert "\\" not in query


@pytest.mark.django_db
def test_the_database_reads_every_literal(shop):
    from django.db import connection

    odd = "O'Brien's «壶» ½ ﬁ Ⅳ ①  \U0001f375 ñandú ǅ 𠮷野家 İstanbul"
    with connection.cursor() as cursor:
        cursor.execute("SELECT %s::tsvector", [vector_literal([("A", odd)])])
        cursor.execute("SELECT %s::tsquery, %s::tsquery", [phrase_query(odd), word_query(odd)])
