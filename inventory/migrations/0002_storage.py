from django.db import migrations


class Migration(migrations.Migration):
    """Level rows are rewritten with every order: room on the page keeps those updates HOT (R6)."""

    dependencies = [("inventory", "0001_initial")]

    operations = [
        migrations.RunSQL(
            "ALTER TABLE inventory_stocklevel SET (fillfactor = 50,"
            " autovacuum_vacuum_scale_factor = 0, autovacuum_vacuum_threshold = 2000)",
            "ALTER TABLE inventory_stocklevel RESET (fillfactor,"
            " autovacuum_vacuum_scale_factor, autovacuum_vacuum_threshold)",
        )
    ]
