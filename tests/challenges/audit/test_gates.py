"""Every bar is met by a sound world and missed by the one with its defect."""

import pytest

from challenges.audit.auditor import MEASURES
from challenges.audit.figures import Figure
from tests.challenges.audit.worlds import World, built


def _figures(world: World) -> dict[str, Figure]:
    test_set = built(world)
    return {figure.name: figure for measure in MEASURES for figure in measure(test_set)}


@pytest.fixture(scope="module")
def sound() -> dict[str, Figure]:
    return _figures(World())


def test_a_sound_world_misses_no_bar(sound: dict[str, Figure]) -> None:
    assert [name for name, figure in sound.items() if figure.passed is False] == []


def test_every_figure_has_its_interval_around_it(sound: dict[str, Figure]) -> None:
    for figure in sound.values():
        low, high = figure.estimate.low, figure.estimate.high
        assert None not in (low, high), figure.name
        assert low <= figure.estimate.value <= high, figure.name


@pytest.mark.parametrize(
    ("world", "missed"),
    [
        (World(defects=("background",)), {"background"}),
        (World(defects=("statistics",)), {"statistics"}),
        (World(defects=("outline",)), {"outline"}),
        (World(defects=("telling",)), {"attributes"}),
        (World(defects=("flat",)), {"nuisance_elevation", "nuisance_visible"}),
        (World(defects=("backwards",)), {"nuisance_blur"}),
        (World(defects=("colourless",)), {"colour"}),
        (World(defects=("mute",)), {"attributes"}),
        (World(identity=200.0), {"colour", "view_gap"}),
        (World(noise=1.0, hardening=0.0), {"design_effect_rank_1", "design_effect_ap"}),
        (World(view=0.0, noise=300.0, hardening=0.0), {"colour", "design_effect_ap"}),
    ],
    ids=lambda value: "+".join(sorted(value)) if isinstance(value, set) else None,
)
def test_a_planted_defect_misses_its_bar(sound: dict[str, Figure], world: World, missed: set[str]) -> None:
    found = _figures(world)

    assert missed <= {name for name, figure in found.items() if figure.passed is False}
    assert all(sound[name].passed for name in missed)
