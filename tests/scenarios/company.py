"""A small company with round figures, so that a clerk can check every story by hand.

Cup 113.00 (100.00 + 13 % tax, cost 40.00, 400 g), pot 226.00 (200.00 + 26.00, cost 90.00, 1,000 g).
Shipping to Jiangxi costs the shopper 12.00. The courier takes 8.00 for the first kilogram, 3.50 for each
further one, and 1 % (at least 2.00) for collecting cash; back to us it charges the same.
"""

from dataclasses import dataclass, replace
from datetime import date
from decimal import Decimal as D
from itertools import count

from crm.models import Customer
from inventory.models import Barcode, Sku, Warehouse
from logistics.models import Courier, CourierZone, RateRow, ShippingTariff
from orders.order.models import Order
from orders.rules.draft import SHIPPING, Address, Charge, DraftLine, OrderDraft, spread_charges
from orders.services import place_order
from tests.builders import a_sku, a_warehouse, stocked
from tests.crm.builders import a_customer

PROVINCE = "江西省"
HOME = Address("李娜", "+8613800138000", PROVINCE, "景德镇市", "珠山区", "瓷都大道1号")
_tokens = count(1)


@dataclass(frozen=True)
class Company:
    warehouse: Warehouse
    courier: Courier
    cup: Sku
    pot: Sku
    customer: Customer


def a_company(courier_code: str = "sf") -> Company:
    """One warehouse with ten cups and five pots, one courier, one customer."""
    warehouse = a_warehouse("jdz", name="Jingdezhen", province=PROVINCE)
    cup = stocked(a_sku("CUP", price="113.00", weight_g=400), warehouse, 10, "40.00")
    pot = stocked(a_sku("POT", price="226.00", weight_g=1000), warehouse, 5, "90.00")
    Barcode.objects.create(code="6901234567892", sku=cup)
    Barcode.objects.create(code="6909876543211", sku=pot)
    ShippingTariff.objects.create(province=PROVINCE, first_fee=D("12.00"), first_weight_g=5000)
    return Company(warehouse, a_courier(courier_code), cup, pot, a_customer())


def a_courier(code: str = "sf", *, first_fee: str = "8.00", step_fee: str = "3.50") -> Courier:
    """A courier that goes to Jiangxi and collects there."""
    courier = Courier.objects.create(code=code, name=code.upper(), account=f"acc-{code}")
    CourierZone.objects.create(courier=courier, province=PROVINCE, zone="1")
    for service in (RateRow.Service.FORWARD, RateRow.Service.RETURN):
        RateRow.objects.create(
            courier=courier,
            service=service,
            zone="1",
            kind=RateRow.Kind.STEP,
            price={"first_g": 1000, "first_fee": first_fee, "step_g": 1000, "step_fee": step_fee},
            extras={"cod": {"rate_pct": "1", "minimum": "2.00"}},
            valid_from=date(2020, 1, 1),
        )
    return courier


def a_draft(
    company: Company, wanted: dict[Sku, int], *, term: str = "prepaid", freight: str = "12.00", **changes
) -> OrderDraft:
    """What the checkout hands over for so many units of each SKU."""
    charges = [Charge(SHIPPING, "Shipping", D(freight))] if D(freight) else []
    if term == "cod":
        charges.append(Charge("term", "Cash on delivery fee", D("5.00")))
    lines = [
        DraftLine(
            sku_id=sku.pk,
            stockrecord_id=sku.stockrecord_id,
            product_id=sku.stockrecord.product_id,
            code=sku.code,
            title=sku.code.title(),
            quantity=quantity,
            unit_price=sku.stockrecord.price,
            price=sku.stockrecord.price * quantity,
            tax_rate=sku.tax_rate,
            service=sku.service,
        )
        for sku, quantity in wanted.items()
    ]
    draft = OrderDraft(
        channel="web",
        customer_id=company.customer.pk,
        term=term,
        currency="CNY",
        lines=spread_charges(lines, charges),
        charges=tuple(charges),
        address=HOME,
        language="zh-hans",
        submit_token=f"token-{next(_tokens)}",
    )
    return replace(draft, **changes)


def an_order_of(company: Company, wanted: dict[Sku, int], **options) -> Order:
    """A placed order; what it announces is not yet done."""
    return place_order(draft=a_draft(company, wanted, **options))


def replay_draft(sku_id: int, customer_id: int, token: str) -> Order:
    """Place again, from another process, what `a_draft` made for one unit of a SKU."""
    sku = Sku.objects.get(pk=sku_id)
    company = Company(None, None, sku, None, Customer.objects.get(pk=customer_id))
    return place_order(draft=a_draft(company, {sku: 1}, submit_token=token))
