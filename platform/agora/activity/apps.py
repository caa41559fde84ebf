"""Configure the app."""

from django.apps import AppConfig


class ActivityConfig(AppConfig):
    """Audit and notifications.."""

    name = "agora.activity"
    verbose_name = "Activity"
