"""Build the figures of pages as Plotly's JSON, with the numbers as a table beside them.

Colours are names of tokens ("var(--series-1)"); the page's script reads their values, so that one JSON serves both themes.
"""

import itertools
import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from agora.core import words

RANKS = (1, 2, 5, 10, 20, 50)
HEIGHT = 300
MARGIN = {"l": 48, "r": 84, "t": 18, "b": 42}
LABEL_APART = 14  # px between the labels at the line ends
LABEL_CHARACTER = 8  # px of a character of a label at most, in the widest fallback font
MOST_SERIES = 6
DASHES = ("solid", "dash", "dot", "dashdot", "solid", "dash")
MARKERS = ("circle", "square", "diamond", "triangle-up", "circle-open", "square-open")
MATCH_RANKS = (("1", 0, 1), ("2–5", 1, 5), ("6–10", 5, 10), ("11–20", 10, 20), ("21–50", 20, 50))
BEYOND = "over 50"


@dataclass(frozen=True)
class Point:
    """One value with its interval, as fractions."""

    value: float
    low: float | None = None
    high: float | None = None


@dataclass(frozen=True)
class Series:
    """One entry's CMC: rank k to the share of queries whose first match is at k or better."""

    name: str
    points: Mapping[int, Point]
    is_own: bool = False


@dataclass(frozen=True)
class Figure:
    """A figure with its words: an empty one has no JSON and says why in its sentence."""

    slug: str
    title: str
    sentence: str
    json: Mapping[str, Any] | None = None
    headers: tuple[str, ...] = ()
    rows: tuple[tuple[str, ...], ...] = field(default=())
    notes: tuple[str, ...] = ()  # sentences below it

    @property
    def data_id(self) -> str:
        """The id of the element that carries the JSON."""
        return f"figure-{self.slug}"


def cmc_points(scores: Mapping[str, Point]) -> dict[int, Point]:
    """Return the CMC of a mapping of metric to value: its `rank-k` entries in the order of k."""
    return {rank: scores[f"rank-{rank}"] for rank in RANKS if f"rank-{rank}" in scores}


def cmc_figure(series: Sequence[Series], *, where: str) -> Figure:
    """Return the CMC of at most six entries; one alone is drawn with its interval as a band.

    `where` names the part of the queries, as in "Public part.".
    """
    drawn = [entry for entry in series if len(entry.points) > 1][:MOST_SERIES]
    title = "CMC" if len(drawn) < 2 else f"CMC, {len(drawn)} entries"
    if not drawn:
        return Figure("cmc", "CMC", "Needs an entry that is scored at several ranks.")
    traces: list[dict[str, Any]] = []
    if len(drawn) == 1:
        traces.extend(_band(drawn[0]))
    traces.extend(_line(entry, place) for place, entry in enumerate(drawn))
    ranks = sorted({rank for entry in drawn for rank in entry.points})
    layout = _layout(_percent_axis(drawn), ranks)
    if len(drawn) > 1:
        layout["annotations"] = _labels(drawn, layout["yaxis"]["range"])
        widest = max(len(label["text"]) for label in layout["annotations"])
        layout["margin"] = {**MARGIN, "r": max(MARGIN["r"], LABEL_CHARACTER * widest + 16)}
    rows = tuple((entry.name, *(_cell(entry.points.get(rank)) for rank in ranks)) for entry in drawn)
    return Figure(
        slug="cmc",
        title=title,
        sentence=f"Share of queries whose first correct match is at rank k or better. {where}",
        json={"data": traces, "layout": layout},
        headers=("Entry", *(f"Rank-{rank} %" for rank in ranks)),
        rows=rows,
    )


def first_match_figure(points: Mapping[int, Point], queries: int, *, where: str, steps: int | None) -> Figure:
    """Return at which ranks the first correct matches stand, from the CMC over queries and their number.

    `steps` is in how many steps the CMC was rounded (None: not at all); where a step is more than half a query, numbers of
    queries would be guesses and shares stand on top of the bars.
    """
    title = "Rank of the first match"
    if any(rank not in points for _, _, rank in MATCH_RANKS) or not queries:
        return Figure("first-match", title, "Needs an entry that is scored up to rank 50.")
    shares = [points[upto].value - (points[after].value if after else 0.0) for _, after, upto in MATCH_RANKS]
    shares.append(1 - points[RANKS[-1]].value)
    labels = [label for label, _, _ in MATCH_RANKS] + [BEYOND]
    percents = [round(100 * max(0.0, share), 2) for share in shares]
    is_exact = steps is None or 2 * queries <= steps
    counts = [words.count(round(share * queries)) for share in shares] if is_exact else [""] * len(shares)
    trace = {
        "type": "bar",
        "x": labels,
        "y": percents,
        "text": counts if is_exact else [f"{value:.1f}" for value in percents],
        "textposition": "outside",
        "cliponaxis": False,
        "marker": {"color": "var(--ink-2)"},
        "hovertemplate": "%{x}: %{y:.1f} %<extra></extra>",
    }
    top = max(percents) * 1.12 or 1
    layout = frame({"type": "category", "title": {"text": "rank of the first correct match"}}, [0, top])
    layout["margin"] = {**MARGIN, "r": 16}
    return Figure(
        slug="first-match",
        title=title,
        sentence=f"Share of queries{', with their numbers on top' if is_exact else ''}. {where}",
        json={"data": [trace], "layout": layout},
        headers=("Rank", "%", *(["Queries"] if is_exact else [])),
        rows=tuple(
            (label, f"{value:.2f}", *([count] if is_exact else []))
            for label, value, count in zip(labels, percents, counts, strict=True)
        ),
    )


