"""Users as operators see them."""

from django.contrib import admin
from django.http import HttpRequest

from agora.accounts.models import User


@admin.register(User)
class UserAdmin(admin.ModelAdmin):  # type: ignore[type-arg]  # a plain class when it runs
    list_display = ("handle", "email", "display_name", "is_active", "is_staff", "joined_at")
    list_filter = ("is_active", "is_staff")
    search_fields = ("handle", "email", "display_name")
    exclude = ("password",)  # not even its hash: whoever forgot it resets it
    readonly_fields = ("last_login", "joined_at", "blanked_at")
    filter_horizontal = ("groups", "user_permissions")

    def has_delete_permission(self, request: HttpRequest, obj: User | None = None) -> bool:
        return False  # an account is blanked, never deleted: its submissions stay
