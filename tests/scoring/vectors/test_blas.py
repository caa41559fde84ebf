"""Where several threads multiply, each product takes one thread; whoever multiplies later has as many as before."""

import numpy as np
import pytest

from scoring.vectors.blas import _library, one_thread_each, product_threads

BEFORE = product_threads()


def test_the_library_of_the_wheels_is_found():
    # Were it not, products would take all threads for each of ours: right, but slower than one thread alone.
    assert _library() is not None
    assert BEFORE >= 1


def test_threads_come_back_after_the_last_block():
    with one_thread_each(2):
        assert product_threads() == 1
        with one_thread_each(2):
            assert product_threads() == 1
        assert product_threads() == 1
        assert np.array_equal(np.ones((3, 4)) @ np.ones((4, 5)), np.full((3, 5), 4.0))
    assert product_threads() == BEFORE


def test_threads_come_back_after_an_error():
    with pytest.raises(ZeroDivisionError), one_thread_each(2):
        raise ZeroDivisionError
    assert product_threads() == BEFORE


def test_one_thread_that_multiplies_keeps_all():
    with one_thread_each(1):
        assert product_threads() == BEFORE
