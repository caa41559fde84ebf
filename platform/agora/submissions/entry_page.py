"""Collect what the page of one entry shows, in every state."""

from collections.abc import Mapping
from typing import Any

from django.urls import reverse
from django.utils import timezone

from agora.competitions.access import Visitor
from agora.competitions.head import head
from agora.competitions.models import Phase
from agora.competitions.selectors import protocol_terms
from agora.core import words
from agora.core.attempts import REASONS
from agora.submissions.access import is_of_team
from agora.submissions.disclosure import Shown, disclosure_of
from agora.submissions.entries import may_be_cancelled
from agora.submissions.figures import Figure, Point, Series, cmc_figure, cmc_points, first_match_figure
from agora.submissions.final import has_final
from agora.submissions.findings import findings
from agora.submissions.models import Evaluation, EvaluationState, Kind, Submission
from agora.submissions.pills import pills
from agora.submissions.presentation import (
    SPLIT_WORDS,
    decimals,
    interval_words,
    primary,
    scores_table,
    shown_scores,
    warning_words,
)
from agora.submissions.selectors import current_evaluation, may_see, queue_place
from agora.submissions.slices import slices_figure
from agora.submissions.timeline import seconds_words, timeline
from challenges.spec import metric_label

FINAL = frozenset({"scored", "invalid", "error", "cancelled"})


def entry_page(submission: Submission, visitor: Visitor) -> dict[str, Any]:
    """Return the context of the entry's page."""
    phase = submission.phase
    evaluation = current_evaluation(submission)
    is_own = is_of_team(visitor, submission.team, phase.competition)
    return {
        "head": head(phase.competition, visitor, phase=phase),
        "tab": "submissions" if is_own else "leaderboard",
        "is_own": is_own,
        "may_download": may_see(visitor, submission.team, phase.competition),
        "may_choose": is_own and has_final(phase),
        "pills": pills(submission.facets),
        "who": submission.team.name if submission.team else submission.title,
        **entry_state(submission, evaluation, is_own=is_own),
        **_scored(submission, evaluation),
        "function": _function(submission, evaluation),
        "earlier": [row for row in submission.evaluations.order_by("pk") if evaluation and row.pk != evaluation.pk],
    }


def entry_state(submission: Submission, evaluation: Evaluation | None, *, is_own: bool) -> dict[str, Any]:
    """Return what the two panels show: the state in words and the way so far."""
    now = timezone.now()
    place = queue_place(evaluation) if evaluation else None
    is_over = evaluation is None or evaluation.state in FINAL
    found = None
    if evaluation is not None and evaluation.state == EvaluationState.INVALID and evaluation.report:
        found = findings(evaluation.report, submission.upload.filename)
    return {
        "submission": submission,
        "evaluation": evaluation,
        "state": evaluation.state if evaluation else "",
        "place": place,
        "place_seconds": "" if place is None or place.seconds is None else seconds_words(place.seconds),
        "running": _running(evaluation, now),
        "reason": REASONS.get(evaluation.error_code, REASONS["unexpected"]) if evaluation else "",
        "found": found,
        "steps": timeline(submission, evaluation, place, now),
        "state_url": "" if is_over else reverse("submissions:state", args=[submission.ref]),
        "may_cancel": is_own and evaluation is not None and may_be_cancelled(evaluation),
        "is_over": is_over,
    }


def entry_mapping(submission: Submission) -> dict[str, Any]:
    """Return the state of an entry as a script reads it; scores are fractions, disclosed like everywhere."""
    evaluation = current_evaluation(submission)
    shown = shown_scores(evaluation, submission.phase)
    best = primary(shown, submission.phase)
    place = queue_place(evaluation) if evaluation else None
    return {
        "ref": submission.ref,
        "state": evaluation.state if evaluation else None,
        "place": place.place if place else None,
        "attempt": evaluation.attempt if evaluation else None,
        "incident": evaluation.incident if evaluation else "",
        "error_code": evaluation.error_code if evaluation else "",
        "report": evaluation.report if evaluation else None,
        "page": reverse("submissions:detail", args=[submission.ref]),
        "receipt": reverse("submissions:receipt", args=[submission.ref]),
        "primary": None
        if best is None
        else {"metric": best.metric, "track": best.track, "value": best.value, "low": best.low, "high": best.high},
    }


