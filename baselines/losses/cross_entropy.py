"""Cross-entropy with label smoothing in its two forms.

With C classes, eps and label y, the target is

    eps_over_c:          (1 - eps) [c = y] + eps / C                 PyTorch, torchreid, reid-strong-baseline
    eps_over_c_minus_1:  (1 - eps) [c = y] + eps / (C - 1) [c != y]  fast-reid

and the loss is -sum_c target_c log softmax(logits)_c. Margin heads (circle, arc, cosine) give logits that hold the margin
already: ArcFace, CosFace and the softmax form of Circle are this loss on such logits.
"""

from __future__ import annotations

import torch
from torch import Tensor

FORMS = ("eps_over_c", "eps_over_c_minus_1")


def cross_entropy(logits: Tensor, labels: Tensor, *, smoothing: float, form: str) -> Tensor:
    """Return the loss of each sample, (n,), from logits (n, classes) and labels int64 (n,)."""
    classes = logits.shape[1]
    log_shares = torch.log_softmax(logits, dim=1)
    own = log_shares.gather(1, labels[:, None]).squeeze(1)
    every = log_shares.sum(dim=1)
    if form == "eps_over_c":
        return -((1 - smoothing) * own + smoothing / classes * every)
    # One class leaves no wrong one to smooth over.
    return -((1 - smoothing) * own + smoothing / max(classes - 1, 1) * (every - own))
