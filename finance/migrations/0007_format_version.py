from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('finance', '0006_reasons'),
    ]

    operations = [
        migrations.RenameField(
            model_name='statementfile',
            old_name='version',
            new_name='format_version',
        ),
        migrations.AlterField(
            model_name='statementfile',
            name='format_version',
            field=models.CharField(blank=True, max_length=40, verbose_name='version of the format'),
        ),
    ]
