"""Runs as operators see them."""

from django.contrib import admin

from agora.core.admin import KeptAdmin
from agora.runs.models import Artefact, Run


@admin.register(Run)
class RunAdmin(KeptAdmin):
    list_display = (
        "ref",
        "phase",
        "recipe",
        "seed",
        "state",
        "device",
        "attempt",
        "started_by",
        "created_at",
        "incident",
    )
    list_filter = ("state", "device", "phase")
    search_fields = ("ref", "recipe", "incident")
    exclude = ("curve", "validations", "log", "progress")  # the run's own page shows them


@admin.register(Artefact)
class ArtefactAdmin(KeptAdmin):
    list_display = ("name", "run", "size_bytes", "sha256")
    search_fields = ("run__ref", "sha256")
    exclude = ("storage_key",)
