"""The Wilson form with an effective number of observations."""

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from scoring.intervals.student import t_quantile
from scoring.intervals.wilson import wilson_interval


def test_by_hand():
    # p = 0.8, SE = 0.04: n_eff = 0.16 / 0.0016 = 100; t(49) = 2.009575; t² = 4.038392;
    # 1 + t²/n = 1.04038392; centre = (0.8 + 0.02019196) / 1.04038392 = 0.788355;
    # half = 2.009575/1.04038392 · sqrt(0.0016 + 0.0001009598) = 1.931571 · 0.0412427 = 0.079663.
    low, high = wilson_interval(0.8, 0.04, 50, 150)
    assert low == pytest.approx(0.708692, abs=2e-6)
    assert high == pytest.approx(0.868018, abs=2e-6)


def test_fewer_than_twenty_identities_have_none():
    assert wilson_interval(0.5, 0.1, 19, 40) is None
    assert wilson_interval(0.5, 0.1, 20, 40) is not None


@pytest.mark.parametrize("share", [0.0, 1.0])
def test_all_right_or_all_wrong_counts_every_identity_once(share):
    low, high = wilson_interval(share, 0.0, 100, 300)
    t = t_quantile(99)
    width = t * t / (100 + t * t)
    assert (low, high) == pytest.approx((0.0, width) if share == 0.0 else (1.0 - width, 1.0))
    assert wilson_interval(share, 0.01, 100, 300) == (low, high)


def test_no_spread_counts_every_identity_once():
    assert wilson_interval(0.5, 0.0, 40, 80) == wilson_interval(0.5, 0.5 / math.sqrt(40), 40, 80)


def test_rounding_is_no_spread():
    assert wilson_interval(0.3, 1e-17, 40, 80) == wilson_interval(0.3, 0.0, 40, 80)


def test_no_more_observations_than_queries():
    # p(1-p)/SE² = 0.0099 / 0.0001² = 990,000 observations would be claimed for 150 queries.
    assert wilson_interval(0.99, 0.0001, 50, 150) == wilson_interval(0.99, math.sqrt(0.0099 / 150), 50, 150)
    assert wilson_interval(0.99, 0.0001, 50, 150) != wilson_interval(0.99, 0.0001, 50, 151)
    # A standard error that claims fewer decides alone.
    assert wilson_interval(0.99, 0.01, 50, 150) == wilson_interval(0.99, 0.01, 50, 10_000)


@given(st.floats(0, 1), st.floats(0, 1), st.integers(20, 5000), st.integers(1, 6))
def test_the_bounds_hold_the_share_and_stay_in_range(share, error, identities, each):
    low, high = wilson_interval(share, error, identities, identities * each)
    assert 0.0 <= low <= share <= high <= 1.0
