"""Write a board as a LaTeX table for a paper."""

from agora.competitions.models import Phase, ReportedRow
from agora.core import words
from agora.leaderboards.captions import caption_for
from agora.leaderboards.selectors import Entry, entries_of, reported_rows
from agora.leaderboards.view import View, choices_for, value_column
from agora.submissions.presentation import decimals
from challenges.facets import facet, from_mask
from challenges.spec import PRIMARY_COLUMN, metric_label

_SPECIAL = {
    "\\": r"\textbackslash{}",
    "&": r"\&",
    "%": r"\%",
    "$": r"\$",
    "#": r"\#",
    "_": r"\_",
    "{": r"\{",
    "}": r"\}",
    "~": r"\textasciitilde{}",
    "^": r"\textasciicircum{}",
    "→": r"$\rightarrow$",
    "×": r"$\times$",
}


def escaped(text: str) -> str:
    """Return text in which nothing is a command of LaTeX.

    Examples
    --------
    >>> escaped("Petrel & Sons, 384×128")
    'Petrel \\\\& Sons, 384$\\\\times$128'
    """
    return "".join(_SPECIAL.get(character, character) for character in text)


def board_tex(phase: Phase, view: View) -> str:
    """Return a view as a `tabular` with booktabs rules: the page's numbers, computed rows before published ones."""
    columns = choices_for(phase).columns
    value = value_column(phase, view)
    entries = entries_of(phase, view)
    tiers = [entry.tier for entry in entries]
    tier = ["Tier"] if any(tiers) else []
    heads = [
        *tier,
        "",
        "Team and method",
        f"{metric_label(view.metric)} (\\%)",
        *(escaped(column.label) for column in columns),
    ]
    lines = [
        *_comments(phase, view),
        rf"\begin{{tabular}}{{{'l' * len(tier)}rl{'r' * (1 + len(columns))}}}",
        r"\toprule",
        " & ".join(heads) + r" \\",
        r"\midrule",
        *(f"{entry.tier} & " * len(tier) + _computed(phase, entry) for entry in entries),
    ]
    key = PRIMARY_COLUMN if value.track == phase.aggregate else value.track
    published = [row for row in reported_rows(phase, view) if key in row.values]
    if published:
        heading = escaped(f"As printed in {phase.competition.reported_source}; not computed here")
        lines += [r"\midrule", rf"\multicolumn{{{len(heads)}}}{{l}}{{\emph{{{heading}}}}} \\"]
        lines += [" & " * len(tier) + _reported(row, [key, *(column.slug for column in columns)]) for row in published]
    return "\n".join([*lines, r"\bottomrule", r"\end{tabular}", ""])


def _comments(phase: Phase, view: View) -> list[str]:
    spec = phase.current_spec
    if spec is None:
        return [f"% {phase.competition.title}: published rows only, nothing computed here"]
    caption = caption_for(phase, spec, view.split)
    return [
        f"% {phase.competition.title}, {view.split} board, as of {words.instant(caption.as_of)}",
        f"% protocol {caption.protocol_hash}, scorer revision {caption.scorer_revision}, needs booktabs",
    ]


def _row(rank: str, name: str, method: str, facets: int, values: list[str]) -> str:
    pluses = ", ".join(f"+ {facet(slug).label}" for slug in from_mask(facets))
    said = "; ".join(filter(None, (method, pluses)))
    return " & ".join([rank, escaped(f"{name} ({said})" if said else name), *values]) + r" \\"


def _computed(phase: Phase, entry: Entry) -> str:
    digits = decimals(phase)
    half = words.half_width(entry.low, entry.high).replace("± ", r"\pm ")
    first = words.percent(entry.value, digits=digits) + (f" ${half}$" if half else "")
    rank = "--" if entry.official is None else str(entry.official)
    method = entry.method if entry.kind == "participant" else "platform-run"
    cells = [words.percent(cell, digits=digits) for cell in entry.cells]
    return _row(rank, entry.name, method, entry.facets, [first, *cells])


def _reported(row: ReportedRow, keys: list[str]) -> str:
    return _row("", row.method, row.backbone, row.facets, [escaped(row.values.get(key, "")) for key in keys])
