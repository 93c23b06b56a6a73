"""Statements: what the courier charges for a month, and errors planted on order with a plan of them.

The plan is the oracle: per waybill the outcome that an auditor must find. Parcels that are left out
stay unbilled in the books, as they would at a real courier.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import replace
from decimal import Decimal
from typing import Any

from logistics.gateways.simulator import contracts, sheets
from logistics.gateways.simulator.parcels import Depot, Refusal
from logistics.gateways.simulator.sheets import Charge

SLIPS = (
    "weight", "zone", "rate", "surcharge", "cod_amount", "cod_fee", "duplicate_in_file", "billed_before",
    "not_ours", "missing", "wrong_return_price", "needs_review", "within_tolerance", "damaged_waybill",
)  # fmt: skip


def make_statement(depot: Depot, courier: str, period: str, plant: dict[str, int]) -> dict[str, Any]:
    """Close a month: all unbilled charges until its end, with the planted slips. Once per period."""
    unknown = set(plant) - set(SLIPS)
    if unknown:
        raise Refusal("400", f"no slip is called {', '.join(sorted(unknown))}")
    with depot.store.turn():
        if depot.store.row("SELECT 1 FROM statement WHERE courier = ? AND period = ?", courier, period):
            raise Refusal("409", f"{courier} has billed {period}")
        contract = depot.contracts[courier]
        charges = _unbilled(depot, courier, period)
        number = f"{courier.upper()}{period.replace('-', '')}"
        plan = {charge.waybill: "agreed" for charge in charges}
        lines, left_out = _Slips(depot, contract, courier, plan).make(charges, plant)
        lines = _with_children(depot, lines)
        content = sheets.statement(contract, number, period, lines)
        billed = sum((line.amount for line in lines if line.kind != "cod" and not line.text), Decimal("0.00"))
        depot.store.run(
            "INSERT INTO statement VALUES (?, ?, ?, ?, ?, ?, ?)",
            number, courier, period, content, json.dumps(plan), str(billed), depot.store.now().isoformat(),
        )  # fmt: skip
        for waybill in {charge.waybill for charge in charges} - left_out:
            depot.store.run(
                "UPDATE charge SET statement = ? WHERE waybill = ? AND statement IS NULL"
                " AND substr(at, 1, 7) <= ? AND kind IN (SELECT value FROM json_each(?))",
                number, waybill, period, json.dumps(_kinds(contract)),
            )  # fmt: skip
    return {"number": number, "plan": plan, "billed": f"{billed:.2f}"}


def _with_children(depot: Depot, charges: list[Charge]) -> list[Charge]:
    """A shipment of several pieces shows its children with nothing to pay: the mother's fee covers them."""
    found = []
    for charge in charges:
        found.append(charge)
        if charge.kind != "freight" or charge.printed:
            continue
        parcel = depot.store.row("SELECT children FROM parcel WHERE waybill = ?", charge.waybill)
        for child in json.loads(parcel["children"]) if parcel else ():
            free = replace(charge, amount=Decimal("0.00"), text="")
            found.append(replace(free, waybill=child, mother=charge.waybill))
    return found


def _kinds(contract: dict[str, Any]) -> list[str]:
    """What a statement of this layout can show; the rest is on the remittance advice."""
    kinds = ["freight", "surcharge"]
    if contract["cod_fee_in"] == "statement":
        kinds.append("cod_fee")
    if contract["layout"] != "items":
        kinds.append("cod")
    return kinds


def _unbilled(depot: Depot, courier: str, period: str) -> list[Charge]:
    rows = depot.store.rows(
        "SELECT c.*, p.province, p.zone, p.weight_g, p.service FROM charge c JOIN parcel p USING (waybill)"
        " WHERE p.courier = ? AND c.statement IS NULL AND substr(c.at, 1, 7) <= ?"
        " AND c.kind IN (SELECT value FROM json_each(?)) ORDER BY p.taken_at, c.waybill, c.id",
        courier, period, json.dumps(_kinds(depot.contracts[courier])),
    )  # fmt: skip
    return [_charge(row) for row in rows]


def _charge(row: dict[str, Any]) -> Charge:
    return Charge(
        row["waybill"], row["kind"], row["item"], Decimal(row["amount"]), row["at"][:10],
        row["province"], row["zone"], row["weight_g"], row["service"],
    )  # fmt: skip


