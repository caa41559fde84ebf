"""Configure the app."""

from django.apps import AppConfig


class EvaluationsConfig(AppConfig):
    """The work of scoring."""

    name = "agora.evaluations"
    verbose_name = "Evaluations"
