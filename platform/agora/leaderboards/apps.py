"""Configure the app."""

from django.apps import AppConfig


class LeaderboardsConfig(AppConfig):
    """Boards."""

    name = "agora.leaderboards"
    verbose_name = "Leaderboards"
