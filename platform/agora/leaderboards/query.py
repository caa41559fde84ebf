"""The state of a board in its address: what is shown, read from a query string and written back into links."""

from collections.abc import Mapping
from dataclasses import dataclass, replace

from django.utils.http import urlencode

METHODS = ("all", "plain")
BOARDS = ("public", "private")
MOST_WORDS = 80


@dataclass(frozen=True)
class BoardQuery:
    """What a reader chose; empty texts are the defaults and stay out of the address."""

    phase: str = ""
    board: str = ""
    track: str = ""
    metric: str = ""
    methods: str = ""
    q: str = ""
    sort: str = ""
    page: int = 1

    @classmethod
    def read(cls, given: Mapping[str, str]) -> "BoardQuery":
        """Read a query string; what is unknown or malformed counts as not given, so that every address shows a board."""
        page = given.get("page", "1")
        return cls(
            phase=given.get("phase", ""),
            board=given.get("board", "") if given.get("board") in BOARDS else "",
            track=given.get("track", ""),
            metric=given.get("metric", ""),
            methods=given.get("methods", "") if given.get("methods") == "plain" else "",
            q=" ".join(given.get("q", "").split())[:MOST_WORDS],
            sort=given.get("sort", ""),
            page=max(1, int(page)) if page.isdecimal() and len(page) < 7 else 1,
        )

    def items(self) -> tuple[tuple[str, str], ...]:
        """Return what differs from the defaults, in the order of the address."""
        named = ("phase", "board", "track", "metric", "methods", "q", "sort")
        pairs = [(name, getattr(self, name)) for name in named if getattr(self, name)]
        return (*pairs, *([("page", str(self.page))] if self.page > 1 else []))

    def link(self, **changes: str | int) -> str:
        """Return the address of another view of the board; every change but that of the page goes back to the first page."""
        changed = replace(self, **({"page": 1} | changes))  # type: ignore[arg-type]
        return "?" + urlencode(changed.items())

    def without(self, *names: str) -> tuple[tuple[str, str], ...]:
        """Return the pairs that a form has to carry beside its own fields."""
        return tuple((name, value) for name, value in self.items() if name not in {*names, "page"})

    @property
    def is_filtered(self) -> bool:
        """Whether rows are hidden."""
        return bool(self.methods or self.q)
