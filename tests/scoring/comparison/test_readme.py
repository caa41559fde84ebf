"""The README names every code of a refusal, every reason for silence and every task."""

import re
from pathlib import Path

import scoring.comparison
from scoring.comparison.jobs import TASKS
from scoring.comparison.slices import DIFFERENCING, FEW_IDENTITIES, TOO_MANY
from tests.scoring.test_readme import section

SOURCES = [path.read_text(encoding="utf-8") for path in Path(scoring.comparison.__file__).parent.glob("*.py")]


def test_codes_of_refusals():
    codes = {code for source in SOURCES for code in re.findall(r'ComparisonError\(\s*"([a-z_]+)"', source)}
    refusals = section("Differences").split("Refusals are", 1)[1].split("\n\n", 1)[0]
    assert set(re.findall(r"`([a-z_]+)`", refusals)) == codes


def test_reasons_for_silence():
    assert set(re.findall(r"^- `([a-z_]+)`:", section("Slices"), flags=re.MULTILINE)) == {
        DIFFERENCING,
        FEW_IDENTITIES,
        TOO_MANY,
    }


def test_tasks():
    assert all(f"`{task}`" in section("Differences") for task in TASKS)
