"""Every tiny recipe learns eight people by heart, and what it learned can be taken elsewhere."""

from pathlib import Path

import numpy as np
import pytest
import safetensors.torch
import torch

from baselines.catalogue import recipes
from baselines.inference.distances import distances
from baselines.inference.extract import extract
from baselines.training.network import load_trained
from tests.baselines.short import Run, short

TINY = [item.slug for item in recipes() if item.slug.endswith("_tiny")]
ITERATIONS = {"sbs_r50_tiny": 60, "mgn_r50_ibn_tiny": 60} | dict.fromkeys(
    ("bot_osnet_tiny", "hrnet_w18_circle_tiny", "swin_base_circle_tiny", "swinv2_base_circle_tiny"), 70
)
_RATES = {"sbs_r50_tiny": ["train.optim.lr=2e-3"], "mgn_r50_ibn_tiny": ["train.optim.lr=2e-3"]}


def _features(run: Run, model: torch.nn.Module) -> np.ndarray:
    return extract(
        model,  # type: ignore[arg-type]
        run.session.cache.resident("cpu"),
        run.workshop.table["test"]["inference"],
        normalise=run.workshop.augmentation().without,
        progress=lambda _done, _total: None,
        half=False,
    )


@pytest.mark.parametrize("slug", TINY)
def test_a_tiny_recipe_learns_by_heart_and_its_weights_say_the_same(slug: str, people: Path, tmp_path: Path) -> None:
    """Rank-1 among the 64 images is 1, the loss is halved, and the saved file is the network."""
    lines = short(slug, ITERATIONS.get(slug, 40), *_RATES.get(slug, []))
    run = Run(slug, people, tmp_path / "run", lines, plain=True).train()

    losses = [event["total"] for event in run.events("losses")]
    assert np.mean(losses[-3:]) < losses[0] / 2
    assert run.session.model is not None

    features = _features(run, run.session.model)
    apart = distances(features, features, kind="cosine")
    np.fill_diagonal(apart, np.inf)
    labels = run.session.set.labels
    assert (labels[apart.argmin(1)] == labels).all()

    assert np.array_equal(_features(run, load_trained(run.workshop, tmp_path / "run")), features)
    tensors = safetensors.torch.load_file(tmp_path / "run" / "model.safetensors")
    assert {name: tuple(value.shape) for name, value in tensors.items()} == {
        name: tuple(value.shape) for name, value in run.session.model.state_dict().items()
    }


@pytest.mark.parametrize("slug", TINY)
def test_a_tiny_recipe_goes_on_as_if_it_had_not_stopped(slug: str, people: Path, tmp_path: Path) -> None:
    lines = short(slug, 4, "train.loop.checkpoint_iterations=2")
    whole = Run(slug, people, tmp_path / "whole", lines).train()
    half = Run(slug, people, tmp_path / "half", lines)
    half.journal.say = _stopping(half, at=2)  # type: ignore[method-assign]
    with pytest.raises(KeyboardInterrupt):
        half.train()

    again = Run(slug, people, tmp_path / "half", lines).train(resume=True)

    assert again.events("started")[0]["resumed_at"] == 2
    assert (tmp_path / "half" / "model.safetensors").read_bytes() == (
        tmp_path / "whole" / "model.safetensors"
    ).read_bytes()
    assert [event["total"] for event in again.events("losses")] == [event["total"] for event in whole.events("losses")][
        2:
    ]


def _stopping(run: Run, *, at: int) -> object:
    """Return a way of telling events that ends the run after the checkpoint of an iteration."""
    tell = type(run.journal).say

    def say(event: str, **fields: object) -> None:
        tell(run.journal, event, **fields)
        if event == "checkpoint" and fields["iteration"] == at:
            raise KeyboardInterrupt

    return say
