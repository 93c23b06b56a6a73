from dataclasses import dataclass
from typing import Protocol


class TryAgain(Exception):
    """The carrier has certainly not taken the message."""


class Unknown(Exception):
    """The answer was lost: the carrier may have the message. Ask by key before sending again (F59)."""


@dataclass(frozen=True, slots=True)
class Sent:
    """What the carrier calls the message that it has taken."""

    reference: str


class Carrier(Protocol):
    """Takes messages. `key` is ours; a carrier that knows doubles refuses them by it."""

    def send(self, *, key: str, to: str, subject: str, body: str) -> Sent:
        """Hand over a message. Raises TryAgain or Unknown."""
        ...

    def find(self, *, key: str) -> Sent | None:
        """What became of a message whose answer was lost; None when it was never taken."""
        ...
