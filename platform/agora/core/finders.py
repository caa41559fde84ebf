"""Serve the one script of the plotly package that pages with a figure load, and nothing else of its files."""

from collections.abc import Iterator
from importlib.resources import files
from pathlib import Path
from typing import Any

from django.contrib.staticfiles.finders import BaseFinder
from django.core.files.storage import FileSystemStorage

SCRIPT = "plotly.min.js"


class PlotlyFinder(BaseFinder):
    """Find `plotly.min.js` where the package keeps it, so that script and package are always of one version."""

    def __init__(self, app_names: object = None, *args: Any, **kwargs: Any) -> None:
        super().__init__()
        self.storage = FileSystemStorage(location=str(_folder()))

    def check(self, **kwargs: Any) -> list[Any]:
        """Find nothing to complain about: the package is a requirement of the site."""
        return []

    def find(self, path: str, find_all: bool = False, **kwargs: Any) -> Any:
        """Return the script's path for its own name, an empty list for any other."""
        if path != SCRIPT:
            return []
        found = self.storage.path(SCRIPT)
        return [found] if find_all else found

    def list(self, ignore_patterns: object) -> Iterator[tuple[str, FileSystemStorage]]:
        """Yield the script alone."""
        yield SCRIPT, self.storage


def _folder() -> Path:
    return Path(str(files("plotly").joinpath("package_data")))
