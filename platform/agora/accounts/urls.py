"""Addresses of the app."""

from django.urls import path

from agora.accounts import views

app_name = "accounts"
urlpatterns = [path("mail/", views.mail, name="mail")]
