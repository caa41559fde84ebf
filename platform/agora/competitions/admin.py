"""Competitions as operators see them: texts and dates can be mended; what scores depend on is shown and kept."""

from typing import Any

from django.contrib import admin
from django.db.models import URLField
from django.http import HttpRequest

from agora.competitions import models
from agora.core.admin import KeptAdmin


class PhaseInline(admin.StackedInline):  # type: ignore[type-arg]  # a plain class when it runs
    model = models.Phase
    extra = 0
    can_delete = False
    fields = ("title", "opens_at", "closes_at", "daily_quota", "selection_count", "private_released_at")

    def has_add_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False


class OrganiserInline(admin.TabularInline):  # type: ignore[type-arg]  # a plain class when it runs
    model = models.Organiser
    extra = 0
    autocomplete_fields = ("user",)


@admin.register(models.Competition)
class CompetitionAdmin(admin.ModelAdmin):  # type: ignore[type-arg]  # a plain class when it runs
    list_display = ("title", "slug", "tags", "position", "archived_on")
    list_editable = ("position",)
    formfield_overrides = {URLField: {"assume_scheme": "https"}}  # what the next Django assumes; the present one warns
    readonly_fields = ("slug", "guide", "created_at")
    inlines = (PhaseInline, OrganiserInline)
    search_fields = ("title", "slug")

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False  # competitions are made from packs

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False


@admin.register(models.Team)
class TeamAdmin(KeptAdmin):
    list_display = ("name", "competition", "ref", "created_at")
    list_filter = ("competition",)
    search_fields = ("name", "ref")


@admin.register(models.Membership)
class MembershipAdmin(KeptAdmin):
    list_display = ("user", "team", "competition", "role", "joined_at", "left_at")
    list_filter = ("competition",)


@admin.register(models.RulesVersion)
class RulesVersionAdmin(KeptAdmin):
    list_display = ("competition", "version", "published_at")
    list_filter = ("competition",)


@admin.register(models.RulesAcceptance)
class RulesAcceptanceAdmin(KeptAdmin):
    list_display = ("user", "rules", "accepted_at")


@admin.register(models.GroundTruth)
class GroundTruthAdmin(KeptAdmin):
    list_display = ("competition", "version", "sha256", "size_bytes", "created_at", "created_by")
    list_filter = ("competition",)
    exclude = ("storage_key",)  # where the labels lie is the scoring workers' business


@admin.register(models.Spec)
class SpecAdmin(KeptAdmin):
    list_display = ("ground_truth", "protocol_hash", "format_hash", "scorer_revision", "created_at")


@admin.register(models.DataFile)
class DataFileAdmin(KeptAdmin):
    list_display = ("name", "competition", "size_bytes", "sha256", "withdrawn_at")
    list_filter = ("competition",)


@admin.register(models.ReportedRow)
class ReportedRowAdmin(KeptAdmin):
    list_display = ("method", "competition", "source", "backbone")
    list_filter = ("competition",)
