"""Addresses of the app."""

from django.urls import path, re_path

from agora.competitions.views import pages, teams
from agora.core.refs import REF_PATTERN

_TEAM = r"^c/(?P<slug>[-a-zA-Z0-9_]+)/team"
_INVITATION = rf"{_TEAM}/invitations/(?P<ref>{REF_PATTERN})"
_MERGER = rf"{_TEAM}/mergers/(?P<ref>{REF_PATTERN})"  # accepting one is the leaderboards' business

app_name = "competitions"
urlpatterns = [
    path("competitions/", pages.list_competitions, name="list"),
    path("c/<slug:slug>/", pages.overview, name="overview"),
    path("c/<slug:slug>/data/", pages.data, name="data"),
    path("c/<slug:slug>/data.zip", pages.download_all, name="download-all"),
    path("c/<slug:slug>/data/<path:name>", pages.download, name="download"),
    path("c/<slug:slug>/pictures/<int:position>.png", pages.picture, name="picture"),
    path("c/<slug:slug>/rules/", pages.rules, name="rules"),
    path("c/<slug:slug>/rules/accept", pages.accept_rules, name="accept-rules"),
    path("c/<slug:slug>/join", pages.join, name="join"),
    path("c/<slug:slug>/team/", teams.team, name="team"),
    path("c/<slug:slug>/team/invite", teams.invite, name="invite"),
    path("c/<slug:slug>/team/leave", teams.leave, name="leave-team"),
    path("c/<slug:slug>/team/lead", teams.hand_on_lead, name="hand-on-lead"),
    re_path(rf"{_INVITATION}/accept$", teams.accept_invitation, name="accept-invitation"),
    re_path(rf"{_INVITATION}/decline$", teams.decline_invitation, name="decline-invitation"),
    re_path(rf"{_INVITATION}/cancel$", teams.cancel_invitation, name="cancel-invitation"),
    path("c/<slug:slug>/team/merge", teams.ask_merger, name="ask-merger"),
    re_path(rf"{_MERGER}/cancel$", teams.cancel_merger, name="cancel-merger"),
    re_path(rf"{_MERGER}/decline$", teams.decline_merger, name="decline-merger"),
]
