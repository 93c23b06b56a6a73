"""What the pipeline refuses; each message says what to do next."""

from typing import Any

from core.errors import DomainError, InvalidInput


class NothingToOrder(DomainError):
    """The basket is empty, or was ordered already in another way."""

    code = "nothing_to_order"


class TotalChanged(DomainError):
    """The total is not the one that the shopper saw; `draft` is the present one (F18)."""

    code = "total_changed"


class TermNotOffered(DomainError):
    """This payment term cannot be used for this order."""

    code = "term_not_offered"


class OfferUsedUp(DomainError):
    """A code or offer that the total stood on has reached its limit; the order would cost more now."""

    code = "offer_used_up"


class BadPromotion(InvalidInput):
    """A promotion that cannot be made; `problems` says by column what to do."""

    code = "bad_promotion"

    def __init__(self, problems: dict[str, Any]) -> None:
        super().__init__(" ".join(str(words) for words in problems.values()), problems=problems)


class CannotCancel(DomainError):
    """Too late to cancel; a return is the way."""

    code = "cannot_cancel"


class ServiceNotOpen(DomainError):
    """The service is over, goes with its goods by itself, or waits for them."""

    code = "service_not_open"


class HoldNotClearable(DomainError):
    """The hold is cleared already, or the order has changed since it was read."""

    code = "hold_not_clearable"


class BadOrder(InvalidInput):
    """A draft that no door may hand over: no line, no quantity, a foreign currency."""

    code = "bad_order"
