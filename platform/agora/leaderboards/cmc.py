"""The CMC of a board: its first three entries and the visitor's own."""

from collections.abc import Iterable

from agora.leaderboards.selectors import Board, Entry
from agora.submissions.disclosure import disclose
from agora.submissions.figures import Figure, Point, Series, cmc_figure, cmc_points
from agora.submissions.models import Score

FIRST = 3


def board_cmc(board: Board) -> Figure | None:
    """Return the figure, or None when fewer than two entries have several ranks: one curve is on the entry's own page."""
    chosen = list(board.entries[:FIRST]) if board.view.page == 1 else []
    if board.own is not None and all(not entry.is_own for entry in chosen):
        chosen.append(board.own)
    points = _points(board, chosen)
    series = [Series(entry.name, points.get(entry.submission_ref, {}), is_own=entry.is_own) for entry in chosen]
    drawn = [one for one in series if len(one.points) > 1]
    if len(drawn) < 2:
        return None
    caption = board.caption
    where = f"{board.view.split.capitalize()} part." if caption and caption.has_private else ""
    return cmc_figure(drawn, where=where)


def _points(board: Board, entries: Iterable[Entry]) -> dict[str, dict[int, Point]]:
    """Return the curve of each entry by its submission's reference: what may be shown of it, and no more."""
    refs = [entry.submission_ref for entry in entries]
    track = board.view.track or board.phase.aggregate
    scores = Score.objects.filter(
        evaluation__submission__ref__in=refs,
        evaluation__spec=board.phase.current_spec,
        split=board.view.split,
        track=track,
        metric__startswith="rank-",
    ).select_related("evaluation__submission")
    by_ref: dict[str, dict[str, Point]] = {}
    for score in scores.order_by("pk"):
        for shown in disclose(board.phase, [score]):
            point = Point(shown.value, shown.low, shown.high)
            by_ref.setdefault(score.evaluation.submission.ref, {})[shown.metric] = point
    return {ref: cmc_points(found) for ref, found in by_ref.items()}
