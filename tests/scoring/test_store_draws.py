"""The command that stores draws: what it writes can be scored, and everything else stays."""

import csv
import io

import pytest

from scoring import Annotations, Protocol, protocol_problems
from scoring.store_draws import main
from tests.scoring.sets import annotations_csv, asked_images

COLUMNS = ("track", "role", "image_id", "pid", "camid", "split", "domain")


@pytest.fixture
def stored(tmp_path, capsys):
    """Return the rows, and what the command writes for three draws of them."""
    rows = asked_images(3, identities=9)
    path = tmp_path / "annotations.csv"
    path.write_bytes(annotations_csv(rows, COLUMNS))
    assert main([str(path), "--draws", "3", "--seed", "5", "--undrawn", "P001"]) == 0
    return rows, capsys.readouterr().out


def test_what_is_stored_can_be_scored(stored):
    _, text = stored
    annotations = Annotations.read(io.BytesIO(text.encode()))
    protocol = Protocol(draw="resplit", draws=3, distractor_pids=("P001",))
    assert protocol_problems(annotations, protocol) == ()
    assert protocol_problems(annotations, Protocol(draw="resplit", draws=2)) != ()


def test_each_draw_holds_each_identity_of_each_track_once_and_distractors_in_full(stored):
    rows, text = stored
    table = list(csv.DictReader(io.StringIO(text)))
    assert [{name: row[name] for name in COLUMNS} for row in table] == [
        {name: row.get(name, "") for name in COLUMNS} for row in rows
    ]
    for track in ("ag", "ga"):
        own = [row for row in table if (row["track"], row["role"]) == (track, "gallery")]
        for draw in "123":
            drawn = [row["pid"] for row in own if draw in row["draws"].split() and row["pid"] != "P001"]
            assert sorted(drawn) == sorted({row["pid"] for row in own} - {"P001"})
        assert {row["draws"] for row in own if row["pid"] == "P001"} <= {"1 2 3"}


def test_wrong_calls_are_named(tmp_path, capsys):
    path = tmp_path / "annotations.csv"
    path.write_text("track,image_id\n")
    for arguments, message in [
        (["--draws", "0", "--seed", "1"], "at least 1"),
        (["--draws", "1", "--seed", "-1"], "from 0"),
        (["--draws", "1", "--seed", "1"], "lack the columns role, pid"),
    ]:
        with pytest.raises(SystemExit) as caught:
            main([str(path), *arguments])
        assert caught.value.code == 2
        assert message in capsys.readouterr().err
