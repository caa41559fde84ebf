"""The audit of the second population: drones on both sides, and images of the query's own drone that are junk."""

import itertools
import json
from pathlib import Path

import numpy as np
import pytest

from challenges.audit.auditor import items_of
from challenges.audit.contest import Contest, by_colour, crossings_of, junk_of, tracks_of, views_of
from challenges.audit.dependence import jackknifed
from challenges.audit.difficulty import attribute_oracle
from challenges.audit.figures import chance_of, score_of
from challenges.audit.sights import COLOUR, TestSet
from challenges.audit.subject import Ladder
from challenges.audit.vehicles import VEHICLES_ASKED
from challenges.cli import main
from challenges.synth.vehicles.factors import factor_values
from challenges.synth.vehicles.render import render
from scoring.intervals.jackknife import two_role_error
from scoring.intervals.wilson import wilson_interval

IDENTITIES, DRONES = 30, 3
COLUMNS = {
    "elevation": "elevation", "size": "pixel_size", "occlusion": "visible", "light": "light", "blur": "blur",
    "viewpoint": "bearing",
}  # fmt: skip


@pytest.fixture(scope="module")
def world() -> TestSet:
    """Return 30 vehicles, each before two of three drones: a query and two gallery images by each."""
    draw = np.random.default_rng(4)
    vehicles = draw.normal(size=(IDENTITIES, 12)) * 50.0
    seen = [
        (role, number, (number + drone) % DRONES, moment)
        for role, moments in (("query", 1), ("gallery", 2))
        for number, drone, moment in itertools.product(range(IDENTITIES), range(2), range(moments))
    ]
    rows = tuple(
        {
            "track": "cross_camera", "role": role, "image_id": f"{role}{number}-{drone}-{moment}", "pid": f"p{number}",
            "camid": f"uav-{drone}", "colour": str(number % 10),
        }
        for role, number, drone, moment in seen
    )  # fmt: skip
    colour = 2000 + vehicles[[number for _, number, _, _ in seen]] + draw.normal(size=(len(seen), 12)) * 40.0
    return TestSet(rows, {COLOUR: colour.astype(np.int16)}, VEHICLES_ASKED)


def test_what_the_querys_own_drone_saw_of_it_is_junk(world: TestSet) -> None:
    ((queries, gallery),) = tracks_of(world).values()
    junk = junk_of(world, queries, gallery, VEHICLES_ASKED.junk)

    expected = [
        [all(world.rows[query][name] == world.rows[item][name] for name in ("pid", "camid")) for item in gallery]
        for query in queries
    ]
    assert junk.tolist() == expected
    assert set(junk.sum(axis=1)) == {2}


@pytest.mark.parametrize(("row", "metric"), [(0, "rank-1"), (1, "mAP")])
def test_jackknife_leaves_junk_out_as_the_scorer_does(world: TestSet, row: int, metric: str) -> None:
    contest = Contest.of(world, tracks_of(world))
    score = score_of(contest.score(by_colour(world)), metric)
    values, without = jackknifed(contest, by_colour(world))

    bounds = wilson_interval(score.value, two_role_error(without[row]), IDENTITIES, len(contest.rows))

    assert 0.1 < score.value < 0.95
    assert values[row].mean() == pytest.approx(score.value, abs=1e-12)
    assert bounds == pytest.approx((score.low, score.high), abs=1e-9)


def test_perfect_attributes_do_not_find_junk(world: TestSet) -> None:
    # Three vehicles share each colour: 2 matches that are no junk among them and 2 x 4 images of the others.
    assert attribute_oracle(world, ("colour",)).value == pytest.approx(2 / 10)


def test_across_views_is_before_other_drones_and_within_one_before_the_same(world: TestSet) -> None:
    camid = world.column("camid")
    assert len(crossings_of(world)) == DRONES
    across, within = views_of(world)
    for name, (queries, gallery) in across.items():
        assert not set(camid[queries]) & set(camid[gallery])
        assert set(camid[queries]) == set(camid[within[name][1]])
        assert len(gallery) == len(within[name][1])


def test_both_views_have_the_same_chance(world: TestSet) -> None:
    across, within = (Contest.of(world, parts, junk=()).score(by_colour(world)) for parts in views_of(world))

    assert chance_of(across) == chance_of(within) == pytest.approx(2 / (2 * 20))


@pytest.mark.parametrize("ladder", VEHICLES_ASKED.ladders, ids=lambda one: one.name)
def test_steps_move_their_own_column_one_way(ladder: Ladder) -> None:
    shot = items_of(preset="plain", seed=6, identities=2, population="agsynth-vehicles")[0].shot
    taken = [ladder.step(shot, value) for value in ladder.values]
    found = [float(factor_values(one, render(one))[COLUMNS[ladder.name]]) for one in taken]

    assert found == sorted(found, reverse=ladder.name in ("size", "occlusion", "light"))
    assert len(set(found)) == 5


def test_the_command_audits_vehicles(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    out = tmp_path / "audit.json"

    main(["audit", "agsynth-vehicles", "--identities", "5", "--preset", "plain", "--workers", "1", "--json", str(out)])

    (written,) = json.loads(out.read_text(encoding="utf-8"))
    found = {figure["name"]: figure for figure in written["figures"]}
    assert written["population"] == "agsynth-vehicles"
    assert found["view_gap"]["passed"] is None
    assert "nuisance_elevation" not in found
    assert {"background", "outline", "attributes", "colour", "nuisance_pixel_size"} <= found.keys()
    assert "6 perfect attributes" in capsys.readouterr().out
