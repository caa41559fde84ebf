"""Draw random values from streams keyed by names, the same on every machine and NumPy version.

NumPy promises its generators' raw bits, not its distributions, across versions. A stream here is SplitMix64 over a
BLAKE2b digest of its keys: a value depends on the keys alone, so adding a draw somewhere moves nothing elsewhere, and
any image can be made without making the ones before it.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, MutableSequence, Sequence
from typing import TypeVar

Item = TypeVar("Item")

_MASK = (1 << 64) - 1
_GOLDEN = 0x9E3779B97F4A7C15


class Stream:
    """Yield a reproducible sequence of draws for one tuple of keys.

    Examples
    --------
    >>> Stream(7, "hair").below(1000) == Stream(7, "hair").below(1000)
    True
    """

    def __init__(self, *keys: int | str) -> None:
        text = "\x1f".join(f"{type(key).__name__}:{key}" for key in keys)
        self._keys = keys
        self._state = int.from_bytes(hashlib.blake2b(text.encode(), digest_size=8).digest(), "little")

    @property
    def keys(self) -> tuple[int | str, ...]:
        """Return the keys from which an equal stream begins."""
        return self._keys

    def fork(self, *keys: int | str) -> Stream:
        """Return the independent stream of these keys below this one."""
        return Stream(*self._keys, *keys)

    def bits(self) -> int:
        """Return 64 random bits (Steele, Lea and Flood, Fast splittable generators, OOPSLA 2014)."""
        self._state = (self._state + _GOLDEN) & _MASK
        mixed = self._state
        mixed = ((mixed ^ (mixed >> 30)) * 0xBF58476D1CE4E5B9) & _MASK
        mixed = ((mixed ^ (mixed >> 27)) * 0x94D049BB133111EB) & _MASK
        return mixed ^ (mixed >> 31)

    def below(self, bound: int) -> int:
        """Return an integer in [0, bound)."""
        return (self.bits() * bound) >> 64

    def uniform(self, low: float = 0.0, high: float = 1.0) -> float:
        """Return a float in [low, high)."""
        return low + (high - low) * ((self.bits() >> 11) * 2.0**-53)

    def normal(self, spread: float = 1.0) -> float:
        """Return an almost normal value (sum of twelve uniforms: no logarithm, whose last bit differs by libm)."""
        return spread * (sum((self.bits() >> 11) * 2.0**-53 for _ in range(12)) - 6.0)

    def pick(self, items: Sequence[Item]) -> Item:
        """Return one of the items, each equally likely."""
        return items[self.below(len(items))]

    def weighted(self, weights: Mapping[str, int]) -> str:
        """Return a key of `weights` with probability proportional to its integer weight."""
        left = self.below(sum(weights.values()))
        for name, weight in weights.items():
            left -= weight
            if left < 0:
                return name
        raise AssertionError("weights are positive integers")

    def shuffle(self, items: MutableSequence[Item]) -> None:
        """Put the items in a random order, in place."""
        for last in range(len(items) - 1, 0, -1):
            other = self.below(last + 1)
            items[last], items[other] = items[other], items[last]

    def token(self, length: int) -> str:
        """Return a random name of letters and digits without vowels, so that no word can appear."""
        return "".join(self.pick("0123456789bcdfghjkmnpqrstvwxz") for _ in range(length))
