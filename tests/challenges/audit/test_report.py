"""The table, the JSON and the command line."""

import json
import math
from pathlib import Path

import pytest

from challenges.audit.auditor import Audit
from challenges.audit.figures import POINTS, RATIO, SHARE, Estimate, Figure
from challenges.audit.report import audit_lines, cell
from challenges.cli import main


def _audit(seed: int, *, passed: bool) -> Audit:
    figures = (
        Figure("a", "background alone", SHARE, Estimate(0.1234, 0.1, 0.15), "at most 10%", passed),
        Figure("b", "for comparison", SHARE, Estimate(0.5)),
        Figure("c", "fewer pixels", POINTS, Estimate(0.051, -0.01, 0.112), "falls", True, (0.4, 0.349)),
        Figure("d", "design effect", RATIO, Estimate(2.0, 1.5, 2.5), "1.5 to 5", passed),
    )
    return Audit("agsynth", "agreid", seed, 400, 9840, figures)


def test_a_cell_has_value_interval_and_bins() -> None:
    shares = [cell(figure) for figure in _audit(1, passed=True).figures]

    assert shares == ["12.3 [10.0, 15.0]", "50.0", "40 35: +5.1 [-1.0, 11.2]", "2.00 [1.50, 2.50]"]


def test_the_table_says_which_bars_are_missed_and_how_often() -> None:
    lines = list(audit_lines([_audit(1, passed=True), _audit(2, passed=False)]))

    assert lines[0].startswith("agsynth, preset agreid, 400 test identities, seed 1, 2.")
    assert lines[2].endswith("MISSED with 1 of 2 seeds")
    assert lines[3].endswith("50.0")
    assert lines[4].endswith("pass")
    assert list(audit_lines([_audit(2, passed=False)]))[2].endswith("  MISSED")
    assert _audit(1, passed=True).passed
    assert not _audit(2, passed=False).passed


def test_the_command_renders_prints_and_writes(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    out = tmp_path / "audit.json"
    arguments = ["--identities", "5", "--preset", "plain", "--workers", "1", "--json", str(out)]

    status = main(["audit", "agsynth", "--seeds", "4", *arguments])

    (written,) = json.loads(out.read_text(encoding="utf-8"))
    missed = [figure["name"] for figure in written["figures"] if figure["passed"] is False]
    table = capsys.readouterr().out
    assert status == (1 if missed else 0)
    assert table.count("MISSED") == len(missed)
    assert written["identities"] == 5
    assert all(figure["label"] in table for figure in written["figures"])


def test_a_value_that_cannot_be_told_is_null_and_misses_its_bar() -> None:
    figure = Figure("design_effect_rank_1", "design effect", RATIO, Estimate(math.nan), "1.5 to 5", passed=False)

    assert figure.to_mapping()["value"] is None
    assert cell(figure) == "none"


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["agreid2023"], "has no generator"),
        (["agsynth", "--identities", "4"], "--identities must be 5 or more"),
        (["agsynth", "--preset", "agried"], "unknown preset 'agried'"),
        (["agsynth", "--workers", "0"], "--workers must be 1 or more"),
        (["agsynth", "--json", "/no/such/folder/file"], "its folder does not exist"),
    ],
)
def test_a_wrong_call_is_named(arguments: list[str], words: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["audit", *arguments]) == 2
    assert words in capsys.readouterr().err
