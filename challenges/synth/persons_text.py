"""Hold the README of a release of persons."""

from __future__ import annotations

README = """\
# AG-Synth: synthetic aerial-ground person images

**Everything here is synthetic.** Every picture was rendered from numbers; no person was photographed. A ranking of
methods on these data is no evidence for real data: use them to learn the formats, to test code and to study one factor
at a time.

There are {counts}. No identity is in two parts. Cameras: `uav` (15, 30 or 45 m), `cctv-1`, `cctv-2` (about 3 m, fixed)
and `wearable` (about 1.5 m, moving); in the test of the preset `shift` others of the same kinds. An
identity is a person in one session (day and altitude), so clothes are constant.

## Files

- `train/images/`, `train/annotations.csv`: pictures with identity, camera, attributes and factors.
- `val/`: pictures of other people in the protocol of the test, labels released (`annotations.csv`), with the same files
  as the test has: `images.csv`, `gallery.csv` and two sample submissions.
- `test/images/`, `test/images.csv`: pictures and, for each, track (`aerial_ground`, `ground_aerial`), role and name.
- `test/gallery.csv`: pseudonyms of the gallery's identities, for the labels phase only.
- `sample_submission.csv`, `sample_submission_labels.csv`: valid files in random order for the two phases.

A file named `abc.png` has the image id `abc`. Row order in `images.csv` is the index order of the gallery.

## Score the validation set offline

    {command}

with FILE a ranking of `val/images.csv` in the format of `val/sample_submission.csv`; `--phase labels` scores the other
format. `python -m challenges check agsynth --images test/images.csv --submission FILE` checks a file for the test set.

## Chance and best attainable (percent)

Chance is the expected value for a random order, computed exactly. Every query has matches in the gallery of its track,
so a perfect order reaches 100 everywhere.

| part | track | queries | gallery | chance rank-1 | chance mAP | chance labels rank-1 | best of the three |
| --- | --- | ---: | ---: | ---: | ---: | ---: | ---: |
{table}

## Columns

`pid` pseudonym, `camid` camera, `platform`, `session` (day and altitude), `group` (members wear the same and differ in
one `cue`). Soft attributes in the manner of AG-ReID.v2's fifteen: `gender`, `age`, `stature`, `build`, `skin` (its
ethnicity), `hair_colour`, `hairstyle`, `beard`, `moustache`, `glasses`, `head`, `upper`, `lower`, `feet`, `bag`; beside
them colours and the pattern. `unknown` says that the view cannot show it. Six nuisance factors, each a value and a label:
`elevation` (degrees above the horizon from which the person is seen), `pixel_height` (of the body in the picture),
`visible` (fraction of the body), `light` (mean light after exposure), `blur` (pixels), `pose` (phase of the step); beside
them `bearing` and `view` (the side that is seen). Licence: CC0 1.0.
"""
