"""The README lists every metric, format, problem and field, and nothing that does not exist."""

import dataclasses
import importlib
import pkgutil
import re
from pathlib import Path

import pytest

import scoring
from scoring import Limits, Protocol, SubmissionFormat
from scoring.formats.description import KINDS
from scoring.formats.problems import NOTE_CODES
from scoring.formats.refusals import REFUSALS
from scoring.metrics import METRICS, cmc
from scoring.protocol import CHOICES
from scoring.vectors.problems import CODES as ARRAY_CODES

TEXT = (Path(scoring.__file__).parent / "README.md").read_text(encoding="utf-8")
OTHER_CODES = {"missing_queries", "same_ranking", "same_label", "tied_scores"}
CODES = set(ARRAY_CODES) | set(NOTE_CODES.values()) | set(REFUSALS) | OTHER_CODES


def section(name):
    return TEXT.split(f"\n## {name}\n", 1)[1].split("\n## ", 1)[0]


def first_cells(name):
    return set(re.findall(r"^\| `([^`]+)`", section(name), flags=re.MULTILINE))


def test_problem_codes():
    assert first_cells("Problems") == CODES


def test_protocol_fields_and_their_values():
    assert first_cells("Protocol") == {field.name for field in dataclasses.fields(Protocol)}
    for field, choices in CHOICES.items():
        row = next(line for line in section("Protocol").splitlines() if line.startswith(f"| `{field}`"))
        assert all(f"`{choice}`" in row for choice in choices)


def test_formats():
    assert first_cells("Formats") == set(KINDS)
    for field in (*dataclasses.fields(SubmissionFormat), *dataclasses.fields(Limits)):
        assert field.name == "kind" or f"`{field.name}`" in section("Formats")


def test_metrics():
    named = section("Metrics")
    ranks = ", ".join(str(k) for k in cmc.RANKS)
    assert f"`rank-k` (k = {ranks})" in named
    cells = [line.split(" | ")[0].removeprefix("| ") for line in named.splitlines() if line.startswith("| `")]
    assert {cell.replace("`", "").split(" (")[0] for cell in cells} == {metric.name for metric in METRICS}


def test_every_module_of_metrics_is_registered():
    modules = {module.name for module in pkgutil.iter_modules(scoring.metrics.__path__)} - {"definition"}
    for module in modules:
        contents = vars(importlib.import_module(f"scoring.metrics.{module}")).values()
        assert any(value is metric for value in contents for metric in METRICS), module


@pytest.mark.parametrize("code", sorted(CODES))
def test_codes_are_stable_slugs(code):
    assert re.fullmatch(r"[a-z0-9_]+", code)
