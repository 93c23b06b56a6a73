from django.db import migrations

CHANNELS = [
    ("key-account", "Key accounts", 10),
    ("store", "Stores", 20),
    ("web", "Web shop", 30),
    ("phone", "Phone", 30),
    ("marketplace", "Marketplaces", 40),
    ("agent", "Agents", 50),
]


def seed(apps, schema_editor):
    channels = apps.get_model("inventory", "Channel")
    for code, name, priority in CHANNELS:
        channels.objects.get_or_create(code=code, defaults={"name": name, "priority": priority})
    apps.get_model("inventory", "WarehouseGroup").objects.get_or_create(
        code="main", defaults={"name": "All warehouses"}
    )


class Migration(migrations.Migration):
    dependencies = [("inventory", "0002_storage")]

    operations = [migrations.RunPython(seed, migrations.RunPython.noop)]
