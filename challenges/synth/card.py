"""Write the README of a release: what the data are, how to score them offline, what chance reaches."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from challenges.synth.chance import chance_map, chance_rank_1
from challenges.synth.plan import TRACKS

Row = Mapping[str, str]

VAL_COMMAND = "python -m challenges evaluate agsynth --annotations val/annotations.csv --submission FILE"


def chance_values(rows: Sequence[Row]) -> dict[str, dict[str, float]]:
    """Return for each track the exact chance of rank-1, mAP and labels, fractions, and the counts behind them."""
    values = {}
    for track in TRACKS:
        here = [row for row in rows if row["track"] == track]
        gallery = [row["pid"] for row in here if row["role"] == "gallery"]
        counts = {pid: gallery.count(pid) for pid in gallery}
        relevant = [counts[row["pid"]] for row in here if row["role"] == "query"]
        values[track] = {
            "queries": len(relevant),
            "gallery": len(gallery),
            "identities": len(counts),
            "rank-1": chance_rank_1(relevant, len(gallery)),
            "mAP": chance_map(relevant, len(gallery)),
            "labels rank-1": 1.0 / len(counts),
        }
    return values


def readme_text(*, train: Sequence[Row], val: Sequence[Row], test: Sequence[Row]) -> str:
    """Return the README of the public folder."""
    counts = f"{_counted(train)} for training, {_counted(val)} for validation and {_counted(test)} for testing"
    return _TEXT.format(
        counts=counts, command=VAL_COMMAND, table="\n".join([*_lines("val", val), *_lines("test", test)])
    )


def _counted(rows: Sequence[Row]) -> str:
    return f"{len(rows):,} images of {len({row['pid'] for row in rows}):,} identities"


def _lines(part: str, rows: Sequence[Row]) -> list[str]:
    lines = []
    for track, values in chance_values(rows).items():
        chance = " | ".join(f"{100 * values[name]:.2f}" for name in ("rank-1", "mAP", "labels rank-1"))
        lines.append(
            f"| {part} | {track} | {values['queries']:,} | {values['gallery']:,} | {chance} | 100 / 100 / 100 |"
        )
    return lines


_TEXT = """\
# AG-Synth: synthetic aerial-ground person images

**Everything here is synthetic.** Every picture was rendered from numbers; no person was photographed. A ranking of
methods on these data is no evidence for real data: use them to learn the formats, to test code and to study one factor
at a time.

There are {counts}. No identity is in two parts. Cameras: `uav` (15, 30 or 45 m), `cctv-1`, `cctv-2` (about 3 m, fixed)
and `wearable` (about 1.5 m, moving). An identity is a person in one session (day and altitude), so clothes are constant.

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
one `cue`), soft attributes from `gender` to `bag_colour`, and six nuisance factors, each a value and a label:
`elevation` (degrees above the horizon from which the person is seen), `pixel_height` (of the body in the picture),
`visible` (fraction of the body), `light` (mean light after exposure), `blur` (pixels), `pose` (phase of the step); beside
them `bearing` and `view` (the side that is seen). Licence: CC0 1.0.
"""
