"""One factor at a time: a step changes that factor, and only what hides the person makes it harder to find."""

from collections.abc import Callable

import pytest

from challenges.audit.alone import alone_figures
from challenges.audit.auditor import items_of
from challenges.audit.persons import PERSONS_ASKED
from challenges.audit.subject import Ladder
from challenges.synth.factors import factor_values
from challenges.synth.plan import PersonItem
from challenges.synth.render import render
from challenges.synth.shot import Shot

COLUMNS = {"elevation": "elevation", "size": "pixel_height", "occlusion": "visible", "light": "light", "blur": "blur"}


@pytest.fixture(scope="module")
def plain() -> list[PersonItem]:
    return items_of(preset="plain", seed=6, identities=6)


@pytest.mark.parametrize(
    "ladder", [ladder for ladder in PERSONS_ASKED.ladders if ladder.name in COLUMNS], ids=lambda one: one.name
)
def test_steps_move_their_own_column_one_way(plain: list[PersonItem], ladder: Ladder) -> None:
    shot = next(item.shot for item in plain if item.camid.startswith("uav"))
    taken = [ladder.step(shot, value) for value in ladder.values]
    found = [float(factor_values(one, render(one))[COLUMNS[ladder.name]]) for one in taken]

    assert found == sorted(found, reverse=ladder.name not in ("elevation", "blur"))
    assert len(set(found)) == 5


def test_arms_are_raised_step_by_step(plain: list[PersonItem]) -> None:
    ladder = next(ladder for ladder in PERSONS_ASKED.ladders if ladder.name == "pose")
    pictures = {render(ladder.step(plain[0].shot, value)).pixels.tobytes() for value in ladder.values}

    assert len(pictures) == 5


def _hidden(shot: Shot, share: float) -> Shot:
    return next(ladder for ladder in PERSONS_ASKED.ladders if ladder.name == "occlusion").step(shot, share)


@pytest.mark.parametrize(("step", "passed"), [(_hidden, True), (lambda shot, _: shot, False)])
def test_a_factor_that_hides_nothing_does_not_pass(
    plain: list[PersonItem], step: Callable[[Shot, float], Shot], passed: bool
) -> None:
    few = [item for number, item in enumerate(plain) if item.role == "query" or number % 2]
    ladder = Ladder("own", "", step, (0.0, 0.94))

    (figure,) = alone_figures(few, PERSONS_ASKED, ladders=(ladder,))

    assert figure.passed is passed
    assert (figure.series[0] > figure.series[1]) is passed
