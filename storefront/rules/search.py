"""Words of a text and of a question, for Chinese and Latin script, as plain PostgreSQL search values.

Chinese runs give single characters and pairs at consecutive positions, the words that a dictionary cuts,
and their pinyin; Latin runs give lower-case words and numbers. Literals are built here, so parser, locale
and extensions of the database do not matter.
"""

import re
import unicodedata
from collections.abc import Iterable, Iterator
from typing import Final, Literal

import rjieba
from pypinyin import Style, lazy_pinyin

Weight = Literal["A", "B", "C", "D"]
_HAN: Final = "\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff\U00020000-\U0003ffff"
_RUNS: Final = re.compile(rf"(?P<han>[{_HAN}]+)|(?P<latin>[0-9a-zÀ-ÖØ-öø-ɏ]+)")
LONGEST_TEXT: Final = 4_000
LONGEST_QUESTION: Final = 60
MOST_WORDS: Final = 8
_GAP: Final = 20  # between fields, so that no phrase reaches over
_LAST_POSITION: Final = 16_000  # PostgreSQL keeps 14 bits
_MOST_PLACES: Final = 200  # of one word; PostgreSQL keeps 256


def normalise(text: str) -> str:
    """Full-width, ligatures and case do not matter."""
    return unicodedata.normalize("NFKC", text).lower()


def _runs(text: str) -> Iterator[tuple[str, bool]]:
    for match in _RUNS.finditer(normalise(text)):
        yield match.group(), match.lastgroup == "han"


def _words(han: str) -> list[str]:
    return [word for word in rjieba.cut_for_search(han) if word.strip()]


def _placed(text: str, start: int) -> Iterator[tuple[str, int]]:
    """(lexeme, position) of a text; positions of Chinese characters are consecutive."""
    position = start
    for run, is_han in _runs(text[:LONGEST_TEXT]):
        if not is_han:
            yield run, position
            position += 1
            continue
        for offset, character in enumerate(run):
            yield character, position + offset
            if offset + 1 < len(run):
                yield run[offset : offset + 2], position + offset
        for word in _words(run):
            yield word, position + run.find(word)
            if len(word) > 1:
                yield "".join(lazy_pinyin(word)), position
                yield "".join(lazy_pinyin(word, style=Style.FIRST_LETTER)), position
        whole = lazy_pinyin(run)
        if 1 < len(whole) <= 8:
            yield "".join(whole), position
        position += len(run) + 1


def vector_literal(fields: Iterable[tuple[Weight, str]]) -> str:
    """A tsvector literal of texts with weights, most important first."""
    places: dict[str, list[str]] = {}
    start = 1
    for weight, text in fields:
        last = start
        for lexeme, position in _placed(text, start):
            if position > _LAST_POSITION:
                break
            known = places.setdefault(lexeme, [])
            if len(known) < _MOST_PLACES:
                known.append(f"{position}{weight}")
            last = max(last, position)
        start = last + _GAP
    return " ".join(f"'{lexeme}':{','.join(dict.fromkeys(found))}" for lexeme, found in places.items())


def phrase_query(question: str) -> str:
    """A tsquery in which every run of the question occurs as it was typed; empty for no words."""
    parts = []
    for run, is_han in _asked(question):
        if not is_han:
            parts.append(_latin(run))
        elif len(run) == 1:
            parts.append(f"'{run}'")
        else:
            parts.append("(" + " <-> ".join(f"'{run[i : i + 2]}'" for i in range(len(run) - 1)) + ")")
    return " & ".join(parts)


def word_query(question: str) -> str:
    """A tsquery in which all dictionary words of the question occur anywhere; empty for no words."""
    parts: list[str] = []
    for run, is_han in _asked(question):
        if not is_han:
            parts.append(_latin(run))
            continue
        words = [word for word in rjieba.cut(run) if word.strip()]
        parts += [f"'{word}'" if len(word) < 3 else _pairs(word) for word in words]
    return " & ".join(dict.fromkeys(parts))


def latin_words(question: str) -> list[str]:
    """The words in Latin script, for the hunt after typing errors."""
    return [run for run, is_han in _asked(question) if not is_han]


def _asked(question: str) -> list[tuple[str, bool]]:
    return list(_runs(question[:LONGEST_QUESTION]))[:MOST_WORDS]


def _pairs(word: str) -> str:
    return "(" + " & ".join(f"'{word[i : i + 2]}'" for i in range(len(word) - 1)) + ")"


def _latin(run: str) -> str:
    return f"'{run}':*" if len(run) > 1 else f"'{run}'"
