"""A worker or the whole site dies while scoring: the entry reaches one final state, is ranked once and charged once."""

import os
import signal
from collections.abc import Iterator

import pytest

from agora.supervisor.process import wait_until
from tests.live.site import LiveSite
from tests.live.visitor import Visitor

_SLUG = "agsynth"


@pytest.fixture
def entrant(demo_site: LiveSite, request: pytest.FixtureRequest) -> Iterator[Visitor]:
    """Return a visitor of this test alone who has joined and accepted the rules."""
    with Visitor(demo_site.address) as visitor:
        visitor.sign_up(request.node.name.replace("test_", "").replace("_", "-")[:24].strip("-"))
        visitor.join(_SLUG)
        yield visitor


def _submit_and_hold(site: LiveSite, visitor: Visitor) -> tuple[str, int]:
    """Submit a valid file and stop its child in the middle; return the entry's ref and the child's process id."""
    upload = visitor.upload(_SLUG, visitor.download(_SLUG, "sample_submission.csv"), phase="ranking")
    assert visitor.wait_for_check(upload)["state"] == "ready"
    entry = visitor.submit(upload)
    held: list[int] = []

    def hold() -> bool:
        child = site.scoring_child()
        if child is not None:
            os.kill(child, signal.SIGSTOP)
            held.append(child)
        return bool(held)

    wait_until(hold, deadline_seconds=30, what="a child scores the entry")
    assert _evaluation(site, entry)[:2] == ("scoring", 1), "the fault did not hit"
    return entry, held[0]


def _evaluation(site: LiveSite, entry: str) -> tuple[str, int, str]:
    """Return state, attempt and error code of the entry's only evaluation."""
    rows = site.query(
        "SELECT e.state, e.attempt, e.error_code FROM submissions_evaluation e"
        " JOIN submissions_submission s ON s.id = e.submission_id WHERE s.ref = %s",
        entry,
    )
    assert len(rows) == 1
    return rows[0]


def _assert_scored_once(site: LiveSite, entry: str, *, attempts: int) -> None:
    """Wait for the end and look at everything that must exist exactly once."""
    wait_until(
        lambda: _evaluation(site, entry)[0] not in {"queued", "scoring"}, deadline_seconds=60, what="the entry is final"
    )
    assert _evaluation(site, entry) == ("scored", attempts, "")
    board, charges = site.query(
        "SELECT (SELECT count(*) FROM leaderboards_boardrow b WHERE b.submission_id = s.id),"
        " (s.charged_on IS NOT NULL AND s.released_at IS NULL)::int FROM submissions_submission s WHERE s.ref = %s",
        entry,
    )[0]
    assert (board, charges) == (1, 1)
    twice = "SELECT split, track, metric FROM submissions_score GROUP BY evaluation_id, split, track, metric HAVING count(*) > 1"
    assert site.query(twice) == []


def test_a_killed_worker_costs_one_attempt(demo_site: LiveSite, entrant: Visitor) -> None:
    entry, child = _submit_and_hold(demo_site, entrant)
    worker = demo_site.recorded_process("scoring")

    os.kill(worker, signal.SIGKILL)

    _assert_scored_once(demo_site, entry, attempts=2)
    assert child not in demo_site.processes()
    assert demo_site.recorded_process("scoring") != worker


def test_a_stop_while_scoring_hands_the_entry_back(demo_site: LiveSite, entrant: Visitor) -> None:
    entry, child = _submit_and_hold(demo_site, entrant)

    assert demo_site.stop() == 0

    assert demo_site.processes() == {}
    assert "killed" not in demo_site.printed()
    demo_site.start()
    assert child not in demo_site.processes()
    # A shutdown that hands the row back is no attempt: the second claim is the first that counts.
    _assert_scored_once(demo_site, entry, attempts=1)


def test_a_killed_supervisor_costs_one_attempt_and_leaves_nothing(demo_site: LiveSite, entrant: Visitor) -> None:
    entry, _ = _submit_and_hold(demo_site, entrant)

    demo_site.kill()

    demo_site.wait_until_gone(deadline_seconds=30)
    demo_site.start()
    _assert_scored_once(demo_site, entry, attempts=2)
