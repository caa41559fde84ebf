"""Name the declared properties of a method: one vocabulary for packs, method cards, runs and boards.

A facet is a boolean about how an answer was made. The order below is the bit order of the mask that
boards store, so it never changes and new facets go to the end. A method without any facet follows the
*plain protocol*. Backbone, losses, pre-training, augmentation, camera- and attribute-aware training are
facts of a method's card; they hide nothing on a board and are no facets.
"""

from collections.abc import Iterable
from dataclasses import dataclass

from challenges.errors import did_you_mean


@dataclass(frozen=True)
class Facet:
    """Describe one facet: its slug, the words on a pill ("+ re-ranking") and one sentence."""

    slug: str
    label: str
    sentence: str


FACETS: tuple[Facet, ...] = (
    Facet("rerank", "re-ranking", "Distances were changed after extraction by a neighbourhood of query and gallery."),
    Facet("tta", "test-time views", "Each test image was embedded in several views, such as a mirror image."),
    Facet("ensemble", "ensemble", "The answers of several separately trained models were combined."),
    Facet("transductive_train", "pseudo-labels", "Unlabelled test images were used for training."),
    Facet(
        "gallery_pooling",
        "gallery labels",
        "The gallery's identities were used, as by averaging each identity's images.",
    ),
    Facet("camera_at_test", "camera at test", "The camera or platform of a test image was used to answer."),
    Facet("attributes_at_test", "attributes at test", "Annotated attributes of test images were used to answer."),
    Facet(
        "filename_metadata_at_test",
        "file names",
        "What test file names tell (date, altitude, frame) was used to answer.",
    ),
    Facet("tuned_on_test", "tuned on test", "Settings were chosen by results on the test set."),
    Facet("extra_data", "extra data", "Images beyond the challenge's own and the stated pre-training were used."),
)
SLUGS: tuple[str, ...] = tuple(facet.slug for facet in FACETS)


def facet(slug: str) -> Facet:
    """Return the facet called `slug`; ValueError with the nearest name if there is none."""
    for candidate in FACETS:
        if candidate.slug == slug:
            return candidate
    raise ValueError(f'unknown facet "{slug}"{did_you_mean(slug, SLUGS)}')


def in_order(slugs: Iterable[str]) -> tuple[str, ...]:
    """Return distinct facet slugs in the vocabulary's order; ValueError for an unknown one."""
    chosen = {facet(slug).slug for slug in slugs}
    return tuple(slug for slug in SLUGS if slug in chosen)


def to_mask(slugs: Iterable[str]) -> int:
    """Return the bit mask of facets, bit 0 being the first of the vocabulary; 0 is the plain protocol.

    Examples
    --------
    >>> to_mask(["rerank", "ensemble"])
    5
    """
    return sum(1 << SLUGS.index(slug) for slug in in_order(slugs))


def from_mask(mask: int) -> tuple[str, ...]:
    """Return the facets of a bit mask, in order; ValueError if it has bits beyond the vocabulary.

    Examples
    --------
    >>> from_mask(5)
    ('rerank', 'ensemble')
    """
    if not 0 <= mask < 1 << len(SLUGS):
        raise ValueError(f"facet mask {mask} has bits beyond the {len(SLUGS)} known facets")
    return tuple(slug for bit, slug in enumerate(SLUGS) if mask >> bit & 1)
