"""The page of what a person should know."""

from django.contrib.auth.views import redirect_to_login
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.http import require_POST, require_safe

from agora.activity import selectors, services


@require_safe
def notifications(request: HttpRequest) -> HttpResponse:
    """Show what the visitor was told, newest first."""
    if not request.user.is_authenticated:
        return redirect_to_login(request.path)
    page = request.GET.get("page", "1")
    shown = selectors.notifications_of(request.user, page=int(page) if page.isdecimal() and len(page) < 8 else 1)
    return render(request, "activity/notifications.html", {"shown": shown})


@require_POST
def mark_read(request: HttpRequest) -> HttpResponse:
    """Mark what the page had shown as read; what came since stays new."""
    if not request.user.is_authenticated:
        return redirect_to_login(reverse("activity:notifications"))
    services.mark_read(request.user, until=selectors.moment(request.POST.get("until", "")))
    return redirect("activity:notifications")
