"""Addresses of the app."""

from django.urls import path, register_converter

from agora.core.refs import REF_PATTERN
from agora.submissions.views import entries, uploads


class RefConverter:
    """Let only well-formed references into a view."""

    regex = REF_PATTERN

    def to_python(self, value: str) -> str:
        """Return the reference as it stands in the address."""
        return value

    def to_url(self, value: str) -> str:
        """Return the reference as it stands in the address."""
        return value


register_converter(RefConverter, "ref")

app_name = "submissions"
urlpatterns = [
    path("c/<slug:slug>/submit/", uploads.submit, name="submit"),
    path("c/<slug:slug>/submissions/", entries.entries, name="list"),
    path("c/<slug:slug>/submissions/final", entries.choose, name="choose"),
    path("c/<slug:slug>/uploads", uploads.create, name="upload-create"),
    path("u/<ref:ref>/", uploads.show, name="upload"),
    path("u/<ref:ref>/content", uploads.content, name="upload-content"),
    path("u/<ref:ref>/state", uploads.state, name="upload-state"),
    path("u/<ref:ref>/problems.csv", uploads.problems, name="upload-problems"),
    path("u/<ref:ref>/submit", uploads.enter, name="upload-submit"),
    path("s/<ref:ref>/", entries.detail, name="detail"),
    path("s/<ref:ref>/state", entries.state, name="state"),
    path("s/<ref:ref>/receipt.json", entries.receipt, name="receipt"),
    path("s/<ref:ref>/cancel", entries.cancel, name="cancel"),
    path("s/<ref:ref>/file", entries.file, name="file"),
]
