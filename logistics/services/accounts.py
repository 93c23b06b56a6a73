"""The gateway of a courier, with the keys of our account there."""

import json
from pathlib import Path

from django.conf import settings
from django.db import connection

from logistics.gateways.base import CourierGateway
from logistics.gateways.simulated import Account, SimulatedCourier
from logistics.models import Courier


class CalledInTransaction(RuntimeError):
    """A programming error: a courier must not be asked while rows are locked (F04)."""


def outside_transaction() -> None:
    """The guard of every courier call."""
    if connection.in_atomic_block:
        raise CalledInTransaction("a courier was called inside a database transaction")


def gateway_of(courier: Courier) -> CourierGateway:
    """How to reach a courier. Its keys lie in COURIER_KEYS_DIR, one file each, never in the database."""
    keys = json.loads((Path(settings.COURIER_KEYS_DIR) / f"courier-{courier.code}.json").read_text())
    account = Account(courier.code, keys["customer"], keys["key"], keys["salt"])
    return SimulatedCourier(settings.COURIER_GATEWAY_URL, account, guard=outside_transaction)
