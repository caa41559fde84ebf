"""Say how unknown ids can be mended, from what the file itself shows."""

from __future__ import annotations

from collections.abc import Callable, Collection, Sequence
from typing import Final

from scoring.formats.context import Context
from scoring.manifest import Manifest

_ENDINGS: Final = (".jpg", ".jpeg", ".png", ".bmp", ".webp")
_SEPARATORS: Final = {";": "semicolons", "|": "bars", "\u2409": "tabs"}


def query_mend(ids: Sequence[str], manifest: Manifest) -> str:
    """Say how unknown query ids can be mended."""
    known = frozenset(query for track in manifest.tracks for query in manifest.queries(track))
    mend = _rewritten(ids, known)
    if mend:
        return mend
    gallery = frozenset(item for track in manifest.tracks for item in manifest.gallery(track))
    if ids and all(name in gallery for name in ids):
        return "These are gallery ids: write the query id first."
    return f"Use the query ids of the published list of images, such as {_example(known)}."


def gallery_mend(ids: Sequence[str], manifest: Manifest) -> str:
    """Say how unknown gallery ids can be mended."""
    known = frozenset(item for track in manifest.tracks for item in manifest.gallery(track))
    separator = next((word for sign, word in _SEPARATORS.items() if ids and all(sign in name for name in ids)), None)
    if separator:
        return f"These hold {separator}: separate gallery ids by single spaces."
    if ids and all(name in known for name in ids):
        return "These are in the gallery of another track: list the gallery of the query's own track."
    mend = _rewritten(ids, known)
    if mend:
        return mend
    queries = frozenset(query for track in manifest.tracks for query in manifest.queries(track))
    if ids and all(name in queries for name in ids):
        return "These are query ids: list gallery ids only."
    if ids and all(name.isdigit() for name in ids):
        return f"These are numbers: write the ids of the gallery images, such as {_example(known)}."
    return f"Use the gallery ids of the published list of images, such as {_example(known)}."


def position_mend(ids: Sequence[str], context: Context) -> str:
    """Say how unknown gallery positions can be mended; the base is declared and never guessed."""
    manifest, base = context.manifest, int(context.submission_format.index_base)
    largest = max(manifest.n_gallery(track) for track in manifest.tracks)
    range_words = f"from {base} to {largest - 1 + base}" if len(manifest.tracks) == 1 else f"from {base} on"
    sizes = {str(manifest.n_gallery(track)) for track in manifest.tracks}
    numbers = {name.lstrip("0") or "0" for name in ids if name.isascii() and name.isdigit()}
    if base == 1 and numbers == {"0"}:
        return "These look 0-based: this challenge counts gallery positions from 1, so add 1 to each."
    if base == 0 and numbers and numbers <= sizes:
        return "These look 1-based: this challenge counts gallery positions from 0, so subtract 1 from each."
    if ids and all(name.startswith('"') for name in ids):
        return f"These stand in quotes: write gallery positions as numbers, {range_words}."
    known = frozenset(item for track in manifest.tracks for item in manifest.gallery(track))
    if ids and all(name in known for name in ids):
        return f"These are gallery ids: write positions in the published gallery list, {range_words}."
    rewritten = _ending_or_folder(ids)
    return rewritten or f"Write positions in the gallery list of the query's track, {range_words}, in digits alone."


def label_mend(ids: Sequence[str], known: Collection[str]) -> str:
    """Say how unknown identities can be mended; their list is released."""
    return _rewritten(ids, known) or f"Use the identities of the released gallery list, such as {_example(known)}."


def _rewritten(ids: Sequence[str], known: Collection[str]) -> str:
    """Find one change that makes the listed ids known; empty when there is none."""
    if not ids or (words := _ending_or_folder(ids)):
        return words if ids else ""
    folded = {name.lower(): name for name in known}
    for change, words in _changes(folded):
        if all(change(name) in known for name in ids):
            return words
    return ""


def _ending_or_folder(ids: Sequence[str]) -> str:
    """Find an ending or a folder that all ids have."""
    for ending in _ENDINGS:
        if ids and all(name.lower().endswith(ending) for name in ids):
            return f"These end in {ending}: write the name without its ending."
    return (
        "These hold a folder: write the name alone, without folder." if ids and all("/" in name for name in ids) else ""
    )


def _changes(folded: dict[str, str]) -> tuple[tuple[Callable[[str], str], str], ...]:
    return (
        (
            lambda name: folded.get(name.lower(), ""),
            "Capital and small letters differ: write ids exactly as published.",
        ),
        (lambda name: name.strip("'\"[](),"), "These hold quotes or brackets: write the bare id."),
        (lambda name: name.lstrip("0") or "0", "These have leading zeros: write ids exactly as published."),
    )


def _example(known: Collection[str]) -> str:
    """Name one id; the smallest, so that a report never changes."""
    return min(known, default="(none)")
