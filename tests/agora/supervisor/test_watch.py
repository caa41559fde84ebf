"""A dead process comes back, ever more slowly when it keeps dying."""

from pathlib import Path

import pytest

from agora.supervisor import watch
from agora.supervisor.process import Child, wait_until
from agora.supervisor.watch import Watched


class Clock:
    """A clock that stands until it is set."""

    now = 0.0

    def __call__(self) -> float:
        """Return the time."""
        return self.now


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Clock:
    """Stand in for the watcher's clock."""
    standing = Clock()
    monkeypatch.setattr(watch, "_now", standing)
    return standing


def _end(child: Child) -> None:
    wait_until(lambda: not child.is_running, deadline_seconds=20, what="the program ended")


def test_the_pause_doubles_up_to_its_bound(tmp_path: Path, clock: Clock) -> None:
    child = Child(name="web", command=["false"], log=tmp_path / "log")
    watched = Watched(child=lambda: child, start=child.start)
    watched.begin()
    pauses = []

    for _ in range(9):
        _end(child)
        assert watched.look() is False
        assert watched.due_at is not None
        pauses.append(watched.due_at - clock.now)
        clock.now = watched.due_at
        assert watched.look() is True

    _end(child)
    assert pauses == [0.5, 1, 2, 4, 8, 16, 30, 30, 30]


def test_a_long_healthy_run_is_forgiven(tmp_path: Path, clock: Clock) -> None:
    child = Child(name="web", command=["false"], log=tmp_path / "log")
    watched = Watched(child=lambda: child, start=child.start, pause_seconds=30)
    watched.begin()
    _end(child)
    clock.now = 61

    watched.look()

    assert watched.due_at == 61.5


def test_a_running_process_is_left_alone(tmp_path: Path, clock: Clock) -> None:
    child = Child(name="web", command=["sleep", "600"], log=tmp_path / "log")
    watched = Watched(child=lambda: child, start=child.start)
    watched.begin()

    assert watched.look() is False

    child.stop(deadline_seconds=20)
