"""Each metric of one query by hand; the examples in the modules run as well."""

import doctest
import importlib
import math
import pkgutil

import pytest

import scoring.metrics
from scoring.intervals import student, wilson
from scoring.metrics.average_precision import (
    FOUND,
    MIN_RELEVANT_K,
    RELEVANT,
    STEP,
    TRAPEZOID,
    divisor,
    name,
    precision_term,
)
from scoring.metrics.cmc import is_hit
from scoring.metrics.inverse_negative_penalty import inverse_negative_penalty
from scoring.metrics.label_accuracy import is_right

MODULES = [
    importlib.import_module(f"scoring.metrics.{module.name}")
    for module in pkgutil.iter_modules(scoring.metrics.__path__)
]


@pytest.mark.parametrize("module", [*MODULES, student, wilson], ids=lambda module: module.__name__)
def test_examples_in_the_documentation(module):
    finder, runner = doctest.DocTestFinder(recurse=False), doctest.DocTestRunner()
    # Kernels are objects of the compiler: their documentation hangs on the function inside.
    functions = [getattr(value, "py_func", getattr(value, "__wrapped__", value)) for value in vars(module).values()]
    for function in functions:
        if callable(function) and getattr(function, "__module__", "") == module.__name__:
            for example in finder.find(function, globs=dict(vars(module))):
                runner.run(example)
    assert runner.summarize().attempted > 0
    assert runner.summarize().failed == 0


@pytest.mark.parametrize(
    ("rank", "k", "hit"), [(1, 1, True), (2, 1, False), (5, 5, True), (6, 5, False), (0, 50, False)]
)
def test_cmc_counts_the_first_match(rank, k, hit):
    assert is_hit(rank, k) == hit


def test_step_precision_is_matches_over_rank():
    assert [precision_term(STEP, found, rank) for found, rank in [(1, 1), (1, 4), (3, 4)]] == [1.0, 0.25, 0.75]


def test_trapezoid_precision_is_the_mean_with_the_one_before():
    assert precision_term(TRAPEZOID, 1, 1) == 1.0
    assert precision_term(TRAPEZOID, 1, 10) == 0.05
    assert precision_term(TRAPEZOID, 2, 3) == pytest.approx((1 / 2 + 2 / 3) / 2)


def test_divisors():
    assert divisor(RELEVANT, 7, 2, 5) == 7
    assert divisor(MIN_RELEVANT_K, 7, 2, 5) == 5
    assert divisor(MIN_RELEVANT_K, 3, 2, 5) == 3
    assert divisor(FOUND, 7, 2, 5) == 2


def test_names_say_the_cut():
    assert (name(None), name(100)) == ("mAP", "mAP@100")


def test_inverse_negative_penalty():
    assert inverse_negative_penalty(1, 1) == 1.0
    assert math.isclose(inverse_negative_penalty(2, 7), 2 / 7)


def test_labels():
    assert is_right(3, 3)
    assert not is_right(-1, 3)
    assert not is_right(2, 3)
