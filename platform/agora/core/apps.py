"""Configure the app."""

from django.apps import AppConfig


class CoreConfig(AppConfig):
    """Bricks without a domain."""

    name = "agora.core"
    verbose_name = "Core"

    def ready(self) -> None:
        """Connect the signals by which a worker's process says that it lives, knows that it stops, and names its tasks."""
        from agora.core import shutdown, tracing, workers  # noqa: F401, PLC0415 - models exist only now
