"""Configure the app."""

from django.apps import AppConfig


class CoreConfig(AppConfig):
    """Bricks without a domain."""

    name = "agora.core"
    verbose_name = "Core"
