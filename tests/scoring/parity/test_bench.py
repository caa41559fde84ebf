"""The bench gives rows for what is installed, and stops where the values differ."""

import pytest

from scoring.parity import bench
from scoring.sizes import TrackSize

SMALL = TrackSize("aerial_ground", 12, 900, 0, 3)


@pytest.mark.parametrize(("depth", "listed"), [(20, "12 x top 20"), (None, "12 x all")])
def test_trec_eval_gives_the_same_values(tmp_path, depth, listed):
    rows = {row.work: row for row in bench.measure(tmp_path, SMALL, depth)}
    assert f"{listed}: here, kind ranking" in rows
    row = rows[f"{listed}: pytrec_eval (trec_eval in C)"]
    assert row.ratio > 0
    assert row.least_ratio == 1


def test_what_is_not_installed_is_said(tmp_path, monkeypatch):
    monkeypatch.setattr(bench, "_OTHERS", {"another": ("no_such_evaluator", None)})
    rows = list(bench.measure(tmp_path, SMALL, 20))
    assert [row.work for row in rows if row.ratio is None] == ["12 x top 20: another: not installed"]


def test_other_values_stop_the_bench(tmp_path, monkeypatch):
    monkeypatch.setattr(bench, "_OTHERS", {"another": ("json", lambda _files: (0.5, 0.5))})
    with pytest.raises(RuntimeError, match="another gives"):
        list(bench.measure(tmp_path, SMALL, 20))
