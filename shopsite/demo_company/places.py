"""Where the goods lie and how they travel: warehouses, couriers with their prices, tariffs, policies."""

from datetime import timedelta
from decimal import Decimal
from typing import Any, Final

from core import clock
from core.entities import default_entity
from inventory.models import Channel, StockPolicy, Warehouse, WarehouseGroup
from inventory.services import refresh_pools
from logistics.gateways.simulator.contracts import DEFAULT, zone_of
from logistics.models import Courier, CourierZone, RateRow, ShippingTariff

PROVINCES: Final = (
    "北京市", "天津市", "河北省", "山西省", "内蒙古自治区", "辽宁省", "吉林省", "黑龙江省", "上海市",
    "江苏省",
    "浙江省", "安徽省", "福建省", "江西省", "山东省", "河南省", "湖北省", "湖南省", "广东省",
    "广西壮族自治区", "海南省", "重庆市", "四川省", "贵州省", "云南省", "西藏自治区", "陕西省", "甘肃省",
    "青海省", "宁夏回族自治区", "新疆维吾尔自治区",
)  # fmt: skip
# Who carries where. The cheapest that serves a province and, for cash, collects there gets the parcel.
SERVES: Final[dict[str, tuple[str, ...]]] = {
    "sf": PROVINCES,
    "yto": tuple(p for p in PROVINCES if p[:2] not in ("北京", "上海", "西藏", "新疆", "青海", "广东")),
    "jd": tuple(p for p in PROVINCES if p[:2] not in ("西藏", "新疆", "青海")),
}
NO_CASH: Final = {"yto": ("北京市", "广东省", "浙江省", "湖北省", "四川省"), "jd": ("山东省", "安徽省")}
COD_DAYS: Final = {"sf": 3, "yto": 7, "jd": 5}
WAREHOUSES: Final = (
    ("jdz", "景德镇总仓", "江西省", 10),
    ("jx", "嘉兴华东仓", "浙江省", 20),
    ("fs", "佛山华南仓", "广东省", 30),
)
FAR_TARIFF: Final = ("新疆维吾尔自治区", "西藏自治区", "青海省", "内蒙古自治区")


def open_places() -> list[Warehouse]:
    """Warehouses, couriers, tariffs and policies. Safe to call again."""
    group = WarehouseGroup.objects.get(code="main")
    warehouses = [
        Warehouse.objects.get_or_create(
            code=code,
            defaults={
                "name": name, "province": province, "priority": priority, "group": group,
                "entity": default_entity(),
            },
        )[0]
        for code, name, province, priority in WAREHOUSES
    ]  # fmt: skip
    for priority, code in enumerate(DEFAULT, start=1):
        _contract_courier(code, priority)
    for province in FAR_TARIFF:
        ShippingTariff.objects.get_or_create(
            province=province,
            defaults={"first_fee": Decimal("25.00"), "step_fee": Decimal("12.00"), "free_from": None},
        )
    _write_policies(group)
    return warehouses


def _contract_courier(code: str, priority: int) -> None:
    """Our copy of the contract: the figures are those that the courier itself will bill."""
    contract = DEFAULT[code]
    courier, made = Courier.objects.get_or_create(
        code=code,
        defaults={
            "name": contract["name"],
            "account": f"{code.upper()}-0791-2208",
            "tracking_code": contract["com"],
            "cod_days": COD_DAYS[code],
            "nets_fees": contract["cod_fee_in"] == "remittance",
            "tolerance_money": Decimal("0.20"),
            "priority": priority * 10,
        },
    )
    if not made:
        return
    CourierZone.objects.bulk_create(
        CourierZone(
            courier=courier,
            province=province,
            zone=zone_of(contract, province),
            # One courier collects everywhere, so that cash on delivery is offered everywhere.
            collects=code == "sf" or province not in (*NO_CASH.get(code, ()), *FAR_TARIFF),
        )
        for province in SERVES[code]
    )
    RateRow.objects.bulk_create(
        RateRow(
            courier=courier,
            service=service,
            zone=zone,
            kind=RateRow.Kind.STEP,
            price={"first_g": terms[0], "first_fee": terms[1], "step_g": terms[2], "step_fee": terms[3]},
            extras=_extras(contract, service),
            valid_from=clock.today() - timedelta(days=30),
        )
        for service in (RateRow.Service.FORWARD, RateRow.Service.RETURN)
        for zone, terms in contract[service].items()
    )


def _extras(contract: dict[str, Any], service: str) -> dict[str, Any]:
    extras: dict[str, Any] = {}
    if "fuel_pct" in contract:
        extras["fuel_pct"] = contract["fuel_pct"]
    if "waybill_fee" in contract:
        extras["waybill_fee"] = contract["waybill_fee"]
    if "insurance_pct" in contract:
        extras |= {
            "insurance_pct": contract["insurance_pct"],
            "insurance_minimum": contract["insurance_min"],
        }
    if service == RateRow.Service.FORWARD:
        tariff = contract["cod"]
        extras["cod"] = {
            "rate_pct": tariff["rate_pct"], "minimum": tariff["min"], "maximum": tariff["max"],
        }  # fmt: skip
    return extras


def _write_policies(group: WarehouseGroup) -> None:
    """A fence for key accounts, a cap for agents, a safety stock, and who gets the last pieces."""
    if StockPolicy.objects.exists():
        return
    channels = {channel.code: channel for channel in Channel.objects.all()}
    kinds, scopes = StockPolicy.Kind, StockPolicy.Scope
    key_account, agent = channels["key-account"], channels["agent"]
    rules: list[dict[str, Any]] = [
        {"kind": kinds.FENCE, "scope": scopes.SKU, "target": "QY-TP01", "channel": key_account, "units": 24},
        {"kind": kinds.FENCE, "scope": scopes.SKU, "target": "MC-MG01", "channel": key_account, "units": 60},
        {"kind": kinds.CAP, "scope": scopes.BRAND, "target": "合一", "channel": agent, "units": 20},
        {"kind": kinds.SAFETY, "scope": scopes.ALL, "units": 3},
        {"kind": kinds.LAST_UNITS, "scope": scopes.BRAND, "target": "灶合", "units": 4, "priority_limit": 30},
    ]
    StockPolicy.objects.bulk_create(
        StockPolicy(group=group, valid_from=clock.now(), **rule) for rule in rules
    )
    refresh_pools()
