"""What happened to a return case."""

from dataclasses import dataclass
from decimal import Decimal


@dataclass(frozen=True, slots=True)
class ReturnRequested:
    case_id: int
    order_id: int


@dataclass(frozen=True, slots=True)
class ReturnApproved:
    case_id: int
    order_id: int


@dataclass(frozen=True, slots=True)
class ReturnSettled:
    case_id: int
    order_id: int
    refund_amount: Decimal
