from decimal import Decimal

from django.conf import settings
from django.db import migrations


def add(apps, schema_editor):
    apps.get_model("logistics", "ShippingTariff").objects.get_or_create(
        province="",
        defaults={
            "first_fee": Decimal("10.00"),
            "step_fee": Decimal("4.00"),
            "free_from": Decimal("199.00"),
            "currency": settings.OSCAR_DEFAULT_CURRENCY,
        },
    )


class Migration(migrations.Migration):
    dependencies = [("logistics", "0001_initial")]

    operations = [migrations.RunPython(add, migrations.RunPython.noop)]
