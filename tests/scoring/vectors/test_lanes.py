"""Sums in registers are the sums of the loops that define them."""

import numba
import numpy as np
import pytest

from scoring.reranking.vectors import squared_distance
from scoring.vectors.lanes import LANES, lane_product, squared_gap


@numba.njit(error_model="numpy")
def gap(left, left_factor, right, right_factor):
    return squared_gap(left * left_factor, right, right_factor)


@numba.njit(error_model="numpy")
def product(left, right):
    return lane_product(left, right)


SIZES = [1, 2, 3, 4, 5, 31, 32, 33, 63, 64, 70, 2048, 2051]


@pytest.mark.parametrize("size", SIZES)
@pytest.mark.parametrize("scale", [1.0, 1e18, 1e-38])
def test_squared_gaps_are_those_of_the_loop_to_the_last_bit(size, scale):
    draw = np.random.default_rng(size)
    for _ in range(20):
        left, right = (draw.standard_normal((2, size)) * scale).astype(np.float32)
        one, other = draw.random(2)
        assert gap(left, one, right, other) == squared_distance(left, right, one, other)
        assert gap(left, 1.0, left, 1.0) == 0.0


@pytest.mark.parametrize("size", SIZES)
def test_products_lie_within_the_bound_of_their_lanes(size):
    draw = np.random.default_rng(size)
    for _ in range(20):
        left, right = draw.standard_normal((2, size)).astype(np.float32)
        one, other = left.astype(np.float64), right.astype(np.float64)
        bound = (size // LANES + 1) * 2.0**-24 * np.linalg.norm(one) * np.linalg.norm(other)
        assert abs(product(left, right) - one @ other) <= 1.01 * bound + 1e-12
