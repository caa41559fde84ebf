"""The URL map: apps as strings, in the order of the pages."""

from allauth.account.decorators import secure_admin_login
from django.contrib import admin
from django.urls import include, path

# One log-in for everybody: the administration's own knows no limit of attempts.
admin.site.login = secure_admin_login(admin.site.login)  # type: ignore[method-assign]

urlpatterns = [
    path("", include("agora.competitions.urls")),
    path("", include("agora.submissions.urls")),
    path("", include("agora.leaderboards.urls_home")),
    path("", include("agora.leaderboards.urls")),
    path("", include("agora.evaluations.urls")),
    path("", include("agora.runs.urls")),
    path("", include("agora.activity.urls")),
    path("", include("agora.core.urls")),
    path("accounts/", include("agora.accounts.urls")),
    path("accounts/", include("allauth.urls")),
    path("admin/", admin.site.urls),
]

handler400 = "agora.core.errors.bad_request"
handler403 = "agora.core.errors.permission_denied"
handler404 = "agora.core.errors.not_found"
handler429 = "agora.accounts.views.too_many_requests"  # asked for by allauth's rate limits
handler500 = "agora.core.errors.server_error"
