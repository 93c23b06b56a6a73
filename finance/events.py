"""Facts that finance announces. Ids, amounts and times only."""

from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal


@dataclass(frozen=True, slots=True)
class PaymentRecorded:
    """Money for an order has been recorded and posted."""

    payment_id: int
    order_id: int | None
    intent_id: int | None
    amount: Decimal
    currency: str
    received_at: datetime


@dataclass(frozen=True, slots=True)
class PaymentParked:
    """Money has come that fits nothing (any more); a clerk has to look. `order_id` is whom it named."""

    receipt_id: int
    payment_id: int
    order_id: int | None
    amount: Decimal
    currency: str
    reason: str


@dataclass(frozen=True, slots=True)
class IntentClosed:
    """An attempt has ended unpaid, by us or by the provider. It says nothing about the order (F32)."""

    intent_id: int
    order_id: int


@dataclass(frozen=True, slots=True)
class RefundRequested:
    """A refund is to be sent."""

    refund_id: int
    order_id: int | None


@dataclass(frozen=True, slots=True)
class RefundDone:
    """The customer has the money back."""

    refund_id: int
    order_id: int | None
    amount: Decimal
    currency: str


@dataclass(frozen=True, slots=True)
class RefundStuck:
    """A refund was refused by the provider, or cannot be sent: a clerk has to choose another way."""

    refund_id: int
    order_id: int | None
    amount: Decimal
    currency: str
    reason: str
