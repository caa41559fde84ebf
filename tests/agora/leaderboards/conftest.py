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
from agora.core import attempts
from agora.core.scorer import Answer, Job, ask_scorer
from agora.core.storage import alias
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


def _remembering(answers: dict[Any, Answer]) -> Callable[..., Answer]:
    """Ask the real child once for each file, ground truth, protocol and format: an answer is a function of those."""

    def content(stored: tuple[str, str] | None) -> bytes:
        if stored is None:
            return b""
        where, key = stored
        with alias(where).open(key) as file:
            return bytes(file.read())

    def ask(job: Job, **more: Any) -> Answer:
        key = (job.task, str(job.format), str(job.protocol), *map(content, job.objects.values()))
        if key not in answers:
            answers[key] = ask_scorer(job, **more)
        return answers[key]

    return ask


@pytest.fixture(scope="session")
def answers() -> dict[Any, Answer]:
    """Return what the scorer has answered so far: many boards hold the same files."""
    return {}


@pytest.fixture
def enter(benchmark: Phase, answers: dict[Any, Answer], monkeypatch: pytest.MonkeyPatch) -> Callable[..., Submission]:
    """Return a function that enters and scores a file of a person, who joins when named for the first time."""

    def make(name: str, content: bytes) -> Submission:
        user = User.objects.filter(handle=name).first()
        user = user or factories.make_member(benchmark.competition, factories.make_user(name))
        upload = factories.make_stored_upload(benchmark, user, content)
        entry = submissions.submit(upload, user, note="A note.")
        with monkeypatch.context() as patched:
            patched.setattr(attempts, "ask_scorer", _remembering(answers))
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
