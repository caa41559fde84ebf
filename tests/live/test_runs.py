"""Runs of baselines on a whole site: computed by its worker, cancelled, and taken up again after the worker is killed."""

import os
import signal
from collections.abc import Iterator

import pytest

from agora.supervisor.process import wait_until
from tests.live.operator import Operator
from tests.live.site import LiveSite

_SLUG = "agsynth"
# The demo of the tests has few people: half a batch, some hundred iterations, all of them told and every second one kept.
_OVERRIDES = "\n".join(
    (
        "train.sampler.p=4",
        "train.schedule.epochs=24",
        "train.loop.checkpoint_iterations=2",
        "train.loop.log_iterations=1",
    )
)


@pytest.fixture
def operator(demo_site: LiveSite) -> Iterator[Operator]:
    """Return the operator of the site with the demo content, signed in."""
    with Operator(demo_site) as operator:
        yield operator


def _has_iterations(operator: Operator, ref: str, least: int) -> bool:
    return int(operator.run_state(ref)["progress"].get("iteration", 0)) >= least


def _children(site: LiveSite) -> list[int]:
    return [pid for pid, command in site.processes().items() if "-m baselines" in command]


def test_a_run_of_the_queue_reaches_the_board(demo_site: LiveSite, operator: Operator) -> None:
    ref = operator.start_run(_SLUG, recipe="random", seed="11")

    state = operator.wait_for_run(ref)

    assert state["state"] == "finished", state
    assert {"ranking.csv", "provenance.json"} <= {kept["name"] for kept in state["artefacts"]}
    assert operator.http.get(f"/r/{ref}/files/ranking.csv").content.startswith(b"query_id,gallery_ids\n")
    entry = str(state["submission"]).strip("/").rpartition("/")[2]
    assert operator.wait_for_score(entry)["state"] == "scored"


def test_a_killed_worker_is_replaced_and_the_run_goes_on_from_its_checkpoint(
    demo_site: LiveSite, operator: Operator
) -> None:
    ref = operator.start_run(_SLUG, recipe="bot_r50_tiny", overrides=_OVERRIDES)
    wait_until(
        lambda: int(operator.run_state(ref)["progress"].get("checkpoint", 0)) >= 4,
        deadline_seconds=180,
        what="two checkpoints are written",
    )

    os.kill(demo_site.recorded_process("baselines"), signal.SIGKILL)
    state = operator.wait_for_run(ref, deadline_seconds=300)

    assert (state["state"], state["attempt"]) == ("finished", 2), state
    assert state["progress"]["resumed_at"] >= 4
    assert _children(demo_site) == []


def test_a_cancelled_run_stops_its_child_and_can_go_on(demo_site: LiveSite, operator: Operator) -> None:
    ref = operator.start_run(_SLUG, recipe="bot_r50_tiny", seed="1", overrides=_OVERRIDES)
    wait_until(lambda: _has_iterations(operator, ref, 3), deadline_seconds=180, what="training has begun")

    operator.act(ref, "cancel")
    state = operator.wait_for_run(ref)

    assert state["state"] == "cancelled", state
    assert _children(demo_site) == []
    operator.act(ref, "resume")
    state = operator.wait_for_run(ref, deadline_seconds=300)
    assert state["state"] == "finished", state
    assert state["progress"]["resumed_at"] >= 3
