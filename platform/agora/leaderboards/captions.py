"""Say over what a board's numbers are computed."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.utils import timezone

from agora.competitions.models import Phase, Spec
from agora.submissions.disclosure import disclosure_of, shown_splits
from scoring import SCORER_VERSION


@dataclass(frozen=True)
class Part:
    """How much of the test set something is over."""

    queries: int
    identities: int


@dataclass(frozen=True)
class Caption:
    """The facts of a caption; `has_private` tells whether a part of the queries is held back from the public board."""

    split: str
    part: Part
    whole: Part
    has_private: bool
    is_released: bool
    released_at: datetime | None
    protocol_hash: str
    scorer_version: str
    scorer_revision: int
    ground_truth_version: int
    rounding: str
    as_of: datetime


def caption_for(phase: Phase, spec: Spec, split: str) -> Caption:
    """Return the facts of the caption of one board; only counts, which the public list of images gives away anyway."""
    summary = spec.ground_truth.summary
    tracks = summary.get("tracks", {}).values()
    public, private = (_part(tracks, name) for name in ("public", "private"))
    # One identity is in one part for the whole competition, so the parts' identities add up.
    whole = Part(public.queries + private.queries, public.identities + private.identities)
    return Caption(
        split=split,
        part=private if split == "private" else public,
        whole=whole,
        has_private=private.queries > 0,
        is_released="private" in shown_splits(phase),
        released_at=phase.private_released_at,
        protocol_hash=spec.protocol_hash,
        scorer_version=SCORER_VERSION,
        scorer_revision=spec.scorer_revision,
        ground_truth_version=spec.ground_truth.version,
        rounding=disclosure_of(phase).sentence,
        as_of=timezone.now(),
    )


def _part(tracks: Any, split: str) -> Part:
    """Return the queries of a split over all tracks; of identities the largest track's, since tracks share their people."""
    parts = [track["splits"][split] for track in tracks]
    return Part(sum(part["queries"] for part in parts), max((part["identities"] for part in parts), default=0))
