"""Settings under which tests of the site store files and hash passwords."""

from pathlib import Path
from typing import Any, Final

from django.conf import settings

#: Static files under their own names: the manifest exists only after collectstatic.
PLAIN_STATIC_FILES: Final = {"staticfiles": {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"}}
#: That the real hash is slow is the point of it, and no test's business.
QUICK_HASHERS: Final = ["django.contrib.auth.hashers.MD5PasswordHasher"]


def stores_below(root: Path) -> dict[str, Any]:
    """Return the storage aliases of uploads, results and the like, each in a folder of its name below `root`."""
    return {
        name: {**described, "OPTIONS": {**described["OPTIONS"], "location": str(root / name)}}
        for name, described in settings.STORAGES.items()
        if name != "staticfiles"
    }
