"""What every template may use."""

from django.conf import settings
from django.http import HttpRequest

THEMES = ("system", "light", "dark")


def site(request: HttpRequest) -> dict[str, object]:
    """Return the chosen theme, the one that the switch offers next, and whether this is a local site."""
    theme = request.COOKIES.get("theme", "")
    theme = theme if theme in THEMES else THEMES[0]
    following = THEMES[(THEMES.index(theme) + 1) % len(THEMES)]
    return {"theme": theme, "next_theme": following, "is_local": settings.LOCAL}
