"""Configure the app."""

from django.apps import AppConfig


class RunsConfig(AppConfig):
    """Baseline runs: training and inference by our workers, each ending in a submission."""

    name = "agora.runs"
    verbose_name = "Runs"

    def ready(self) -> None:
        """Add what is measured of runs to the metrics page, which lies in an app below."""
        from agora.core.measures import also_collect  # noqa: PLC0415 - models are there only now
        from agora.runs.metrics import RunsCollector  # noqa: PLC0415

        also_collect(RunsCollector())
