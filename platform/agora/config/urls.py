"""The URL map: apps as strings, in the order of the pages."""

from django.contrib import admin
from django.urls import include, path

urlpatterns = [
    path("", include("agora.competitions.urls")),
    path("", include("agora.submissions.urls")),
    path("", include("agora.leaderboards.urls_home")),
    path("", include("agora.leaderboards.urls")),
    path("", include("agora.evaluations.urls")),
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
