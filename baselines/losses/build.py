"""Make a recipe's list of losses into one criterion."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any

import torch
from torch import Tensor, nn
from torch.nn.functional import normalize

from baselines.losses.center import RATE, Centers
from baselines.losses.circle import circle_pairwise
from baselines.losses.cross_entropy import FORMS, cross_entropy
from baselines.losses.triplet import MINING, centroid_triplet, triplet
from baselines.models.output import Output

Compute = Callable[[Tensor, Tensor], Tensor]
"""Features or logits (n, ...) and labels (n,) to the losses of samples, (n,), or one for the batch, ()."""


@dataclass(frozen=True)
class Term:
    """Hold one loss: what it reads, how it is computed, reduced and weighted."""

    name: str
    of: str
    reads_logits: bool
    compute: Compute
    weight: float
    is_sum: bool
    is_normalised: bool

    def __call__(self, output: Output, labels: Tensor) -> Tensor:
        """Return the term of a batch, a scalar of at least single precision, not weighted."""
        found = output.logits if self.reads_logits else output.features
        if self.of not in found:
            what = "head" if self.reads_logits else "tap"
            raise ValueError(f'{self.name}: the network has no {what} "{self.of}" (there are {", ".join(found)})')
        values = found[self.of]
        values = values if values.dtype == torch.float64 else values.float()
        losses = self.compute(normalize(values) if self.is_normalised else values, labels)
        if self.is_sum:
            return losses.sum()
        return losses.mean() if losses.ndim else losses / len(labels)


class Criterion(nn.Module):
    """Add the terms of a recipe, each with its weight; computed in single precision also under autocast.

    Its parameters are the centres of center losses.
    """

    def __init__(self, terms: Sequence[Term]) -> None:
        super().__init__()
        self.terms = tuple(terms)
        # A module's name may not hold a dot.
        self.learned = nn.ModuleDict(
            {term.name.replace(".", "_"): term.compute for term in terms if isinstance(term.compute, nn.Module)}
        )

    def centres(self) -> list[dict[str, Any]]:
        """Return the centres of each center loss and a rate of plain SGD that undoes the loss's weight, as "params" and "lr"."""
        return [
            {"params": list(term.compute.parameters()), "lr": term.compute.rate / (term.weight or 1.0)}
            for term in self.terms
            if isinstance(term.compute, Centers)
        ]

    def forward(
        self,
        output: Output,
        labels: Tensor,
        cameras: Tensor | None = None,
    ) -> tuple[Tensor, dict[str, Tensor]]:
        """Return the weighted total, a scalar, and each term by its name, not weighted and without gradient.

        `labels` and `cameras` are int64 (n,); no loss of this list reads cameras.

        Raises
        ------
        ValueError if the network lacks a head or a tap that a term reads.
        """
        values: dict[str, Tensor] = {}
        total = torch.zeros((), device=labels.device)
        with torch.autocast(device_type=labels.device.type, enabled=False):
            for term in self.terms:
                value = term(output, labels)
                total = total + term.weight * value
                values[term.name] = value.detach()
        return total, values


def build_criterion(tables: Sequence[Mapping[str, Any]], *, classes: int, dimensions: Mapping[str, int]) -> Criterion:
    """Return the criterion of a recipe's `[train] losses` list.

    `dimensions` are those of the network's taps. A term is named by its kind, or `kind.head` if there are several of a
    kind. Keys of each kind: baselines/README.md, "Losses".

    Raises
    ------
    ValueError for an unknown kind, mining, form or reduction, or a tap that the network has not.
    """
    kinds = [table["kind"] for table in tables]
    terms: dict[str, Term] = {}
    for table in tables:
        kind = table["kind"]
        if kind not in KINDS:
            raise ValueError(f'unknown loss "{kind}" (there are {", ".join(KINDS)})')
        of = table["head" if kind == "ce" else "input"]
        if kind != "ce" and of not in dimensions:
            raise ValueError(f'{kind}: the network has no tap "{of}" (there are {", ".join(dimensions)})')
        name = kind if kinds.count(kind) == 1 else f"{kind}.{of}"
        if name in terms:
            raise ValueError(f'two losses "{kind}" read "{of}"')
        terms[name] = Term(
            name=name,
            of=of,
            reads_logits=kind == "ce",
            compute=KINDS[kind](table, (classes, dimensions.get(of, 0))),
            weight=table.get("weight", 1.0),
            is_sum=_known(table, "reduction", ("mean", "batch", "sum")) == "sum",
            is_normalised=table.get("normalise", kind == "circle_pairwise"),
        )
    return Criterion(list(terms.values()))


def _cross_entropy(table: Mapping[str, Any], _shape: tuple[int, int]) -> Compute:
    keys = {"smoothing": table.get("smoothing", 0.0), "form": _known(table, "smoothing_form", FORMS)}
    return partial(cross_entropy, **keys)


def _triplet(table: Mapping[str, Any], _shape: tuple[int, int]) -> Compute:
    return partial(triplet, mining=_known(table, "mining", MINING), margin=table.get("margin", 0.0))


def _centroid_triplet(table: Mapping[str, Any], _shape: tuple[int, int]) -> Compute:
    return partial(centroid_triplet, margin=table.get("margin", 0.0))


def _circle_pairwise(table: Mapping[str, Any], _shape: tuple[int, int]) -> Compute:
    return partial(circle_pairwise, margin=table["margin"], gamma=table["gamma"])


def _center(table: Mapping[str, Any], shape: tuple[int, int]) -> Compute:
    return Centers(*shape, rate=table.get("lr", RATE))


KINDS: Mapping[str, Callable[[Mapping[str, Any], tuple[int, int]], Compute]] = {
    "ce": _cross_entropy,
    "triplet": _triplet,
    "circle_pairwise": _circle_pairwise,
    "center": _center,
    "centroid_triplet": _centroid_triplet,
}


def _known(table: Mapping[str, Any], key: str, known: Sequence[str]) -> str:
    """Return the value of a key, the first known one if it is left out; ValueError for another."""
    value: str = table.get(key, known[0])
    if value not in known:
        raise ValueError(f'{table["kind"]}: unknown {key} "{value}" (there are {", ".join(known)})')
    return value
