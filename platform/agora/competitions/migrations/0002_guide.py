"""Give competitions and phases a place for the further texts of their pack, and the data page its pictures."""

import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("competitions", "0001_first_rows")]

    operations = [
        migrations.AddField("competition", "guide", models.JSONField(blank=True, default=dict)),
        migrations.AddField("phase", "guide", models.JSONField(blank=True, default=dict)),
        migrations.CreateModel(
            name="Picture",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("storage_key", models.CharField(max_length=200)),
                ("caption", models.CharField(max_length=120)),
                ("width", models.PositiveSmallIntegerField()),
                ("height", models.PositiveSmallIntegerField()),
                ("position", models.PositiveSmallIntegerField()),
                (
                    "competition",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="pictures",
                        to="competitions.competition",
                    ),
                ),
            ],
            options={
                "ordering": ["competition", "position"],
                "constraints": [
                    models.UniqueConstraint(fields=("competition", "position"), name="picture_position_once")
                ],
            },
        ),
    ]
