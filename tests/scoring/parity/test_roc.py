"""What fast-reid prints as TPR@FPR is the true rejection rate at a false rejection rate, on a thinned curve."""

import random

import numpy as np
import pytest

from scoring.parity import ROC_TARGETS, fastreid_tnr_at_frr


def oracle(genuine, impostor, target):
    """Walk the thresholds from the largest distance down, as scikit-learn's curve with distances as scores of impostors."""
    thresholds = sorted({*genuine, *impostor}, reverse=True)
    points = [(sum(d >= t for d in genuine), sum(d >= t for d in impostor)) for t in thresholds]
    kept = [(0, 0), points[0]]
    for before, point, after in zip(points, points[1:], points[2:], strict=False):
        steps = [(point[k] - before[k], after[k] - point[k]) for k in (0, 1)]
        if any(first != second for first, second in steps):
            kept.append(point)
    kept.append(points[-1])
    rates = [(rejected / len(genuine), right / len(impostor)) for rejected, right in kept]
    return min(rates, key=lambda rate: abs(rate[0] - target))[1]


@pytest.mark.parametrize("seed", range(12))
@pytest.mark.parametrize("levels", [7, 1000])
def test_random_pairs(seed, levels):
    draw = random.Random(seed)
    genuine = [draw.randrange(levels) * 0.8 for _ in range(draw.randint(1, 60))]
    impostor = [0.2 * levels + draw.randrange(levels) for _ in range(draw.randint(1, 90))]
    targets = (*ROC_TARGETS, 0.1, 0.5)
    found = fastreid_tnr_at_frr(np.array(genuine), np.array(impostor), targets)
    assert found == pytest.approx([oracle(genuine, impostor, target) for target in targets], abs=1e-12)


def test_with_few_genuine_pairs_it_is_zero_however_good_the_distances():
    genuine, impostor = np.linspace(0, 0.1, 4000), np.linspace(0.9, 1, 4000)
    assert fastreid_tnr_at_frr(genuine, impostor, [1e-4]) == (0.0,)
    assert fastreid_tnr_at_frr(genuine, impostor, [1e-3]) == (0.0,)  # the corner at 0 is nearer than the one at 1


def test_it_is_not_the_share_of_genuine_pairs_that_are_accepted():
    """One genuine pair of four lies beyond three impostors of four: at FPR 0.25 one accepts 3 of 4; fast-reid says 1 of 4."""
    genuine, impostor = np.array([0.1, 0.2, 0.3, 0.8]), np.array([0.25, 0.5, 0.6, 0.9])
    assert fastreid_tnr_at_frr(genuine, impostor, [0.25]) == (0.25,)


def test_single_precision_distances_are_taken_as_they_are():
    genuine, impostor = np.array([0.1, 0.3], dtype=np.float32), np.array([0.3, 0.5], dtype=np.float32)
    assert fastreid_tnr_at_frr(genuine, impostor, [0.5]) == (1.0,)


def test_both_kinds_of_pairs_are_needed():
    with pytest.raises(ValueError, match="genuine and impostor"):
        fastreid_tnr_at_frr(np.array([]), np.array([0.5]))
