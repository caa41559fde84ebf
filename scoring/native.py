"""Compile the kernels: one CPU target for every machine, one cache that survives read-only installations.

Numba's own cache notices changes of the file that holds a kernel, but not of the files that the kernel calls into, and
refuses to work at all where it cannot write. Here one stamp covers the whole package, and a cache that cannot be
written is merely not filled.
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

# The host's own instruction set would change the last bits between machines and make an image built on one useless on
# another. Both values are read when the first kernel is compiled.
_config: Any = numba.config
_config.CPU_NAME = "generic"
_config.CPU_FEATURES = ""

#: Every kernel by its qualified name; filled as modules are imported, read by `scoring.compile` and by tests.
KERNELS: Final[dict[str, Any]] = {}


def kernel(function: Callable[_P, _R]) -> Callable[_P, _R]:
    """Compile a function on first use, without the interpreter lock, in strict IEEE arithmetic, cached on disk."""
    return _compiled(function, forceinline=False)


def inlined(function: Callable[_P, _R]) -> Callable[_P, _R]:
    """Compile a function as `kernel` does, but always into its callers: for what inner loops call."""
    return _compiled(function, forceinline=True)


def _compiled(function: Callable[_P, _R], *, forceinline: bool) -> Callable[_P, _R]:
    compiled: Any = numba.njit(
        nogil=True, fastmath=False, error_model="numpy", boundscheck=False, forceinline=forceinline
    )(function)
    compiled._cache = _new_cache(function)  # noqa: SLF001 (numba offers no public way to choose a cache)
    KERNELS[f"{function.__module__}.{function.__qualname__}"] = compiled
    return cast("Callable[_P, _R]", compiled)


def _new_cache(function: Any) -> Any:
    make: Any = _KernelCache
    return make(function)


def cache_misses() -> int:
    """Count the kernels that this process had to compile."""
    return sum(sum(compiled.stats.cache_misses.values()) for compiled in KERNELS.values())


@cache
def _stamp() -> str:
    """Identify the source of all kernels: every module that takes a decorator from this one, and this one."""
    digest = hashlib.sha256(numba.__version__.encode())
    for path in sorted(PACKAGE.rglob("*.py")):
        content = path.read_bytes()
        if b"from scoring.native import" in content or path.samefile(__file__):
            digest.update(content)
    return digest.hexdigest()


class _Locator(_CacheLocator):
    """Keep all kernels in one folder of the package."""

    def __init__(self, function: Callable[..., Any]) -> None:
        self._line = function.__code__.co_firstlineno
        self._module = function.__module__

    def get_cache_path(self) -> str:
        """Return the folder of the cache."""
        return str(CACHE)

    def get_source_stamp(self) -> str:
        """Return what must be equal for a cached kernel to be used."""
        return _stamp()

    def get_disambiguator(self) -> str:
        """Tell kernels of one name in different modules apart."""
        return f"{self._module}-{self._line}"

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
