"""Define one metric per module: the value of one query from the ranks of its matches.

`METRICS` names them all, in the order in which scores are listed. A new metric is a module here and a line there; the
README's table is compared with it.
"""

from __future__ import annotations

from typing import Final

from scoring.metrics import average_precision, cmc, inverse_negative_penalty, label_accuracy, verification
from scoring.metrics.definition import FloatArray, Found, Metric

METRICS: Final[tuple[Metric, ...]] = (
    cmc.METRIC,
    average_precision.METRIC,
    average_precision.CUT_METRIC,
    inverse_negative_penalty.METRIC,
    label_accuracy.METRIC,
    verification.METRIC,
)
#: Rows of `scoring.answers.Outcome.without`: every full name that the jackknife sums while it walks.
KERNEL_ROWS: Final = {name: row for metric in METRICS for name, row in (metric.kernel_rows or {}).items()}


def values_of_queries(found: Found) -> dict[str, FloatArray]:
    """Return the values of all queries for each metric that exists for them, in the order of `METRICS`.

    Returns
    -------
    dict of full name to float64 array of shape (n_queries,)
        Fractions in [0, 1].
    """
    values: dict[str, FloatArray] = {}
    for metric in METRICS:
        if metric.of_queries is not None and metric.applies(found):
            values.update(metric.of_queries(found))
    return values
