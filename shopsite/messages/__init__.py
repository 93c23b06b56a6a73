"""The texts of the house in two languages; none of it needs the system's gettext.

`python -m shopsite.messages` compiles, `--collect` brings the catalogue up to date first,
`--check` says what is not translated.
"""

from .collecting import LANGUAGE, collect_messages, untranslated
from .compiling import compile_messages

__all__ = ["LANGUAGE", "collect_messages", "compile_messages", "untranslated"]
