"""Circle loss over the pairs of a batch, as layumi's baseline has it: one log-sum-exp over all of them.

With s_p the cosines of pairs of one identity and s_n of two, each unordered pair once,

    log(1 + sum exp(gamma [s_n + m]+ (s_n - m)) * sum exp(-gamma [1 + m - s_p]+ (s_p - 1 + m)))

where [.]+ is not differentiated (Y. Sun et al., Circle Loss, CVPR 2020, equations 6 to 9, which sum per anchor).
The softmax form is a head: its logits go to cross-entropy.
"""

from __future__ import annotations

import torch
from torch import Tensor
from torch.nn.functional import softplus


def circle_pairwise(features: Tensor, labels: Tensor, *, margin: float, gamma: float) -> Tensor:
    """Return the loss of a batch, a scalar, from features of unit length (n, dimension) and labels (n,).

    It is 0, with gradient 0, if the batch has no pair of one identity or none of two.
    """
    cosines = features @ features.T
    same = labels[:, None] == labels[None, :]
    once = torch.ones_like(same).triu(diagonal=1)
    fixed = cosines.detach()
    toward = -gamma * (1 + margin - fixed).clamp(min=0) * (cosines - (1 - margin))
    apart = gamma * (fixed + margin).clamp(min=0) * (cosines - margin)
    positive, any_positive = _log_sum_exp(toward, same & once)
    negative, any_negative = _log_sum_exp(apart, ~same & once)
    return softplus(positive + negative) * (any_positive & any_negative)


def _log_sum_exp(values: Tensor, where: Tensor) -> tuple[Tensor, Tensor]:
    """Return the log-sum-exp where `where` is true, and whether it is anywhere; if nowhere, some finite number."""
    exists = where.any()
    return values.masked_fill(~where & exists, -torch.inf).flatten().logsumexp(dim=0), exists
