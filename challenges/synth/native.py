"""Compile the pixel loops and keep them in a cache that notices every change of the package.

Numba's own cache watches the file of a kernel, not the files of the kernels it calls, so after an update a stale loop
could go on drawing the old pixels. Here one stamp covers all modules, and a cache that cannot be written is not filled.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from functools import cache
from pathlib import Path
from typing import Any, Final, ParamSpec, TypeVar, cast

import numba
from numba.core.caching import CompileResultCacheImpl, FunctionCache, _CacheLocator

_P = ParamSpec("_P")
_R = TypeVar("_R")

PACKAGE: Final = Path(__file__).parent
CACHE: Final = PACKAGE / "__pycache__" / "kernels"

Whole = Any
"""An integer inside a kernel: a Python int outside, an int64 within; no static type is both."""


def kernel(function: Callable[_P, _R]) -> Callable[_P, _R]:
    """Compile an integer function on first use, without the interpreter lock, cached on disk."""
    # The "numpy" error model leaves out a test for zero at each division; no kernel divides by zero.
    compiled: Any = numba.njit(nogil=True, fastmath=False, error_model="numpy")(function)
    make: Any = _KernelCache
    compiled._cache = make(function)  # noqa: SLF001 (numba offers no public way to choose a cache)
    return cast("Callable[_P, _R]", compiled)


@cache
def _stamp() -> str:
    digest = hashlib.sha256(numba.__version__.encode())
    for path in sorted(PACKAGE.glob("*.py")):
        digest.update(path.read_bytes())
    return digest.hexdigest()


class _Locator(_CacheLocator):
    """Keep all kernels in one folder of the package."""

    def __init__(self, function: Callable[..., Any]) -> None:
        self._py_file = function.__code__.co_filename  # Numba names it when it warns that it cannot cache.
        self._name = f"{function.__module__}-{function.__code__.co_firstlineno}"

    def get_cache_path(self) -> str:
        """Return the folder of the cache."""
        return str(CACHE)

    def get_source_stamp(self) -> str:
        """Return what must be equal for a cached kernel to be used."""
        return _stamp()

    def get_disambiguator(self) -> str:
        """Tell kernels of one name in different modules apart."""
        return self._name

    @classmethod
    def from_function(cls, function: Callable[..., Any], _path: str) -> _Locator:
        """Serve every function."""
        return cls(function)


class _Implementation(CompileResultCacheImpl):
    _locator_classes = [_Locator]  # type: ignore[list-item]


class _KernelCache(FunctionCache):
    """Load kernels from the cache; go on without it where it cannot be written."""

    _impl_class = _Implementation

    def save_overload(self, sig: Any, data: Any) -> None:
        """Store a compiled kernel unless the folder is read-only."""
        save: Any = super().save_overload
        try:
            save(sig, data)
        except OSError:
            return
