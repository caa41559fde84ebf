"""Reports of checks, as the scorer gives them."""

from typing import Any


def problem(code: str, **fields: Any) -> dict[str, Any]:
    given = {
        "code": code,
        "severity": "error",
        "title": "2 gallery ids are unknown, on 1 line",
        "mend": "Use the published names.",
        "count": 2,
        "line_count": 1,
        "items": [{"line": 7, "id": "=cmd()"}, {"line": 7, "id": "<b>g2</b>"}],
        "items_total": 2,
        "excerpts": [{"line": 7, "text": "q1,<i>g1</i> g3", "marks": [[3, 12]]}],
    }
    return {**given, **fields}


def report(*problems: dict[str, Any]) -> dict[str, Any]:
    facts = {"rows_read": 12, "bytes_read": 6200, "queries_found": 11, "queries_expected": 12}
    ok = all(found["severity"] != "error" for found in problems)
    return {"ok": ok, "problems": list(problems), "sha256": "4be1" + "0" * 60, "depth": "full rankings", **facts}
