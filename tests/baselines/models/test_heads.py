"""Logits of every head against loops in float64, their gradients, and what they begin with."""

import math

import numpy as np
import pytest
import torch

from baselines.models.heads import build_head

_FEATURES = torch.randn(6, 5, generator=torch.Generator().manual_seed(3), dtype=torch.float64)
_LABELS = torch.tensor([0, 3, 1, 2, 0, 3])


def _naive(kind: str, weight: np.ndarray, scale: float, margin: float) -> np.ndarray:
    logits = np.empty((6, 4))
    for i, feature in enumerate(_FEATURES.numpy()):
        for c in range(4):
            cosine = float(feature @ weight[c] / math.sqrt(feature @ feature) / math.sqrt(weight[c] @ weight[c]))
            right = int(_LABELS[i]) == c
            if kind == "cos":
                logits[i, c] = cosine - margin if right else cosine
            elif kind == "arc":
                logits[i, c] = math.cos(math.acos(cosine) + margin) if right else cosine
            elif right:
                logits[i, c] = max(1 + margin - cosine, 0) * (cosine - (1 - margin))
            else:
                logits[i, c] = max(cosine + margin, 0) * (cosine - margin)
    return scale * logits


@pytest.mark.parametrize(("kind", "scale", "margin"), [("circle", 64.0, 0.35), ("arc", 30.0, 0.5), ("cos", 16.0, 0.2)])
def test_margins(kind: str, scale: float, margin: float) -> None:
    head = build_head({"name": "id", "kind": kind, "scale": scale, "margin": margin}, 5, 4).double()

    logits = head(_FEATURES, _LABELS).detach().numpy()

    weight = head.weight.detach().numpy()
    np.testing.assert_allclose(logits, _naive(kind, weight, scale, margin), rtol=1e-9, atol=1e-9)
    np.testing.assert_allclose(head.scores(_FEATURES).detach().numpy(), _naive("cos", weight, scale, 0.0), atol=1e-9)


def test_the_weights_of_circle_have_no_gradient() -> None:
    head = build_head({"name": "id", "kind": "circle", "scale": 2.0, "margin": 0.25}, 5, 4).double()
    features = _FEATURES.clone().requires_grad_()

    head(features, _LABELS).sum().backward()

    cosines = head.cosines(again := _FEATURES.clone().requires_grad_())
    right = torch.nn.functional.one_hot(_LABELS, 4).bool()
    factors = torch.where(right, (1.25 - cosines).clamp(min=0), (cosines + 0.25).clamp(min=0)).detach()
    (2.0 * factors * cosines).sum().backward()
    torch.testing.assert_close(features.grad, again.grad)


def test_arc_has_a_slope_where_feature_and_class_agree() -> None:
    head = build_head({"name": "id", "kind": "arc"}, 3, 2)
    features = head.weight.detach()[:1].clone().requires_grad_()

    head(features, torch.tensor([0])).sum().backward()

    assert features.grad.isfinite().all()


def test_linear_with_and_without_bias() -> None:
    plain = build_head({"name": "id", "kind": "linear"}, 5, 4).double()
    biased = build_head({"name": "id", "kind": "linear", "bias": True}, 5, 4).double()
    torch.nn.init.normal_(biased.bias)

    torch.testing.assert_close(plain(_FEATURES, _LABELS), _FEATURES @ plain.weight.T)
    torch.testing.assert_close(biased(_FEATURES, _LABELS), _FEATURES @ biased.weight.T + biased.bias)
    assert plain.bias is None


@pytest.mark.parametrize(
    ("table", "spread"), [({}, 0.01), ({"input": "embedding"}, 1e-4), ({"input": "embedding", "init_std": 0.5}, 0.5)]
)
def test_class_weights_begin_as_upstream(table: dict[str, object], spread: float) -> None:
    head = build_head({"name": "id", "kind": "linear", "bias": True} | table, 200, 100)

    assert head.weight.detach().std().item() == pytest.approx(spread, rel=0.05)
    assert head.weight.mean().abs() < spread / 20
    assert (head.bias == 0).all()
