"""Addresses of the app."""

from django.urls import path, re_path

from agora.core.refs import REF_PATTERN
from agora.leaderboards import views

app_name = "leaderboards"
urlpatterns = [
    path("c/<slug:slug>/leaderboard/", views.board, name="board"),
    re_path(r"^c/(?P<slug>[-a-zA-Z0-9_]+)/leaderboard\.(?P<ending>csv|json|tex)$", views.export, name="export"),
    path("c/<slug:slug>/leaderboard/mini", views.mini, name="mini"),
    re_path(
        rf"^c/(?P<slug>[-a-zA-Z0-9_]+)/team/mergers/(?P<ref>{REF_PATTERN})/accept$",
        views.accept_merger,
        name="accept-merger",
    ),
    re_path(rf"^c/(?P<slug>[-a-zA-Z0-9_]+)/leaderboard/place/(?P<ref>{REF_PATTERN})$", views.place, name="place"),
]
