"""Say a protocol in words, for pages, receipts and the offline scorer."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from scoring.protocol import Protocol

_COLUMN_WORDS: Final = {"pid": "identity", "camid": "camera", "image_id": "image", "domain": "domain"}
_TRACK_WORDS: Final = " A tracklet stands in a ranking where its first image does."
_AP_WORDS: Final = {
    "step": "Non-interpolated: the mean of the precision at each match.",
    "trapezoid": "Trapezoid rule, as in the Market-1501 MATLAB code: the precision before and at each match, averaged.",
}
_DENOMINATOR_WORDS: Final = {
    "relevant": "All matches in the gallery, listed or not.",
    "min_relevant_k": "All matches in the gallery, but at most the depth.",
    "found": "The matches that the ranking lists (the optimistic choice).",
}
_NO_MATCH_WORDS: Final = {
    "skip": "A query without any valid match in the gallery is left out; the count is shown.",
    "zero": "A query without any valid match in the gallery counts as 0.",
}
_AGGREGATE_WORDS: Final = {
    "micro": "The mean over all queries of all tracks.",
    "macro": "The mean of the tracks' scores, whatever their numbers of queries.",
}
_GALLERY_WORDS: Final = {
    "hidden": "The identities of the gallery are not released.",
    "released": "The identities of the gallery are released under pseudonyms: the task is closed-set identification.",
}


def describe(protocol: Protocol) -> tuple[tuple[str, str], ...]:
    """Return pairs of a term and a sentence, in the order of a page."""
    depth = f"The first {protocol.depth} listed items are read." if protocol.depth else "Every listed item is read."
    return (
        ("Images", _draw_sentence(protocol)),
        ("Junk", _junk_sentence(protocol)),
        ("Distractors", _distractor_sentence(protocol.distractor_pids)),
        ("Depth", depth + " Items that are not listed are not retrieved."),
        ("Order", _order_sentence(protocol)),
        ("Average precision", _AP_WORDS[protocol.ap]),
        ("Divided by", _DENOMINATOR_WORDS[protocol.denominator]),
        ("Queries without a match", _NO_MATCH_WORDS[protocol.no_match]),
        ("Aggregate", _AGGREGATE_WORDS[protocol.aggregate]),
        (
            "Ties",
            "Equal distances go to the earlier position in the gallery list; a ranking file's order is the order.",
        ),
        ("Gallery identities", _GALLERY_WORDS[protocol.gallery_labels]),
    )


def _order_sentence(protocol: Protocol) -> str:
    drawn = ", drop what is not drawn" if protocol.draw in ("fixed", "resplit") else ""
    tracks = ", keep the first image of each tracklet" if protocol.image_to_track else ""
    return f"Read, cut at the depth{drawn}, drop junk{tracks}, close the gaps, rank."


def _draw_sentence(protocol: Protocol) -> str:
    number = "one draw" if protocol.draws == 1 else f"{protocol.draws:,} draws"
    words = {
        "all": "Every query and every gallery image of the test set takes part.",
        "fixed": "Every query, and the gallery images of one stored draw.",
        "per_query": f"Every query and every gallery image; for CMC one image of each gallery identity, in {number} for each "
        f"query that follow from the seed {protocol.draw_seed}.",
        "resplit": f"In each of {number}, which are stored, one image of each identity is gallery and all others are "
        "queries; the score is the mean of the draws' scores.",
    }
    return words[protocol.draw] + (_TRACK_WORDS if protocol.image_to_track else "")


def _junk_sentence(protocol: Protocol) -> str:
    rules = [_and(["the same " + _COLUMN_WORDS.get(column, column) for column in columns]) for columns in protocol.junk]
    if protocol.junk_pids:
        rules.append("the identity " + _and([f'"{pid}"' for pid in protocol.junk_pids], "or"))
    if not rules:
        return "No gallery item is left out."
    return "Gallery items with " + _and(rules, "or with") + " are left out before ranking."


def _distractor_sentence(pids: Sequence[str]) -> str:
    if not pids:
        return "None: every identity can match."
    return "The identity " + _and([f'"{pid}"' for pid in pids], "or") + " never matches and counts as a mistake."


def _and(parts: Sequence[str], word: str = "and") -> str:
    """Join words as a sentence does."""
    if len(parts) <= 2:
        return f" {word} ".join(parts)
    return ", ".join(parts[:-1]) + f" {word} {parts[-1]}"
