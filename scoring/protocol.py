"""Describe how a ranking becomes a score: a frozen value with a hash that is shown beside every score.

The order of operations never changes: read, cut at depth K, drop what is not drawn, drop junk, keep the first image of each
tracklet, close the gaps, rank.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, fields
from typing import Final

from scoring.canonical import did_you_mean, short_hash, unknown_choice, unknown_keys
from scoring.errors import ProtocolError

SCHEMA: Final = 1
CHOICES: Final[Mapping[str, tuple[str, ...]]] = {
    "draw": ("all", "fixed", "per_query", "resplit"),
    "ap": ("step", "trapezoid"),
    "denominator": ("relevant", "min_relevant_k", "found"),
    "no_match": ("skip", "zero"),
    "aggregate": ("micro", "macro"),
    "gallery_labels": ("hidden", "released"),
    "ties": ("gallery_order",),
}
#: Fields that were added after protocols had been stored: left out of every mapping while they have these values, so that no
#: stored hash moves.
ADDED: Final[Mapping[str, int]] = {"draws": 1, "draw_seed": 0, "image_to_track": False}
#: Stored draws are scored beside each other, each with sums of its own.
MAX_DRAWS: Final = {"per_query": 1000, "resplit": 100}
_COLUMN = re.compile(r"[a-z][a-z0-9_]{0,63}")


@dataclass(frozen=True, kw_only=True)
class Protocol:
    """Hold every choice that turns a ranking into a score.

    Parameters
    ----------
    schema : int
        Version of this description, 1.
    junk : tuple of column sets
        A gallery item is junk for a query when it equals the query in all columns of any one set. Junk is taken out
        before ranking: it is neither a match nor a mistake. Market-1501 is ``(("pid", "camid"),)``.
    junk_pids : tuple of str
        Identities whose gallery items are junk for every query (``-1`` in Market-1501).
    distractor_pids : tuple of str
        Identities that never match a query but count as mistakes (``0`` in Market-1501, not in MSMT17).
    draw : str
        Which gallery items take part: ``all``; those that the annotations' column ``draws`` marks (``fixed``); for CMC alone
        one not-junk item per gallery identity, drawn anew for each query (``per_query``); or in each of several stored
        draws the marked items, while all images that are not among them are asked (``resplit``).
    depth : int or None
        Number of listed items that are read, counted before junk is dropped; None reads all.
    ap : str
        ``step`` is the non-interpolated average precision, ``trapezoid`` that of the Market-1501 MATLAB code.
    denominator : str
        What average precision is divided by when rankings are cut: all ``relevant`` items, ``min_relevant_k``, or
        those ``found``.
    no_match : str
        Queries without any valid match: ``skip`` leaves them out, ``zero`` counts them as 0.
    aggregate : str
        The board's aggregate: ``micro`` is the mean over queries, ``macro`` the mean over tracks.
    gallery_labels : str
        ``released`` when participants know the identities of the gallery, else ``hidden``.
    ties : str
        Equal distances go to the earlier position in the published gallery list.
    draws : int
        Number of draws under ``per_query``, at most 1,000, and ``resplit``, at most 100; else 1.
    draw_seed : int
        From which the draws of ``per_query`` follow, 0 to 2^63 - 1; else 0.
    image_to_track : bool
        Whether a query image is answered by tracklets (annotations' column ``tracklet``): a tracklet stands where its
        first listed image does. VeRi-776's image-to-track protocol.
    """

    schema: int = SCHEMA
    junk: tuple[tuple[str, ...], ...] = (("pid", "camid"),)
    junk_pids: tuple[str, ...] = ()
    distractor_pids: tuple[str, ...] = ()
    draw: str = "all"
    depth: int | None = None
    ap: str = "step"
    denominator: str = "relevant"
    no_match: str = "skip"
    aggregate: str = "micro"
    gallery_labels: str = "hidden"
    ties: str = "gallery_order"
    draws: int = 1
    draw_seed: int = 0
    image_to_track: bool = False

    def __post_init__(self) -> None:
        problems = _problems(self)
        if problems:
            raise ProtocolError(" ".join(problems))

    @classmethod
    def from_mapping(cls, mapping: Mapping[str, object]) -> Protocol:
        """Read a protocol from a mapping; fields left out have their defaults.

        Raises
        ------
        ProtocolError
            For unknown fields and for values that a field cannot have, all of them in one message.
        """
        unknown = unknown_keys(mapping, [field.name for field in fields(cls)], "A protocol")
        if unknown:
            raise ProtocolError(" ".join(unknown))
        return cls(**{key: _frozen(value) for key, value in mapping.items()})  # type: ignore[arg-type]

    def to_mapping(self) -> dict[str, object]:
        """Return the fields as plain JSON values, without `depth` where none is cut and `ADDED` fields at their defaults."""
        mapping: dict[str, object] = {field.name: getattr(self, field.name) for field in fields(self)}
        mapping["junk"] = [list(columns) for columns in self.junk]
        mapping["junk_pids"] = list(self.junk_pids)
        mapping["distractor_pids"] = list(self.distractor_pids)
        if self.depth is None:
            del mapping["depth"]
        for name, default in ADDED.items():
            if mapping[name] == default:
                del mapping[name]
        return mapping

    @property
    def hash(self) -> str:
        """Return the first 16 hexadecimal digits of the SHA-256 of the canonical JSON.

        Notes
        -----
        Junk sets, their columns and the lists of identities are sets: they are sorted first, so that their order never
        changes the hash. A field that is added to this class later must be left out while it has its default: it stands in
        `ADDED`.
        """
        mapping = self.to_mapping()
        mapping["junk"] = sorted({tuple(sorted(set(columns))) for columns in self.junk})
        mapping["junk_pids"] = sorted(set(self.junk_pids))
        mapping["distractor_pids"] = sorted(set(self.distractor_pids))
        return short_hash(mapping)

    def describe(self) -> tuple[tuple[str, str], ...]:
        """Return the protocol in words: pairs of a term and a sentence, in the order of a page."""
        from scoring.protocol_words import describe  # noqa: PLC0415 (words are needed by pages alone)

        return describe(self)


def _frozen(value: object) -> object:
    """Turn lists into tuples at every depth."""
    if isinstance(value, list | tuple):
        return tuple(_frozen(item) for item in value)
    return value


def _problems(protocol: Protocol) -> list[str]:
    """Return one sentence for every field with a value that it cannot have."""
    problems = [unknown_choice(name, getattr(protocol, name), choices) for name, choices in CHOICES.items()]
    problems.append(_schema_problem(protocol.schema))
    problems.append(_junk_problem(protocol.junk))
    problems.append(_pids_problem("junk_pids", protocol.junk_pids))
    problems.append(_pids_problem("distractor_pids", protocol.distractor_pids))
    problems.append(_depth_problem(protocol.depth))
    problems += _draw_problems(protocol)
    if not any(problems):
        both = sorted(set(protocol.junk_pids) & set(protocol.distractor_pids))
        problems.append(f"{both} cannot be junk and distractors at once." if both else None)
        if protocol.denominator != "relevant" and protocol.depth is None:
            problems.append(f'"denominator" {protocol.denominator!r} needs a "depth": full rankings find all items.')
    return [problem for problem in problems if problem]


def _schema_problem(schema: object) -> str | None:
    if schema == SCHEMA and isinstance(schema, int) and not isinstance(schema, bool):
        return None
    return f'"schema" must be {SCHEMA}, not {schema!r}.'


def _junk_problem(junk: object) -> str | None:
    sets = junk if isinstance(junk, tuple) else ()
    if not isinstance(junk, tuple) or not all(isinstance(columns, tuple) and columns for columns in sets):
        return f'"junk" must be a list of lists of column names, not {junk!r}.'
    for column in (column for columns in sets for column in columns):
        if not isinstance(column, str) or not _COLUMN.fullmatch(column):
            return f'"junk" names the column {column!r}.{did_you_mean(str(column), ("pid", "camid", "image_id"))}'
    return None


def _pids_problem(name: str, pids: object) -> str | None:
    if isinstance(pids, tuple) and all(isinstance(pid, str) and pid for pid in pids):
        return None
    return f'"{name}" must be a list of identities written as text, not {pids!r}.'


def _depth_problem(depth: object) -> str | None:
    if depth is None or _is_whole(depth, 1, 2**63 - 1):
        return None
    return f'"depth" must be a whole number of at least 1, not {depth!r}.'


def _draw_problems(protocol: Protocol) -> list[str | None]:
    """Return what is wrong with the fields that say how galleries are drawn, and whether they fit each other."""
    draw = protocol.draw if isinstance(protocol.draw, str) else ""
    draws, seed, tracks = protocol.draws, protocol.draw_seed, protocol.image_to_track
    problems: list[str | None] = []
    most = MAX_DRAWS.get(draw, max(MAX_DRAWS.values()))
    if not _is_whole(draws, 1, most):
        problems.append(f'"draws" must be a whole number from 1 to {most:,}, not {draws!r}.')
    elif draws != 1 and draw not in MAX_DRAWS:
        problems.append(f'"draws" belongs to the draws "per_query" and "resplit", not to {protocol.draw!r}.')
    if not _is_whole(seed, 0, 2**63 - 1):
        problems.append(f'"draw_seed" must be a whole number from 0 to 2^63 - 1, not {seed!r}.')
    elif seed != 0 and draw != "per_query":
        problems.append(
            f'"draw_seed" belongs to the draw "per_query", not to {protocol.draw!r}: other draws are stored.'
        )
    if not isinstance(tracks, bool):
        problems.append(f'"image_to_track" must be true or false, not {tracks!r}.')
    elif tracks and draw in MAX_DRAWS:
        problems.append(f'"image_to_track" cannot be joined with the draw {protocol.draw!r}, which draws images.')
    return problems


def _is_whole(value: object, least: int, most: int) -> bool:
    return isinstance(value, int) and not isinstance(value, bool) and least <= value <= most
