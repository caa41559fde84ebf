"""Addresses of the app."""

from django.urls import path

from agora.core import views

urlpatterns = [
    path("theme", views.choose_theme, name="theme"),
    path("favicon.ico", views.favicon),
    path("healthz", views.healthz, name="healthz"),
    path("readyz", views.readyz, name="readyz"),
]
