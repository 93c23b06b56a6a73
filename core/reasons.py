"""Why something waits for a person: a code with its figures, told in the language of whoever reads it.

A `Reason` is an ordinary text that still knows how it was made. Stored as a text it says what it said then;
stored with `stored()` beside the text it is said anew by `told`. No Django here, so that rules and readers of
files may give reasons.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

_translate: Callable[[str], str] = str


def speak(translate: Callable[[str], str]) -> None:
    """Say from now on what `translate` makes of each text."""
    global _translate
    _translate = translate


def said(text: str) -> str:
    """A marked text in the language of whoever is being served."""
    return _translate(text)


def gettext_noop(text: str) -> str:
    """Mark a text for translation; whoever says it translates."""
    return text


_messages: dict[str, str] = {
    "and": gettext_noop("%(first)s; %(rest)s"),
    "in_column": gettext_noop("%(column)s: %(why)s"),
    "in_cell": gettext_noop("%(column)s “%(value)s”: %(why)s"),
}


def offer_reasons(messages: Mapping[str, str]) -> None:
    """Make the reasons of an app known: marked texts with named places, by code."""
    _messages.update(messages)


class Reason(str):
    """A text made of a code and plain values or other reasons, in the language of the moment."""

    __slots__ = ("code", "params")
    code: str
    params: dict[str, Any]

    def __new__(cls, code: str, /, **params: Any) -> Reason:
        made = super().__new__(cls, said(_messages[code]) % params)
        made.code, made.params = code, params
        return made

    def __getnewargs_ex__(self) -> tuple[tuple[str], dict[str, Any]]:
        return (self.code,), self.params

    def stored(self) -> dict[str, Any]:
        """The reason as JSON keeps it."""
        return {"code": self.code, "params": {key: _plain(value) for key, value in self.params.items()}}


class Words(Reason):
    """A reason that is worded on the spot: its English text is its code."""

    __slots__ = ()

    def __new__(cls, code: str, /, **params: Any) -> Words:
        made = str.__new__(cls, said(code) % params if params else said(code))
        made.code, made.params = code, params
        return made

    def __mod__(self, params: Any) -> Words:
        return Words(self.code, **params)

    def stored(self) -> dict[str, Any]:
        """As of any reason, with the mark that its code is a text."""
        return super().stored() | {"words": True}


def gettext(text: str) -> Words:
    """What Django's gettext says, filled in by `%` likewise; it can be stored and said anew."""
    return Words(text)


def _plain(value: Any) -> Any:
    if isinstance(value, Reason):
        return value.stored()
    return value if isinstance(value, int) else str(value)


def in_cell(column: str, value: str, why: Reason) -> Reason:
    """The reason with the column and the value that it speaks of; without a column it speaks of the row."""
    if column and value:
        return Reason("in_cell", column=column, value=value, why=why)
    return Reason("in_column", column=column, why=why) if column else why


def joined(reasons: Sequence[Reason]) -> Reason | str:
    """Several reasons as one; an empty text for none."""
    if not reasons:
        return ""
    first, rest = reasons[0], joined(reasons[1:])
    return Reason("and", first=first, rest=rest) if rest else first


def stored(text: str) -> dict[str, Any] | None:
    """What is kept beside a text: how it was made, if it is a reason."""
    return text.stored() if isinstance(text, Reason) else None


def told(kept: Mapping[str, Any] | None, text: str) -> str:
    """The reason as it is said now; the text of then where nothing else was kept or its code is gone."""
    if not kept or not (kept.get("words") or kept["code"] in _messages):
        return text
    made = Words if kept.get("words") else Reason
    given = kept["params"].items()
    params = {key: told(value, "?") if isinstance(value, Mapping) else value for key, value in given}
    try:
        return made(kept["code"], **params)
    except KeyError:  # the message has got another place since
        return text
