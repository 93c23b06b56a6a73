"""Lines of SKUs that are not counted are services, performed with the goods as far as anybody knew."""

from typing import Any

from django.db import migrations


def mark_services(apps: Any, schema_editor: Any) -> None:
    apps.get_model("order", "Line").objects.filter(sku__track_stock=False).update(service="with_goods")


class Migration(migrations.Migration):
    dependencies = [("order", "0024_services")]

    operations = [migrations.RunPython(mark_services, migrations.RunPython.noop, elidable=True)]