class _Slips:
    """Plants each slip on a parcel of its own, so that the plan names one outcome a waybill."""

    def __init__(self, depot: Depot, contract: dict[str, Any], courier: str, plan: dict[str, str]) -> None:
        self.depot = depot
        self.contract = contract
        self.courier = courier
        self.plan = plan
        self.by_waybill: dict[str, list[Charge]] = {}
        self.left_out: set[str] = set()

    def make(self, charges: list[Charge], plant: dict[str, int]) -> tuple[list[Charge], set[str]]:
        for charge in charges:
            self.by_waybill.setdefault(charge.waybill, []).append(charge)
        self.free = list(self.by_waybill)
        for slip, times in sorted(plant.items(), key=lambda pair: SLIPS.index(pair[0]), reverse=True):
            for _ in range(times):
                getattr(self, f"_{slip}")()
        return [charge for group in self.by_waybill.values() for charge in group], self.left_out

    def _take(self, slip: str, *kinds: str, service: str = "forward") -> str:
        for waybill in self.free:
            group = self.by_waybill[waybill]
            if group[0].service == service and set(kinds) <= {charge.kind for charge in group}:
                self.free.remove(waybill)
                self.plan[waybill] = slip
                return waybill
        raise Refusal("409", f"no parcel is left to plant {slip} on")

    def _change(self, waybill: str, kind: str, **change: Any) -> None:
        group = self.by_waybill[waybill]
        first = next(i for i, charge in enumerate(group) if charge.kind == kind)
        group[first] = replace(group[first], **change)

    def _first(self, waybill: str, kind: str) -> Charge:
        return next(charge for charge in self.by_waybill[waybill] if charge.kind == kind)

    def _weight(self) -> None:
        waybill = self._take("weight", "freight")
        old = self._first(waybill, "freight")
        heavier = contracts.billed_weight(self.contract, old.service, old.zone, old.weight_g)
        heavier += 2 * self.contract[old.service][old.zone][2]
        price = contracts.freight(self.contract, old.service, old.zone, heavier)
        self._change(waybill, "freight", amount=price, weight_g=heavier)

    def _zone(self) -> None:
        waybill = self._take("zone", "freight")
        old = self._first(waybill, "freight")
        wrong = next(z for z in self._dearer_first() if z != old.zone)
        province = next(p for p, z in self.contract["zones"].items() if z == wrong)
        price = contracts.freight(self.contract, old.service, wrong, old.weight_g)
        self._change(waybill, "freight", amount=price, zone=wrong, province=province)
        self.by_waybill[waybill] = [
            replace(charge, zone=wrong, province=province) for charge in self.by_waybill[waybill]
        ]

    def _dearer_first(self) -> Iterator[str]:
        yield from sorted(self.contract["forward"], reverse=True)

    def _rate(self) -> None:
        waybill = self._take("rate", "freight")
        self._change(waybill, "freight", amount=self._first(waybill, "freight").amount + Decimal("1.37"))

    def _within_tolerance(self) -> None:
        waybill = self._take("within_tolerance", "freight")
        self._change(waybill, "freight", amount=self._first(waybill, "freight").amount + Decimal("0.10"))

    def _surcharge(self) -> None:
        waybill = self._take("surcharge", "freight")
        extra = replace(
            self._first(waybill, "freight"), kind="surcharge", item="偏远附加费", amount=Decimal("5.00")
        )
        self.by_waybill[waybill].append(extra)

    def _cod_amount(self) -> None:
        waybill = self._take("cod_amount", "cod")
        self._change(waybill, "cod", amount=self._first(waybill, "cod").amount - Decimal("10.00"))

    def _cod_fee(self) -> None:
        waybill = self._take("cod_fee", "cod_fee")
        self._change(waybill, "cod_fee", amount=self._first(waybill, "cod_fee").amount + Decimal("1.50"))

    def _duplicate_in_file(self) -> None:
        waybill = self._take("duplicate_in_file", "freight")
        self.by_waybill[f"{waybill} again"] = list(self.by_waybill[waybill])

    def _billed_before(self) -> None:
        rows = self.depot.store.rows(
            "SELECT c.*, p.province, p.zone, p.weight_g, p.service"
            " FROM charge c JOIN parcel p USING (waybill)"
            " WHERE p.courier = ? AND c.statement IS NOT NULL AND c.kind = 'freight' ORDER BY c.id",
            self.courier,
        )
        old = next((row for row in rows if row["waybill"] not in self.plan), None)
        if old is None:
            raise Refusal("409", "no earlier statement to bill again from")
        self.plan[old["waybill"]] = "billed_before"
        self.by_waybill[old["waybill"]] = [_charge(old)]

    def _not_ours(self) -> None:
        number = self.depot.store.next_number("foreign")
        waybill = f"{self.contract['prefix']}{9_900_000_000_000 + number:013}"
        self.plan[waybill] = "not_ours"
        like = next(iter(self.by_waybill.values()))[0]
        foreign = replace(like, waybill=waybill, printed="", text="", amount=Decimal("18.00"))
        self.by_waybill[waybill] = [replace(foreign, kind="freight", item=self.contract["product"])]

    def _missing(self) -> None:
        waybill = self._take("missing", "freight")
        self.left_out.add(waybill)
        del self.by_waybill[waybill]

    def _damaged_waybill(self) -> None:
        """A spreadsheet made a number of it: nobody can say whose row it is, so the parcel is missing."""
        waybill = self._take("missing", "freight")
        self.left_out.add(waybill)
        mantissa = f"{int(''.join(filter(str.isdigit, waybill))):.5E}"
        self.by_waybill[waybill] = [replace(self._first(waybill, "freight"), printed=mantissa)]

    def _wrong_return_price(self) -> None:
        waybill = self._take("wrong_return_price", "freight", service="return")
        old = self._first(waybill, "freight")
        price = contracts.freight(self.contract, "forward", old.zone, old.weight_g)
        self._change(waybill, "freight", amount=price)

    def _needs_review(self) -> None:
        waybill = self._take("needs_review", "freight")
        self._change(waybill, "freight", text="12..34")
