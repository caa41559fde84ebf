"""Make AG-Synth: synthetic aerial-ground re-identification data with known labels.

`synthesize` renders and writes a release. Below it, one idea a module: `stream` and `exact` (numbers that are the same
everywhere), `attributes` and `population` (who), `presets`, `scenes` and `shot` (how they are seen), `skeleton`, `body`,
`head`, `props` and `mesh` (shape), `camera`, `raster`, `surface`, `ground` and `shade` (light in integers), `sensor` and
`blocks` (the camera's own look), `sizes`, `plan` and `annotations` (which images), `populations`, `catalogue` and
`persons` (what a release is made of), `crew`, `worker` and `journal` (many processes, and going on after a stop),
`tables`, `card` and `release` (files).
"""

from challenges.synth.persons import GENERATOR_REVISION
from challenges.synth.populations import SynthesisError
from challenges.synth.release import Synthesis, synthesize

__all__ = ["GENERATOR_REVISION", "Synthesis", "SynthesisError", "synthesize"]
