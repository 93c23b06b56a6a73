"""What happened to an order. Ids only; readers load what they need."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class OrderPlaced:
    order_id: int


@dataclass(frozen=True, slots=True)
class OrderPaid:
    """The money that must be there before confirmation has arrived."""

    order_id: int


@dataclass(frozen=True, slots=True)
class OrderConfirmed:
    order_id: int


@dataclass(frozen=True, slots=True)
class OrderCancelled:
    order_id: int
    reason: str


@dataclass(frozen=True, slots=True)
class OrderCompleted:
    order_id: int


@dataclass(frozen=True, slots=True)
class ServicePerformed:
    order_id: int
    line_id: int


@dataclass(frozen=True, slots=True)
class ServiceCancelled:
    order_id: int
    line_id: int


@dataclass(frozen=True, slots=True)
class HoldRaised:
    order_id: int
    hold_id: int


@dataclass(frozen=True, slots=True)
class HoldCleared:
    order_id: int
    hold_id: int


@dataclass(frozen=True, slots=True)
class PromotionChanged:
    """Its end was moved, its limits raised or codes added; `reason` says from what to what."""

    promotion_id: int
    reason: str
