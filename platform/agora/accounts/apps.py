"""Configure the app."""

from django.apps import AppConfig


class AccountsConfig(AppConfig):
    """People."""

    name = "agora.accounts"
    verbose_name = "Accounts"
