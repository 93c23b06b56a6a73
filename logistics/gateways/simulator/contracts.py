"""Three invented couriers with contracts of their own; a JSON file of the same shape replaces them."""

from __future__ import annotations

import json
from decimal import Decimal
from pathlib import Path
from typing import Any

NEAR, MIDDLE, FAR = "1", "2", "3"
PROVINCES = {
    "上海": NEAR, "江苏": NEAR, "浙江": NEAR, "安徽": NEAR,
    "北京": MIDDLE, "广东": MIDDLE, "山东": MIDDLE, "湖北": MIDDLE, "四川": MIDDLE,
    "新疆": FAR, "西藏": FAR, "内蒙古": FAR,
}  # fmt: skip

DEFAULT: dict[str, dict[str, Any]] = {
    "sf": {
        "name": "顺丰速运",
        "com": "shunfeng",
        "prefix": "SF",
        "layout": "items",
        "product": "标准快递",
        "zones": PROVINCES,
        "forward": {
            NEAR: [1000, "12.00", 1000, "2.00"],
            MIDDLE: [1000, "18.00", 1000, "5.00"],
            FAR: [1000, "26.00", 1000, "14.00"],
        },
        "return": {
            NEAR: [1000, "9.00", 1000, "1.60"],
            MIDDLE: [1000, "14.00", 1000, "4.10"],
            FAR: [1000, "21.00", 1000, "11.00"],
        },
        "fuel_pct": "2.5",
        "insurance_pct": "0.5",
        "insurance_min": "1.00",
        "cod": {"rate_pct": "1.2", "min": "2.00", "max": "200.00"},
        "cod_fee_in": "statement",
    },
    "yto": {
        "name": "圆通速递",
        "com": "yuantong",
        "prefix": "YT",
        "layout": "columns",
        "product": "普通快递",
        "zones": PROVINCES,
        "forward": {
            NEAR: [1000, "3.20", 1000, "1.00"],
            MIDDLE: [1000, "4.50", 1000, "2.30"],
            FAR: [1000, "15.00", 1000, "12.50"],
        },
        "return": {
            NEAR: [1000, "2.60", 1000, "0.90"],
            MIDDLE: [1000, "3.70", 1000, "2.10"],
            FAR: [1000, "13.00", 1000, "11.80"],
        },
        "waybill_fee": "0.60",
        "cod": {"rate_pct": "1.0", "min": "2.00", "max": "50.00"},
        "cod_fee_in": "statement",
    },
    "jd": {
        "name": "京东快递",
        "com": "jd",
        "prefix": "JD",
        "layout": "lines",
        "product": "特惠送",
        "zones": PROVINCES,
        "forward": {
            NEAR: [500, "6.00", 500, "0.90"],
            MIDDLE: [500, "8.00", 500, "1.90"],
            FAR: [500, "14.00", 500, "6.30"],
        },
        "return": {
            NEAR: [500, "5.00", 500, "0.80"],
            MIDDLE: [500, "6.50", 500, "1.70"],
            FAR: [500, "11.00", 500, "5.90"],
        },
        "cod": {"rate_pct": "0.8", "min": "3.00", "max": "100.00"},
        "cod_fee_in": "remittance",
    },
}


def load(path: Path | None) -> dict[str, dict[str, Any]]:
    return json.loads(path.read_text()) if path else DEFAULT


def zone_of(contract: dict[str, Any], province: str) -> str:
    """The zone of a province, however it is written; unlisted ones are far."""
    zones: dict[str, str] = contract["zones"]
    return next((zone for name, zone in zones.items() if province.startswith(name)), FAR)


def _money(amount: Decimal) -> Decimal:
    return (amount + Decimal("0.005")).quantize(Decimal("0.01"), rounding="ROUND_DOWN")


def billed_weight(contract: dict[str, Any], service: str, zone: str, grams: int) -> int:
    first, _, step, _ = contract[service][zone]
    over = max(0, grams - first)
    return int(first + (over + step - 1) // step * step)


def freight(contract: dict[str, Any], service: str, zone: str, grams: int) -> Decimal:
    first, fee, step, step_fee = contract[service][zone]
    steps = (billed_weight(contract, service, zone, grams) - first) // step
    return Decimal(fee) + steps * Decimal(step_fee)


def services(contract: dict[str, Any], price: Decimal, declared: Decimal) -> dict[str, Decimal]:
    """The surcharges of a parcel by the name that the courier prints."""
    found = {}
    if contract.get("fuel_pct"):
        found["燃油附加费"] = _money(price * Decimal(contract["fuel_pct"]) / 100)
    if contract.get("waybill_fee"):
        found["面单费"] = Decimal(contract["waybill_fee"])
    if contract.get("insurance_pct") and declared > 0:
        by_rate = _money(declared * Decimal(contract["insurance_pct"]) / 100)
        found["保价"] = max(by_rate, Decimal(contract["insurance_min"]))
    return found


def collecting_fee(contract: dict[str, Any], cash: Decimal) -> Decimal:
    tariff = contract["cod"]
    fee = _money(cash * Decimal(tariff["rate_pct"]) / 100)
    return min(max(fee, Decimal(tariff["min"])), Decimal(tariff["max"]))
