"""A board whose entries were scored by real children, for what the scorer says of several entries."""

from collections.abc import Callable
from datetime import timedelta
from hashlib import sha256
from pathlib import Path
from typing import Any

import pytest
from django.utils import timezone

from agora.accounts.models import User
from agora.competitions.models import Phase
from agora.evaluations import services
from agora.leaderboards import tiers
from agora.submissions import services as submissions
from agora.submissions.models import Submission
from tests.agora import factories

PEOPLE = 24  # in each part; below 20 the scorer gives no tiers
TRUTH = factories.make_truth(2 * PEOPLE, private_from=PEOPLE)


def noisy(wrong: float, seed: str = "") -> bytes:
    """Return rankings in which the wrong matches come first for this share of the people."""

    def order(query: dict[str, str], item: dict[str, str]) -> Any:
        drawn = sha256(f"{seed}{query['pid']}".encode()).digest()[0] / 255
        is_right = item["pid"] == query["pid"]
        return is_right if drawn < wrong else not is_right, item["image_id"]

    return TRUTH.ranking(order)


@pytest.fixture
def benchmark(files: Path, tmp_path: Path) -> Phase:
    """Return a phase without end."""
    return factories.make_open_phase(tmp_path, TRUTH)


@pytest.fixture
def enter(benchmark: Phase, remembered: None) -> Callable[..., Submission]:
    """Return a function that enters and scores a file of a person, who joins when named for the first time."""

    def make(name: str, content: bytes) -> Submission:
        user = User.objects.filter(handle=name).first()
        user = user or factories.make_member(benchmark.competition, factories.make_user(name))
        upload = factories.make_stored_upload(benchmark, user, content)
        entry = submissions.submit(upload, user, note="A note.")
        assert services.score_next()
        return entry

    return make


def answer_all() -> int:
    """Ask for tiers and answer everything that was asked; return how many answers that took."""
    tiers.ask_for_tiers()
    count = 0
    while services.compare_next():
        count += 1
    return count


def end(phase: Phase, *, released: bool = True) -> None:
    """End a phase yesterday, and release its private part unless told otherwise."""
    now = timezone.now()
    moments = {
        "closes_at": now - timedelta(days=1),
        "private_released_at": now - timedelta(hours=1) if released else None,
    }
    Phase.objects.filter(pk=phase.pk).update(**moments)
    phase.refresh_from_db()
