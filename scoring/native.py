"""Compile kernels: one CPU target for every machine, and caches that survive read-only installations.

Numba's own cache notices changes of the file that holds a kernel, but not of the files that the kernel calls into, and
refuses to work at all where it cannot write. Here one stamp covers all kernels of a family, and a cache that cannot be
written is merely not filled.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterable
from functools import cached_property
from pathlib import Path
from typing import Any, ClassVar, Final, ParamSpec, TypeVar, cast

import numba
from numba.core.caching import CompileResultCacheImpl, FunctionCache, _CacheLocator

_P = ParamSpec("_P")
_R = TypeVar("_R")

# The host's own instruction set would change the last bits between machines and make an image built on one useless on
# another. Both values are read when the first kernel is compiled.
_config: Any = numba.config
_config.CPU_NAME = "generic"
_config.CPU_FEATURES = ""


class KernelFamily:
    """The kernels of one package, cached together: a change of any of their sources compiles all of them anew.

    Parameters
    ----------
    package : Path
        The folder of the package; the cache lies below it.
    sources : callable
        Returns the files on which the kernels depend; asked when the first kernel is looked up.

    Attributes
    ----------
    kernels : dict of str to compiled function
        By qualified name, filled as modules are imported.
    """

    def __init__(self, package: Path, sources: Callable[[], Iterable[Path]]) -> None:
        self.cache = package / "__pycache__" / "kernels"
        self.kernels: dict[str, Any] = {}
        self._sources = sources

    def kernel(self, function: Callable[_P, _R]) -> Callable[_P, _R]:
        """Compile a function on first use, without the interpreter lock, in strict IEEE arithmetic, cached on disk."""
        return self._compiled(function, forceinline=False)

    def inlined(self, function: Callable[_P, _R]) -> Callable[_P, _R]:
        """Compile a function as `kernel` does, but always into its callers: for what inner loops call."""
        return self._compiled(function, forceinline=True)

    def borrowing(self, function: Callable[_P, _R]) -> Callable[_P, _R]:
        """Compile a function as `kernel` does that only works on its callers' arrays.

        Each mention of an array of a tuple otherwise counts it up and down, in memory that threads share: in functions called
        for every row that takes longer than the rest. Such a function can make no array (it does not compile) and must return
        none, except to another of its kind.
        """
        return self._compiled(function, forceinline=False, _nrt=False)

    def borrowing_inlined(self, function: Callable[_P, _R]) -> Callable[_P, _R]:
        """Compile a function as `borrowing` does, but always into its callers."""
        return self._compiled(function, forceinline=True, _nrt=False)

    def cache_misses(self) -> int:
        """Count the kernels that this process had to compile."""
        return sum(sum(compiled.stats.cache_misses.values()) for compiled in self.kernels.values())

    @cached_property
    def stamp(self) -> str:
        """Identify the sources of all kernels, this module and numba's version."""
        digest = hashlib.sha256(numba.__version__.encode() + Path(__file__).read_bytes())
        for path in sorted(self._sources()):
            digest.update(path.read_bytes())
        return digest.hexdigest()

    def _compiled(self, function: Callable[_P, _R], **options: bool) -> Callable[_P, _R]:
        # The "numpy" error model leaves out a test for zero at each division: kernels divide by no zero.
        compile_with: Any = numba.njit
        compiled: Any = compile_with(nogil=True, fastmath=False, error_model="numpy", boundscheck=False, **options)(
            function
        )
        compiled._cache = self._new_cache(function)  # noqa: SLF001 (numba offers no public way to choose a cache)
        self.kernels[f"{function.__module__}.{function.__qualname__}"] = compiled
        return cast("Callable[_P, _R]", compiled)

    def _new_cache(self, function: Callable[..., Any]) -> Any:
        # Numba makes the locator by itself, from classes: these carry the family to it.
        locator = type("_FamilyLocator", (_Locator,), {"family": self})
        implementation = type("_FamilyImplementation", (CompileResultCacheImpl,), {"_locator_classes": [locator]})
        make: Any = type("_FamilyCache", (_KernelCache,), {"_impl_class": implementation})
        return make(function)


class _Locator(_CacheLocator):
    """Keep all kernels of a family in one folder."""

    family: ClassVar[KernelFamily]

    def __init__(self, function: Callable[..., Any]) -> None:
        self._py_file = function.__code__.co_filename  # numba names it when it warns that it cannot cache
        self._name = f"{function.__module__}-{function.__code__.co_firstlineno}"

    def get_cache_path(self) -> str:
        """Return the folder of the cache."""
        return str(self.family.cache)

    def get_source_stamp(self) -> str:
        """Return what must be equal for a cached kernel to be used."""
        return self.family.stamp

    def get_disambiguator(self) -> str:
        """Tell kernels of one name in different modules apart."""
        return self._name

    @classmethod
    def from_function(cls, function: Callable[..., Any], _path: str) -> _Locator:
        """Serve every function."""
        return cls(function)


class _KernelCache(FunctionCache):
    """Load kernels from the cache; go on without it where it cannot be written."""

    def save_overload(self, sig: Any, data: Any) -> None:
        """Store a compiled kernel unless the folder is read-only."""
        save: Any = super().save_overload
        try:
            save(sig, data)
        except OSError:
            return


def _sources() -> list[Path]:
    """Return the modules of scoring that hold kernels: whatever kernels read from other modules comes as arguments."""
    package = Path(__file__).parent
    return [path for path in package.rglob("*.py") if b"from scoring.native import" in path.read_bytes()]


FAMILY: Final = KernelFamily(Path(__file__).parent, _sources)
kernel = FAMILY.kernel
inlined = FAMILY.inlined
borrowing = FAMILY.borrowing
borrowing_inlined = FAMILY.borrowing_inlined
