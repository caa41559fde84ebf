"""Write a result for a terminal, in per cent with half widths of the intervals, and as JSON in fractions."""

from collections.abc import Iterator, Sequence
from typing import Any

from challenges.spec import Challenge, Phase, metric_label
from scoring import SCORER_VERSION, Result, Score

AGGREGATES = {"micro": "All queries (micro)", "macro": "Mean of tracks (macro)"}


def result_mapping(result: Result, *, challenge: Challenge, phase: Phase) -> dict[str, Any]:
    """Return the result as JSON values in fractions; `primary` is the score that ranks, `all` queries taken together."""
    mapping = result.to_mapping()
    score = primary_score(result, phase)
    mapping["primary"] = (
        None
        if score is None
        else next(entry for entry in mapping["scores"] if _key(entry) == (score.split, score.track, score.metric))
    )
    return {"challenge": challenge.slug, "phase": phase.slug, **mapping}


def _key(entry: dict[str, Any]) -> tuple[str, str, str]:
    return entry["split"], entry["track"], entry["metric"]


def primary_score(result: Result, phase: Phase) -> Score | None:
    """Return the phase's primary metric over all queries, or None where nothing could be scored."""
    for score in result.scores:
        if (score.split, score.track, score.metric) == ("all", phase.aggregate, phase.primary_metric):
            return score
    return None


def result_lines(result: Result, *, challenge: Challenge, phase: Phase) -> Iterator[str]:
    """Yield the lines of a result: what was scored, the table and the score that ranks."""
    yield f"{challenge.title}, phase {phase.slug}: protocol {result.protocol_hash}, scorer {SCORER_VERSION}"
    yield ""
    yield from _table(list(_rows(result, challenge, phase)))
    yield ""
    score = primary_score(result, phase)
    if score is None:
        yield "No score: no query of this file's tracks has a match to be found."
    else:
        yield f"Score: {100 * score.value:.2f} % {phase.metric_sentence}{_interval(score, result.interval)}."
    for warning in result.warnings:
        yield f"Warning: {warning}"


def _interval(score: Score, kind: str) -> str:
    if score.low is None or score.high is None:
        return "; no interval"
    return f"; 95 % interval {100 * score.low:.2f} to {100 * score.high:.2f} ({kind})"


def _rows(result: Result, challenge: Challenge, phase: Phase) -> Iterator[tuple[str, ...]]:
    # Splits and tracks are shown in the order in which the scorer gives them.
    places = list(dict.fromkeys((score.split, score.track) for score in result.scores))
    splits = {split for split, _ in places}
    labels = {track.slug: track.label for track in challenge.tracks} | AGGREGATES
    counts = {(count.split, count.track): count for count in result.counts}
    scores = {(score.split, score.track, score.metric): score for score in result.scores}
    yield ("Split", "Track", "Queries", "Identities", *(f"{metric_label(metric)} %" for metric in phase.metrics))
    for split, track in places:
        if split == "public" and "private" not in splits:
            continue  # with one split it is the same as all
        count = counts.get((split, track))
        numbers = (f"{count.queries:,}", f"{count.identities:,}") if count else ("", "")
        cells = (_cell(scores.get((split, track, metric))) for metric in phase.metrics)
        yield (split, labels.get(track, track), *numbers, *cells)


def _cell(score: Score | None) -> str:
    if score is None:
        return "–"
    if score.low is None or score.high is None:
        return f"{100 * score.value:.2f}"
    return f"{100 * score.value:.2f} ± {50 * (score.high - score.low):.1f}"


def _table(rows: Sequence[tuple[str, ...]]) -> Iterator[str]:
    widths = [max(len(row[column]) for row in rows) for column in range(len(rows[0]))]
    for row in rows:
        # The first two columns are words, the others numbers.
        cells = [
            cell.ljust(width) if index < 2 else cell.rjust(width)
            for index, (cell, width) in enumerate(zip(row, widths, strict=True))
        ]
        yield "  ".join(cells).rstrip()
