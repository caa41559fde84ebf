"""The figure of an entry's slices: its score on the queries with each value of some columns of the annotations."""

from collections.abc import Sequence
from typing import Any, Final

from agora.competitions.models import Phase
from agora.core import words
from agora.submissions.comparisons import answers_of
from agora.submissions.disclosure import ShownSlice, ShownSlices, disclose_slices
from agora.submissions.figures import Figure, frame
from agora.submissions.models import ComparisonTask, Evaluation
from agora.submissions.presentation import decimals
from challenges.spec import metric_label

TITLE: Final = "Slices"
_ROW: Final = 38  # px of the figure for each slice
_AROUND: Final = 78  # px above and below them
_MOST_LABEL: Final = 40
_REASONS: Final = {
    "few_identities": "fewer than 20 identities",
    "differencing": "with the others it would tell of fewer than 20 identities",
    "too_many": "too many slices",
}


def slices_figure(evaluation: Evaluation | None, phase: Phase, *, where: str) -> Figure | None:
    """Return the figure, None while the scorer has not answered or nothing may be shown.

    `where` names the part of the queries, as in "Public part.".
    """
    if evaluation is None or not phase.slices:
        return None
    columns = [one["column"] for one in phase.slices]
    rows = answers_of(evaluation, ComparisonTask.SLICES)
    found = next((row.result for row in rows if columns[: len(row.columns)] == row.columns), None)
    shown = disclose_slices(phase, found) if found else None
    if shown is None:
        return None
    labels = {one["column"]: one["label"] for one in phase.slices}
    ordered = sorted(shown.slices, key=lambda one: columns.index(one.column))
    metric = metric_label(phase.primary_metric)
    notes = _withheld_words(shown, labels)
    if not ordered:
        return Figure("slices", TITLE, f"No slice of the queries holds enough people to be shown. {where}", notes=notes)
    whole = _percent(shown.whole.score, phase)
    sentence = f"{metric} of the queries with each value; the dashed line is that of all, {whole} %. {where}"
    return Figure(
        slug="slices",
        title=TITLE,
        sentence=f"{sentence} Each holds at least 20 identities. Intervals take the gallery as fixed.",
        json=_json(shown.whole, ordered, labels, metric),
        headers=("Slice", f"{metric} %", "95 % interval", "Queries", "Identities"),
        rows=tuple(_row(one, labels, phase) for one in (shown.whole, *ordered)),
        notes=notes,
    )


def _percent(value: float, phase: Phase) -> str:
    return words.percent(value, digits=decimals(phase))


def _label(one: ShownSlice, labels: dict[str, str]) -> str:
    return f"{labels[one.column]}: {one.value}" if one.column else "All queries"


def _row(one: ShownSlice, labels: dict[str, str], phase: Phase) -> tuple[str, ...]:
    interval = ""
    if one.low is not None and one.high is not None:
        interval = f"{words.percent(one.low, digits=1)} to {words.percent(one.high, digits=1)}"
    counts = (words.count(one.queries), words.count(one.identities))
    return (_label(one, labels), _percent(one.score, phase), interval, *counts)


def _withheld_words(shown: ShownSlices, labels: dict[str, str]) -> tuple[str, ...]:
    """Name the slices that are withheld, one sentence for each reason."""
    sentences = []
    for reason, said in _REASONS.items():
        names = [f"{labels[column]}: {value}" for column, value, why in shown.withheld if why == reason]
        if names:
            sentences.append(f"Not shown, {said}: {', '.join(names)}.")
    return tuple(sentences)


def _json(whole: ShownSlice, ordered: Sequence[ShownSlice], labels: dict[str, str], metric: str) -> dict[str, Any]:
    names = [_short(f"{_label(one, labels)} ({words.count(one.queries)})") for one in ordered]
    at = _points(whole.score)
    bounds = [_bounds(one) for one in ordered]
    least, most = min(at, *(low for low, _ in bounds)), max(at, *(high for _, high in bounds))
    room = max(2.0, 0.05 * (most - least))
    across = {"range": [max(-1.0, least - room), min(101.0, most + room)], "title": {"text": f"{metric} %"}}
    layout = frame(across, [len(names) - 0.5, -0.5], unit="")
    layout["xaxis"] |= {"ticksuffix": " %", "nticks": 7}
    # Names stand above their dots, not beside the axis: a phone has no room for both.
    layout["yaxis"] |= {"type": "category", "categoryorder": "array", "categoryarray": names}
    layout["yaxis"] |= {"showticklabels": False, "showgrid": False}
    del layout["yaxis"]["nticks"]
    above = {"xref": "paper", "x": 0, "xanchor": "left", "yshift": 11, "showarrow": False}
    layout["annotations"] = [{**above, "y": name, "text": name, "font": {"color": "var(--ink-2)"}} for name in names]
    layout["height"] = _AROUND + _ROW * len(names)
    layout["margin"] = {**layout["margin"], "l": 16, "r": 16}
    line = {"type": "line", "x0": at, "x1": at, "yref": "paper", "y0": 0, "y1": 1}
    layout["shapes"] = [{**line, "line": {"color": "var(--ink-3)", "width": 1, "dash": "dash"}}]
    return {"data": [_dots(ordered, names, bounds)], "layout": layout}


def _dots(ordered: Sequence[ShownSlice], names: Sequence[str], bounds: Sequence[tuple[float, float]]) -> dict[str, Any]:
    scores = [_points(one.score) for one in ordered]
    pairs = list(zip(scores, bounds, strict=True))
    return {
        "type": "scatter",
        "mode": "markers",
        "x": scores,
        "y": list(names),
        "marker": {"color": "var(--ink)", "size": 7},
        "error_x": {
            "type": "data",
            "symmetric": False,
            "array": [round(high - score, 2) for score, (_, high) in pairs],
            "arrayminus": [round(score - low, 2) for score, (low, _) in pairs],
            "color": "var(--ink-3)",
            "thickness": 2,
            "width": 0,
        },
        "cliponaxis": False,
        "hovertemplate": "%{y}: %{x:.1f} %<extra></extra>",
    }


def _bounds(one: ShownSlice) -> tuple[float, float]:
    """Return the ends of the interval in per cent, both the score itself without one."""
    if one.low is None or one.high is None:
        return _points(one.score), _points(one.score)
    return _points(one.low), _points(one.high)


def _points(fraction: float) -> float:
    return round(100 * fraction, 2)


def _short(name: str) -> str:
    # Plotly reads a small markup in chart text; its tags would become style attributes, which the policy forbids.
    safe = name.replace("<", "‹").replace(">", "›")
    return safe if len(safe) <= _MOST_LABEL else f"{safe[: _MOST_LABEL - 1]}…"
