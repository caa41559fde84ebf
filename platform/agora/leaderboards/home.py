"""Read what the home page shows beside the boards."""

from dataclasses import dataclass

from agora.competitions.access import Visitor
from agora.competitions.catalogue import Row, catalogue_rows
from agora.competitions.head import Head, head
from agora.competitions.models import DataFile
from agora.competitions.selectors import release
from agora.submissions.selectors import last_wait_seconds


@dataclass(frozen=True)
class Home:
    """The home page: where a newcomer starts, what is one's own, and every competition."""

    rows: tuple[Row, ...]
    first: Row | None  # the open competition that a newcomer is led to
    everything: DataFile | None  # its data in one file
    last_seconds: float | None  # from entering the latest scored file to its score
    yours: tuple[Head, ...]


def home(visitor: Visitor) -> Home:
    """Collect the home page for a visitor."""
    rows = catalogue_rows(visitor)
    first = next((row for row in rows if row.state == "open"), None)
    return Home(
        rows=rows,
        first=first,
        everything=release(first.competition).everything if first else None,
        last_seconds=last_wait_seconds(),
        yours=tuple(head(row.competition, visitor) for row in rows if row.is_mine),
    )
