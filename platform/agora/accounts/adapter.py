"""Fit allauth to our users: where the confirmation link goes, and what a handle may be called."""

from typing import Any

from allauth.account.adapter import DefaultAccountAdapter
from django.conf import settings
from django.core.exceptions import ValidationError
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect

from challenges.schema import RESERVED_SLUGS

# The session of someone who has just signed up on a local site holds the link here, and nothing else ever does.
CONFIRMATION_LINK = "local_confirmation_link"


class AccountAdapter(DefaultAccountAdapter):  # type: ignore[misc]
    """allauth's policy; on a local site the confirmation link is also shown to the session that signed up."""

    def send_confirmation_mail(self, request: HttpRequest, emailconfirmation: Any, signup: bool) -> None:
        """Send the mail; on a local site, where it only lands in a folder, keep the link for the page that follows."""
        super().send_confirmation_mail(request, emailconfirmation, signup)
        if settings.LOCAL and signup:
            request.session[CONFIRMATION_LINK] = self.get_email_confirmation_url(request, emailconfirmation)

    def respond_email_verification_sent(self, request: HttpRequest, user: Any) -> HttpResponse:
        """Lead to the page that says where the mail is."""
        return redirect("accounts:mail")

    def clean_username(self, username: str, shallow: bool = False) -> str:
        """Refuse handles that would read as a page of the site."""
        username = super().clean_username(username, shallow=shallow)
        if username.lower() in RESERVED_SLUGS:
            raise ValidationError(f"The handle “{username}” is reserved. Choose another.")
        return username
