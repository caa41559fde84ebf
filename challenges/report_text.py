"""Write the report of a check for a terminal: every problem with its title, its mend and an excerpt."""

from collections.abc import Iterator

from scoring import Excerpt, Problem, Report

LISTED_ITEMS = 5


def report_lines(report: Report, *, name: str) -> Iterator[str]:
    """Yield the lines that say whether the file called `name` can be scored, and what to mend."""
    if report.ok:
        yield f"{name} is complete: {report.queries_found:,} of {report.queries_expected:,} queries, {report.depth}."
    else:
        kinds = len(report.errors)
        yield f"{name} cannot be scored yet. Mend {'this' if kinds == 1 else f'these {kinds} things'} and check again."
    yield _tally(report)
    for problem in report.problems:
        yield ""
        yield from _problem_lines(problem)
    if report.ok and report.warnings:
        yield ""
        yield "Warnings do not keep a file from being scored."


def _tally(report: Report) -> str:
    errors, warnings = (sum(problem.count for problem in part) for part in (report.errors, report.warnings))
    return (
        f"{_counted(errors, 'error')} · {_counted(warnings, 'warning')} · {_counted(report.rows_read, 'row')} read, "
        f"{report.bytes_read:,} bytes · sha256 {report.sha256}"
    )


def _counted(number: int, noun: str) -> str:
    return f"{number:,} {noun}{'' if number == 1 else 's'}"


def _problem_lines(problem: Problem) -> Iterator[str]:
    yield f"{problem.severity.capitalize()} [{problem.code}]: {problem.title}"
    if problem.mend:
        yield f"  {problem.mend}"
    for excerpt in problem.excerpts:
        yield from _excerpt_lines(excerpt)
    if listed := problem.items[:LISTED_ITEMS]:
        ids = ", ".join(item.id if item.line is None else f"{item.id} (line {item.line:,})" for item in listed)
        more = problem.items_total - len(listed)
        yield f"  {ids}{f' and {more:,} more' if more else ''}"


def _excerpt_lines(excerpt: Excerpt) -> Iterator[str]:
    head = f"  {excerpt.line:>7,} | "
    yield head + excerpt.text
    marked = [" "] * len(excerpt.text)
    for start, end in excerpt.marks:
        marked[start:end] = "^" * (min(end, len(marked)) - start)
    if "^" in marked:
        yield " " * (len(head) - 2) + "| " + "".join(marked).rstrip()
