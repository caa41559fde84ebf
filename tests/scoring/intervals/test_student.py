"""The t quantile against printed tables."""

import math

import pytest

from scoring.intervals.student import t_quantile, t_upper_tail

# Fisher and Yates: Statistical Tables, table III; two-sided 5 % and 1 %. Exact digits: the closed forms below.
KNOWN = [
    (1, 0.025, 12.70620474),
    (2, 0.025, 4.30265273),
    (3, 0.025, 3.18244631),
    (5, 0.025, 2.57058184),
    (10, 0.025, 2.22813885),
    (19, 0.025, 2.09302405),
    (30, 0.025, 2.04227246),
    (120, 0.025, 1.97993041),
    (1, 0.005, 63.65674116),
    (10, 0.005, 3.16927267),
    (60, 0.05, 1.67064887),
]


@pytest.mark.parametrize(("degrees", "tail", "value"), KNOWN)
def test_known_quantiles(degrees, tail, value):
    assert t_quantile(degrees, tail) == pytest.approx(value, abs=6e-9)


@pytest.mark.parametrize("tail", [0.4, 0.1, 0.025, 0.001])
def test_one_and_two_degrees_have_closed_forms(tail):
    assert t_quantile(1, tail) == pytest.approx(math.tan(math.pi * (0.5 - tail)), rel=1e-11)
    alpha = 4 * tail * (1 - tail)
    assert t_quantile(2, tail) == pytest.approx((1 - 2 * tail) * math.sqrt(2 / alpha), rel=1e-11)


def test_many_degrees_approach_the_normal_distribution():
    assert t_quantile(10_000_000) == pytest.approx(1.959963984540054, rel=1e-6)


def test_the_tail_falls_and_the_quantile_inverts_it():
    tails = [t_upper_tail(t / 4, 7) for t in range(40)]
    assert tails == sorted(tails, reverse=True)
    assert t_upper_tail(0.0, 7) == pytest.approx(0.5)
    assert t_upper_tail(t_quantile(7, 0.03), 7) == pytest.approx(0.03, rel=1e-12)


@pytest.mark.parametrize(("degrees", "tail"), [(0, 0.025), (5, 0.0), (5, 0.5)])
def test_arguments_out_of_range_are_refused(degrees, tail):
    with pytest.raises(ValueError, match="No t quantile"):
        t_quantile(degrees, tail)
