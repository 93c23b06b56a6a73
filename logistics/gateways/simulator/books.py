"""The courier's own truth, for tests and demo to compare with."""

from __future__ import annotations

import json
from decimal import Decimal
from typing import Any

from logistics.gateways.simulator.parcels import Depot


def read(depot: Depot) -> dict[str, Any]:
    """Everything that the couriers know, amounts as text."""
    charges: dict[str, dict[str, Decimal]] = {}
    for row in depot.store.rows("SELECT waybill, kind, amount FROM charge ORDER BY id"):
        kinds = charges.setdefault(row["waybill"], {})
        kinds[row["kind"]] = kinds.get(row["kind"], Decimal("0.00")) + Decimal(row["amount"])
    parcels = {}
    for parcel in depot.store.rows("SELECT * FROM parcel ORDER BY rowid"):
        charged = {kind: f"{amount:.2f}" for kind, amount in charges.get(parcel["waybill"], {}).items()}
        charged.pop("cod", None)
        parcels[parcel["waybill"]] = {
            **parcel,
            "children": json.loads(parcel["children"]),
            "charged": charged,
        }
    statements = {
        row["number"]: {**row, "plan": json.loads(row["plan"])}
        for row in depot.store.rows(
            "SELECT number, courier, period, billed, plan FROM statement ORDER BY made_at"
        )
    }
    remittances = {
        row["number"]: {**row, "lines": json.loads(row["lines"])}
        for row in depot.store.rows(
            "SELECT number, courier, paid_on, cash, fees, netted, paid, lines"
            " FROM remittance ORDER BY paid_on"
        )
    }
    return {
        "clock": depot.store.get("clock"),
        "parcels": parcels,
        "statements": statements,
        "remittances": remittances,
        "pushes_waiting": depot.store.rows("SELECT count(*) AS n FROM push")[0]["n"],
    }
