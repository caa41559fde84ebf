"""The command prints the evaluator's figures, or what is wrong."""

import json

import pytest

from scoring.parity.__main__ import main
from tests.scoring.parity.cases import listed
from tests.scoring.sets import annotations_csv


@pytest.fixture
def call(tmp_path):
    case = listed("101001")
    (tmp_path / "truth.csv").write_bytes(annotations_csv(case.rows(), ("track", "role", "image_id", "pid", "camid")))
    (tmp_path / "ranking.csv").write_bytes(case.ranking())
    return ["--annotations", str(tmp_path / "truth.csv"), "--submission", str(tmp_path / "ranking.csv")]


def test_the_figures_are_printed(call, capsys, tmp_path):
    assert main(["market1501_matlab", *call, "--json", str(tmp_path / "found.json")]) == 0
    out, err = capsys.readouterr()
    assert "t\tmAP\t0.677778" in out.splitlines()
    assert "IDE-baseline-Market-1501" in err
    assert json.loads((tmp_path / "found.json").read_text())["values"]["t"]["Rank-1"] == 1.0


def test_an_invalid_file_is_told(call, capsys):
    assert main(["torchreid", *call, "--format", '{"kind": "ranking", "depth": 2}']) == 1
    assert capsys.readouterr().err


@pytest.mark.parametrize("described", ['{"kind": "labels"}', '{"kind": "nothing"}', "no JSON"])
def test_a_wrong_call_is_told(call, capsys, described):
    assert main(["torchreid", *call, "--format", described]) == 2
    assert capsys.readouterr().err


def test_an_unknown_preset_is_told(call, capsys):
    with pytest.raises(SystemExit, match="2"):
        main(["another", *call])
    assert "fast_reid" in capsys.readouterr().err
