"""Paying out the cash: which parcels, less what, on which day (FORMATS 8.3)."""

from __future__ import annotations

import json
from decimal import Decimal
from typing import Any

from logistics.gateways.simulator import contracts, sheets
from logistics.gateways.simulator.parcels import Depot, Refusal

ZERO = Decimal("0.00")


def pay_out(
    depot: Depot, courier: str, *, most: int | None, short: dict[str, str], net_statement: str | None
) -> dict[str, Any]:
    """Remit the collected cash of up to `most` parcels, oldest first, today.

    `short` takes money off single waybills; `net_statement` deducts the freight of a statement.
    """
    contract = depot.contracts[courier]
    with depot.store.turn():
        paid_on = depot.store.now().date().isoformat()
        if depot.store.row("SELECT 1 FROM remittance WHERE courier = ? AND paid_on = ?", courier, paid_on):
            raise Refusal("409", f"{courier} has paid out on {paid_on}")
        parcels = depot.store.rows(
            "SELECT * FROM parcel WHERE courier = ? AND collected <> '0.00' AND remittance IS NULL"
            " ORDER BY delivered_at, waybill LIMIT ?",
            courier, -1 if most is None else most,
        )  # fmt: skip
        number = f"{courier.upper()}P{paid_on.replace('-', '')}"
        lines = [_line(contract, parcel, Decimal(short.get(parcel["waybill"], "0.00"))) for parcel in parcels]
        cash, fees = (sum((Decimal(line[key]) for line in lines), ZERO) for key in ("cod", "fee"))
        netted = _netted(depot, courier, net_statement) if net_statement else ZERO
        if netted:
            lines.append(
                {
                    "waybill": "", "delivered_on": "", "cod": "0.00", "fee": "0.00",
                    "net": f"{-netted:.2f}", "note": f"抵扣运费 {net_statement}",
                }
            )  # fmt: skip
        paid = cash - fees - netted
        depot.store.run(
            "INSERT INTO remittance VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)",
            number, courier, paid_on, sheets.remittance(contract, number, paid_on, lines),
            f"{cash:.2f}", f"{fees:.2f}", f"{netted:.2f}", f"{paid:.2f}", json.dumps(lines),
        )  # fmt: skip
        for parcel in parcels:
            depot.store.run("UPDATE parcel SET remittance = ? WHERE waybill = ?", number, parcel["waybill"])
    return {"number": number, "paid_on": paid_on, "parcels": len(parcels), "paid": f"{paid:.2f}"}


def _line(contract: dict[str, Any], parcel: dict[str, Any], short: Decimal) -> dict[str, str]:
    cash = Decimal(parcel["collected"]) - short
    fee = contracts.collecting_fee(contract, Decimal(parcel["collected"]))
    if contract["cod_fee_in"] == "statement":
        fee = ZERO
    return {
        "waybill": parcel["waybill"],
        "delivered_on": parcel["delivered_at"][:10],
        "cod": f"{cash:.2f}",
        "fee": f"{fee:.2f}",
        "net": f"{cash - fee:.2f}",
        "note": "",
    }


def _netted(depot: Depot, courier: str, number: str) -> Decimal:
    found = depot.store.row("SELECT billed FROM statement WHERE number = ? AND courier = ?", number, courier)
    if not found:
        raise Refusal("404", f"no statement {number}")
    return Decimal(found["billed"])
