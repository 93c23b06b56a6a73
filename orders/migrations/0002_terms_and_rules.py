from decimal import Decimal

from django.conf import settings
from django.db import migrations

COUNTRIES = [("CN", "CHN", "156", "China"), ("GB", "GBR", "826", "United Kingdom")]
TERMS = [
    {"term": "prepaid", "surcharge": Decimal("0.00"), "hold_minutes": 30},
    {
        "term": "cod",
        "surcharge": Decimal("5.00"),
        "max_total": Decimal("5000.00"),
        "hold_minutes": 3 * 24 * 60,
        "may_split": False,
    },
]
RULES = [
    {"code": "large-amount", "kind": "amount_above", "department": "finance", "amount": Decimal("10000.00")},
    {
        "code": "first-cod",
        "kind": "first_cod",
        "department": "customer_service",
        "amount": Decimal("1000.00"),
        "hours": 4,
    },
    {"code": "buyer-note", "kind": "buyer_note", "department": "customer_service", "hours": 4},
    {"code": "address", "kind": "incomplete_address", "department": "customer_service", "hours": 4},
    {"code": "stock-short", "kind": "stock_short", "department": "warehouse", "hours": 48},
    {"code": "duplicate-customer", "kind": "possible_duplicate", "department": "customer_service"},
    {"code": "blocked-region", "kind": "blocked_region", "department": "customer_service"},
]


def add(apps, schema_editor):
    country = apps.get_model("address", "Country")
    for order, (alpha2, alpha3, numeric, name) in enumerate(COUNTRIES):
        country.objects.get_or_create(
            iso_3166_1_a2=alpha2,
            defaults={
                "iso_3166_1_a3": alpha3,
                "iso_3166_1_numeric": numeric,
                "printable_name": name,
                "name": name,
                "display_order": 100 - order,
                "is_shipping_country": True,
            },
        )
    for term in TERMS:
        apps.get_model("orders", "TermRule").objects.get_or_create(
            term=term["term"], defaults=term | {"currency": settings.OSCAR_DEFAULT_CURRENCY}
        )
    for rule in RULES:
        apps.get_model("orders", "HoldRule").objects.get_or_create(code=rule["code"], defaults=rule)


class Migration(migrations.Migration):
    dependencies = [("orders", "0001_initial"), ("address", "0006_auto_20181115_1953")]

    operations = [migrations.RunPython(add, migrations.RunPython.noop)]