def _cell(point: Point | None) -> str:
    return "" if point is None else words.percent(point.value)


def _line(entry: Series, place: int) -> dict[str, Any]:
    colour = f"var(--series-{place + 1})"
    ranks = sorted(entry.points)
    return {
        "type": "scatter",
        "mode": "lines+markers",
        "name": entry.name,
        "x": ranks,
        "y": [round(100 * entry.points[rank].value, 2) for rank in ranks],
        "line": {"color": colour, "dash": DASHES[place], "width": 2.25 if entry.is_own else 2},
        "marker": {"color": colour, "symbol": MARKERS[place], "size": 7},
        "cliponaxis": False,  # a marker at 100 % is drawn whole
        "hovertemplate": "rank %{x}: %{y:.2f} %<extra></extra>",
    }


def _band(entry: Series) -> list[dict[str, Any]]:
    bounded = sorted((rank, point) for rank, point in entry.points.items() if point.low is not None)
    if len(bounded) < 2:
        return []
    common = {"type": "scatter", "mode": "lines", "line": {"width": 0}, "hoverinfo": "skip"}
    ranks = [rank for rank, _ in bounded]
    low = {**common, "x": ranks, "y": [round(100 * (point.low or 0.0), 2) for _, point in bounded]}
    high = {**common, "x": ranks, "y": [round(100 * (point.high or 0.0), 2) for _, point in bounded]}
    return [low, {**high, "fill": "tonexty", "fillcolor": "var(--accent-weak)"}]


def _percent_axis(drawn: Sequence[Series]) -> tuple[float, float]:
    lows = [point.value if point.low is None else point.low for entry in drawn for point in entry.points.values()]
    highs = [point.value if point.high is None else point.high for entry in drawn for point in entry.points.values()]
    span = 100 * (max(highs) - min(lows))
    step = 5 if span <= 25 else 10
    top = min(100.0, 100 * max(highs) + 0.04 * max(span, 1))
    # Perfect entries alone would leave an axis without length.
    return max(0.0, min(math.floor(100 * min(lows) / step) * step, top - step)), top


def _layout(bounds: tuple[float, float], ranks: Sequence[int]) -> dict[str, Any]:
    axis = {
        "type": "log",
        "tickvals": list(ranks),
        "ticktext": [str(rank) for rank in ranks],
        "range": [-0.06, math.log10(max(ranks)) + 0.04],
        "title": {"text": "rank k"},
    }
    return frame(axis, [round(bounds[0], 2), round(bounds[1], 2)])


def frame(horizontal: Mapping[str, Any], vertical_range: Sequence[float], *, unit: str = " %") -> dict[str, Any]:
    """Return the layout that all figures share, with the given horizontal axis and the range and unit of the vertical one."""
    shared = {
        "fixedrange": True,
        "zeroline": False,
        "gridcolor": "var(--line)",
        "linecolor": "var(--line)",
        "showline": True,
        "tickfont": {"color": "var(--ink-2)", "size": 12},
    }
    # On a phone long ticks are turned: the title must make way for them.
    across = {**shared, **horizontal, "automargin": True}
    across["title"] = {**horizontal["title"], "font": {"color": "var(--ink-3)", "size": 12}, "standoff": 8}
    return {
        "height": HEIGHT,
        "margin": MARGIN,
        "paper_bgcolor": "rgba(0,0,0,0)",
        "plot_bgcolor": "rgba(0,0,0,0)",
        "showlegend": False,
        "hovermode": "closest",
        "dragmode": False,
        "font": {"family": "var(--sans)", "size": 12, "color": "var(--ink-2)"},
        "xaxis": across,
        "yaxis": {**shared, "range": list(vertical_range), "ticksuffix": unit, "nticks": 6},
    }


def _labels(drawn: Sequence[Series], bounds: Sequence[float]) -> list[dict[str, Any]]:
    """Place the names at the line ends, pushed apart so that none covers another."""
    height = HEIGHT - MARGIN["t"] - MARGIN["b"]
    ends = [100 * entry.points[max(entry.points)].value for entry in drawn]
    natural = [(end - bounds[0]) / (bounds[1] - bounds[0]) * height for end in ends]
    order = sorted(range(len(drawn)), key=lambda place: -natural[place])
    shifted = dict(enumerate(natural))
    for upper, lower in itertools.pairwise(order):
        shifted[lower] = min(shifted[lower], shifted[upper] - LABEL_APART)
    return [
        {
            "x": 1,
            "xref": "paper",
            "xanchor": "left",
            "xshift": 6,
            "y": round(ends[place], 2),
            "yshift": round(shifted[place] - natural[place], 1),
            "text": _short(drawn[place].name + (" (you)" if drawn[place].is_own else "")),
            "showarrow": False,
            "font": {"color": f"var(--series-{place + 1})", "size": 12},
        }
        for place in range(len(drawn))
    ]


def _short(name: str, longest: int = 14) -> str:
    # Plotly reads a small markup in chart text; its tags would become style attributes, which the policy forbids.
    safe = name.replace("<", "‹").replace(">", "›")
    return safe if len(safe) <= longest else f"{safe[: longest - 1]}…"
