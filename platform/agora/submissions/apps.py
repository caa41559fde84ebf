"""Configure the app."""

from django.apps import AppConfig


class SubmissionsConfig(AppConfig):
    """Uploads, submissions, evaluations and scores as rows; intake.."""

    name = "agora.submissions"
    verbose_name = "Submissions"
