"""Say what a population must give so that its pictures become a release: persons and vehicles share all the rest.

A population plans items from a stream and settings. An item is a small picklable value that can be rendered by itself,
in any process and order: `crew` shares items out, `journal` notes those that are done and `release` writes the tables.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from challenges.synth.layers import Layers
from challenges.synth.sheet import Strip
from challenges.synth.stream import Stream

Row = Mapping[str, str]
"""All that is known of an image, column by column, as text."""
IMAGE_COLUMNS = ("image_id", "pid", "camid")
PARTS = ("train", "val", "test")
SMALL = "small"
"""The size of a release that renders in seconds: pictures of about 100 px, few of each identity."""


class SynthesisError(ValueError):
    """Say why a release cannot be made with these arguments."""


class Item(Protocol):
    """Hold one planned image: its random name, who is seen and how to make it. Track and role are empty in training."""

    @property
    def name(self) -> str:
        """Return the image id, unique in the part."""

    @property
    def track(self) -> str:
        """Return the slug of the track."""

    @property
    def role(self) -> str:
        """Return `query` or `gallery`."""

    @property
    def pid(self) -> str:
        """Return the identity's pseudonym."""

    @property
    def camid(self) -> str:
        """Return the camera."""

    @property
    def shot(self) -> object:
        """Return what is rendered, a picklable value."""

    def render(self) -> tuple[NDArray[np.uint8], Row]:
        """Return the picture, (height, width, 3), and its row; equal items give equal bytes everywhere."""

    def layers(self) -> tuple[NDArray[np.uint8], Row, Layers]:
        """Return what `render` does, and what the picture is made of."""


@dataclass(frozen=True)
class Settings:
    """Hold what decides every byte of a release, beside the population and its revision.

    `identities` is the number for training, and for testing; None stands for that of the size. `fixed` names nuisances
    held at their plain value, `scaled` multiplies the preset's strength of others.
    """

    seed: int
    identities: int | None
    preset: str
    size: str = SMALL
    fixed: tuple[str, ...] = ()
    scaled: tuple[tuple[str, float], ...] = ()

    def strengths(self, preset: Mapping[str, float]) -> dict[str, float]:
        """Return the strength of each nuisance: the preset's, scaled, 0 where it is fixed."""
        factors = dict(self.scaled)
        return {name: 0.0 if name in self.fixed else usual * factors.get(name, 1.0) for name, usual in preset.items()}


@dataclass(frozen=True)
class Population:
    """Hold one kind of thing that can be rendered into a release.

    Attributes
    ----------
    slug : of the pack whose release it fills; also the name in the release's provenance.
    revision : raised by the commit that changes any byte of any release.
    tracks, presets, sizes : what there is to choose from.
    nuisances : names that `Settings.fixed` and `Settings.scaled` may hold.
    columns : of the annotations beyond `image_id,pid,camid`: all are released for training and validation, and hidden
        for the test.
    identities : least and greatest number.
    plan : returns the items of each of `PARTS`; test and validation in index order, as random as the names.
    readme : text with the fields `{counts}`, `{command}` and `{table}`.
    strips : returns the rows of a contact sheet, if there is one.
    """

    slug: str
    revision: int
    tracks: tuple[str, ...]
    presets: tuple[str, ...]
    sizes: tuple[str, ...]
    nuisances: tuple[str, ...]
    columns: tuple[str, ...]
    identities: tuple[int, int]
    plan: Callable[[Stream, Settings], Mapping[str, Sequence[Item]]]
    readme: str
    strips: Callable[[Stream, Settings], Sequence[Strip]] | None = None

    def stream(self, settings: Settings) -> Stream:
        """Return the stream of all draws; nuisances fixed or scaled leave everything else as it is drawn."""
        return Stream(self.slug, self.revision, settings.size, settings.preset, settings.seed)

    def check(self, settings: Settings) -> None:
        """Raise SynthesisError if a setting is unknown or out of range."""
        least, most = self.identities
        if settings.identities is not None and not least <= settings.identities <= most:
            raise SynthesisError(f"identities must be {least} to {most:,}, not {settings.identities:,}")
        if settings.seed < 0:
            raise SynthesisError(f"the seed must be 0 or more, not {settings.seed}")
        _known("preset", settings.preset, self.presets)
        _known("size", settings.size, self.sizes)
        for name in (*settings.fixed, *(name for name, _ in settings.scaled)):
            _known("nuisance", name, self.nuisances)
        for name, factor in settings.scaled:
            if not 0.0 <= factor <= 3.0:
                raise SynthesisError(f"{name} can be scaled by 0 to 3, not {factor:g}")


def _known(what: str, name: str, names: Sequence[str]) -> None:
    if name not in names:
        raise SynthesisError(f"unknown {what} {name!r}: there are {', '.join(names)}")
