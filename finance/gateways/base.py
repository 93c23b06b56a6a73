"""What every payment provider can do, and the plain values that go in and come out.

A call ends in exactly one of three ways: the answer, `Refused` (the provider said no, and proved that it was
the provider), or `Unknown` (nobody can say whether it happened). Unknown stays unknown until a query answers.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta, timezone
from decimal import Decimal
from enum import StrEnum
from typing import Protocol

BEIJING = timezone(timedelta(hours=8), "Asia/Shanghai")
CENT = Decimal("0.01")


class GatewayError(Exception):
    """Base of the exceptions of this package; outcomes of calls are values, not exceptions."""


class CalledInsideTransaction(GatewayError):
    """A provider was about to be called while a database transaction is open (F04)."""


class BadNotification(GatewayError):
    """A notification that changes nothing. `reason` is a short code without contents, fit for a log."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


class ForgedNotification(BadNotification):
    """Not proven to come from the provider (F25)."""


class UnreadableNotification(BadNotification):
    """From the provider, but a field that we need is missing or malformed."""


class TradeStatus(StrEnum):
    ABSENT = "absent"  # the payer has not opened the pay page, or the number is not known there
    WAITING = "waiting"
    PAID = "paid"
    FINISHED = "finished"  # paid, and can no longer be refunded
    CLOSED = "closed"  # unpaid and closed, or fully refunded: `paid_at` tells


class RefundStatus(StrEnum):
    ABSENT = "absent"  # never received there: may be sent again under the same number
    PENDING = "pending"
    DONE = "done"


class NotificationKind(StrEnum):
    WAITING = "waiting"
    PAYMENT = "payment"
    REFUND = "refund"
    CLOSED = "closed"


class BillKind(StrEnum):
    TRADE = "trade"  # payments and refunds made through the API
    FUND = "fund"  # every movement of the balance


class Device(StrEnum):
    DESKTOP = "desktop"
    PHONE = "phone"


def checked_amount(amount: Decimal) -> Decimal:
    """The amount with two places; raises ValueError on anything but a positive number of cents (F38)."""
    if not isinstance(amount, Decimal) or not amount.is_finite() or amount <= 0:
        raise ValueError(f"an amount is a positive Decimal, not {amount!r}")
    if amount != amount.quantize(CENT):
        raise ValueError(f"an amount has two places, not {amount}")
    return amount.quantize(CENT)


def parsed_amount(text: str) -> Decimal:
    """A provider's amount text (`12`, `12.3`, `12.30`) as Decimal; ValueError on signs, exponents, blanks."""
    whole, _, places = text.partition(".")
    digits = whole + places
    if not whole or len(places) > 2 or not (digits.isascii() and digits.isdigit()) or text.endswith("."):
        raise ValueError("not an amount")
    return Decimal(text).quantize(CENT)


@dataclass(frozen=True, slots=True)
class PaymentRequest:
    """One attempt to be paid. `merchant_ref` is stored before the page is made and never reused (F30)."""

    merchant_ref: str
    amount: Decimal
    subject: str
    expires_at: datetime
    currency: str = "CNY"
    body: str = ""
    device: Device = Device.DESKTOP

    def __post_init__(self) -> None:
        object.__setattr__(self, "amount", checked_amount(self.amount))
        if self.expires_at.tzinfo is None:
            raise ValueError("expires_at needs a time zone")


@dataclass(frozen=True, slots=True)
class PayPage:
    """Where the payer is sent."""

    url: str


@dataclass(frozen=True, slots=True)
class RefundRequest:
    """One refund. `refund_ref` is stored before the call; asking again uses the same one (F39)."""

    merchant_ref: str
    refund_ref: str
    amount: Decimal
    reason: str = ""

    def __post_init__(self) -> None:
        object.__setattr__(self, "amount", checked_amount(self.amount))
        if not self.refund_ref:
            raise ValueError("a refund has a number of its own")


@dataclass(frozen=True, slots=True)
class TradeState:
    """What the provider knows of one attempt. Amounts and times are None while nothing is known."""

    merchant_ref: str
    status: TradeStatus
    provider_ref: str = ""
    amount: Decimal | None = None
    currency: str = "CNY"
    paid_at: datetime | None = None
    payer: str = ""

    @property
    def took_money(self) -> bool:
        """True as well for a trade that was paid and then refunded in full, whose status is CLOSED."""
        return self.status in (TradeStatus.PAID, TradeStatus.FINISHED) or self.paid_at is not None


@dataclass(frozen=True, slots=True)
class RefundState:
    """What the provider knows of one refund. `refunded_total` is the sum over all refunds of the trade."""

    merchant_ref: str
    refund_ref: str
    status: RefundStatus
    amount: Decimal | None = None
    provider_ref: str = ""
    refunded_total: Decimal | None = None
    refunded_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Refused:
    """The provider said no, in a signed answer: nothing has happened."""

    code: str
    text: str


@dataclass(frozen=True, slots=True)
class Unknown:
    """Time-out, cut line, 5xx, unsigned or unreadable answer: it may have happened. Query, never guess."""

    reason: str


@dataclass(frozen=True, slots=True)
class Notification:
    """A proven message of the provider. It is evidence, not an order: amount, payee and number are still to
    be compared with our own intent (F26), and repeats are normal (F27)."""

    event_id: str
    kind: NotificationKind
    status: TradeStatus
    merchant_ref: str
    provider_ref: str
    amount: Decimal
    currency: str
    payee: str
    sent_at: datetime
    paid_at: datetime | None = None
    closed_at: datetime | None = None
    refund_ref: str = ""
    refunded_total: Decimal = Decimal("0.00")
    refunded_at: datetime | None = None
    payer: str = ""
    key_id: str = ""
    fields: Mapping[str, str] = field(default_factory=dict, repr=False)


class PaymentGateway(Protocol):
    """One provider account. Calls refuse to run inside a database transaction (F04)."""

    @property
    def code(self) -> str:
        """Short name of the provider, as in `unique(provider, trade number)`."""

    @property
    def payee(self) -> str:
        """Our account there; a proven notification for another payee is parked (F26)."""

    def create(self, request: PaymentRequest) -> PayPage | Refused | Unknown: ...

    def query(self, merchant_ref: str) -> TradeState | Refused | Unknown: ...

    def close(self, merchant_ref: str) -> TradeState | Refused | Unknown:
        """Close an unpaid trade; the state that comes back decides what becomes of the stock (F28)."""

    def refund(self, request: RefundRequest) -> RefundState | Refused | Unknown: ...

    def query_refund(self, merchant_ref: str, refund_ref: str) -> RefundState | Refused | Unknown: ...

    def parse_notification(self, method: str, headers: Mapping[str, str], body: bytes) -> Notification:
        """The proven notification, or BadNotification."""

    def answer(self, ok: bool) -> bytes:
        """Body of our reply to a notification: ok stops the repeats."""

    def download_bill(
        self, day: date, kind: BillKind, *, whole_month: bool = False
    ) -> bytes | Refused | Unknown: ...
