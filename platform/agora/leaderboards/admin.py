"""Rows of boards as operators see them, without private values."""

from django.contrib import admin

from agora.core.admin import KeptAdmin
from agora.leaderboards.models import BoardRow


@admin.register(BoardRow)
class BoardRowAdmin(KeptAdmin):
    list_display = ("submission", "phase", "team", "kind", "shown_public", "shown_from", "shown_to")
    list_filter = ("phase", "kind")
    exclude = ("public", "private", "shown_private")  # staff take part too: no number beyond what the board shows
