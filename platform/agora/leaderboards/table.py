"""The board as its template reads it: words and positions, nothing left to compute."""

from dataclasses import dataclass, field

from agora.leaderboards.axis import Axis, Mark
from agora.submissions.pills import Pills


@dataclass(frozen=True)
class Head:
    """A column's head; with a `url` it sorts by that column, `sort` is the value of `aria-sort`."""

    slug: str
    label: str
    url: str = ""
    sort: str = ""
    title: str = ""


@dataclass(frozen=True)
class Line:
    """One row of the board. Empty texts are columns without a value."""

    kind: str  # participant | baseline | reported
    name: str
    url: str = ""
    is_own: bool = False
    tier: str = ""
    begins_tier: bool = False  # of the rows of one tier that stand together
    ends_tier: bool = False
    rank: str = ""
    official: str = ""  # official rank after the place in a filtered view
    change: str = ""
    change_words: str = ""
    method: str = ""
    pills: Pills = field(default_factory=Pills)
    score: str = ""
    half: str = ""
    interval_words: str = ""  # "95 % interval 54.5 to 61.7"
    mark: Mark | None = None
    cells: tuple[str, ...] = ()
    entries: str = ""
    last: str = ""
    last_title: str = ""
    last_iso: str = ""
    source: str = ""
    note: str = ""


@dataclass(frozen=True)
class Table:
    """The whole table: which columns exist follows from its rows."""

    score: Head
    axis: Axis | None
    columns: tuple[Head, ...] = ()
    computed: tuple[Line, ...] = ()
    reported: tuple[Line, ...] = ()
    pinned: Line | None = None  # the own row, if it is on another page
    pinned_url: str = ""
    entries: Head = Head("entries", "Entries")
    last: Head = Head("last", "Last")
    heading: str = ""
    reported_note: str = ""

    @property
    def lines(self) -> tuple[Line, ...]:
        """Every row on the page."""
        return (*((self.pinned,) if self.pinned else ()), *self.computed, *self.reported)

    def _some(self, name: str) -> bool:
        return any(getattr(line, name) for line in self.lines)

    @property
    def is_archive(self) -> bool:
        """Whether only reported rows are shown."""
        return bool(self.reported) and not self.computed

    @property
    def has_tier(self) -> bool:
        """Whether any row is in a tier."""
        return self._some("tier")

    @property
    def tier_letters(self) -> tuple[str, ...]:
        """The tiers on the page, best first."""
        found = {line.tier for line in self.lines if line.tier}
        return tuple(sorted(found, key=lambda tier: (len(tier), tier)))

    @property
    def has_rank(self) -> bool:
        """Whether any row is ranked or could be."""
        return self._some("rank")

    @property
    def has_change(self) -> bool:
        """Whether any row moved."""
        return self._some("change")

    @property
    def has_half(self) -> bool:
        """Whether any row carries an interval."""
        return self._some("half")

    @property
    def has_entries(self) -> bool:
        """Whether any row counts entries."""
        return self._some("entries")

    @property
    def has_last(self) -> bool:
        """Whether any row has a time."""
        return self._some("last")

    @property
    def has_source(self) -> bool:
        """Whether the source of each row is a column: on an archive's board, and when rows have several sources."""
        return self.is_archive and self._some("source")

    @property
    def core_width(self) -> int:
        """How many columns stand up to the interval: those that every width of over 900 px shows."""
        return 3 + sum((self.has_tier, self.has_rank, self.has_change, self.has_half))

    @property
    def rest_width(self) -> int:
        """How many columns follow the interval; narrower screens leave them out."""
        return len(self.columns) + sum((self.has_entries, self.has_last, self.has_source))

    @property
    def has_inferred(self) -> bool:
        """Whether any facet was concluded by us."""
        return any(pill.is_inferred for line in self.lines for pill in (*line.pills.shown, *line.pills.more))

    @property
    def css_class(self) -> str:
        """The classes that the layout depends on."""
        words = {"unranked": not self.has_rank, "filtered": self._some("official"), "tiered": self.has_tier}
        return " ".join(("board", *(word for word, holds in words.items() if holds)))

    @property
    def kinds(self) -> tuple[str, ...]:
        """The kinds of rows on the page, in the order of the key."""
        present = {line.kind for line in self.lines}
        return tuple(kind for kind in ("participant", "baseline", "reported") if kind in present)
