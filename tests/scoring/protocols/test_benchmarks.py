"""The named protocols themselves: one test file each, a status for every field, and a row in the documentation."""

import json
import re
from pathlib import Path

import pytest

import challenges
import scoring
from scoring import Protocol
from scoring.benchmarks import ASSUMED, BENCHMARKS, SOURCE
from scoring.parity import PRESETS

HERE = Path(__file__).parent
README = (Path(scoring.__file__).parent / "README.md").read_text(encoding="utf-8")


def test_each_benchmark_has_its_test_file():
    files = {path.stem.removeprefix("test_") for path in HERE.glob("test_*.py")}
    missing = {name for name in BENCHMARKS if name not in files and name.rpartition("_")[0] not in files}
    assert not missing


def changed(protocol):
    """Return what a protocol has other than the defaults, as the documentation writes it."""
    usual = Protocol().to_mapping()
    fields = {key: part for key, part in protocol.to_mapping().items() if usual.get(key) != part}
    return ", ".join(f"{key} {json.dumps(part)}" for key, part in fields.items()).replace('"', "")


def test_the_readme_lists_them_all_with_their_fields():
    section = README.split("\n## Benchmarks\n", 1)[1].split("\n## ", 1)[0]
    rows = dict(re.findall(r"^\| `([^`]+)` \| [^|]+ \| ([^|]*) \|", section, flags=re.MULTILINE))
    assert {name: cell.replace("`", "") for name, cell in rows.items()} == {
        name: changed(benchmark.protocol) or "defaults" for name, benchmark in BENCHMARKS.items()
    }


@pytest.mark.parametrize("name", sorted(BENCHMARKS))
def test_every_field_has_a_status_and_a_reason(name):
    benchmark = BENCHMARKS[name]
    statuses = benchmark.statuses()
    assert set(statuses) >= {field for field in benchmark.protocol.to_mapping() if field != "schema"}
    assert all(status in (SOURCE, ASSUMED) and note.strip() for status, note in statuses.values())
    assert set(benchmark.stated) | set(benchmark.assumed) <= set(statuses)
    assert Protocol.from_mapping(benchmark.protocol.to_mapping()) == benchmark.protocol


@pytest.mark.parametrize(
    ("preset", "name"), [("vpulab_cityflow", "cityflow"), ("visda2020_server", "visda2020"), ("vrai", "vrai")]
)
def test_presets_of_servers_have_the_protocols_of_their_benchmarks(preset, name):
    assert PRESETS[preset].protocol == BENCHMARKS[name].protocol


def test_the_pack_of_ag_reid2023_has_the_named_protocol():
    assert challenges.load("agreid2023").protocol == BENCHMARKS["ag_reid2023"].protocol
