"""The weighted sum: names, weights, reductions, precision, faults."""

from typing import Any

import pytest
import torch

from baselines.losses import build_criterion
from baselines.models.output import Output

LABELS = torch.tensor([2, 0, 1, 2, 0, 1, 2, 0, 1])
DIMENSIONS = {"pre_bn": 6, "post_bn": 6}
BOT: list[dict[str, Any]] = [
    {"kind": "ce", "head": "id", "weight": 1.0, "smoothing": 0.1, "smoothing_form": "eps_over_c_minus_1"},
    {"kind": "triplet", "input": "pre_bn", "mining": "batch_hard", "margin": 0.3, "weight": 0.5},
]


def _given(dtype: torch.dtype = torch.float32) -> Output:
    draw = torch.Generator().manual_seed(1)
    features = {tap: torch.randn(9, 6, generator=draw).to(dtype) for tap in DIMENSIONS}
    return Output(features, {"id": torch.randn(9, 4, generator=draw).to(dtype)})


def test_total_is_the_weighted_sum_of_the_terms() -> None:
    total, terms = build_criterion(BOT, classes=4, dimensions=DIMENSIONS)(_given(), LABELS)

    assert set(terms) == {"ce", "triplet"}
    assert total.shape == ()
    assert total.dtype == torch.float32
    torch.testing.assert_close(total, terms["ce"] + 0.5 * terms["triplet"])
    assert not any(term.requires_grad for term in terms.values())


def test_terms_of_one_kind_are_told_apart_by_what_they_read() -> None:
    both = [BOT[0], BOT[1], BOT[1] | {"input": "post_bn"}]

    _, terms = build_criterion(both, classes=4, dimensions=DIMENSIONS)(_given(), LABELS)

    assert set(terms) == {"ce", "triplet.pre_bn", "triplet.post_bn"}


@pytest.mark.parametrize(
    "table",
    [
        BOT[0],
        BOT[1],
        {"kind": "circle_pairwise", "input": "pre_bn", "margin": 0.25, "gamma": 32.0},
        {"kind": "center", "input": "pre_bn"},
    ],
    ids=lambda table: table["kind"],
)
def test_a_sum_is_the_mean_times_the_batch(table: dict[str, Any]) -> None:
    totals = []
    for reduction in ("mean", "batch", "sum"):
        torch.manual_seed(0)
        criterion = build_criterion([table | {"reduction": reduction}], classes=4, dimensions=DIMENSIONS)
        totals.append(criterion(_given(), LABELS)[0])

    torch.testing.assert_close(totals[0], totals[1])
    torch.testing.assert_close(totals[2], 9 * totals[0])


def test_normalised_features_have_unit_length() -> None:
    table = BOT[1] | {"normalise": True}
    given = _given()
    scaled = Output({tap: 50 * values for tap, values in given.features.items()}, given.logits)

    criterion = build_criterion([table], classes=4, dimensions=DIMENSIONS)

    torch.testing.assert_close(criterion(given, LABELS)[0], criterion(scaled, LABELS)[0])
    plain = build_criterion([BOT[1]], classes=4, dimensions=DIMENSIONS)
    assert plain(scaled, LABELS)[0] > 5 * plain(given, LABELS)[0]


def test_losses_are_in_single_precision_under_autocast() -> None:
    tables = [*BOT, {"kind": "circle_pairwise", "input": "post_bn", "margin": 0.25, "gamma": 32.0}]
    criterion = build_criterion(tables, classes=4, dimensions=DIMENSIONS)
    half = _given(torch.bfloat16)
    exact, _ = criterion(
        Output({k: v.float() for k, v in half.features.items()}, {"id": half.logits["id"].float()}), LABELS
    )

    with torch.autocast("cpu", dtype=torch.bfloat16):
        total, terms = criterion(half, LABELS)

    assert total.dtype == torch.float32
    assert {term.dtype for term in terms.values()} == {torch.float32}
    assert torch.equal(total, exact)


def test_parameters_are_the_centers_alone() -> None:
    tables = [{"kind": "center", "input": tap, "weight": 5e-4} for tap in DIMENSIONS]

    criterion = build_criterion([*BOT, *tables], classes=4, dimensions=DIMENSIONS)

    assert [tuple(centers.shape) for centers in criterion.parameters()] == [(4, 6), (4, 6)]
    assert list(build_criterion(BOT, classes=4, dimensions=DIMENSIONS).parameters()) == []


@pytest.mark.parametrize(
    ("table", "fault"),
    [
        ({"kind": "tripelt", "input": "pre_bn"}, 'unknown loss "tripelt"'),
        ({"kind": "triplet", "input": "pre", "mining": "soft"}, 'no tap "pre" \\(there are pre_bn, post_bn\\)'),
        ({"kind": "triplet", "input": "pre_bn", "mining": "easy"}, 'unknown mining "easy"'),
        ({"kind": "ce", "head": "id", "smoothing_form": "eps"}, 'unknown smoothing_form "eps"'),
        ({"kind": "ce", "head": "id", "reduction": "max"}, 'unknown reduction "max"'),
    ],
)
def test_faults_of_the_list_are_named(table: dict[str, Any], fault: str) -> None:
    with pytest.raises(ValueError, match=fault):
        build_criterion([table], classes=4, dimensions=DIMENSIONS)


def test_equal_rows_are_named() -> None:
    with pytest.raises(ValueError, match='two losses "ce" read "id"'):
        build_criterion([BOT[0], BOT[0]], classes=4, dimensions=DIMENSIONS)


def test_missing_head_is_named() -> None:
    criterion = build_criterion([{"kind": "ce", "head": "part_1"}], classes=4, dimensions=DIMENSIONS)

    with pytest.raises(ValueError, match='ce: the network has no head "part_1" \\(there are id\\)'):
        criterion(_given(), LABELS)
