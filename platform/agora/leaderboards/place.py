"""Say where an entry stands: its rank, and how it compares with the team's other entries."""

from agora.competitions.models import Phase
from agora.core import words
from agora.leaderboards.queries import lines_of
from agora.leaderboards.view import View
from agora.submissions.comparisons import answers_of
from agora.submissions.disclosure import disclose_test
from agora.submissions.models import ComparisonTask, Submission
from agora.submissions.presentation import decimals, p_words, primary, shown_scores
from agora.submissions.selectors import current_evaluation, submissions_of


def place_words(submission: Submission) -> str:
    """Return the sentences under an entry's score; empty while it has none."""
    own = _value(submission)
    if submission.team is None or own is None:
        return "Run by the platform: it stands on the board without a rank." if own is not None else ""
    sentences = [_rank_words(submission), _best_words(submission, own)]
    return " ".join(sentence for sentence in sentences if sentence)


def _value(submission: Submission) -> float | None:
    score = primary(shown_scores(current_evaluation(submission), submission.phase), submission.phase)
    return score.value if score else None


def _rank_words(submission: Submission) -> str:
    phase, team = submission.phase, submission.team_id
    rank, ranked = _official(phase, team) if team is not None else (None, 0)
    if rank is None:
        return ""
    return f"Your team is at rank {words.count(rank)} of {words.count(ranked)} on the board."


def _official(phase: Phase, team: int) -> tuple[int | None, int]:
    if phase.current_spec is None:
        return None, 0
    view = View("public", "", phase.primary_metric, kind="participant")
    from_start = phase.opens_at
    own = lines_of(phase, phase.current_spec, view, then=from_start, team=team)
    return (own.lines[0].official, own.total) if own.lines else (None, 0)


def _best_words(submission: Submission, own: float) -> str:
    """Compare with the team's best other entry, in points as shown."""
    if submission.team is None:
        return ""
    others = [entry for entry in submissions_of(submission.team, phase=submission.phase) if entry.pk != submission.pk]
    valued = [(value, -entry.number, entry) for entry in others if (value := _value(entry)) is not None]
    if not valued:
        return "Your first score here."
    best, _, other = max(valued, key=lambda found: found[:2])
    points = words.percent(abs(own - best), digits=decimals(submission.phase))
    test = _test_words(submission, other)
    if own > best:
        return f"Your best so far: {points} above entry {other.number}{test}."
    return (
        f"{points} below your best, entry {other.number}{test}."
        if own < best
        else f"As good as entry {other.number}{test}."
    )


def _test_words(submission: Submission, other: Submission) -> str:
    """Return what the paired test says of the difference, empty while it says nothing that may be shown."""
    one, two = current_evaluation(submission), current_evaluation(other)
    if one is None or two is None:
        return ""
    answers = answers_of(one, ComparisonTask.COMPARE)
    found = next(
        (row.result for row in answers if two.pk in row.entries and row.metric == submission.phase.primary_metric), None
    )
    shown = disclose_test(submission.phase, found) if found else None
    if shown is None or shown.p_value is None:
        return ""
    people = words.plural(shown.identities, "identity", "identities")
    tested = f"(paired test over {people}, {p_words(shown.p_value)})"
    return f" {tested}" if shown.is_distinguishable else f", not distinguishable {tested}"
