"""What must not be seen, taken from the world after it was scored.

To add a canary: give it a text that occurs nowhere else (begin it with `canary`), or a number of four digits, and add it in
`secrets_of`; if somebody may see it, say who in `needles_for`.
"""

from collections.abc import Iterator
from typing import Any, Final

import pyarrow.parquet as pq
from django.conf import settings
from django.contrib.sessions.models import Session

from agora.accounts.models import User
from agora.competitions.models import GroundTruth
from agora.core.storage import alias
from agora.leaderboards.models import BoardRow
from agora.submissions.models import Comparison, Evaluation, Score
from tests.agora.canary.search import Needles
from tests.agora.permissions.truth import TRUTH
from tests.agora.permissions.world import World

#: Columns of the ground truth that nobody outside may read.
HIDDEN: Final = ("pid", "cluster", "group", "camid")
_OPEN: Final = frozenset({"closed"})  # competitions whose private part is released


def secrets_of(world: World, *, released: frozenset[str] = _OPEN) -> Needles:
    """Return what nobody may see in a browser: labels, hidden columns, private scores, per-query results, keys, tokens."""
    needles = labels()
    for truth in GroundTruth.objects.all():
        needles.add_text(truth.storage_key, "storage key of ground truth")
    for evaluation in Evaluation.objects.exclude(results_key=""):
        needles.add_text(evaluation.results_key, "storage key of results")
        needles.add_text(evaluation.results_sha256, "hash of results")
    _add_keys(needles)
    _add_scores(needles, released)
    return needles


def labels() -> Needles:
    """Return every word of the ground truth that is hidden."""
    needles = Needles()
    for column in HIDDEN:
        for value in {row[column] for row in TRUTH.rows}:
            needles.add_text(value, f"ground truth: {column}")
    return needles


def _add_keys(needles: Needles) -> None:
    needles.add_text(settings.SECRET_KEY, "SECRET_KEY")
    password = settings.DATABASES["default"].get("PASSWORD")
    if password:
        needles.add_text(password, "password of the database")
    for session in Session.objects.all():
        needles.add_text(session.session_key, "session key")
    for user in User.objects.all():
        needles.add_text(user.password, "hash of a password")


def _add_scores(needles: Needles, released: frozenset[str]) -> None:
    """Search what is held back: private and whole scores, tracks of the strict phase, results of single queries."""
    hidden = list(_hidden_scores(released))
    for score in hidden:
        phase = score.evaluation.submission.phase
        is_primary = (score.track, score.metric) == (phase.aggregate, phase.primary_metric)
        what = f"{score.split} {score.metric} of {score.track} in {phase.competition.slug}/{phase.slug}"
        needles.add_number(score.value, what, digits=3 if is_primary else 4)
        for bound in filter(None, (score.low, score.high)):
            needles.add_number(bound, f"interval of {what}", digits=5)
    for value in per_query_values():
        needles.add_number(value, "result of a single query", digits=6)
    for value in comparison_values():
        needles.add_number(value, "exact number of a comparison", digits=6)
    shown = Score.objects.exclude(pk__in=[score.pk for score in hidden])
    needles.forget(value for row in shown.values_list("value", "low", "high") for value in row if value is not None)


def _hidden_scores(released: frozenset[str]) -> Iterator[Score]:
    for score in Score.objects.select_related("evaluation__submission__phase__competition"):
        phase = score.evaluation.submission.phase
        is_held_back = score.split != "public" and phase.competition.slug not in released
        is_of_a_track = phase.slug == "strict" and score.track != phase.aggregate
        if is_held_back or is_of_a_track:
            yield score


def per_query_values() -> Iterator[float]:
    """Yield the numbers of single queries as the scorer stored them."""
    for key in Evaluation.objects.exclude(results_key="").values_list("results_key", flat=True):
        with alias("results").open(key) as file:
            table = pq.read_table(file)
        for column in table.columns:
            yield from (value for value in column.to_pylist() if isinstance(value, float) and 0 < value < 1)


def comparison_values() -> Iterator[float]:
    """Yield the numbers of tiers, paired tests and slices as the scorer stored them: pages show them rounded or not at all."""
    stack: list[Any] = list(Comparison.objects.exclude(result=None).values_list("result", flat=True))
    while stack:
        part = stack.pop()
        if isinstance(part, dict | list):
            stack.extend(part.values() if isinstance(part, dict) else part)
        elif isinstance(part, float) and 0 < abs(part) < 1:
            yield abs(part)


def private_score(world: World, case: str = "scored") -> float:
    """Return the exact private value by which an entry of the world would be ranked."""
    value = BoardRow.objects.get(submission__ref=world.cases[case]["ref"]).private
    assert value is not None
    return value
