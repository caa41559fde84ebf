"""Hold the README of a release of vehicles."""

from __future__ import annotations

README = """\
# AG-Synth Vehicles: synthetic images of vehicles from drones

**Everything here is synthetic.** Every picture was rendered from numbers; no street was filmed. A ranking of methods on
these data is no evidence for real data: use them to learn the formats, to test code and to study one factor at a time.

There are {counts}. No identity is in two parts. A vehicle passes two drones on one day, over two places that neither
shares with the other, at two of the altitudes 15, 25, 40, 60 and 80 m. `camid` names the drone.

## Files

- `train/images/`, `train/annotations.csv`: pictures with identity, camera, attributes, factors and boxes of parts.
- `val/`: pictures of other vehicles in the protocol of the test, labels released (`annotations.csv`), with the same
  files as the test has: `images.csv`, `gallery.csv` and two sample submissions.
- `test/images/`, `test/images.csv`: pictures and, for each, track (`cross_camera`), role and name.
- `test/gallery.csv`: pseudonyms of the gallery's identities, for the labels phase only.
- `sample_submission.csv`, `sample_submission_labels.csv`: valid files in random order for the two phases.

A file named `abc.png` has the image id `abc`. Row order in `images.csv` is the index order of the gallery.

## Score the validation set offline

    {command}

with FILE a ranking of `val/images.csv` in the format of `val/sample_submission.csv`; `--phase labels` scores the other
format. `python -m challenges check agsynth-vehicles --images test/images.csv --submission FILE` checks a file for the
test set.

## Chance and best attainable (percent)

Chance is the expected value for a random order, computed exactly, without the gallery images of a query's own vehicle
and drone, which do not count. Every query has at least three matches before another drone, so a perfect order reaches 100.

| part | track | queries | gallery | chance rank-1 | chance mAP | chance labels rank-1 | best of the three |
| --- | --- | ---: | ---: | ---: | ---: | ---: | ---: |
{table}

## Columns

`pid` pseudonym, `camid` drone, `session` (day), `group` (members are of one model, colour and equipment and differ in one
`cue`); VRAI's attributes `type`, `colour`, `skylight`, `bumper`, `spare_tyre`, `luggage_rack`; `model` and `dust`
(0 to 100). Six nuisance factors: `altitude` (m) and `elevation` (degrees above the horizon from which the vehicle is
seen), `pixel_size` (longer side of its box), `visible` (fraction), `light` (mean light after exposure), `blur` (pixels),
`bearing` (degrees from its front to its left) with the `viewpoint`: front, left, rear or right.

`part1` to `part6` name what this vehicle can be told by: marks of its own, load, equipment, windscreen. `part1_x0`,
`part1_y0`, `part1_x1`, `part1_y1` and so on are the box in which the part is seen, in pixels of the image, the right and
lower edge beyond it; empty where it is hidden. Licence: CC0 1.0.
"""
