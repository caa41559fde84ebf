"""Add along two rows in several sums at once: numbers of one vector register, in one order on every processor.

LLVM turns the vectors into what the processor has; every sum is one of its own, so none of its bits depends on that.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Final, cast

import numpy as np
import numpy.typing as npt
from llvmlite import ir  # type: ignore[import-untyped]
from numba import types
from numba.core import cgutils as _cgutils
from numba.extending import intrinsic

SingleArray = npt.NDArray[np.float32]
FloatArray = npt.NDArray[np.float64]

#: Numba's tools have no types.
cgutils: Final[Any] = _cgutils
#: Sums of `lane_product`.
LANES: Final = 32
#: Sums of `squared_gap`, as of `scoring.reranking.vectors.squared_distance`.
_SUMS: Final = 4

_SINGLE: Final = ir.FloatType()
_DOUBLE: Final = ir.DoubleType()


class _Rows:
    """Hold the generated code of a function of two arrays of one length."""

    def __init__(self, context: Any, builder: Any, signature: Any, arguments: Any) -> None:
        self.builder = builder
        views = [
            context.make_array(kind)(context, builder, array)
            for kind, array in zip(signature.args[:2], arguments[:2], strict=True)
        ]
        self._data = [view.data for view in views]
        self._size = builder.extract_value(views[0].shape, 0)

    def load(self, which: int, at: Any, kind: Any) -> Any:
        """Load numbers of one array from a place on."""
        pointer = self.builder.bitcast(self.builder.gep(self._data[which], [at]), kind.as_pointer())
        return self.builder.load(pointer, align=4)

    def over(self, lanes: int, work: Callable[[Any], None], rest: Callable[[Any], None]) -> None:
        """Emit a loop over whole groups of lanes and one over the numbers behind them."""
        builder = self.builder
        left = builder.urem(self._size, ir.Constant(self._size.type, lanes))
        whole = builder.sub(self._size, left)
        step, one = (ir.Constant(self._size.type, number) for number in (lanes, 1))
        with cgutils.for_range_slice(builder, ir.Constant(self._size.type, 0), whole, step, inc=True) as (at, _):
            work(at)
        with cgutils.for_range_slice(builder, whole, self._size, one, inc=True) as (at, _):
            rest(at)


def _splat(builder: Any, number: Any, kind: Any) -> Any:
    vector = ir.Constant(kind, ir.Undefined)
    for lane in range(kind.count):
        vector = builder.insert_element(vector, number, ir.Constant(ir.IntType(32), lane))
    return vector


def _lane(builder: Any, vector: Any, lane: int) -> Any:
    return builder.extract_element(vector, ir.Constant(ir.IntType(32), lane))


@intrinsic
def _squared_gap(_context: Any, left: Any, right: Any, factor: Any) -> tuple[Any, Callable[..., Any]]:
    """Add the squares of left - right × factor."""

    def generate(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        rows, kind = _Rows(context, builder, signature, arguments), ir.VectorType(_DOUBLE, _SUMS)
        sums = cgutils.alloca_once_value(builder, ir.Constant(kind, [0.0] * _SUMS))
        factors = _splat(builder, arguments[2], kind)

        def square(at: Any, of: Any, single: Any, factor: Any) -> Any:
            right_values = builder.fpext(rows.load(1, at, single), of)
            gap = builder.fsub(rows.load(0, at, of), builder.fmul(right_values, factor))
            return builder.fmul(gap, gap)

        def work(at: Any) -> None:
            squares = square(at, kind, ir.VectorType(_SINGLE, _SUMS), factors)
            builder.store(builder.fadd(builder.load(sums), squares), sums)

        def rest(at: Any) -> None:
            found = builder.load(sums)
            first = builder.fadd(_lane(builder, found, 0), square(at, _DOUBLE, _SINGLE, arguments[2]))
            builder.store(builder.insert_element(found, first, ir.Constant(ir.IntType(32), 0)), sums)

        rows.over(_SUMS, work, rest)
        found = [_lane(builder, builder.load(sums), lane) for lane in range(_SUMS)]
        return builder.fadd(builder.fadd(found[0], found[1]), builder.fadd(found[2], found[3]))

    return types.float64(left, right, types.float64), generate


@intrinsic
def _lane_product(_context: Any, left: Any, right: Any) -> tuple[Any, Callable[..., Any]]:
    """Add the products of two rows, in float32 within a lane and in float64 over the lanes and what is left over."""

    def generate(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        rows, kind = _Rows(context, builder, signature, arguments), ir.VectorType(_SINGLE, LANES)
        sums = cgutils.alloca_once_value(builder, ir.Constant(kind, [0.0] * LANES))
        total = cgutils.alloca_once_value(builder, ir.Constant(_DOUBLE, 0.0))

        def work(at: Any) -> None:
            product = builder.fmul(rows.load(0, at, kind), rows.load(1, at, kind))
            builder.store(builder.fadd(builder.load(sums), product), sums)

        def rest(at: Any) -> None:
            one, other = (builder.fpext(rows.load(which, at, _SINGLE), _DOUBLE) for which in (0, 1))
            builder.store(builder.fadd(builder.load(total), builder.fmul(one, other)), total)

        rows.over(LANES, work, rest)
        found, result = builder.load(sums), builder.load(total)
        for lane in range(LANES):
            result = builder.fadd(result, builder.fpext(_lane(builder, found, lane), _DOUBLE))
        return result

    return types.float64(left, right), generate


# Type checkers see the functions as kernels call them.
squared_gap = cast("Callable[[FloatArray, SingleArray, float], float]", _squared_gap)
lane_product = cast("Callable[[SingleArray, SingleArray], float]", _lane_product)
