"""Check that a release is whole and fits its challenge, before anybody downloads or answers it."""

import csv
from collections.abc import Iterator, Sequence
from pathlib import Path

from challenges.errors import did_you_mean
from challenges.release import Release
from challenges.spec import Challenge, ReleaseSpec
from scoring import check, protocol_problems

LISTED = 5


def verify_release(release: Release, challenge: Challenge) -> tuple[str, ...]:
    """Return one sentence for each way in which the release does not fit the challenge; empty if it fits."""
    spec = challenge.release
    if spec is None:
        raise ValueError(f"{challenge.slug} declares no release")
    return (
        *_track_problems(release, challenge),
        *_protocol_problems(release, challenge),
        *_manifest_problems(release, spec),
        *_image_problems(release, spec),
        *_gallery_problems(release, spec),
        *_identity_problems(release),
        *_sample_problems(release, challenge),
        *_checksum_problems(release),
    )


def gallery_identities(release: Release) -> dict[str, str]:
    """Return the true identity of every gallery image of every track."""
    pid, names = release.annotations.columns["pid"], release.annotations.columns["image_id"]
    rows = (row for roles in release.annotations.rows.values() for row in roles["gallery"])
    return {names.values[names.codes[row]]: pid.values[pid.codes[row]] for row in rows}


def _track_problems(release: Release, challenge: Challenge) -> Iterator[str]:
    known = tuple(track.slug for track in challenge.tracks)
    for track in release.manifest.tracks:
        if track not in known:
            yield f'The manifest has the track "{track}", which the challenge does not{did_you_mean(track, known)}.'
    for track in known:
        if track not in release.manifest.tracks:
            yield f'The manifest lacks the track "{track}".'


def _protocol_problems(release: Release, challenge: Challenge) -> Iterator[str]:
    for phase in challenge.phases:
        yield from (f"{phase.slug}: {problem}" for problem in protocol_problems(release.annotations, phase.protocol))


def _manifest_problems(release: Release, spec: ReleaseSpec) -> Iterator[str]:
    with release.public_path(spec.manifest).open(encoding="utf-8", newline="") as file:
        header = next(csv.reader(file), [])
    if header != ["track", "role", "image_id"]:
        yield f"{spec.manifest} has the columns {','.join(header)}; it must have track,role,image_id and nothing else."
    if release.manifest != release.annotations.manifest:
        yield f"{spec.manifest} and the annotations list other images, or the same ones in another order."


def _image_problems(release: Release, spec: ReleaseSpec) -> Iterator[str]:
    named = {
        name
        for track in release.manifest.tracks
        for name in (*release.manifest.queries(track), *release.manifest.gallery(track))
    }
    there = {path.stem for path in release.public_path(spec.images).glob("*.png")}
    if missing := sorted(named - there):
        yield f"{spec.images} lacks {_some(missing)}."
    if extra := sorted(there - named):
        yield f"{spec.images} holds images that the manifest does not name: {_some(extra)}."


def _gallery_problems(release: Release, spec: ReleaseSpec) -> Iterator[str]:
    if release.gallery is None:
        return
    truth = gallery_identities(release)
    if others := sorted(set(release.gallery) ^ set(truth)):
        yield f"{spec.gallery} does not name exactly the gallery images: {_some(others)}."
    if wrong := sorted(name for name in truth if release.gallery.get(name, truth[name]) != truth[name]):
        yield f"{spec.gallery} gives other identities than the annotations: {_some(wrong)}."


def _identity_problems(release: Release) -> Iterator[str]:
    hidden = set(release.annotations.columns["pid"].values)
    for path in _csv_files(release):
        with release.public_path(path).open(encoding="utf-8", newline="") as file:
            reader = csv.DictReader(file)
            if "pid" not in (reader.fieldnames or ()):
                continue
            if shared := sorted({row["pid"] for row in reader} & hidden):
                yield f"{path} names identities of the test set: {_some(shared)}."


def _sample_problems(release: Release, challenge: Challenge) -> Iterator[str]:
    for phase in challenge.phases:
        if phase.sample_file is None:
            continue
        with release.public_path(phase.sample_file).open("rb") as file:
            report = check(file, manifest=release.manifest, submission_format=phase.format, protocol=phase.protocol)
        if not report.ok:
            yield f"{phase.sample_file} is no valid file for phase {phase.slug}: {report.errors[0].title}."


def _checksum_problems(release: Release) -> Iterator[str]:
    """Compare the files with the checksums of the provenance, where it has them under `files`, by path."""
    written = release.provenance.get("files", {})
    there = {f"public/{file.path}": file.sha256 for entry in release.entries for file in entry.files}
    if changed := sorted(path for path, sha256 in there.items() if written.get(path, sha256) != sha256):
        yield f"These files are not those that were made: {_some(changed)}."


def _csv_files(release: Release) -> tuple[str, ...]:
    files = (file.path for entry in release.entries for file in entry.files)
    return tuple(path for path in files if Path(path).suffix == ".csv" and "sample" not in path)


def _some(names: Sequence[str]) -> str:
    more = len(names) - LISTED
    return ", ".join(names[:LISTED]) + (f" and {more:,} more" if more > 0 else "")
