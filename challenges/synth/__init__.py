"""Make AG-Synth: synthetic aerial-ground re-identification data with known labels.

`synthesize` renders and writes a release. Below it, one idea a module: `stream` and `exact` (numbers that are the same
everywhere), `attributes` and `population` (who), `scenes` and `shot` (how they are seen), `skeleton`, `body`, `head`,
`props` and `mesh` (shape), `camera`, `raster`, `surface`, `ground` and `shade` (light in integers), `sensor` and `blocks`
(the camera's own look), `plan`, `tables`, `card` and `release` (files).
"""

from challenges.synth.release import GENERATOR_REVISION, Synthesis, SynthesisError, synthesize

__all__ = ["GENERATOR_REVISION", "Synthesis", "SynthesisError", "synthesize"]
