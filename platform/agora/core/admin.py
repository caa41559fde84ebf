"""The manner in which operators see rows that only services may write."""

from typing import Any

from django.contrib import admin
from django.http import HttpRequest


class KeptAdmin(admin.ModelAdmin):  # type: ignore[type-arg]  # a plain class when it runs
    """Show rows and never let them be edited by hand: services write them, with locks and with their history."""

    def has_add_permission(self, request: HttpRequest) -> bool:
        """Refuse."""
        return False

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Refuse; the row is shown to who may view it."""
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Refuse."""
        return False
