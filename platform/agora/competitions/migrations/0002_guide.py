"""Give competitions and phases a place for the further texts of their pack."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("competitions", "0001_first_rows")]

    operations = [
        migrations.AddField("competition", "guide", models.JSONField(blank=True, default=dict)),
        migrations.AddField("phase", "guide", models.JSONField(blank=True, default=dict)),
    ]
