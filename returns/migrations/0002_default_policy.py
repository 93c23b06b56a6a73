from django.db import migrations


def add(apps, schema_editor):
    apps.get_model("returns", "ReturnPolicy").objects.get_or_create(code="default")


class Migration(migrations.Migration):
    dependencies = [("returns", "0001_initial")]

    operations = [migrations.RunPython(add, migrations.RunPython.noop)]
