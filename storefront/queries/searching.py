"""The search of the shop on PostgreSQL: phrase or words, phrase first; typing errors of Latin words."""

from dataclasses import dataclass
from typing import Any, Final

from django.db import connection
from django.db.models import BooleanField, ExpressionWrapper, F, Func, QuerySet
from django.db.models.expressions import RawSQL
from django.utils.translation import get_language
from rapidfuzz import fuzz, process

from storefront.queries.cards import PagedCards, list_cards, public_texts
from storefront.rules.search import latin_words, phrase_query, word_query

ALIKE: Final = 78  # of 100


@dataclass(frozen=True, slots=True)
class SearchResult:
    question: str
    found: PagedCards
    instead: str = ""  # what was looked for, when the question itself found nothing


def search_products(question: str, *, page: int = 1, sort: str = "") -> SearchResult:
    """Products that a question finds, best first. An empty question finds nothing."""
    question = " ".join(question.split())
    found = _search(question, page, sort)
    if found.total or not latin_words(question):
        return SearchResult(question, found)
    better = _corrected(question)
    if better and better != question.lower():
        return SearchResult(question, _search(better, page, sort), instead=better)
    return SearchResult(question, found)


def _search(question: str, page: int, sort: str) -> PagedCards:
    phrase, words = phrase_query(question), word_query(question)
    if not phrase:
        return PagedCards([], 0, 1, 1)
    rows = _matching(phrase, words)
    if sort not in ("price", "-price", "new"):
        sort = "given"
    return list_cards(rows, page=page, sort=sort)


def _matching(phrase: str, words: str) -> QuerySet[Any]:
    # Literals, so that no text-search configuration of the database is asked.
    query: Any = RawSQL("%s::tsquery", [f"({phrase}) | ({words})" if words else phrase])
    exact: Any = RawSQL("%s::tsquery", [phrase])
    return (
        public_texts()
        .annotate(
            hit=_matches(query),
            as_typed=_matches(exact),
            rank=Func(F("search"), query, function="ts_rank"),
        )
        .filter(hit=True)
        .order_by("-as_typed", "-rank", "-product_id")
    )


def _matches(query: Any) -> Any:
    return ExpressionWrapper(
        Func(F("search"), query, template="%(expressions)s", arg_joiner=" @@ "), output_field=BooleanField()
    )


def _corrected(question: str) -> str:
    """The question with each unknown Latin word replaced by the nearest word of the catalogue."""
    known = _known_words()
    words = []
    for word in latin_words(question):
        near = process.extractOne(word, known, scorer=fuzz.ratio, score_cutoff=ALIKE)
        words.append(near[0] if near else word)
    return " ".join(words)


def _known_words() -> list[str]:
    language = get_language() or ""
    if not language.replace("-", "").isalnum():
        return []
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT word FROM ts_stat(%s) WHERE word ~ '^[a-z]{3,}$'",
            [f"SELECT search FROM catalogue_producttext WHERE language = '{language}'"],  # noqa: S608
        )
        return [row[0] for row in cursor.fetchall()]
