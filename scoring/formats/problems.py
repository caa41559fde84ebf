"""Turn what was found in a file into a report: titles, how to mend it, order."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Final

import numpy as np

from scoring.formats import notes
from scoring.formats.container import Received, RefusedError
from scoring.formats.context import Context
from scoring.formats.description import SubmissionFormat
from scoring.formats.problem_words import missing_mend, problem_words
from scoring.formats.reading import LINE_TOO_LONG, Findings, Group
from scoring.formats.refusals import refusal_words
from scoring.report import Excerpt, Item, Problem, Report, Severity
from scoring.wording import plural

#: A file whose rows mostly say the same is probably wrong, but two or three equal rows are not.
_MIN_SAME_ROWS: Final = 10

#: Code of the report for each note of the kernel, and for lines that are too long.
NOTE_CODES: Final = {
    notes.UNKNOWN_QUERY: "unknown_queries",
    notes.DUPLICATE_QUERY: "duplicate_queries",
    notes.UNKNOWN_GALLERY: "unknown_gallery_ids",
    notes.DUPLICATE_GALLERY: "duplicate_gallery_ids",
    notes.BAD_ROW: "bad_row",
    notes.NOT_UTF8: "not_utf8",
    notes.CONTROL: "control_characters",
    notes.SHORT: "short_rankings",
    notes.LONG: "wrong_depth",
    notes.EMPTY_VALUE: "empty_value",
    notes.EXTRA_SPACES: "extra_spaces",
    notes.UNKNOWN_LABEL: "unknown_labels",
    notes.MANY_LABELS: "many_labels",
    notes.DUPLICATE_LABELS: "duplicate_labels",
    notes.BAD_SCORE: "bad_scores",
    LINE_TOO_LONG: "line_too_long",
}


def report(findings: Findings, context: Context, received: Received) -> Report:
    """Report a file that was read to its end."""
    problems = [_problem(NOTE_CODES[note], group, context) for note, group in enumerate(findings.groups) if group.count]
    problems += _missing(findings, context) + _same_answers(findings, context) + _tied_scores(findings, context)
    return Report(
        problems=tuple(sorted(problems, key=_order)),
        rows_read=findings.rows,
        bytes_read=findings.bytes,
        queries_found=int(np.count_nonzero(findings.query_line)),
        queries_expected=context.manifest.n_queries,
        sha256=received.sha256,
        depth=_depth_words(findings, context),
    )


def merged(reports: Sequence[tuple[str, Report]], received: Received) -> Report:
    """Put the reports of the files of several tracks together; a title says which file it speaks of."""
    if len(reports) == 1:
        return reports[0][1]
    problems = [
        replace(problem, title=f"{track}: {problem.title[:1].lower()}{problem.title[1:]}")
        for track, part in reports
        for problem in part.problems
    ]
    depths = dict.fromkeys(part.depth for _, part in reports if part.depth)
    return Report(
        problems=tuple(sorted(problems, key=_order)),
        rows_read=sum(part.rows_read for _, part in reports),
        bytes_read=sum(part.bytes_read for _, part in reports),
        queries_found=sum(part.queries_found for _, part in reports),
        queries_expected=sum(part.queries_expected for _, part in reports),
        sha256=received.sha256,
        depth="; ".join(depths),
    )


def refused_report(refusal: RefusedError, context: Context, received: Received) -> Report:
    """Report a file that could not be read to its end; what was read before says nothing about the rest."""
    title, mend = refusal_words(refusal, context.submission_format)
    line, part = refusal.details.get("line"), refusal.details.get("excerpt")
    excerpts = () if line is None else (Excerpt(line=1, text=line[:80], marks=()),)
    excerpts = excerpts if part is None else (part,)
    names = refusal.details.get("names", ())
    items = tuple(Item(line=None if line is None else 1, id=name) for name in names[: context.limits.max_problem_items])
    problem = Problem(
        code=refusal.code,
        severity="error",
        title=title,
        mend=mend,
        count=1,
        line_count=len(excerpts),
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


def _problem(code: str, group: Group, context: Context) -> Problem:
    """Word one kind of problem that rows have."""
    title, mend = problem_words(code, group, context)
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
    mend = missing_mend(context)
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


def _tied_scores(findings: Findings, context: Context) -> list[Problem]:
    """Warn when scores are equal: the order of the gallery list then decides."""
    if findings.query_tied is None or not findings.query_tied.any():
        return []
    queries, manifest = np.flatnonzero(findings.query_tied), context.manifest
    names = [query for track in manifest.tracks for query in manifest.queries(track)]
    most = queries[: context.limits.max_problem_items].tolist()
    items = [Item(line=int(findings.query_line[query]), id=names[query]) for query in most]
    tied, all_scores = int(findings.query_tied.sum()), int(findings.query_listed.sum())
    constant = int(np.count_nonzero(findings.query_tied[queries] == findings.query_listed[queries]))
    title = (
        f"{tied:,} of {all_scores:,} scores are tied with another of their query, in {plural(len(queries), 'query')}"
    )
    title += f"; {plural(constant, 'query has', 'queries have')} ties alone" if constant else ""
    mend = "Equal scores go to the earlier gallery position; write more digits where another order is meant."
    group = Group(count=tied, lines=len(queries), items=items)
    return [replace(_made("tied_scores", "warning", title, mend, group), items_total=len(queries))]


def _depth_words(findings: Findings, context: Context) -> str:
    """Say how deep the rankings are."""
    answered = findings.query_line > 0
    if not answered.any():
        return ""
    if context.submission_format.kind == "labels":
        top = context.submission_format.top
        return "one identity per query" if top == 1 else f"up to {top} identities per query"
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
