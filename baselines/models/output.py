"""Hold what a network says about a batch."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import NamedTuple

from torch import Tensor


class Maps(NamedTuple):
    """Hold what a backbone returns.

    Attributes
    ----------
    map : float tensor of shape (N, C, H, W)
        Features by place; of a vision transformer its patch tokens.
    token : float tensor of shape (N, C), or None
        The class token, where there is one.
    """

    map: Tensor
    token: Tensor | None = None


@dataclass(frozen=True)
class Output:
    """Hold what a model returns.

    Attributes
    ----------
    features : float32 tensors of shape (N, D) by tap
        `pooled` always; `pre_bn` and `post_bn` of a BNNeck; `embedding` of an FC-BN-dropout block; `branch_0`, ...,
        `stripes_n` and `concat` of stripes and of MGN.
    logits : float32 tensors of shape (N, C) by head
        What the cross-entropy of training takes; empty where no labels were given.
    """

    features: Mapping[str, Tensor]
    logits: Mapping[str, Tensor]
