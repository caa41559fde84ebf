"""A real worker process: it says that it lives, works on a wake-up, and hands its work back when it is asked to stop."""

import os
import signal
import subprocess
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

import pytest

from agora.core.models import Worker
from agora.evaluations import services
from agora.submissions import services as submissions
from agora.submissions.models import Evaluation, EvaluationState
from agora.supervisor.process import wait_until
from tests.agora import factories
from tests.agora.operations.processes import environment, running

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.usefixtures("files")]


@pytest.fixture
def worker(tmp_path: Path, files: Path) -> Iterator[subprocess.Popen[bytes]]:
    """Start a worker of the scoring queue on the test's database and store."""
    given = environment(tmp_path, AGORA_ROLE="worker", AGORA_PERIOD_HEARTBEAT="0.5")
    arguments = ["-A", "agora.config", "worker", "--queues=scoring", "--concurrency=1"]
    quiet = ["--without-mingle", "--without-gossip"]
    with running("celery", *arguments, *quiet, log=tmp_path / "worker.log", given=given) as process:
        wait_until(Worker.objects.exists, deadline_seconds=60, what="the worker lives")
        yield process


def _scorer_below(worker: int) -> int | None:
    """Return the process id of the scorer's child that the worker's pool started."""
    for path in Path("/proc").glob("[0-9]*"):
        try:
            if b"scoring.child" in (path / "cmdline").read_bytes() and worker in _ancestors(int(path.name)):
                return int(path.name)
        except OSError:
            continue
    return None


def _hold_scorer_below(worker: int) -> int:
    """Stop the scorer's child as soon as it is seen, before it can end, and return its process id."""
    held: list[int] = []

    def hold() -> bool:
        scorer = _scorer_below(worker)
        with suppress(ProcessLookupError):
            if scorer is not None:
                os.kill(scorer, signal.SIGSTOP)
                held.append(scorer)
        return bool(held)

    wait_until(hold, deadline_seconds=60, what="a child scores")
    return held[0]


def _ancestors(pid: int) -> list[int]:
    found = []
    while pid > 1:
        pid = int(Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()[1])
        found.append(pid)
    return found


def test_a_worker_asked_to_stop_hands_its_entry_back(worker: subprocess.Popen[bytes], tmp_path: Path) -> None:
    truth = factories.make_truth()
    phase = factories.make_open_phase(tmp_path, truth)
    user = factories.make_member(phase.competition)
    assert (Worker.objects.get().queues, Worker.objects.get().slots) == (["scoring"], 1)
    entry = submissions.submit(factories.make_stored_upload(phase, user, truth.ranking()), user, note="A note.")
    scorer = _hold_scorer_below(worker.pid)

    worker.send_signal(signal.SIGTERM)
    worker.wait(timeout=60)

    evaluation = Evaluation.objects.get(submission=entry)
    assert (evaluation.state, evaluation.attempt, evaluation.owner) == (EvaluationState.QUEUED, 0, "")
    assert not Path(f"/proc/{scorer}").exists()
    assert not Worker.objects.exists()
    assert services.score_next()
    evaluation.refresh_from_db()
    assert (evaluation.state, evaluation.attempt) == (EvaluationState.SCORED, 1)
