"""Build the optimisers of a recipe's `[train.optim]`."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import partial
from typing import Any

import torch
from torch import nn

from baselines.training.schedule import Schedule


class Optimisers:
    """Hold the optimiser of the network and, where the loss has parameters of its own (class centres), a second one.

    Parameters
    ----------
    table : mapping
        `[train.optim]`: kind, lr, weight_decay and more; weight decay is L2 but for adamw.
    groups : mapping of str to list of parameters
        "backbone", whose rate is multiplied by `backbone_lr_factor`, and "new".
    centres : list of mappings
        Class centres with their rates, `Criterion.centres`; they have plain SGD of their own.
    fused : bool
        Whether PyTorch's fused kernels are used, which a GPU gains by.
    """

    def __init__(
        self,
        table: Mapping[str, Any],
        groups: Mapping[str, list[nn.Parameter]],
        centres: list[dict[str, Any]],
        *,
        fused: bool,
    ) -> None:
        base = float(table["lr"])
        rates = {"backbone": base * float(table.get("backbone_lr_factor", 1.0)), "new": base}
        named = [{"params": groups[name], "lr": rates[name], "base_lr": rates[name]} for name in groups]
        self.network = KINDS[table["kind"]](named, table, fused)
        self.centres = torch.optim.SGD(centres) if centres else None
        self.clip_norm = float(table.get("clip_norm", 0.0))

    def set_rates(self, schedule: Schedule, iteration: int) -> float:
        """Set every group's rate for an iteration and return that of the new parameters."""
        for group in self.network.param_groups:
            group["lr"] = schedule.rate(iteration, group["base_lr"])
        return float(self.network.param_groups[-1]["lr"])

    def zero_grad(self) -> None:
        """Forget all gradients."""
        for optimiser in self._all():
            optimiser.zero_grad(set_to_none=True)

    def step(self) -> None:
        """Clip gradients if the recipe says so, and take a step."""
        if self.clip_norm:
            every = [parameter for group in self.network.param_groups for parameter in group["params"]]
            torch.nn.utils.clip_grad_norm_(every, self.clip_norm)
        for optimiser in self._all():
            optimiser.step()

    def state(self) -> list[Any]:
        """Return what a checkpoint holds of the optimisers."""
        return [optimiser.state_dict() for optimiser in self._all()]

    def load(self, states: list[Any]) -> None:
        """Take what a checkpoint holds."""
        for optimiser, state in zip(self._all(), states, strict=True):
            optimiser.load_state_dict(state)

    def _all(self) -> list[torch.optim.Optimizer]:
        return [self.network, *([self.centres] if self.centres is not None else [])]


_Groups = list[dict[str, Any]]


def _adam(
    kind: type[torch.optim.Adam], groups: _Groups, table: Mapping[str, Any], fused: bool
) -> torch.optim.Optimizer:
    return kind(
        groups,
        lr=float(table["lr"]),
        eps=float(table.get("epsilon", 1e-8)),
        weight_decay=float(table["weight_decay"]),
        amsgrad=bool(table.get("amsgrad", False)),
        fused=fused,
    )


def _sgd(groups: _Groups, table: Mapping[str, Any], fused: bool) -> torch.optim.Optimizer:
    return torch.optim.SGD(
        groups,
        lr=float(table["lr"]),
        momentum=float(table.get("momentum", 0.0)),
        nesterov=bool(table.get("nesterov", False)),
        weight_decay=float(table["weight_decay"]),
        fused=fused,
    )


KINDS: Mapping[str, Callable[[_Groups, Mapping[str, Any], bool], torch.optim.Optimizer]] = {
    "adam": partial(_adam, torch.optim.Adam),
    "adamw": partial(_adam, torch.optim.AdamW),
    "sgd": _sgd,
}
"""By the word of `train.optim.kind`."""