def _running(evaluation: Evaluation | None, now: Any) -> str:
    if evaluation is None or evaluation.started_at is None:
        return ""
    return seconds_words((now - evaluation.started_at).total_seconds())


def _scored(submission: Submission, evaluation: Evaluation | None) -> dict[str, Any]:
    """Return score, table, counts and figures of a scored entry; nothing of any other."""
    phase = submission.phase
    shown = shown_scores(evaluation, phase)
    best = primary(shown, phase)
    if evaluation is None or best is None:
        return {"score": None, "figures": ()}
    identities, private = _counts(evaluation, phase.aggregate, "public"), _has_private(evaluation)
    return {
        "score": words.percent(best.value, digits=decimals(phase)),
        "metric": metric_label(phase.primary_metric),
        "interval": interval_words(best.low, best.high),
        "table": scores_table(shown, phase, phase.competition.tracks.all(), has_private=private),
        "counts": _counts_words(identities, private, evaluation.interval_kind),
        "figures": (*_figures(shown, submission, identities, private), *_slices(evaluation, phase, private)),
        "warnings": warning_words(evaluation, phase),
        "place_url": reverse("leaderboards:place", args=[phase.competition.slug, submission.ref]),
    }


def _counts(evaluation: Evaluation, track: str, split: str) -> Mapping[str, int]:
    return next((row for row in evaluation.counts if (row["split"], row["track"]) == (split, track)), {})


def _has_private(evaluation: Evaluation) -> bool:
    return any(row["split"] == "private" and row["queries"] for row in evaluation.counts)


def _counts_words(counts: Mapping[str, int], private: bool, interval_kind: str) -> str:
    if not counts:
        return ""
    part = f"{SPLIT_WORDS['public']}: " if private else ""
    skipped = counts["skipped"]
    left_out = "none was skipped" if not skipped else f"{words.count(skipped)} without a match in the gallery left out"
    identities = words.plural(counts["identities"], "identity", "identities")
    sentences = [f"{part}{identities}, {words.plural(counts['queries'], 'query', 'queries')}; {left_out}."]
    if interval_kind == "gallery fixed":
        sentences.append("Intervals cover the choice of queries; the gallery is taken as fixed.")
    else:
        sentences.append("Intervals cover the choice of people, not training seeds, days or cameras.")
    if private:
        sentences.append("The private part opens when the organiser releases it.")
    return " ".join(sentences)


def _figures(
    shown: tuple[Shown, ...], submission: Submission, counts: Mapping[str, int], private: bool
) -> tuple[Figure, ...]:
    phase = submission.phase
    area = [score for score in shown if (score.split, score.track) == ("public", phase.aggregate)]
    points = cmc_points({score.metric: Point(score.value, score.low, score.high) for score in area})
    if len(points) < 2:
        return ()
    where = f"{SPLIT_WORDS['public']}." if private else ""
    name = submission.team.name if submission.team else submission.title
    made = [cmc_figure([Series(name, points)], where=where)]
    # Shares of queries are those of the mean over queries, whatever the board's own mean is over.
    queries = [score for score in shown if (score.split, score.track) == ("public", "micro")]
    shares = cmc_points({score.metric: Point(score.value) for score in queries})
    made.append(first_match_figure(shares, counts.get("queries", 0), where=where, steps=cmc_steps(phase)))
    return tuple(figure for figure in made if figure.json)


def _slices(evaluation: Evaluation, phase: Phase, private: bool) -> tuple[Figure, ...]:
    found = slices_figure(evaluation, phase, where=f"{SPLIT_WORDS['public']}." if private else "")
    return (found,) if found else ()


def cmc_steps(phase: Phase) -> int | None:
    """Return in how many steps the phase shows its CMC; None is exact."""
    return disclosure_of(phase)["cmc"].steps


def _function(submission: Submission, evaluation: Evaluation | None) -> dict[str, Any] | None:
    """Return all that the score is a function of, in words."""
    if evaluation is None:
        return None
    spec = evaluation.spec
    return {
        "spec": spec,
        "truth": spec.ground_truth,
        "terms": protocol_terms(submission.phase),
        "is_platform_run": submission.kind == Kind.BASELINE,
    }
