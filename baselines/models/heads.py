"""Classify features in training: linear, or cosine with a margin for the right class.

With s = cos(feature, class weight) and y the right class, scale times

- circle: a_p (s - (1 - m)) for y and a_n (s - m) for the others, a_p = [1 + m - s]+ and a_n = [s + m]+ without gradient
- arc: cos(angle + m) for y and s for the others
- cos: s - m for y and s for the others

References
----------
Sun et al.: Circle Loss, CVPR 2020, sections 3.2 and 4.2 (classification). Deng et al.: ArcFace, CVPR 2019, section 3.1.
Wang et al.: CosFace, CVPR 2018, section 3.2. JDAI-CV/fast-reid, fastreid/layers/any_softmax.py.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Mapping
from typing import Any

import torch
from torch import Tensor, nn
from torch.nn import functional

INIT_STD = 0.01
"""Standard deviation of class weights at the start in fast-reid."""
BLOCK_INIT_STD = 1e-4
"""The same behind an FC-BN-dropout block in layumi's code."""
_LEAST_SQUARED_SINE = 1e-12


class Head(nn.Module, ABC):
    """Hold a weight vector for each class.

    Parameters
    ----------
    width, classes : int
        Length of a feature and number of classes.
    source : str
        Tap of the features.
    init_std : float
        Standard deviation of the weights at the start, whose mean is 0.
    """

    def __init__(self, width: int, classes: int, *, source: str, init_std: float) -> None:
        super().__init__()
        self.source = source
        self.weight = nn.Parameter(torch.empty(classes, width))
        nn.init.normal_(self.weight, std=init_std)

    def forward(self, features: Tensor, labels: Tensor) -> Tensor:
        """Return the logits of training, float (N, classes), of features (N, width) and labels (N,) from 0."""
        return self.scores(features)

    @abstractmethod
    def scores(self, features: Tensor) -> Tensor:
        """Return what the class of a picture is told by: logits without a margin, (N, classes)."""


class Linear(Head):
    """Inner products, with a bias that starts at 0 if it is wanted."""

    def __init__(self, width: int, classes: int, *, source: str, init_std: float, bias: bool) -> None:
        super().__init__(width, classes, source=source, init_std=init_std)
        self.bias = nn.Parameter(torch.zeros(classes)) if bias else None

    def scores(self, features: Tensor) -> Tensor:
        """Return inner products."""
        return functional.linear(features, self.weight, self.bias)


class Cosine(Head):
    """Cosines times a scale; a subclass changes that of the right class."""

    def __init__(self, width: int, classes: int, *, source: str, init_std: float, scale: float, margin: float) -> None:
        super().__init__(width, classes, source=source, init_std=init_std)
        self.scale, self.margin = scale, margin

    def forward(self, features: Tensor, labels: Tensor) -> Tensor:
        """Return logits with the margin."""
        cosines = self.cosines(features)
        right = functional.one_hot(labels, cosines.shape[1]).bool()
        return self.scale * torch.where(right, self.of_right(cosines), self.of_wrong(cosines))

    def scores(self, features: Tensor) -> Tensor:
        """Return scaled cosines."""
        return self.scale * self.cosines(features)

    def cosines(self, features: Tensor) -> Tensor:
        """Return cosines of features and class weights."""
        return functional.linear(functional.normalize(features), functional.normalize(self.weight))

    def of_right(self, cosines: Tensor) -> Tensor:
        """Return what stands for a cosine where the class is right."""
        return cosines - self.margin

    def of_wrong(self, cosines: Tensor) -> Tensor:
        """Return what stands for a cosine where the class is wrong."""
        return cosines


class Arc(Cosine):
    """The angle to the right class grows by the margin (radians)."""

    def of_right(self, cosines: Tensor) -> Tensor:
        """Return cos(angle + m); the root is kept off 0, where its slope is infinite."""
        sines = (1 - cosines.square()).clamp(min=_LEAST_SQUARED_SINE).sqrt()
        margin = torch.as_tensor(self.margin, dtype=cosines.dtype, device=cosines.device)
        return cosines * torch.cos(margin) - sines * torch.sin(margin)


class Circle(Cosine):
    """Each cosine is weighted by how far it is from where it ought to be."""

    def of_right(self, cosines: Tensor) -> Tensor:
        """Return a_p (s - (1 - m))."""
        return (1 + self.margin - cosines.detach()).clamp(min=0) * (cosines - (1 - self.margin))

    def of_wrong(self, cosines: Tensor) -> Tensor:
        """Return a_n (s - m)."""
        return (cosines.detach() + self.margin).clamp(min=0) * (cosines - self.margin)


COSINES: Mapping[str, type[Cosine]] = {"circle": Circle, "arc": Arc, "cos": Cosine}
"""Heads with a scale and a margin, by the word of `heads.kind`; the one that is left is `linear`."""
DEFAULTS = {"circle": (64.0, 0.35), "arc": (64.0, 0.5), "cos": (64.0, 0.35)}
"""Scale and margin: fast-reid's for circle, the papers' for the others."""


def build_head(table: Mapping[str, Any], width: int, classes: int) -> Head:
    """Return the head of a row of `heads` for features of this width."""
    source = table.get("input", "post_bn")
    init_std = table.get("init_std", BLOCK_INIT_STD if source == "embedding" else INIT_STD)
    kind = table["kind"]
    if kind == "linear":
        return Linear(width, classes, source=source, init_std=init_std, bias=table.get("bias", False))
    scale, margin = DEFAULTS[kind]
    return COSINES[kind](
        width,
        classes,
        source=source,
        init_std=init_std,
        scale=table.get("scale", scale),
        margin=table.get("margin", margin),
    )
