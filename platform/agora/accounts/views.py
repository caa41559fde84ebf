"""Pages about accounts that allauth does not have."""

from datetime import timedelta

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from agora.accounts.adapter import CONFIRMATION_LINK

# allauth answers 429 for limits that count over one minute, so that after one minute nobody is held back any more.
_LONGEST_WAIT_SECONDS = 60


@never_cache
@require_safe
def mail(request: HttpRequest) -> HttpResponse:
    """Say that a mail was sent; on a local site show its link to the session that signed up, and to nobody else."""
    if request.user.is_authenticated:
        request.session.pop(CONFIRMATION_LINK, None)
        return redirect("home")
    link = request.session.get(CONFIRMATION_LINK, "") if settings.LOCAL else ""
    return render(request, "account/verification_sent.html", {"link": link})


def too_many_requests(request: HttpRequest) -> HttpResponse:
    """429: give the second at which to come back."""
    context = {"retry_at": timezone.now() + timedelta(seconds=_LONGEST_WAIT_SECONDS)}
    response = render(request, "429.html", context, status=429)
    response["Retry-After"] = str(_LONGEST_WAIT_SECONDS)
    return response
