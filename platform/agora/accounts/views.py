"""Pages about accounts that allauth does not have."""

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET

from agora.accounts.adapter import CONFIRMATION_LINK


@never_cache
@require_GET
def mail(request: HttpRequest) -> HttpResponse:
    """Say that a mail was sent; on a local site show its link to the session that signed up, and to nobody else."""
    if request.user.is_authenticated:
        request.session.pop(CONFIRMATION_LINK, None)
        return redirect("home")
    link = request.session.get(CONFIRMATION_LINK, "") if settings.LOCAL else ""
    return render(request, "account/verification_sent.html", {"link": link})
