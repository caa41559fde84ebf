from dataclasses import replace

import numpy as np
import pytest

from challenges.synth.attributes import ATTRIBUTE_NAMES, VOCABULARY, Attributes, draw_attributes, lookalike
from challenges.synth.population import build_of
from challenges.synth.render import render
from challenges.synth.shot import Shot
from challenges.synth.stream import Stream

# A label that another hides is tried where it shows: the colour of a bag on a bag.
SHOWN_WITH = {"bag_colour": {"bag": "backpack"}}


def _pixels(shot: Shot, labels: Attributes) -> bytes:
    wearer = replace(shot.wearer, labels=labels, build=build_of(labels, ("body",)))
    return render(replace(shot, wearer=wearer)).pixels.tobytes()


@pytest.mark.parametrize("name", ATTRIBUTE_NAMES)
def test_every_value_of_every_label_changes_the_image(shot: Shot, name: str) -> None:
    base = replace(shot.wearer.labels, **SHOWN_WITH.get(name, {}))

    pictures = {_pixels(shot, replace(base, **{name: value})) for value in VOCABULARY[name]}

    assert len(pictures) == len(VOCABULARY[name])


@pytest.mark.parametrize("name", ["upper_colour", "lower_colour", "bag", "head", "hairstyle"])
def test_label_changes_the_image_from_above(shot: Shot, name: str) -> None:
    above = replace(shot, camid="uav", depression=0.16, distance=18_000.0, pixels=110.0)

    pictures = {_pixels(above, replace(shot.wearer.labels, **{name: value})) for value in VOCABULARY[name]}

    assert len(pictures) == len(VOCABULARY[name])


def test_colour_label_is_the_colour_that_shows(shot: Shot) -> None:
    pixels = render(shot).pixels
    middle = pixels[
        pixels.shape[0] * 3 // 10 : pixels.shape[0] * 4 // 10, pixels.shape[1] * 2 // 5 : pixels.shape[1] * 3 // 5
    ]

    red, green, blue = np.median(middle.reshape(-1, 3), axis=0)

    assert red > 1.8 * max(green, blue)


def test_dark_denim_and_white_are_most_of_what_is_worn() -> None:
    drawn = [draw_attributes(Stream(1, n), season="warm") for n in range(600)]

    common = {"black", "white", "grey", "navy", "denim"}
    worn = [labels.upper_colour in common for labels in drawn] + [labels.lower_colour in common for labels in drawn]
    assert 0.55 < np.mean(worn) < 0.8


def test_joint_distribution_has_no_impossible_people() -> None:
    drawn = [draw_attributes(Stream(2, n), season="cold") for n in range(300)]

    assert not any(labels.gender == "female" and labels.beard == "yes" for labels in drawn)
    assert not any(labels.gender == "male" and "skirt" in labels.lower for labels in drawn)


def test_lookalikes_differ_from_the_leader_in_the_cue_alone() -> None:
    for number in range(40):
        stream = Stream("group", number)
        leader = draw_attributes(stream, season="warm")
        for member in range(1, 5):
            labels, cue = lookalike(leader, stream, member=member)
            changed = [name for name in ATTRIBUTE_NAMES if getattr(labels, name) != getattr(leader, name)]
            assert changed == [cue]
