"""Without ties every preset gives what its evaluator gives."""

import importlib

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from scoring.parity import PRESETS
from tests.scoring.parity.cases import listed, random_case

SHAPES = [
    {"queries": 40, "gallery": 130, "identities": 25},
    {"queries": 30, "gallery": 200, "identities": 12, "junk": 0.15, "distractors": 0.2},
    {"queries": 60, "gallery": 90, "identities": 90, "cameras": 2},
    {"queries": 6, "gallery": 1200, "identities": 5, "distractors": 0.5},
    {"queries": 25, "gallery": 7, "identities": 4, "cameras": 2},
]


def theirs(name, case):
    return importlib.import_module(f"tests.scoring.parity.oracles.{name}").figures(case)


def compare(name, case):
    ours, expected = case.score(PRESETS[name]), theirs(name, case)
    assert ours.keys() == expected.keys()
    assert ours == pytest.approx(expected, rel=0, abs=PRESETS[name].tolerance)


@pytest.mark.parametrize("seed", [1, 2, 3])
@pytest.mark.parametrize("shape", SHAPES, ids=lambda shape: "{queries}x{gallery}".format(**shape))
@pytest.mark.parametrize("name", PRESETS)
def test_random_sets(name, shape, seed):
    compare(name, random_case(seed, **shape))


@pytest.mark.parametrize("shape", SHAPES, ids=lambda shape: "{queries}x{gallery}".format(**shape))
@pytest.mark.parametrize("name", PRESETS)
def test_distances_give_what_their_ranking_gives(name, shape):
    case = random_case(4, **shape)
    assert case.score(PRESETS[name], kind="distances") == case.score(PRESETS[name])


@given(
    seed=st.integers(0, 10**6),
    queries=st.integers(1, 6),
    gallery=st.integers(1, 14),
    identities=st.integers(1, 4),
    cameras=st.integers(2, 3),
    junk=st.sampled_from([0.0, 0.3]),
)
@settings(max_examples=40, deadline=None)
@pytest.mark.parametrize("name", PRESETS)
def test_small_sets(name, seed, **shape):
    compare(name, random_case(seed, **shape))


@pytest.mark.parametrize("name", PRESETS)
def test_a_query_whose_only_match_is_last(name):
    compare(name, listed("0000000001"))


def test_every_preset_has_an_oracle_of_its_own():
    modules = {name: importlib.import_module(f"tests.scoring.parity.oracles.{name}") for name in PRESETS}
    assert all(callable(module.figures) for module in modules.values())
