"""Journal, checkpoints, optimisers and the folder of a run."""

import io
import json
from pathlib import Path

import pytest
import torch
from torch import nn

from baselines.catalogue import RecipeError
from baselines.losses import build_criterion
from baselines.models.output import Output
from baselines.training import checkpoint
from baselines.training.errors import RunError, StoppedError
from baselines.training.folder import Plan, find_run, read_plan
from baselines.training.journal import Journal
from baselines.training.loop import seed_all
from baselines.training.optimisers import Optimisers
from baselines.training.schedule import Schedule

CONSTANT = Schedule({"kind": "constant", "epochs": 1}, 10)


def test_events_are_one_line_each_on_both_ways(tmp_path: Path) -> None:
    stream = io.StringIO()
    journal = Journal(tmp_path / "events.jsonl", stream=stream)

    journal.say("losses", iteration=1, total=0.5)
    journal.say("finished", seconds=1)

    assert stream.getvalue() == (tmp_path / "events.jsonl").read_text("utf-8")
    assert json.loads(stream.getvalue().splitlines()[0]) == {"event": "losses", "iteration": 1, "total": 0.5}


def test_progress_is_told_about_fifty_times_and_at_the_end() -> None:
    stream = io.StringIO()
    told = Journal(stream=stream).progress("cache")

    for done in range(1, 1001):
        told(done, 1000)

    events = [json.loads(line) for line in stream.getvalue().splitlines()]
    assert len(events) <= 52
    assert events[-1] == {"event": "progress", "stage": "cache", "done": 1000, "total": 1000}


def test_a_run_that_was_asked_to_stop_stops_at_the_next_progress() -> None:
    journal = Journal(stream=io.StringIO())
    journal.stop()

    with pytest.raises(StoppedError):
        journal.progress("extract")(1, 10)


def test_an_event_that_cannot_be_kept_is_still_told(tmp_path: Path) -> None:
    stream = io.StringIO()
    journal = Journal(tmp_path / "nowhere" / "events.jsonl", stream=stream)

    with pytest.raises(RunError, match=r"events\.jsonl cannot be written"):
        journal.say("finished")

    assert json.loads(stream.getvalue()) == {"event": "finished"}


def test_a_checkpoint_comes_back_as_it_was(tmp_path: Path) -> None:
    state = {"stage": 1, "model": {"weight": torch.arange(6.0).reshape(2, 3)}, "optimisers": [{"state": {}}]}

    checkpoint.save(tmp_path / "checkpoint.pt", state)
    found = checkpoint.load(tmp_path / "checkpoint.pt", torch.device("cpu"))

    assert found is not None
    assert found["stage"] == 1
    assert torch.equal(found["model"]["weight"], state["model"]["weight"])  # type: ignore[index]
    assert checkpoint.load(tmp_path / "none.pt", torch.device("cpu")) is None


