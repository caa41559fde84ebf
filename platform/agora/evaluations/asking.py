"""Ask what is to be known of an entry beside its scores as soon as it is scored: its slices, and how it compares."""

from agora.leaderboards.models import BoardRow
from agora.leaderboards.ranking import Direction, direction_of
from agora.submissions.comparisons import Asked, ask
from agora.submissions.disclosure import disclosure_of
from agora.submissions.models import ComparisonTask, Evaluation


def ask_about(evaluation: Evaluation) -> None:
    """Ask for what the entry's page shows of it; call it in the transaction that writes its scores, after its board row.

    What the phase never shows is not computed. All is of the public part: that of the other part is nobody's before the release.
    """
    phase = evaluation.submission.phase
    table = disclosure_of(phase)
    columns = tuple(one["column"] for one in phase.slices)
    if columns and "never" not in {table[item].when for item in ("slices", "tracks")}:
        ask(_about(evaluation, ComparisonTask.SLICES, columns=columns))
    other = _best_other(evaluation)
    if other is not None and table["pairwise"].when != "never":
        ask(_about(evaluation, ComparisonTask.COMPARE, other))


def _about(evaluation: Evaluation, task: ComparisonTask, *others: Evaluation, columns: tuple[str, ...] = ()) -> Asked:
    phase = evaluation.submission.phase
    return Asked(
        task=task,
        phase=phase,
        spec=evaluation.spec,
        entries=(evaluation, *others),
        split="public",
        metric=phase.primary_metric,
        columns=columns,
    )


def _best_other(evaluation: Evaluation) -> Evaluation | None:
    """Return the evaluation of the team's best other entry, as boards show scores; of equal ones the earlier, as its page says."""
    submission = evaluation.submission
    if submission.team_id is None:
        return None
    rows = BoardRow.objects.filter(
        team=submission.team_id, phase=submission.phase_id, spec=evaluation.spec_id, shown_to__isnull=True
    ).exclude(submission=submission)
    sign = "-" if direction_of(submission.phase.primary_metric) is Direction.HIGHER else ""
    row = rows.select_related("evaluation").order_by(f"{sign}shown_public", "submission__number").first()
    return row.evaluation if row else None
