"""Configure the app."""

from django.apps import AppConfig


class CompetitionsConfig(AppConfig):
    """Competitions, phases, ground truth, rules, data, teams.."""

    name = "agora.competitions"
    verbose_name = "Competitions"
