"""The README's table of presets is complete and says what the code says."""

import re
from pathlib import Path

import pytest

import scoring
from scoring.parity import PRESETS

TEXT = (Path(scoring.__file__).parent / "README.md").read_text(encoding="utf-8")
SECTION = TEXT.split("\n## Parity with public evaluators\n", 1)[1].split("\n## ", 1)[0]
ROWS = {row.split("`")[1]: row for row in re.findall(r"^\| `.*$", SECTION, flags=re.MULTILINE)}


def test_all_presets_are_listed():
    assert set(ROWS) == set(PRESETS)


@pytest.mark.parametrize("name", PRESETS)
def test_a_row_says_what_the_preset_holds(name):
    preset, cells = PRESETS[name], [cell.strip() for cell in ROWS[name].strip("|").split("|")]
    _, precision, junk, means, _, top, numbers, source, status = cells
    assert precision.startswith(preset.protocol.ap)
    assert ("pid, camera" in junk) == (preset.protocol.junk != ())
    assert ("-1" in junk) == (preset.protocol.junk_pids == ("-1",))
    assert means.startswith("all" if preset.protocol.no_match == "zero" else "matched")
    assert (f"K = {preset.protocol.depth}" in precision) == (preset.protocol.depth is not None)
    assert top == (str(preset.max_rank) if preset.max_rank else "none")
    assert numbers == ("float32" if preset.float32 else "float64")
    assert any(part.split(":")[0] in source for part in preset.sources)
    assert status == preset.status
