"""The day before the first: the company with its goods, its people and nothing sold yet."""

from decimal import Decimal
from random import Random

from inventory.models import Sku, Warehouse
from inventory.services import Opened, open_stock
from shopsite.demo_company.catalogue import write_catalogue
from shopsite.demo_company.goods import ITEMS
from shopsite.demo_company.places import open_places
from shopsite.demo_company.staff import hire_staff

SHARES = {"jdz": Decimal("0.5"), "jx": Decimal("0.3"), "fs": Decimal("0.2")}
UNITS_PER_ORDER = Decimal("2.8")


def open_company(*, seed: int, orders: int, pictures: bool = True) -> None:
    """Everything that stands before the first order. Safe to call again."""
    open_places()
    hire_staff()  # grants name warehouses
    skus = {sku.code: sku for sku in write_catalogue(pictures=pictures)}
    _fill_shelves(skus, seed=seed, orders=orders)


def _fill_shelves(skus: dict[str, Sku], *, seed: int, orders: int) -> None:
    """About a third of what the history will sell; the rest arrives while it runs."""
    weight = sum(item.popularity for item in ITEMS)
    dice = Random(f"{seed}/opening")  # noqa: S311 - a story, no secret
    warehouses = list(Warehouse.objects.filter(code__in=SHARES))
    lines = []
    for item in ITEMS:
        wanted = UNITS_PER_ORDER * orders * item.popularity / weight * Decimal("0.36") + 16
        for warehouse in warehouses:
            units = int(wanted * SHARES[warehouse.code] * Decimal(dice.randint(80, 125)) / 100) + 3
            lines.append(Opened(skus[item.code].pk, warehouse.pk, units, item.cost))
    open_stock(lines)
