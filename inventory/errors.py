"""Why a stock service refuses."""

from dataclasses import dataclass
from typing import Any

from django.utils.translation import gettext as _

from core.errors import DomainError


@dataclass(frozen=True, slots=True)
class Shortage:
    sku_id: int
    code: str
    asked: int
    promise: int


class SoldOut(DomainError):
    """Stock cannot promise what is asked. `shortages` names every SKU that falls short."""

    code = "sold_out"

    def __init__(self, shortages: list[Shortage]) -> None:
        first = shortages[0]
        self.shortages = shortages
        self.sku_id, self.asked, self.promise = first.sku_id, first.asked, first.promise
        if first.promise:
            text = _("Only %(promise)s of %(code)s are left. Reduce the quantity or remove the item.")
        else:
            text = _("%(code)s is sold out. Remove it to go on with the rest.")
        super().__init__(
            text % {"promise": first.promise, "code": first.code},
            shortages=[(each.sku_id, each.asked, each.promise) for each in shortages],
        )


class NotReserved(DomainError):
    """The order line has no such open reservation."""

    code = "not_reserved"


class NotEnough(DomainError):
    """The goods that should move are not there, or are promised."""

    code = "not_enough"


class AlreadyOpened(DomainError):
    """The opening stock of this SKU in this warehouse is booked with other figures."""

    code = "already_opened"


class AlreadyCounted(DomainError):
    """Somebody is counting this SKU in this warehouse, or this count is over."""

    code = "already_counted"


class MessageReused(DomainError):
    """A stock message came again under the same number with another content."""

    code = "message_reused"


def already_opened(*, code: str, warehouse: str, units: int, **context: Any) -> AlreadyOpened:
    """The refusal with what is booked."""
    return AlreadyOpened(
        _("%(sku)s was opened in %(place)s with %(units)s units. Book the difference as a count.")
        % {"sku": code, "place": warehouse, "units": units},
        **context,
    )


def not_enough(*, code: str, warehouse: str, asked: int, there: int, **context: Any) -> NotEnough:
    """The refusal with its figures."""
    return NotEnough(
        _("%(asked)s of %(code)s are asked for in %(warehouse)s, %(there)s are free. Count the shelf first.")
        % {"asked": asked, "code": code, "warehouse": warehouse, "there": there},
        **context,
    )
