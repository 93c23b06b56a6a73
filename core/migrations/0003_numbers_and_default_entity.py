from django.conf import settings
from django.db import migrations


def add_default_entity(apps, schema_editor):
    apps.get_model("core", "LegalEntity").objects.get_or_create(
        is_default=True,
        defaults={
            "code": "main",
            "name": settings.OSCAR_SHOP_NAME,
            "currency": settings.OSCAR_DEFAULT_CURRENCY,
        },
    )


class Migration(migrations.Migration):
    dependencies = [("core", "0002_initial")]

    operations = [
        migrations.RunSQL("CREATE SEQUENCE core_numbers", "DROP SEQUENCE core_numbers"),
        migrations.RunPython(add_default_entity, migrations.RunPython.noop),
    ]
