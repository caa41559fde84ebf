"""The address of the home page; it lives in this app because it shows rows of boards."""

from django.urls import path

from agora.leaderboards import views_home

urlpatterns = [path("", views_home.home, name="home")]
