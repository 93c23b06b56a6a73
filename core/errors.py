"""The family of errors that a person may see. The message says what to do next."""

from typing import Any


class DomainError(Exception):
    """A refusal by a business rule. Nothing has been changed when it is raised.

    `code` is stable for programs, `context` holds plain values for messages and logs
    (ids and numbers, never personal data).
    """

    code = "refused"

    def __init__(self, message: Any, *, code: str | None = None, **context: Any) -> None:
        super().__init__(message)
        self.message = message
        self.code = code or self.code
        self.context = context

    def __str__(self) -> str:
        return str(self.message)

    @property
    def told(self) -> str:
        """The message as it can be kept: a reason stays one."""
        return self.message if isinstance(self.message, str) else str(self.message)


class IllegalMove(DomainError):
    """The document's state does not allow this step."""

    code = "illegal_move"


class NotAllowed(DomainError):
    """This person has no right to do this."""

    code = "not_allowed"


class Conflict(DomainError):
    """Somebody else has changed the document since it was read (F20)."""

    code = "conflict"


class InvalidInput(DomainError):
    """A value at the door is not acceptable."""

    code = "invalid_input"
