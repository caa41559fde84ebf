"""Word the problems of a file that was read to its end: what is wrong, with counts, and how to mend it."""

from __future__ import annotations

from typing import Final

from scoring.formats.context import Context
from scoring.formats.mending import gallery_mend, label_mend, position_mend, query_mend
from scoring.formats.reading import Group
from scoring.wording import plural

Words = dict[str, tuple[str, str]]

_RUN_COLUMNS: Final = "query id, Q0, gallery id, rank, score and tag"


def problem_words(code: str, group: Group, context: Context) -> tuple[str, str]:
    """Return the title and how to mend it."""
    fixed = _content_words(group, context) | _answer_words(group, context) | _label_words(group, context)
    return fixed[code] if code in fixed else _unknown_words(code, group, context)


def missing_mend(context: Context) -> str:
    """Say how queries without an answer can be mended."""
    each = "an entry" if context.submission_format.kind == "ranking_json" else "a line"
    return f"Add {each} for each; the file must answer all {context.manifest.n_queries:,} queries."


def _content_words(group: Group, context: Context) -> Words:
    """Word what is wrong with the text of lines."""
    count, on = group.count, f", on {plural(group.lines, 'line')}"
    return {
        "bad_row": _row_words(count, context),
        "not_utf8": (
            f"{plural(count, 'id is', 'ids are')} not written in UTF-8{on}",
            "Save the file as UTF-8; ids of this challenge hold plain letters and digits only.",
        ),
        "control_characters": (
            f"{plural(count, 'id holds', 'ids hold')} control characters{on}",
            "Separate ids by single spaces and columns by commas; remove tabs and invisible characters.",
        ),
        "extra_spaces": (f"Extra spaces were ignored{on}", "Nothing needs to be done."),
        "line_too_long": (
            f"{plural(count, 'line is', 'lines are')} longer than {context.limits.max_line_bytes:,} bytes",
            "Write one query per line and end every line with a line break.",
        ),
    }


def _row_words(count: int, context: Context) -> tuple[str, str]:
    """Word lines that are not made as the format says."""
    described = context.submission_format
    if described.kind == "ranking_lines":
        what = _item(context)
        return (
            f"{plural(count, 'line holds', 'lines hold')} more than {what}s and spaces",
            f"Write nothing but {what}s, separated by single spaces; this format has no header and no query ids.",
        )
    if described.kind == "run":
        title = f"{plural(count, 'line does', 'lines do')} not have 6 columns"
        return title, f"Write {_RUN_COLUMNS}, separated by spaces or tabs."
    return (
        f"{plural(count, 'line does', 'lines do')} not have {len(described.columns)} columns",
        f"Write {', '.join(described.columns)}, separated by commas; a query id cannot be empty"
        + ("." if described.kind == "labels" else f"; separate {_item(context)}s by single spaces."),
    )


def _answer_words(group: Group, context: Context) -> Words:
    """Word what is wrong with the answers that lines give."""
    described, wanted, item = context.submission_format, _wanted_words(context), _item(context)
    count, on = group.count, f", on {plural(group.lines, 'line')}"
    where = f"the column {described.value_column} on every line" if described.has_header else "every line"
    return {
        "duplicate_queries": (
            f"{plural(count, 'query is', 'queries are')} answered again{on}",
            "Answer every query on one line only.",
        ),
        "duplicate_gallery_ids": (
            f"{plural(count, f'{item} is', f'{item}s are')} listed twice in one ranking{on}",
            f"List every {item} once per ranking.",
        ),
        "short_rankings": (
            f"{plural(count, 'ranking lists', 'rankings list')} fewer than {wanted}",
            "Images that are not listed count as not found."
            if described.depth is not None
            else f"List every {item} of the query's track in every ranking.",
        ),
        "wrong_depth": (
            f"{plural(count, 'ranking lists', 'rankings list')} more than {wanted}",
            f"List at most {wanted}, best first.",
        ),
        "bad_scores": (
            f"{plural(count, 'score is', 'scores are')} no finite number{on}",
            "Write scores in digits, such as 0.8125 or -1.5e-3, in the fifth column; the highest is the best.",
        ),
        "empty_value": (f"{plural(count, 'query has', 'queries have')} no answer{on}", f"Fill {where}."),
    }


def _label_words(group: Group, context: Context) -> Words:
    """Word what is wrong with labels."""
    top, on = context.submission_format.top, f", on {plural(group.lines, 'line')}"
    return {
        "many_labels": (
            f"{plural(group.count, 'line names', 'lines name')} more than "
            + ("one identity" if top == 1 else f"{top} identities"),
            "Write one identity per query."
            if top == 1
            else f"Write at most {top} identities per query, best first, separated by single spaces.",
        ),
        "duplicate_labels": (
            f"{plural(group.count, 'identity is', 'identities are')} named twice for one query{on}",
            "Name every identity once per query.",
        ),
    }


def _unknown_words(code: str, group: Group, context: Context) -> tuple[str, str]:
    """Word ids that are not known, using what the file shows."""
    on, described, manifest = f", on {plural(group.lines, 'line')}", context.submission_format, context.manifest
    ids = [item.id for item in group.items]
    if code == "unknown_queries" and described.kind == "ranking_lines":
        title = f"{plural(group.count, 'line stands', 'lines stand')} behind that of the last query"
        return title, f"Write exactly {plural(manifest.n_queries, 'line')}, line i for query i of the published list."
    if code == "unknown_queries" and described.is_per_track:
        first = int(described.index_base)
        title = f"{plural(group.count, 'query position is', 'query positions are')} unknown{on}"
        last = manifest.n_queries - 1 + first
        return (
            title,
            f"Write positions in the published query list, from {first} to {last}, as numbers in digits alone.",
        )
    if code == "unknown_queries":
        return f"{plural(group.count, 'query id is', 'query ids are')} unknown{on}", query_mend(ids, manifest)
    if code == "unknown_labels":
        known = context.gallery_identities or frozenset()
        return f"{plural(group.count, 'identity is', 'identities are')} unknown{on}", label_mend(ids, known)
    item = _item(context)
    title = f"{plural(group.count, f'{item} is', f'{item}s are')} unknown{on}"
    return title, gallery_mend(ids, manifest) if described.index_base == "names" else position_mend(ids, context)


def _item(context: Context) -> str:
    """Return what a file calls gallery items."""
    return "gallery id" if context.submission_format.index_base == "names" else "gallery position"


def _wanted_words(context: Context) -> str:
    """Say how many gallery items a ranking lists."""
    manifest, depth, item = context.manifest, context.submission_format.depth, _item(context)
    sizes = sorted({manifest.n_gallery(track) for track in manifest.tracks})
    if depth is not None:
        return plural(min(depth, sizes[-1]), item)
    return plural(sizes[0], item) if len(sizes) == 1 else f"all {item}s of its track"
