"""Every loss against a plain loop in double precision, values and gradients, and where batches are odd."""

from collections.abc import Callable
from typing import Any

import pytest
import torch
from torch import Tensor
from torch.nn.functional import cross_entropy as torch_cross_entropy

from baselines.losses import build_criterion
from baselines.models.heads import build_head
from baselines.models.output import Output
from tests.baselines.losses import loops

LABELS = torch.tensor([2, 0, 1, 2, 0, 1, 2, 0, 1])
CLASSES, DIMENSION = 4, 6


CASES: list[tuple[dict[str, Any], Callable[[Tensor, Tensor], Tensor]]] = [
    (
        {"kind": "triplet", "mining": mining, "margin": margin},
        lambda x, y, m=mining, g=margin: loops.triplet(x, y, m, g),
    )
    for mining, margin in [
        ("batch_hard", 0.3),
        ("batch_hard", 0.0),
        ("weighted", 0.5),
        ("weighted", 0.0),
        ("soft", 0.3),
    ]
] + [
    ({"kind": "centroid_triplet", "margin": 0.3}, lambda x, y: loops.centroid_triplet(x, y, 0.3)),
    ({"kind": "circle_pairwise", "margin": 0.25, "gamma": 32.0}, lambda x, y: loops.circle_pairwise(x, y, 0.25, 32.0)),
    ({"kind": "circle_pairwise", "margin": 0.4, "gamma": 80.0}, lambda x, y: loops.circle_pairwise(x, y, 0.4, 80.0)),
]
IDS = ["-".join(str(value) for value in table.values()) for table, _ in CASES]


def _loss(table: dict[str, Any], features: Tensor, labels: Tensor) -> Tensor:
    criterion = build_criterion([table | {"input": "tap"}], classes=CLASSES, dimensions={"tap": features.shape[1]})
    total, _ = criterion(Output({"tap": features}, {}), labels)
    return total


def _features(seed: int = 0, count: int = len(LABELS)) -> Tensor:
    draw = torch.Generator().manual_seed(seed)
    return torch.randn(count, DIMENSION, generator=draw, dtype=torch.float64).requires_grad_()


@pytest.mark.parametrize(("table", "loop"), CASES, ids=IDS)
@pytest.mark.parametrize("seed", range(3))
def test_values_and_gradients_are_those_of_the_loop(
    table: dict[str, Any], loop: Callable[[Tensor, Tensor], Tensor], seed: int
) -> None:
    features, same = _features(seed), _features(seed)

    loss, expected = _loss(table, features, LABELS), loop(same, LABELS)
    loss.backward()
    expected.backward()

    assert expected > 0
    torch.testing.assert_close(loss, expected, rtol=1e-9, atol=1e-12)
    torch.testing.assert_close(features.grad, same.grad, rtol=1e-7, atol=1e-10)


@pytest.mark.parametrize(("table", "loop"), CASES, ids=IDS)
def test_single_precision_is_close_to_the_loop(table: dict[str, Any], loop: Callable[[Tensor, Tensor], Tensor]) -> None:
    features = _features().detach()

    torch.testing.assert_close(
        _loss(table, features.float(), LABELS).double(), loop(features, LABELS), rtol=1e-4, atol=1e-5
    )


@pytest.mark.parametrize(("table", "loop"), CASES, ids=IDS)
@pytest.mark.parametrize("kind", ["one identity", "duplicates", "all equal", "all zero", "far apart"])
def test_odd_batches_have_finite_gradients_and_the_loops_value(
    table: dict[str, Any], loop: Callable[[Tensor, Tensor], Tensor], kind: str
) -> None:
    values, labels = _features().detach(), LABELS
    if kind == "one identity":
        labels = torch.ones_like(LABELS)
    elif kind == "duplicates":
        values[3], values[6], values[4] = values[0], values[0], values[1]
    elif kind == "all equal":
        values = values[:1].repeat(len(LABELS), 1)
    elif kind == "all zero":
        values = torch.zeros_like(values)
    else:
        values = values * 100
    features = values.float().requires_grad_()

    loss = _loss(table, features, labels)
    loss.backward()

    assert torch.isfinite(loss)
    assert torch.isfinite(features.grad).all()
    if kind == "one identity":
        assert loss == 0
        assert (features.grad == 0).all()
    elif kind != "all zero" and not (kind == "far apart" and table.get("margin") == 0):
        torch.testing.assert_close(loss.double(), loop(values, labels), rtol=1e-3, atol=1e-3)


