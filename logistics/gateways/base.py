"""The contract with a courier: what we may ask, and the typed answers, "unknown" among them.

A gateway never writes our tables and is never called inside a database transaction (F04): every
adapter runs `guard` before a call leaves. A call that was cut is Unknown, not failed: ask again by
our reference before creating anything (F59).
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from typing import Protocol

from logistics.rules.tracking import Event

Guard = Callable[[], None]


def no_guard() -> None:
    """For callers that have no database, such as tools and the simulator's own tests."""


@dataclass(frozen=True)
class Timeouts:
    connect: float = 3.0
    read: float = 10.0


@dataclass(frozen=True)
class Place:
    """An address as a label needs it."""

    name: str
    phone: str
    province: str
    city: str = ""
    district: str = ""
    street: str = ""


@dataclass(frozen=True)
class WaybillRequest:
    """One parcel. `reference` is ours, unique for ever; a second request with it is the same parcel."""

    reference: str
    sender: Place
    receiver: Place
    weight_g: int
    product: str = ""
    dims_cm: tuple[Decimal, Decimal, Decimal] | None = None
    pieces: int = 1
    cod_amount: Decimal = Decimal("0.00")
    declared_value: Decimal = Decimal("0.00")
    note: str = ""


@dataclass(frozen=True)
class Issued:
    """The courier has this waybill. `existed` says that it had it before we asked."""

    reference: str
    waybill: str
    children: tuple[str, ...] = ()
    existed: bool = False
    zone: str = ""


@dataclass(frozen=True)
class Cancelled:
    """The courier answered with a shipment that is void: it must never be printed (F59)."""

    reference: str
    waybill: str


@dataclass(frozen=True)
class NotFound:
    reference: str


@dataclass(frozen=True)
class Refused:
    """The courier said no; asking again unchanged gives the same answer."""

    code: str
    message: str


@dataclass(frozen=True)
class Unknown:
    """No answer, or one that can't be read: what happened is not known until it is asked for."""

    reason: str


@dataclass(frozen=True)
class Voided:
    waybill: str


@dataclass(frozen=True)
class LabelData:
    """What a label prints besides our own address lines."""

    waybill: str
    sorting_code: str
    bag_place: str
    cod_amount: Decimal


@dataclass(frozen=True)
class HandedOver:
    """The courier's scan of a manifest: what it took, and what it didn't with its reason."""

    manifest: str
    accepted: tuple[str, ...]
    refused: dict[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Tracked:
    """The courier's whole history of a waybill, newest news included; `abort` when it gave up."""

    waybill: str
    events: tuple[Event, ...]
    return_waybill: str = ""
    abort: str = ""
    unread_codes: tuple[str, ...] = ()


@dataclass(frozen=True)
class StatementFile:
    name: str
    content: bytes


class ForgedPush(ValueError):
    """A push whose signature is not the courier's: drop it, store nothing, log its sender."""


class CourierGateway(Protocol):
    code: str

    def create_waybill(self, request: WaybillRequest) -> Issued | Cancelled | Refused | Unknown:
        """Buy a waybill. Idempotent by `reference` at couriers that keep their word."""

    def find_by_reference(self, reference: str) -> Issued | Cancelled | NotFound | Unknown:
        """What the courier has under our reference."""

    def void_waybill(self, waybill: str) -> Voided | Refused | Unknown:
        """Give a waybill back before hand-over. Voiding twice is voiding."""

    def label_data(self, waybill: str) -> LabelData | Refused | Unknown:
        """Sorting code and the like, for our own label."""

    def hand_over(self, manifest: str, waybills: Sequence[str]) -> HandedOver | Refused | Unknown:
        """Let the courier scan a manifest. The same manifest again gives the same answer."""

    def track(self, waybill: str) -> Tracked | Refused | Unknown:
        """The whole history of a waybill."""

    def parse_push(self, raw: bytes) -> Tracked:
        """The history in a pushed body. Raises ForgedPush unless the signature is right."""

    def fetch_statement(self, period: str) -> StatementFile | Refused | Unknown:
        """The statement of a month `YYYY-MM`, as the file that the courier made."""

    def fetch_remittance(self, paid_on: date) -> StatementFile | Refused | Unknown:
        """The advice of the cash paid out on a day."""


def create_once(gateway: CourierGateway, request: WaybillRequest) -> Issued | Cancelled | Refused | Unknown:
    """Ask by our reference first, buy only what the courier doesn't have (F59)."""
    known = gateway.find_by_reference(request.reference)
    if isinstance(known, NotFound):
        return gateway.create_waybill(request)
    return known
