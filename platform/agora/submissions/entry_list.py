"""Collect the list of a team's entries."""

from dataclasses import dataclass
from typing import Any

from agora.competitions.access import Visitor
from agora.competitions.head import head, phase_state
from agora.competitions.models import Competition, Phase, Team
from agora.core import words
from agora.core.attempts import REASONS
from agora.core.clock import database_now
from agora.submissions.disclosure import Shown
from agora.submissions.final import has_final
from agora.submissions.models import Evaluation, EvaluationState, Submission, Upload
from agora.submissions.presentation import decimals, interval_words, primary, shown_scores
from agora.submissions.selectors import current_evaluation, open_uploads, submissions_of
from agora.submissions.uploading import sample_file
from challenges.spec import metric_label

SEGMENTS = (("all", "All"), ("scored", "Scored"), ("not-scored", "Not scored"), ("final", "Final"))


@dataclass(frozen=True)
class Value:
    """One score in the list."""

    value: str = ""
    half: str = ""
    interval: str = ""


@dataclass(frozen=True)
class Entry:
    """One row of the list."""

    submission: Submission
    state: str
    why: str
    public: Value
    private: Value

    @property
    def can_be_final(self) -> bool:
        """Whether it has a score, so that it can be chosen."""
        return self.state == EvaluationState.SCORED


@dataclass(frozen=True)
class Segment:
    """One choice above the list, with its count."""

    slug: str
    label: str
    count: int


def entry_list(
    competition: Competition, phase: Phase, team: Team | None, visitor: Visitor, which: str
) -> dict[str, Any]:
    """Return the context of the list; `which` is a segment's slug, an unknown one shows everything."""
    rows = [_entry(submission, phase) for submission in submissions_of(team, phase=phase)] if team else []
    parts = {slug: [row for row in rows if _is_in(row, slug)] for slug, _ in SEGMENTS}
    which = which if which in parts else "all"
    chosen = [row for row in rows if row.submission.is_selected]
    shown = head(competition, visitor, phase=phase)
    return {
        "head": shown,
        "tab": "submissions",
        "phase": phase,
        "phases": list(competition.phases.all()),
        "which": which,
        "segments": [
            Segment(slug, label, len(parts[slug])) for slug, label in SEGMENTS if slug == which or parts[slug]
        ],
        "entries": parts[which],
        "metric": metric_label(phase.primary_metric),
        "has_any": bool(rows),
        "has_private": any(row.private.value for row in rows),
        "has_final": has_final(phase),
        "may_choose": has_final(phase) and phase_state(phase, database_now()) == "open",
        "final_words": _final_words(rows, chosen, phase),
        "uploads": _uploads(team, phase),
        "sample": sample_file(phase),
        "several_people": len({row.submission.submitted_by_id for row in rows}) > 1,
    }


def _uploads(team: Team | None, phase: Phase) -> list[Upload]:
    return list(open_uploads(team, phase)) if team else []


def _is_in(row: Entry, slug: str) -> bool:
    if slug == "scored":
        return row.state == EvaluationState.SCORED
    if slug == "not-scored":
        return row.state != EvaluationState.SCORED
    return slug == "all" or row.submission.is_selected


def _entry(submission: Submission, phase: Phase) -> Entry:
    evaluation = current_evaluation(submission)
    shown = shown_scores(evaluation, phase)
    return Entry(
        submission=submission,
        state=evaluation.state if evaluation else "",
        why=_why(evaluation),
        public=_value(primary(shown, phase), phase),
        private=_value(primary(shown, phase, "private"), phase),
    )


def _value(score: Shown | None, phase: Phase) -> Value:
    if score is None:
        return Value()
    return Value(
        words.percent(score.value, digits=decimals(phase)),
        words.half_width(score.low, score.high),
        interval_words(score.low, score.high),
    )


def _why(evaluation: Evaluation | None) -> str:
    """Say in the list itself why an entry has no score."""
    if evaluation is None:
        return ""
    if evaluation.state == EvaluationState.INVALID:
        problems = (evaluation.report or {}).get("problems", ())
        return problems[0]["title"] if problems else "the file cannot be scored as it is"
    if evaluation.state == EvaluationState.ERROR:
        return f"{REASONS.get(evaluation.error_code, REASONS['unexpected'])}; your quota was given back"
    return "before scoring began; it cost nothing" if evaluation.state == EvaluationState.CANCELLED else ""


def _final_words(rows: list[Entry], chosen: list[Entry], phase: Phase) -> str:
    """Say what counts in the final ranking."""
    if not has_final(phase) or not any(row.can_be_final for row in rows):
        return ""
    if chosen:
        return f"{len(chosen)} of {phase.selection_count} chosen for the final ranking."
    best = max(
        (row for row in rows if row.can_be_final),
        key=lambda row: (float(row.public.value or 0), -row.submission.number),
    )
    return f"You chose none. Your best public entry, {best.submission.number}, will count."
