"""Let a worker say whether it filters the system calls of its children; the database fills the rows of older workers."""

from django.db import migrations, models


class Migration(migrations.Migration):
    """Add a column with a default of the database, so that workers of both versions can write."""

    dependencies = [
        ("core", "0001_first_rows"),
    ]

    operations = [
        migrations.AddField(
            model_name="worker",
            name="filters_calls",
            field=models.BooleanField(db_default=False),
        ),
    ]
