"""Say scores as pages show them; every number comes through the disclosure."""

import math
import re
from collections.abc import Iterable
from dataclasses import dataclass

from django.utils import timezone

from agora.competitions.models import Phase, Track
from agora.core import words
from agora.submissions.disclosure import Shown, disclose, disclosure_of
from agora.submissions.models import Evaluation, EvaluationState, Submission
from agora.submissions.selectors import current_evaluation
from challenges.spec import metric_label

MOST_DECIMALS = 2
LEAST_P = 0.001
_BELOW_CHANCE = re.compile(r"(?P<track>[a-z0-9_-]+): (?P<metric>[A-Za-z0-9-]+) of [0-9.]+% is below ")
SPLIT_WORDS = {"public": "Public part", "private": "Private part", "all": "All queries"}


def decimals(phase: Phase) -> int:
    """Return with how many decimals of a percentage the phase's scores are written: no more than they are rounded to."""
    steps = disclosure_of(phase)["score"].steps
    return MOST_DECIMALS if steps is None else min(MOST_DECIMALS, max(0, math.ceil(math.log10(steps)) - 2))


def interval_words(low: float | None, high: float | None) -> str:
    """Return a 95 % interval in points: "95 % interval 54.5 to 61.7"; empty without one."""
    if low is None or high is None:
        return ""
    return f"95 % interval {words.percent(low, digits=1)} to {words.percent(high, digits=1)}"


def p_words(p_value: float) -> str:
    """Return a p-value with at most three decimals and two significant digits: "p = 0.31", "p = 0.004", "p < 0.001"."""
    if p_value < LEAST_P:
        return f"p < {LEAST_P}"
    return f"p = {p_value:.2f}" if p_value >= 0.0995 else f"p = {p_value:.3f}"


def shown_scores(evaluation: Evaluation | None, phase: Phase) -> tuple[Shown, ...]:
    """Return what may be shown of an evaluation's scores, none unless it is scored."""
    if evaluation is None or evaluation.state != EvaluationState.SCORED:
        return ()
    return disclose(phase, evaluation.scores.order_by("pk"))


def find(shown: Iterable[Shown], *, split: str, track: str, metric: str) -> Shown | None:
    """Return one score out of several, or None."""
    return next((score for score in shown if (score.split, score.track, score.metric) == (split, track, metric)), None)


def primary(shown: Iterable[Shown], phase: Phase, split: str = "public") -> Shown | None:
    """Return the score that ranks."""
    return find(shown, split=split, track=phase.aggregate, metric=phase.primary_metric)


def primary_words(submission: Submission) -> str:
    """Return the score that ranks, as text without a unit; empty if there is none to show."""
    phase = submission.phase
    score = primary(shown_scores(current_evaluation(submission), phase), phase)
    return words.percent(score.value, digits=decimals(phase)) if score else ""


def warning_words(evaluation: Evaluation, phase: Phase) -> tuple[str, ...]:
    """Return what the scorer warns of, without its numbers: those are more exact than any that may be shown.

    A warning of a kind that is not known here is held back for the same reason.
    """
    if not disclosure_of(phase)["tracks"].is_open(phase, timezone.now()):
        return ()
    labels = dict(phase.competition.tracks.values_list("slug", "label"))
    found = [_BELOW_CHANCE.match(warning) for warning in evaluation.warnings]
    return tuple(
        f"{labels.get(match['track'], match['track'])}: {metric_label(match['metric'])} is below that of a random order; "
        "the answers are probably reversed or shifted."
        for match in found
        if match
    )


@dataclass(frozen=True)
class Cell:
    """One number of the scores table; `hidden` says why there is none."""

    value: str = ""
    half: str = ""
    interval: str = ""
    hidden: str = ""


@dataclass(frozen=True)
class ScoresTable:
    """Metrics in rows, tracks in columns, the private part at the end."""

    headers: tuple[str, ...]
    rows: tuple[tuple[str, tuple[Cell, ...]], ...]


def scores_table(shown: tuple[Shown, ...], phase: Phase, tracks: Iterable[Track], *, has_private: bool) -> ScoresTable:
    """Return metrics × (all tracks, each track, private part): columns and rows without any number are left out.

    `has_private` tells that some queries are held back, whether or not their scores may be shown.
    """
    columns = [("All tracks", "public", phase.aggregate), *((track.label, "public", track.slug) for track in tracks)]
    if len(columns) == 2:
        columns = columns[:1]
    splits = {score.split for score in shown}
    if has_private:
        columns.append((SPLIT_WORDS["private"], "private", phase.aggregate))
    digits = decimals(phase)
    rows = []
    for metric in phase.metrics:
        found = [find(shown, split=split, track=track, metric=metric) for _, split, track in columns]
        if any(found):
            hidden = "" if "private" in splits else "hidden"
            cells = (_cell(score, digits, hidden) for score in found)
            rows.append((f"{metric_label(metric)} %", tuple(cells)))
    return ScoresTable(tuple(label for label, _, _ in columns), tuple(rows))


def _cell(score: Shown | None, digits: int, hidden: str) -> Cell:
    if score is None:
        return Cell(hidden=hidden)
    return Cell(
        value=words.percent(score.value, digits=digits),
        half=words.half_width(score.low, score.high),
        interval=interval_words(score.low, score.high),
    )
