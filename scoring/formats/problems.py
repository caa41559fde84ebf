"""Turn what was found in a file into a report: titles, how to mend it, order."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np

from scoring.formats import rows
from scoring.formats.container import Received, RefusedError
from scoring.formats.description import Limits, SubmissionFormat
from scoring.formats.mending import gallery_mend, label_mend, query_mend
from scoring.formats.reading import LINE_TOO_LONG, Findings, Group
from scoring.formats.refusals import refusal_words
from scoring.manifest import Manifest
from scoring.report import Excerpt, Item, Problem, Report, Severity
from scoring.wording import plural

#: A file whose rows mostly say the same is probably wrong, but two or three equal rows are not.
_MIN_SAME_ROWS: Final = 10

#: Code of the report for each note of the kernel, and for lines that are too long.
NOTE_CODES: Final = {
    rows.UNKNOWN_QUERY: "unknown_queries",
    rows.DUPLICATE_QUERY: "duplicate_queries",
    rows.UNKNOWN_GALLERY: "unknown_gallery_ids",
    rows.DUPLICATE_GALLERY: "duplicate_gallery_ids",
    rows.BAD_ROW: "bad_row",
    rows.NOT_UTF8: "not_utf8",
    rows.CONTROL: "control_characters",
    rows.SHORT: "short_rankings",
    rows.LONG: "wrong_depth",
    rows.EMPTY_VALUE: "empty_value",
    rows.EXTRA_SPACES: "extra_spaces",
    rows.UNKNOWN_LABEL: "unknown_labels",
    rows.MANY_LABELS: "many_labels",
    LINE_TOO_LONG: "line_too_long",
}


@dataclass(frozen=True, kw_only=True)
class Context:
    """Hold what a file is checked against."""

    manifest: Manifest
    submission_format: SubmissionFormat
    limits: Limits
    gallery_identities: frozenset[str] | None = None


def report(findings: Findings, context: Context, received: Received) -> Report:
    """Report a file that was read to its end."""
    problems = [
        _problem(NOTE_CODES[note], group, findings, context)
        for note, group in enumerate(findings.groups)
        if group.count
    ]
    problems += _missing(findings, context) + _same_answers(findings, context)
    return Report(
        problems=tuple(sorted(problems, key=_order)),
        rows_read=findings.rows,
        bytes_read=findings.bytes,
        queries_found=int(np.count_nonzero(findings.query_line)),
        queries_expected=context.manifest.n_queries,
        sha256=received.sha256,
        depth=_depth_words(findings, context),
    )


def refused_report(refusal: RefusedError, context: Context, received: Received) -> Report:
    """Report a file that could not be read to its end; what was read before says nothing about the rest."""
    title, mend = refusal_words(refusal, context.submission_format)
    line = refusal.details.get("line")
    excerpts = () if line is None else (Excerpt(line=1, text=line[:80], marks=()),)
    names = refusal.details.get("names", ())
    items = tuple(Item(line=None if line is None else 1, id=name) for name in names[: context.limits.max_problem_items])
    problem = Problem(
        code=refusal.code,
        severity="error",
        title=title,
        mend=mend,
        count=1,
        line_count=0 if line is None else 1,
        items=items,
        items_total=len(names),
        excerpts=excerpts,
    )
    return Report(
        problems=(problem,),
        rows_read=0,
        bytes_read=received.bytes,
        queries_found=0,
        queries_expected=context.manifest.n_queries,
        sha256=received.sha256,
        depth="",
    )


def _order(problem: Problem) -> tuple[bool, int, int, str]:
    """Put errors before warnings, then most lines first."""
    return problem.severity == "warning", -problem.line_count, -problem.count, problem.code


def _problem(code: str, group: Group, findings: Findings, context: Context) -> Problem:
    """Word one kind of problem that rows have."""
    title, mend = _words(code, group, findings, context)
    severity: Severity = "warning" if _is_warning(code, context.submission_format) else "error"
    return _made(code, severity, title, mend, group)


def _made(code: str, severity: Severity, title: str, mend: str, group: Group) -> Problem:
    return Problem(
        code=code,
        severity=severity,
        title=title,
        mend=mend,
        count=group.count,
        line_count=group.lines,
        items=tuple(group.items),
        items_total=group.count,
        excerpts=tuple(group.excerpts),
    )


def _is_warning(code: str, described: SubmissionFormat) -> bool:
    return code == "extra_spaces" or (code == "short_rankings" and described.depth is not None)


def _words(code: str, group: Group, findings: Findings, context: Context) -> tuple[str, str]:
    """Return the title and how to mend it."""
    ids = [item.id for item in group.items]
    fixed = _content_words(group, context) | _answer_words(group, context)
    if code in fixed:
        return fixed[code]
    return _unknown_words(code, ids, group, findings, context)


def _content_words(group: Group, context: Context) -> dict[str, tuple[str, str]]:
    """Word what is wrong with the text of lines."""
    described = context.submission_format
    count, on = group.count, f", on {plural(group.lines, 'line')}"
    return {
        "bad_row": (
            f"{plural(count, 'line does', 'lines do')} not have {len(described.columns)} columns",
            f"Write {', '.join(described.columns)}, separated by commas; a query id cannot be empty"
            + ("." if described.kind == "labels" else "; separate gallery ids by single spaces."),
        ),
        "not_utf8": (
            f"{plural(count, 'id is', 'ids are')} not written in UTF-8{on}",
            "Save the file as UTF-8; ids of this challenge hold plain letters and digits only.",
        ),
        "control_characters": (
            f"{plural(count, 'id holds', 'ids hold')} control characters{on}",
            "Separate ids by single spaces and columns by commas; remove tabs and invisible characters.",
        ),
        "extra_spaces": (f"Extra spaces were ignored{on}", "Nothing needs to be done."),
        "many_labels": (
            f"{plural(count, 'line names', 'lines name')} more than one identity",
            "Write one identity per query.",
        ),
        "line_too_long": (
            f"{plural(count, 'line is', 'lines are')} longer than {context.limits.max_line_bytes:,} bytes",
            "Write one query per line and end every line with a line break.",
        ),
    }


def _answer_words(group: Group, context: Context) -> dict[str, tuple[str, str]]:
    """Word what is wrong with the answers that lines give."""
    described, wanted = context.submission_format, _wanted_words(context)
    count, on = group.count, f", on {plural(group.lines, 'line')}"
    return {
        "duplicate_queries": (
            f"{plural(count, 'query is', 'queries are')} answered again{on}",
            "Answer every query on one line only.",
        ),
        "duplicate_gallery_ids": (
            f"{plural(count, 'gallery id is', 'gallery ids are')} listed twice in one ranking{on}",
            "List every gallery id once per ranking.",
        ),
        "short_rankings": (
            f"{plural(count, 'ranking lists', 'rankings list')} fewer than {wanted}",
            "Images that are not listed count as not found."
            if described.depth is not None
            else "List every gallery id of the query's track in every ranking.",
        ),
        "wrong_depth": (
            f"{plural(count, 'ranking lists', 'rankings list')} more than {wanted}",
            f"List at most {wanted}, best first.",
        ),
        "empty_value": (
            f"{plural(count, 'query has', 'queries have')} no answer{on}",
            f"Fill the column {described.value_column} on every line.",
        ),
    }


def _unknown_words(
    code: str, ids: Sequence[str], group: Group, findings: Findings, context: Context
) -> tuple[str, str]:
    """Word ids that are not known, using what the file shows."""
    on = f", on {plural(group.lines, 'line')}"
    if code == "unknown_queries":
        return f"{plural(group.count, 'query id is', 'query ids are')} unknown{on}", query_mend(ids, context.manifest)
    if code == "unknown_labels":
        known = context.gallery_identities or frozenset()
        return f"{plural(group.count, 'identity is', 'identities are')} unknown{on}", label_mend(ids, known)
    title = f"{plural(group.count, 'gallery id is', 'gallery ids are')} unknown{on}"
    return title, gallery_mend(ids, context.manifest)


def _wanted_words(context: Context) -> str:
    """Say how many gallery ids a ranking lists."""
    manifest, depth = context.manifest, context.submission_format.depth
    sizes = sorted({manifest.n_gallery(track) for track in manifest.tracks})
    if depth is not None:
        return f"{plural(min(depth, sizes[-1]), 'gallery id')}"
    return plural(sizes[0], "gallery id") if len(sizes) == 1 else "all gallery ids of its track"


def _missing(findings: Findings, context: Context) -> list[Problem]:
    """Report the queries that no line answers."""
    missing = np.flatnonzero(findings.query_line == 0)
    if len(missing) == 0:
        return []
    manifest = context.manifest
    names = [query for track in manifest.tracks for query in manifest.queries(track)]
    items = [Item(line=None, id=names[query]) for query in missing[: context.limits.max_problem_items]]
    group = Group(count=len(missing), items=items)
    title = f"{plural(len(missing), 'query is', 'queries are')} missing"
    mend = f"Add a line for each; the file must answer all {manifest.n_queries:,} queries."
    return [_made("missing_queries", "error", title, mend, group)]


def _same_answers(findings: Findings, context: Context) -> list[Problem]:
    """Warn when most queries of a track have one and the same answer."""
    problems, start, manifest = [], 0, context.manifest
    is_labels = context.submission_format.kind == "labels"
    for track in manifest.tracks:
        stop = start + len(manifest.queries(track))
        answered = np.flatnonzero(findings.query_line[start:stop]) + start
        start = stop
        values, counts = np.unique(findings.query_hash[answered], return_counts=True)
        if len(answered) < _MIN_SAME_ROWS or 2 * counts.max() <= len(answered):
            continue
        lines = findings.query_line[answered[findings.query_hash[answered] == values[counts.argmax()]]]
        group = Group(count=int(counts.max()), lines=int(counts.max()))
        group.items = [Item(line=int(line), id=track) for line in np.sort(lines)[: context.limits.max_problem_items]]
        what = "identity" if is_labels else "ranking"
        title = f"{plural(group.count, 'query')} of {len(answered):,} in {track} have one and the same {what}"
        mend = "Check that the answer of each query is written on the line of that query."
        problems.append(_made("same_label" if is_labels else "same_ranking", "warning", title, mend, group))
    return problems


def _depth_words(findings: Findings, context: Context) -> str:
    """Say how deep the rankings are."""
    answered = findings.query_line > 0
    if not answered.any():
        return ""
    if context.submission_format.kind == "labels":
        return "one identity per query"
    manifest = context.manifest
    sizes = np.repeat(
        [manifest.n_gallery(track) for track in manifest.tracks],
        [len(manifest.queries(track)) for track in manifest.tracks],
    )
    listed = findings.query_listed[answered]
    if (listed == sizes[answered]).all():
        return "full rankings"
    low, high = int(listed.min()), int(listed.max())
    return f"{plural(low, 'gallery id')} per query" if low == high else f"{low:,} to {high:,} gallery ids per query"
