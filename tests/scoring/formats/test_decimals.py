"""Numbers read from bytes are the nearest float64, as Python reads them."""

import math
import re

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from scoring.formats.decimals import LONG_NUMBER, NO_NUMBER, READ, read_decimal

GRAMMAR = re.compile(rb"[+-]?([0-9]+\.?[0-9]*|\.[0-9]+)([eE][+-]?[0-9]+)?")


def read(text):
    return read_decimal(np.frombuffer(text + b" ", dtype=np.uint8), 0, len(text))


def assert_read(text):
    kind, value = read(text)
    if not GRAMMAR.fullmatch(text) or len(text) > 64:
        assert kind == NO_NUMBER, text
    elif kind == READ:
        assert value.hex() == float(text).hex(), text
    else:
        assert kind == LONG_NUMBER


@settings(max_examples=500, deadline=None)
@given(st.floats(allow_nan=False, allow_infinity=False))
def test_what_python_writes(value):
    assert_read(repr(value).encode())
    assert_read(b"%.6f" % value)
    assert_read(b"%.8e" % value)


@settings(max_examples=500, deadline=None)
@given(st.floats(-1, 1, width=32))
def test_similarities_are_read_at_once(value):
    for text in (repr(value), f"{value:.17f}", str(np.float32(value))):
        assert_read(text.encode())
        if abs(value) > 0.1 and len(text.lstrip("-").removeprefix("0.").lstrip("0")) <= 18:
            assert read(text.encode())[0] == READ


@settings(max_examples=500, deadline=None)
@given(st.text("+-.eE0123456789nan_ x", max_size=12))
def test_what_is_no_number(text):
    assert_read(text.encode())


@pytest.mark.parametrize("mantissa", [2**53 + 1, 2**54 + 2, 2**54 + 6, 2**63 + 2**10, 9007199254740993, 10**19 - 1])
@pytest.mark.parametrize("places", range(1, 19))
def test_halves_are_rounded_to_even(mantissa, places):
    """Mantissas that lie between two doubles, at every number of places."""
    text = str(mantissa).rjust(places + 1, "0")
    assert_read(f"{text[:-places]}.{text[-places:]}".encode())
    assert_read(f"-{mantissa}e-{places}".encode())


def test_signed_zeros_and_what_is_beyond_float64():
    assert math.copysign(1, read(b"-0.0")[1]) == -1
    assert read(b"1e400")[0] == LONG_NUMBER
    assert read(b"0e99999999999999999999") == (READ, 0.0)
