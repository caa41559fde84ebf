"""Addresses of the app."""

from django.urls import path

from agora.competitions import views

app_name = "competitions"
urlpatterns = [
    path("competitions/", views.list_competitions, name="list"),
    path("c/<slug:slug>/", views.overview, name="overview"),
    path("c/<slug:slug>/data/", views.data, name="data"),
    path("c/<slug:slug>/data.zip", views.download_all, name="download-all"),
    path("c/<slug:slug>/data/<path:name>", views.download, name="download"),
    path("c/<slug:slug>/pictures/<int:position>.png", views.picture, name="picture"),
    path("c/<slug:slug>/rules/", views.rules, name="rules"),
    path("c/<slug:slug>/rules/accept", views.accept_rules, name="accept-rules"),
    path("c/<slug:slug>/join", views.join, name="join"),
    path("c/<slug:slug>/team/", views.team, name="team"),
]
