"""What the company makes: one file per category, read once."""

import json
from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path
from typing import Any, Final


@dataclass(frozen=True, slots=True)
class Item:
    """A product: its price includes tax, its cost does not. Sizes in mm with packing, weight with packing.

    `popularity` is how often it is bought, against the others.
    """

    code: str
    zh: str
    en: str
    price: Decimal
    cost: Decimal
    weight_g: int
    size_mm: tuple[int, int, int]
    capacity_ml: int
    about_zh: str
    about_en: str
    carton: int
    popularity: int


@dataclass(frozen=True, slots=True)
class Service:
    """What the company does beside selling; it stands on the shelf of that category."""

    code: str
    zh: str
    en: str
    price: Decimal
    shelf: str
    performed: str
    about_zh: str
    about_en: str


@dataclass(frozen=True, slots=True)
class Category:
    zh: str
    en: str
    about_zh: str
    about_en: str
    brand: str
    material_zh: str
    material_en: str
    care_zh: str
    care_en: str
    items: tuple[Item, ...]


def _read(name: str) -> Category:
    rows: dict[str, Any] = json.loads((Path(__file__).parent / f"{name}.json").read_text())
    items = tuple(
        Item(**row | {"price": Decimal(row["price"]), "cost": Decimal(row["cost"])})
        for row in rows.pop("items")
    )
    return Category(items=items, **rows)


def _read_services() -> list[Service]:
    rows: list[dict[str, Any]] = json.loads((Path(__file__).parent / "services.json").read_text())
    return [Service(**row | {"price": Decimal(row["price"])}) for row in rows]


CATEGORIES: Final = [_read(name) for name in ("tea", "table", "cups", "vases", "cookware", "storage")]
ITEMS: Final = [item for category in CATEGORIES for item in category.items]
SERVICES: Final = _read_services()
