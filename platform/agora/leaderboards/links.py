"""Write a view of a board into its address: defaults stay out, so that the plain address is the plain board."""

from dataclasses import replace

from django.utils.http import urlencode

from agora.leaderboards.view import Choices, View

# Field of the view to its key in the address, in the order of the address.
KEYS = {
    "split": "board",
    "track": "track",
    "metric": "metric",
    "methods": "methods",
    "kind": "kind",
    "facet": "facet",
    "search": "q",
    "sort": "sort",
    "page": "page",
}


def default_view(choices: Choices) -> View:
    """Return the view that opens when nothing is asked for."""
    return View(choices.splits[0], choices.tracks[0][0], choices.metrics[0][0])


class Links:
    """Addresses of the views near one view."""

    def __init__(self, view: View, choices: Choices, *, phase_slug: str = "") -> None:
        self._view = view
        self._default = default_view(choices)
        self._phase = phase_slug

    def to(self, **changes: str | int) -> str:
        """Return the query of another view; every change but that of the page leads back to the first page."""
        return "?" + urlencode(self.pairs(**changes))

    def pairs(self, **changes: str | int) -> tuple[tuple[str, str], ...]:
        """Return the pairs of the query, without those that have their default."""
        changed = replace(self._view, **({"page": 1} | changes))  # type: ignore[arg-type]
        named = (("phase", self._phase),) if self._phase else ()
        kept = [
            (key, str(getattr(changed, field)))
            for field, key in KEYS.items()
            if getattr(changed, field) != getattr(self._default, field)
        ]
        return (*named, *kept)
