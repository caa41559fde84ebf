"""What every template may use."""

from django.conf import settings
from django.http import HttpRequest


def site(request: HttpRequest) -> dict[str, object]:
    """Return the chosen theme and whether this is a local site."""
    theme = request.COOKIES.get("theme", "system")
    return {"theme": theme if theme in {"system", "light", "dark"} else "system", "is_local": settings.LOCAL}
