"""Work one example of a phase out, step by step, from the lists in its pack and its protocol."""

from collections.abc import Mapping, Sequence
from fractions import Fraction
from typing import Any

from challenges.errors import Collector
from challenges.spec import WorkedQuery
from scoring import Protocol, SubmissionFormat

Row = Mapping[str, Any]

RANKING_HEADERS = ("Place", "Gallery image", "Identity", "Camera", "Counts as", "Rank", "Precision")
LABEL_HEADERS = ("Query image", "Answered", "True identity", "Counts as")


def build_worked_query(
    table: Mapping[str, Any], submission_format: SubmissionFormat, protocol: Protocol, *, where: str, faults: Collector
) -> WorkedQuery | None:
    """Return the example of `table` with every step computed, noting what it lacks.

    The numbers are exact fractions, so the page and the scorer cannot differ by rounding.
    """
    place = f"{where}.worked_query"
    if submission_format.kind == "labels":
        if not table["answers"]:
            faults.add(place, "answers", "is missing: labels are shown by answered queries")
            return None
        return _labels(table["caption"], table["answers"])
    if table["query"] is None or not table["ranked"]:
        faults.add(place, "query" if table["query"] is None else "ranked", "is missing: a ranking needs both")
        return None
    if not any(_kind(table["query"], item, protocol) == "match" for item in table["ranked"]):
        faults.add(place, "ranked", "holds no match for the query")
        return None
    return _ranking(table["caption"], table["query"], table["ranked"], protocol)


def _labels(caption: str, answers: Sequence[Row]) -> WorkedQuery:
    rows = [
        (row["image_id"], row["answered"], row["pid"], "right" if row["answered"] == row["pid"] else "wrong")
        for row in answers
    ]
    right = sum(row[-1] == "right" for row in rows)
    result = f"Rank-1 = {right}/{len(rows)} = {100 * right / len(rows):.2f} %."
    return WorkedQuery(caption, LABEL_HEADERS, tuple(rows), result)


def _kind(query: Row, item: Row, protocol: Protocol) -> str:
    if item["pid"] in protocol.junk_pids:
        return "junk"
    if any(all(column in query and query[column] == item[column] for column in columns) for columns in protocol.junk):
        return "junk"
    matches = item["pid"] == query["pid"] and item["pid"] not in protocol.distractor_pids
    return "match" if matches else "mistake"


def _ranking(caption: str, query: Row, ranked: Sequence[Row], protocol: Protocol) -> WorkedQuery:
    rows, precisions, terms = [], [], []
    rank = hits = 0
    for place, item in enumerate(ranked, 1):
        kind = _kind(query, item, protocol)
        rank += kind != "junk"
        before = Fraction(hits, rank - 1) if rank > 1 else Fraction(1)
        hits += kind == "match"
        precision = Fraction(hits, rank) if kind == "match" else None
        if precision is not None:
            precisions.append(f"{hits}/{rank}")
            terms.append(precision if protocol.ap == "step" else (before + precision) / 2)
        position = "left out" if kind == "junk" else str(rank)
        shown = "" if precision is None else f"{hits}/{rank} = {float(precision):.4f}"
        rows.append((str(place), item["image_id"], item["pid"], item["camid"], kind, position, shown))
    first, last = (int(precisions[index].partition("/")[2]) for index in (0, -1))
    average = sum(terms, Fraction(0)) / hits
    how = f"({' + '.join(precisions)}) / {hits}" if protocol.ap == "step" else "trapezoid rule"
    result = (
        f"AP = {how} = {float(average):.4f}. Rank-1 = {int(first == 1)}: the first match is at rank {first}. "
        f"INP = {hits}/{last} = {hits / last:.4f}: the last of {hits} matches is at rank {last}."
    )
    return WorkedQuery(
        f"{caption} Query {query['image_id']}, identity {query['pid']}, camera {query['camid']}.",
        RANKING_HEADERS,
        tuple(rows),
        result,
    )
