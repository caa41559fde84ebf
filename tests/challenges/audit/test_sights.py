"""Pictures taken apart, and cheats planted into what is rendered."""

from collections.abc import Sequence
from dataclasses import dataclass, fields, replace

import numpy as np
import pytest

from challenges.audit.auditor import items_of
from challenges.audit.cues import outline, statistics
from challenges.audit.persons import PERSONS_ASKED
from challenges.audit.shortcuts import shortcut_figures
from challenges.audit.sights import BACKGROUND, OUTLINE, see
from challenges.synth.plan import PersonItem
from challenges.synth.render import render, render_layers
from challenges.synth.shot import Shot, Surroundings
from challenges.synth.skeleton import Pose
from challenges.synth.stream import Stream


@dataclass(frozen=True)
class _Planted(PersonItem):
    """A picture whose background and body follow the identity: what the audit is there to find."""

    @property
    def shot(self) -> Shot:
        shot, own = super().shot, Stream("planted", self.identity.pid)
        place = Surroundings(own.below(6), own.below(6), 0.3, own.normal(900.0), 0, own.below(4), 5000.0, own.below(99))
        build = replace(shot.wearer.build, girth=own.uniform(0.5, 2.2), stature=own.uniform(1000.0, 2300.0))
        wearer = replace(shot.wearer, build=build, pose=Pose(0.1, 1.0), heading=shot.azimuth)
        return replace(shot, surroundings=place, wearer=wearer, depression=0.03)


def _few(items: Sequence[PersonItem], kind: type[PersonItem]) -> list[PersonItem]:
    """Return one query and two gallery images of each identity in each track."""
    left: dict[tuple[str, str, str], int] = {}
    kept = []
    for item in items:
        key = (item.identity.pid, item.track, item.role)
        left[key] = left.get(key, 1 if item.role == "query" else 2) - 1
        if left[key] >= 0:
            kept.append(kind(**{field.name: getattr(item, field.name) for field in fields(PersonItem)}))
    return kept


def test_background_and_silhouette_that_follow_identity_are_found() -> None:
    test_set = see(_few(items_of(preset="plain", seed=3, identities=20), _Planted), PERSONS_ASKED)
    found = {figure.name: figure for figure in shortcut_figures(test_set)}

    assert found[BACKGROUND].passed is False
    assert found[OUTLINE].passed is False


@pytest.fixture(scope="module")
def items() -> list[PersonItem]:
    return items_of(preset="agreid", seed=3, identities=2)[:6]


def test_layers_are_the_picture_and_the_place_without_the_person(items: list[PersonItem]) -> None:
    for item in items:
        shot = item.shot
        picture, layers = render_layers(shot)
        dyed = replace(shot.wearer.labels, upper_colour="red", lower_colour="teal")
        other = replace(shot, wearer=replace(shot.wearer, labels=dyed))

        assert picture.pixels.tobytes() == render(shot).pixels.tobytes()
        assert layers.background.shape == picture.pixels.shape
        assert layers.background.tobytes() == render_layers(other)[1].background.tobytes()
        changed = (picture.pixels != layers.background).any(axis=2)
        assert changed[layers.mask > 127].mean() > 0.9
        assert 0.03 < (layers.mask > 127).mean() < 0.9


def test_workers_see_what_one_process_sees(items: list[PersonItem]) -> None:
    alone, together = see(items, PERSONS_ASKED), see(items, PERSONS_ASKED, workers=2)

    assert alone.rows == together.rows
    assert all(np.array_equal(values, together.described[name]) for name, values in alone.described.items())


def test_statistics_tell_size_level_noise_and_blocks() -> None:
    draw = np.random.default_rng(1)
    smooth = np.full((64, 32, 3), 100, dtype=np.uint8)
    noisy = (smooth + draw.integers(-30, 30, smooth.shape)).astype(np.uint8)
    blocks = np.repeat(np.repeat(draw.integers(60, 140, (8, 4, 3)), 8, axis=0), 8, axis=1).astype(np.uint8)
    of_smooth, of_noisy, of_blocks = (statistics(pixels) for pixels in (smooth, noisy, blocks))

    assert of_smooth[:3] == pytest.approx(np.log([64, 32, 2]))
    assert of_smooth[3:7] == pytest.approx([100] * 4)
    assert of_noisy[15] > of_smooth[15] + 1
    assert of_blocks[18] > of_noisy[18] + 1
    assert of_noisy[19] > of_smooth[19] == 0.0


def test_outline_forgets_size_and_place_but_not_shape() -> None:
    mask = np.zeros((80, 40), dtype=np.uint8)
    mask[10:70, 10:20] = 255
    larger, moved, wide = np.kron(mask, np.ones((2, 2), dtype=np.uint8)), np.roll(mask, 9, axis=0), mask.copy()
    wide[10:70, 5:30] = 255

    assert np.abs(outline(larger) - outline(mask)).max() < 0.1
    assert outline(moved) == pytest.approx(outline(mask))
    assert np.abs(outline(wide) - outline(mask)).max() > 0.5
    assert not outline(np.zeros_like(mask)).any()