def test_a_damaged_checkpoint_is_named(tmp_path: Path) -> None:
    checkpoint.save(tmp_path / "checkpoint.pt", {"model": torch.zeros(1000)})
    whole = (tmp_path / "checkpoint.pt").read_bytes()
    (tmp_path / "checkpoint.pt").write_bytes(whole[: len(whole) // 2])

    with pytest.raises(RunError, match=r"checkpoint\.pt is damaged"):
        checkpoint.load(tmp_path / "checkpoint.pt", torch.device("cpu"))


def _layers() -> tuple[nn.Linear, nn.Linear]:
    torch.manual_seed(1)
    return nn.Linear(3, 3), nn.Linear(3, 2)


def _stepped(table: dict[str, object]) -> tuple[float, float]:
    """Return how far one step moves the weights of a backbone and of a head whose gradients are all 1."""
    backbone, head = _layers()
    before = [layer.weight.detach().clone() for layer in (backbone, head)]
    groups = {"backbone": list(backbone.parameters()), "new": list(head.parameters())}
    optimisers = Optimisers(table, groups, [], fused=False)
    for parameter in (*backbone.parameters(), *head.parameters()):
        parameter.grad = torch.ones_like(parameter)
    optimisers.set_rates(CONSTANT, 0)
    optimisers.step()
    moved = [(old - layer.weight).abs().max().item() for old, layer in zip(before, (backbone, head), strict=True)]
    return moved[0], moved[1]


def test_the_backbone_has_a_rate_of_its_own() -> None:
    table = {"kind": "sgd", "lr": 0.5, "weight_decay": 0.0, "backbone_lr_factor": 0.1}

    assert _stepped(table) == pytest.approx((0.05, 0.5))


def test_gradients_are_clipped_to_the_norm_of_all() -> None:
    # 9 + 3 weights and biases of one layer, 6 + 2 of the other: 20 gradients of 1 have norm sqrt(20).
    table = {"kind": "sgd", "lr": 1.0, "weight_decay": 0.0, "clip_norm": 1.0}

    assert _stepped(table) == pytest.approx((20**-0.5, 20**-0.5), rel=1e-4)


@pytest.mark.parametrize(("kind", "moved"), [("adam", 1e-3), ("adamw", 1e-3)])
def test_adam_moves_by_its_rate_at_first(kind: str, moved: float) -> None:
    assert _stepped({"kind": kind, "lr": 1e-3, "weight_decay": 0.0}) == pytest.approx((moved, moved), rel=1e-3)


@pytest.mark.parametrize(("keys", "rate"), [({}, 0.5), ({"lr": 0.25}, 0.25)])
def test_centres_move_at_their_rate_as_if_the_loss_had_no_weight(keys: dict[str, float], rate: float) -> None:
    """Two losses of different weights: the gradient 2 (c - x) of a sample, averaged over two, moves its centre alike."""
    losses = [{"kind": "center", "input": tap, "weight": weight} | keys for tap, weight in (("a", 5e-4), ("b", 0.1))]
    criterion = build_criterion(losses, classes=2, dimensions={"a": 3, "b": 3})
    backbone, head = _layers()
    groups = {"backbone": list(backbone.parameters()), "new": list(head.parameters())}
    optimisers = Optimisers({"kind": "sgd", "lr": 0.0, "weight_decay": 0.0}, groups, criterion.centres(), fused=False)
    before = [one.detach().clone() for one in criterion.parameters()]

    total, _ = criterion(Output({"a": torch.zeros(2, 3), "b": torch.zeros(2, 3)}, {}), torch.tensor([0, 1]))
    total.backward()
    optimisers.step()

    for old, new in zip(before, criterion.parameters(), strict=True):
        torch.testing.assert_close(new, old * (1 - rate), rtol=1e-4, atol=1e-5)


def test_optimisers_go_on_from_their_state() -> None:
    table = {"kind": "sgd", "lr": 0.1, "momentum": 0.9, "weight_decay": 0.0}
    weights = []
    for is_resumed in (False, True):
        backbone, head = _layers()
        groups = {"backbone": list(backbone.parameters()), "new": list(head.parameters())}
        optimisers = Optimisers(table, groups, [], fused=False)
        for step in range(3):
            if is_resumed and step == 2:
                state = optimisers.state()
                optimisers = Optimisers(table, groups, [], fused=False)
                optimisers.load(state)
            for parameter in (*groups["backbone"], *groups["new"]):
                parameter.grad = torch.full_like(parameter, step + 1.0)
            optimisers.step()
        weights.append(head.weight.detach().clone())

    assert torch.equal(*weights)


def test_draws_depend_on_seed_and_iteration_alone() -> None:
    generator, drawn = torch.Generator(), []
    for seed, iteration in ((3, 7), (3, 8), (4, 7), (3, 7)):
        seed_all(generator, seed, iteration)
        drawn.append((torch.rand(1).item(), torch.rand(1, generator=generator).item()))

    assert drawn[0] == drawn[3]
    assert len(set(drawn)) == 3


def test_a_plan_is_read_as_it_was_written(tmp_path: Path) -> None:
    plan = Plan.of("bot_r50_tiny+rerank", ["train.optim.lr=0.01"], 5)

    plan.write(tmp_path)

    found = read_plan(tmp_path)
    assert found == plan
    assert found.sha256 == plan.sha256
    assert found.recipe.facets == ("rerank",)


@pytest.mark.parametrize(
    ("slug", "lines", "seed"), [("bot_r50", [], 1), ("sbs_r50", [], 0), ("bot_r50", ["data.size=[64, 32]"], 0)]
)
def test_plans_differ_by_recipe_overrides_and_seed(slug: str, lines: list[str], seed: int) -> None:
    assert Plan.of(slug, lines, seed).sha256 != Plan.of("bot_r50", [], 0).sha256


def test_a_folder_without_a_plan_is_named(tmp_path: Path) -> None:
    with pytest.raises(RecipeError, match="no folder of a run"):
        read_plan(tmp_path)


@pytest.mark.parametrize("name", ["run", "bot_r50_tiny+pseudo", "a+b+c"])
def test_the_folder_of_a_run_may_be_named_like_a_recipe(tmp_path: Path, name: str) -> None:
    plan = Plan.of("bot_r50_tiny", [], 5)
    (tmp_path / name).mkdir()
    plan.write(tmp_path / name)

    assert find_run(str(tmp_path / name)) == (tmp_path / name, plan)
    folder, longer = find_run(f"{tmp_path / name}+rerank")
    assert (folder, longer.recipe.slug) == (tmp_path / name, "bot_r50_tiny+rerank")
