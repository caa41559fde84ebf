"""Draw how a run learns: its losses, and what it reaches on the validation part."""

import math
from collections.abc import Mapping, Sequence
from typing import Any

from agora.core import words
from agora.submissions.figures import DASHES, MARGIN, MARKERS, Figure, frame

_SMOOTHING = 0.9  # of the moving mean: what lies ten points back counts a third
_TABLE_ROWS = 40
_SERIES = (("rank-1", "rank-1"), ("mAP", "mAP"))


def loss_figure(points: Sequence[Sequence[float]]) -> Figure:
    """Return the total loss by iteration, as it was said and as a moving mean; `points` are those of `journal.Curve`."""
    title = "Loss"
    if len(points) < 2:
        return Figure("loss", title, "Needs two steps of training.")
    iterations, totals = [int(point[0]) for point in points], [point[3] for point in points]
    smooth = _smoothed(totals)
    raw = _trace("loss", iterations, totals, "var(--ink-3)", width=1)
    mean = _trace("moving mean", iterations, smooth, "var(--series-1)", width=2.25)
    is_log = min(totals) > 0
    layout = frame({"title": {"text": "iteration"}}, _range(totals, is_log=is_log), unit="")
    layout["yaxis"] |= {"type": "log"} if is_log else {}
    layout["margin"] = {**MARGIN, "r": 16}
    return Figure(
        slug="loss",
        title=title,
        sentence=f"Sum of all terms{', on a logarithmic axis' if is_log else ''}: each value thin, their moving mean thick.",
        json={"data": [raw, mean], "layout": layout},
        headers=("Iteration", "Epoch", "Learning rate", "Loss", "Moving mean"),
        rows=tuple(
            (words.count(int(point[0])), f"{point[1]:.2f}", f"{point[2]:.3g}", f"{point[3]:.4g}", f"{mean:.4g}")
            for point, mean in _thinned(list(zip(points, smooth, strict=True)))
        ),
    )


def validation_figure(validations: Sequence[Mapping[str, Any]]) -> Figure:
    """Return rank-1 and mAP on the validation part by epoch, each the mean over its tracks."""
    title = "Validation"
    found = [(float(one.get("epoch", 0.0)), _means(one["metrics"])) for one in validations]
    drawn = [(name, label) for name, label in _SERIES if found and all(name in means for _, means in found)]
    if len(found) < 2 or not drawn:
        return Figure("validation", title, "Needs two validations.")
    epochs = [epoch for epoch, _ in found]
    values = {name: [round(100 * means[name], 2) for _, means in found] for name, _ in drawn}
    traces = [
        _trace(label, epochs, values[name], f"var(--series-{place + 1})", width=2.25)
        | {"mode": "lines+markers", "marker": {"symbol": MARKERS[place], "size": 7}}
        for place, (name, label) in enumerate(drawn)
    ]
    for place, trace in enumerate(traces):
        trace["line"]["dash"] = DASHES[place]
        trace["marker"]["color"] = trace["line"]["color"]
    top = max(max(one) for one in values.values())
    layout = frame({"title": {"text": "epoch"}}, [0, round(min(100.0, top * 1.12) or 1, 2)])
    layout["annotations"] = [_label(label, values[name][-1], place) for place, (name, label) in enumerate(drawn)]
    return Figure(
        slug="validation",
        title=title,
        sentence="Mean over the tracks of the validation part, whose people are in no other part.",
        json={"data": traces, "layout": layout},
        headers=("Epoch", *(f"{label} %" for _, label in drawn)),
        rows=tuple((f"{epoch:.2f}", *(f"{100 * means[name]:.2f}" for name, _ in drawn)) for epoch, means in found),
    )


def _means(metrics: Mapping[str, float]) -> dict[str, float]:
    """Return the mean over tracks of each metric; names are `track/metric`."""
    by_metric: dict[str, list[float]] = {}
    for name, value in metrics.items():
        by_metric.setdefault(name.rpartition("/")[2], []).append(value)
    return {name: sum(values) / len(values) for name, values in by_metric.items()}


def _smoothed(values: Sequence[float]) -> list[float]:
    mean, smooth = values[0], []
    for value in values:
        mean = _SMOOTHING * mean + (1 - _SMOOTHING) * value
        smooth.append(mean)
    return smooth


def _range(values: Sequence[float], *, is_log: bool) -> list[float]:
    low, high = min(values), max(values)
    if is_log:
        return [round(math.log10(low) - 0.05, 3), round(math.log10(high) + 0.05, 3)]
    room = 0.06 * (high - low) or 1.0
    return [low - room, high + room]


def _trace(name: str, across: Sequence[float], up: Sequence[float], colour: str, *, width: float) -> dict[str, Any]:
    return {
        "type": "scatter",
        "mode": "lines",
        "name": name,
        "x": list(across),
        "y": [float(f"{value:.6g}") for value in up],
        "line": {"color": colour, "width": width},
        "hovertemplate": f"{name} %{{y:.4g}} at %{{x}}<extra></extra>",
    }


def _label(text: str, at: float, place: int) -> dict[str, Any]:
    shared = {"x": 1, "xref": "paper", "xanchor": "left", "xshift": 6, "showarrow": False}
    colour = {"color": f"var(--series-{place + 1})", "size": 12}
    return {**shared, "y": at, "yshift": 8 if place == 0 else -8, "text": text, "font": colour}


def _thinned(rows: list[Any]) -> list[Any]:
    """Return at most so many rows, the last among them."""
    step = math.ceil(len(rows) / _TABLE_ROWS)
    return rows[::-1][::step][::-1]
