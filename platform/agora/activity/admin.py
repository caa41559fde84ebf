"""The audit chain as operators see it."""

from django.contrib import admin

from agora.activity.models import AuditEvent
from agora.core.admin import KeptAdmin


@admin.register(AuditEvent)
class AuditEventAdmin(KeptAdmin):
    list_display = ("at", "actor", "action", "subject", "reason", "hash")
    list_filter = ("action",)
    search_fields = ("subject", "reason")
