"""Addresses of the app."""

from django.urls import path

from agora.activity import views

app_name = "activity"
urlpatterns = [
    path("notifications/", views.notifications, name="notifications"),
    path("notifications/read", views.mark_read, name="mark-read"),
]
