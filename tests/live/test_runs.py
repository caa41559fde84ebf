"""A run of a baseline on a whole site: cancelled, taken up again, and again after its worker is killed, and scored."""

import os
import signal
from collections.abc import Iterator

import pytest

from agora.supervisor.process import wait_until
from tests.live.operator import Operator
from tests.live.site import LiveSite

_SLUG = "agsynth"
# The demo of the tests has few people: half a batch of small pictures, some hundred iterations; all are told, every second is kept.
_OVERRIDES = "\n".join(
    (
        "data.size=[64, 32]",
        "train.sampler.p=4",
        "train.schedule.epochs=36",
        "train.loop.checkpoint_iterations=2",
        "train.loop.log_iterations=1",
    )
)


@pytest.fixture
def operator(demo_site: LiveSite) -> Iterator[Operator]:
    """Return the operator of the site with the demo content, signed in."""
    with Operator(demo_site) as operator:
        yield operator


def _checkpoint(operator: Operator, ref: str) -> int:
    return int(operator.run_state(ref)["progress"].get("checkpoint", 0))


def _children(site: LiveSite) -> list[int]:
    return [pid for pid, command in site.processes().items() if "-m baselines" in command]


def test_a_run_survives_its_cancellation_and_the_death_of_its_worker_and_reaches_the_board(
    demo_site: LiveSite, operator: Operator
) -> None:
    ref = operator.start_run(_SLUG, recipe="bot_r50_tiny", overrides=_OVERRIDES)
    wait_until(lambda: _checkpoint(operator, ref) >= 2, deadline_seconds=180, what="training has begun")

    operator.act(ref, "cancel")
    state = operator.wait_for_run(ref)
    assert state["state"] == "cancelled", state
    assert _children(demo_site) == []
    kept = state["progress"]["checkpoint"]
    assert kept >= 2

    operator.act(ref, "resume")
    wait_until(lambda: _checkpoint(operator, ref) >= kept + 2, deadline_seconds=180, what="it writes checkpoints again")
    spent = operator.run_state(ref)["seconds"]
    os.kill(demo_site.recorded_process("baselines"), signal.SIGKILL)
    state = operator.wait_for_run(ref, deadline_seconds=300)

    assert (state["state"], state["attempt"]) == ("finished", 2), state
    assert state["progress"]["resumed_at"] >= kept + 2
    assert state["progress"]["lost_checkpoints"] == 0
    assert _children(demo_site) == []
    assert {"ranking.csv", "model.safetensors"} <= {kept["name"] for kept in state["artefacts"]}
    assert operator.http.get(f"/r/{ref}/files/provenance.json").json()["compute_seconds"] > spent
    entry = str(state["submission"]).strip("/").rpartition("/")[2]
    assert operator.wait_for_score(entry)["state"] == "scored"
