"""What a report says on a page: names that lead to one problem each."""

from agora.submissions.findings import findings


def _problem(code: str, line: int) -> dict[str, object]:
    items = [{"line": line, "id": f"q{line}"}, {"line": line + 1, "id": f"q{line + 1}"}]
    words = {"title": "Most queries have one ranking", "mend": "Look at the lines."}
    return {
        "code": code,
        "severity": "warning",
        **words,
        "line_count": 2,
        "items": items,
        "items_total": 2,
        "excerpts": [],
    }


def test_a_problem_that_two_tracks_have_can_be_opened_for_each() -> None:
    problems = [_problem("same_ranking", 1), _problem("extra_spaces", 5), _problem("same_ranking", 9)]
    counts = {"rows_read": 9, "bytes_read": 90, "queries_found": 9, "queries_expected": 9, "depth": ""}
    report = {"ok": True, "problems": problems, "sha256": "0" * 64, **counts}

    found = findings(report, "heron.csv", show="same_ranking-2")

    assert [block.anchor for block in found.blocks] == ["same_ranking", "extra_spaces", "same_ranking-2"]
    assert [block.page is not None for block in found.blocks] == [False, False, True]
