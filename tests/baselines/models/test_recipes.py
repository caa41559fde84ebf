"""Every parameter of every recipe learns through the recipe's own losses; the tiny ones stand for the structure of the full."""

import pytest
import torch
from torch import nn

from baselines.catalogue import recipes
from baselines.losses.build import build_criterion
from baselines.models.build import build_model

_TINY = {item.slug: item.table for item in recipes() if item.slug.endswith("_tiny")}
_CLASSES = 4
_DRAWS = 4


@pytest.mark.parametrize("slug", _TINY)
def test_every_parameter_of_a_recipe_gets_a_gradient(slug: str) -> None:
    flat, draws = _without_slope(slug), 1
    # One that a ReLU hides for this draw, as in OSNet's narrow gates, shows its slope in another.
    while flat and draws < _DRAWS:
        flat, draws = flat & _without_slope(slug), draws + 1

    assert flat == set()


def _without_slope(slug: str) -> set[str]:
    """Return parameters whose gradient is 0 everywhere, but for biases: what a normalisation behind takes away has none."""
    tables = _TINY[slug]
    size = tuple(tables["data"]["size"])
    model = build_model(tables["model"], classes=_CLASSES, weights=None, size=size).train()
    criterion = build_criterion(tables["train"]["losses"], classes=_CLASSES, dimensions=model.dimensions)
    for module in model.modules():
        # Non-local blocks and SwinV2 begin with 0, and nothing before it has a slope yet.
        if isinstance(module, nn.BatchNorm2d | nn.LayerNorm) and not module.weight.any():
            nn.init.ones_(module.weight)
    labels = torch.arange(_CLASSES).repeat_interleave(2)

    total, _ = criterion(model(torch.randn(len(labels), 3, *size), labels), labels)
    total.backward()

    learned = [*model.named_parameters(), *criterion.named_parameters()]
    assert [name for name, parameter in learned if parameter.grad is None] == []
    return {name for name, parameter in learned if not parameter.grad.any() and not name.endswith("bias")}
