"""Say a method's facets as pills: two are shown, the rest is counted and named in a title."""

from dataclasses import dataclass

from challenges.facets import facet, from_mask

SHOWN = 2
INFERRED = "inferred from the paper's text"


@dataclass(frozen=True)
class Pill:
    """One facet on a row; `title` explains it."""

    label: str
    title: str
    is_inferred: bool = False


@dataclass(frozen=True)
class Pills:
    """The facets of a row: those shown, and the words for the others."""

    shown: tuple[Pill, ...] = ()
    more: tuple[Pill, ...] = ()

    @property
    def more_title(self) -> str:
        """The names of the facets that are not shown."""
        return _names(self.more)

    @property
    def after_first(self) -> int:
        """How many facets follow the first: where there is room for one pill alone."""
        return max(0, len(self.shown) + len(self.more) - 1)

    @property
    def is_several(self) -> bool:
        """Whether there is more than one facet."""
        return self.after_first > 0

    @property
    def after_first_title(self) -> str:
        """The names of the facets after the first."""
        return _names((*self.shown[1:], *self.more))


def pills(mask: int, *, inferred: int = 0) -> Pills:
    """Return the pills of a facet mask; bits of `inferred` were concluded by us and are marked so."""
    guessed = set(from_mask(inferred & mask))
    made = tuple(_pill(slug, is_inferred=slug in guessed) for slug in from_mask(mask))
    return Pills(made[:SHOWN], made[SHOWN:])


def _names(several: tuple[Pill, ...]) -> str:
    return ", ".join(f"{pill.label} ({INFERRED})" if pill.is_inferred else pill.label for pill in several)


def _pill(slug: str, *, is_inferred: bool) -> Pill:
    known = facet(slug)
    title = f"{known.sentence} ({INFERRED})" if is_inferred else known.sentence
    return Pill(known.label, title, is_inferred)
