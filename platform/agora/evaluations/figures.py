"""Draw how long scoring took, for the status page."""

from collections.abc import Sequence

from agora.core import words
from agora.evaluations.selectors import HourOfScoring
from agora.submissions.figures import DASHES, MARGIN, MARKERS, Figure, frame

_TITLE = "Time to score, last 24 hours"
# Name, which seconds of an hour, and the width of its line.
_LINES = (("median", "median_seconds", 2.25), ("95 % within", "slow_seconds", 1.5))


def seconds_figure(hours: Sequence[HourOfScoring]) -> Figure:
    """Return median and 95th percentile of the seconds from submit to score, hour by hour in UTC; one hour alone is no line."""
    if len(hours) < 2:
        return Figure("seconds", _TITLE, "Needs scores from two different hours.")
    traces = [_line(hours, place) for place in range(len(_LINES))]
    top = max(hour.slow_seconds for hour in hours) * 1.12
    layout = frame({"type": "date", "title": {"text": "hour, UTC"}}, [0, round(top, 2)], unit=" s")
    layout["annotations"] = [_label(hours, place) for place in range(len(_LINES))]
    layout["margin"] = {**MARGIN, "r": 96}
    return Figure(
        slug="seconds",
        title=_TITLE,
        sentence="From submit to score, by the hour in which the score came.",
        json={"data": traces, "layout": layout},
        headers=("Hour, UTC", "Scored", "Median, s", "95 % within, s"),
        rows=tuple(
            (
                f"{hour.begins_at:%d %b %H:%M}",
                words.count(hour.scored),
                f"{hour.median_seconds:.1f}",
                f"{hour.slow_seconds:.1f}",
            )
            for hour in hours
        ),
    )


def _line(hours: Sequence[HourOfScoring], place: int) -> dict[str, object]:
    name, field, width = _LINES[place]
    colour = f"var(--series-{place + 1})"
    return {
        "type": "scatter",
        "mode": "lines+markers",
        "name": name,
        "x": [f"{hour.begins_at:%Y-%m-%d %H:%M}" for hour in hours],
        "y": [round(getattr(hour, field), 2) for hour in hours],
        "line": {"color": colour, "dash": DASHES[place], "width": width},
        "marker": {"color": colour, "symbol": MARKERS[place], "size": 7},
        "hovertemplate": "%{x|%H:%M}: %{y:.1f} s<extra></extra>",
    }


def _label(hours: Sequence[HourOfScoring], place: int) -> dict[str, object]:
    name, field, _ = _LINES[place]
    return {
        "x": 1,
        "xref": "paper",
        "xanchor": "left",
        "xshift": 6,
        "y": round(getattr(hours[-1], field), 2),
        # The median is never above the percentile: pushed apart, their names cannot touch.
        "yshift": 8 if field == "slow_seconds" else -8,
        "text": name,
        "showarrow": False,
        "font": {"color": f"var(--series-{place + 1})", "size": 12},
    }
