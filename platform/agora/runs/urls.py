"""Addresses of the app."""

from django.urls import path, re_path

from agora.core.refs import REF_PATTERN
from agora.runs import views

_RUN = rf"^r/(?P<ref>{REF_PATTERN})"

app_name = "runs"
urlpatterns = [
    path("c/<slug:slug>/runs/", views.runs, name="list"),
    path("c/<slug:slug>/runs/rows", views.rows, name="rows"),
    path("c/<slug:slug>/runs/start", views.start, name="start"),
    re_path(rf"{_RUN}/$", views.detail, name="detail"),
    re_path(rf"{_RUN}/state$", views.state, name="state"),
    re_path(rf"{_RUN}/cancel$", views.cancel, name="cancel"),
    re_path(rf"{_RUN}/resume$", views.resume, name="resume"),
    re_path(rf"{_RUN}/rerun$", views.rerun, name="rerun"),
    re_path(rf"{_RUN}/files/(?P<name>[a-z_.]{{1,60}})$", views.file, name="file"),
]
