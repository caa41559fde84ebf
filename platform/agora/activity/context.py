"""What the site bar of every page may ask."""

from django.http import HttpRequest
from django.utils.functional import SimpleLazyObject

from agora.activity.selectors import unread_words


def notifications(request: HttpRequest) -> dict[str, object]:
    """Return the visitor's number of unread notifications, counted when a template asks for it."""
    user = getattr(request, "user", None)  # pages of a failure may come before the session was read
    if user is None or not user.is_authenticated:
        return {}
    return {"unread": SimpleLazyObject(lambda: unread_words(user))}