def test_equal_embeddings_cost_the_margin_and_have_no_gradient() -> None:
    features = torch.ones(9, DIMENSION, requires_grad=True)

    loss = _loss({"kind": "triplet", "mining": "batch_hard", "margin": 0.3}, features, LABELS)
    loss.backward()

    assert loss.item() == pytest.approx(0.3)
    assert (features.grad == 0).all()


def test_circle_without_a_positive_pair_is_zero() -> None:
    features = _features(count=4)

    loss = _loss({"kind": "circle_pairwise", "margin": 0.25, "gamma": 32.0}, features, torch.arange(4))
    loss.backward()

    assert loss == 0
    assert (features.grad == 0).all()


@pytest.mark.parametrize("labels", [[0, 0, 1, 1, 1], [0, 1, 2, 3, 4]])
def test_centroids_need_as_many_images_of_each_identity(labels: list[int]) -> None:
    with pytest.raises(ValueError, match="as many images of each identity"):
        _loss({"kind": "centroid_triplet", "margin": 0.3}, _features(count=5), torch.tensor(labels))


@pytest.mark.parametrize("form", ["eps_over_c", "eps_over_c_minus_1"])
@pytest.mark.parametrize("smoothing", [0.0, 0.1])
def test_cross_entropy_is_the_loops(form: str, smoothing: float) -> None:
    logits, same = _features(), _features()
    table = {"kind": "ce", "head": "id", "smoothing": smoothing, "smoothing_form": form}

    loss, _ = build_criterion([table], classes=DIMENSION, dimensions={})(Output({}, {"id": logits}), LABELS)
    expected = loops.cross_entropy(same, LABELS, smoothing, form)
    loss.backward()
    expected.backward()

    torch.testing.assert_close(loss, expected, rtol=1e-10, atol=1e-12)
    torch.testing.assert_close(logits.grad, same.grad, rtol=1e-8, atol=1e-12)
    if form == "eps_over_c":
        torch.testing.assert_close(loss, torch_cross_entropy(logits, LABELS, label_smoothing=smoothing))


@pytest.mark.parametrize(("kind", "margins"), [("circle", loops.circle_logits), ("arc", loops.arc_logits)])
def test_cross_entropy_of_margin_heads_is_the_loops(kind: str, margins: Callable[..., Tensor]) -> None:
    """ArcFace and the softmax form of Circle, from features to loss."""
    torch.manual_seed(0)
    row = {"name": "id", "kind": kind, "input": "tap", "scale": 8.0, "margin": 0.35}
    head = build_head(row, DIMENSION, CLASSES).double()
    table = {"kind": "ce", "head": "id", "smoothing": 0.1, "smoothing_form": "eps_over_c_minus_1"}
    criterion = build_criterion([table], classes=CLASSES, dimensions={})
    features, same = _features(), _features()

    loss, _ = criterion(Output({}, {"id": head(features, LABELS)}), LABELS)
    cosines = loops.cosines(same, head.weight.detach())
    expected = loops.cross_entropy(margins(cosines, LABELS, 0.35, 8.0), LABELS, 0.1, "eps_over_c_minus_1")
    loss.backward()
    expected.backward()

    torch.testing.assert_close(loss, expected, rtol=1e-10, atol=1e-12)
    torch.testing.assert_close(features.grad, same.grad, rtol=1e-8, atol=1e-12)


def test_center_loss_and_its_gradients() -> None:
    weight = 5e-4
    table = {"kind": "center", "input": "tap", "weight": weight}
    criterion = build_criterion([table], classes=CLASSES, dimensions={"tap": DIMENSION}).double()
    (centers,) = criterion.parameters()
    features, same = _features(), _features()
    copied = centers.detach().clone().requires_grad_()

    total, terms = criterion(Output({"tap": features}, {}), LABELS)
    expected = loops.center(same, LABELS, copied)
    total.backward()
    expected.backward()

    torch.testing.assert_close(terms["center"], expected.detach())
    torch.testing.assert_close(total, weight * expected)
    torch.testing.assert_close(features.grad, weight * same.grad)
    torch.testing.assert_close(centers.grad, weight * copied.grad)
    assert (centers.grad[3] == 0).all()
