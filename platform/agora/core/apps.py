"""Configure the app."""

from django.apps import AppConfig


class CoreConfig(AppConfig):
    """Bricks without a domain."""

    name = "agora.core"
    verbose_name = "Core"

    def ready(self) -> None:
        """Connect the signals by which a worker's process says that it lives, and knows that it stops."""
        from agora.core import shutdown, workers  # noqa: F401, PLC0415 - models exist only now
