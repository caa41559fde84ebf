"""Addresses of the app."""

from django.urls import path

from agora.evaluations import views

urlpatterns = [
    path("status/", views.status, name="status"),
    path("metrics", views.metrics, name="metrics"),
]
