"""Look for what a release tells about its hidden labels: in names, in order, in metadata, in files, in samples.

The tests on names and order are statistical: a random order puts two images with the same label next to each
other about as often as chance says, so many more than that means that the order, or the names, follow the label.
"""

import itertools
import math
import struct
from collections import Counter, defaultdict
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path

from challenges.release import Release
from challenges.spec import Challenge, ReleaseSpec
from scoring import evaluate

# Some hundred tests are made on a release, so 6 standard deviations keep false alarms below one in a million releases.
DEVIATIONS = 6.0
PNG_SIGNATURE = b"\x89PNG\r\n\x1a\n"
# Pixels and their palette; every other chunk can carry text, times or places.
PNG_CHUNKS = frozenset({b"IHDR", b"PLTE", b"tRNS", b"IDAT", b"IEND"})


def find_leaks(release: Release, challenge: Challenge) -> tuple[str, ...]:
    """Return one sentence for each leak that was found; empty if there is none."""
    spec = challenge.release
    if spec is None:
        raise ValueError(f"{challenge.slug} declares no release")
    return (
        *_order_leaks(release),
        *_metadata_leaks(release, spec),
        *_text_leaks(release, challenge, spec),
        *_copy_leaks(release, spec),
        *_sample_leaks(release, challenge),
    )


def _order_leaks(release: Release) -> Iterator[str]:
    columns = release.annotations.columns
    names = columns["image_id"]
    orders: Mapping[str, Callable[[tuple[int, str]], object]] = {
        "the order of the manifest": lambda item: item[0],
        "the order of the names": lambda item: item[1],
        "the order of the names read from their ends": lambda item: item[1][::-1],
    }
    for track, roles in release.annotations.rows.items():
        for role, rows in roles.items():
            images = [(position, names.values[names.codes[row]]) for position, row in enumerate(rows)]
            for column, labels in columns.items():
                if column == "image_id":
                    continue
                codes = labels.codes[rows]
                for words, key in orders.items():
                    ordered = [int(codes[position]) for position, _ in sorted(images, key=key)]  # type: ignore[arg-type]
                    if _follows(ordered):
                        yield f"{track}, {role}: {words} follows the hidden column {column}."


def _follows(labels: Sequence[int]) -> bool:
    """Tell whether equal labels stand side by side far more often than in a random order.

    With n items and n_i of label i a random order has on average sum n_i (n_i - 1) / n equal neighbours, and their
    number varies no more than a Poisson number of that mean, but for a constant label, which tells nothing.
    """
    counts = Counter(labels)
    if len(counts) < 2:
        return False
    expected = sum(count * (count - 1) for count in counts.values()) / len(labels)
    found = sum(left == right for left, right in itertools.pairwise(labels))
    return found > expected + DEVIATIONS * math.sqrt(max(expected, 1.0))


def _metadata_leaks(release: Release, spec: ReleaseSpec) -> Iterator[str]:
    others: Counter[str] = Counter()
    for path in sorted(release.public_path(spec.images).iterdir()):
        for chunk in _png_chunks(path.read_bytes()):
            others[chunk] += 1
    for chunk, count in sorted(others.items()):
        yield f"{count:,} test images carry more than pixels: {chunk}."


def _png_chunks(content: bytes) -> set[str]:
    """Return what a picture holds beside pixels: names of PNG chunks, or that it is no PNG, or that bytes follow it."""
    if not content.startswith(PNG_SIGNATURE):
        return {"no PNG"}
    found, place = set(), len(PNG_SIGNATURE)
    while place + 12 <= len(content):
        length, name = struct.unpack_from(">I4s", content, place)
        if name not in PNG_CHUNKS:
            found.add(f"chunk {name.decode('ascii', 'replace')}")
        place += 12 + length
        if name == b"IEND":
            break
    if place != len(content):
        found.add("bytes after the picture")
    return found


def _text_leaks(release: Release, challenge: Challenge, spec: ReleaseSpec) -> Iterator[str]:
    """Look for query names in files that need none of them."""
    queries = {name for track in release.manifest.tracks for name in release.manifest.queries(track)}
    allowed = {spec.manifest, *(phase.sample_file for phase in challenge.phases)}
    for path in _paths(release):
        if path in allowed or Path(path).suffix not in (".csv", ".json", ".txt", ".md", ".toml"):
            continue
        words = set(release.public_path(path).read_text(encoding="utf-8").replace(",", " ").replace('"', " ").split())
        if named := sorted(words & queries):
            yield f"{path} names {len(named):,} queries of the test set, such as {named[0]}."


def _copy_leaks(release: Release, spec: ReleaseSpec) -> Iterator[str]:
    """Look for test queries whose very bytes lie elsewhere under a label."""
    digests: dict[str, list[str]] = defaultdict(list)
    for entry in release.entries:
        for file in entry.files:
            digests[file.sha256].append(file.path)
    names = {
        f"{spec.images}/{name}.png" for track in release.manifest.tracks for name in release.manifest.queries(track)
    }
    labelled = {f"{spec.images}/{name}.png" for name in release.gallery or ()}
    copied = [
        paths
        for paths in digests.values()
        if set(paths) & names and any(path in labelled or not path.startswith(f"{spec.images}/") for path in paths)
    ]
    if copied:
        yield f"{len(copied):,} queries are byte for byte also labelled images, such as {' and '.join(copied[0])}."


def _sample_leaks(release: Release, challenge: Challenge) -> Iterator[str]:
    for phase in challenge.phases:
        if phase.sample_file is None:
            continue
        with release.public_path(phase.sample_file).open("rb") as file:
            result = evaluate(
                file, annotations=release.annotations, submission_format=phase.format, protocol=phase.protocol
            )
        for track, chance in result.chance.items():
            value = result.value(split="all", track=track, metric="rank-1")
            expected = chance["rank-1"]
            units = next(count.identities for count in result.counts if (count.split, count.track) == ("all", track))
            # A person's queries may be right or wrong together, so the number of people bounds the error.
            allowed = expected + DEVIATIONS * math.sqrt(max(expected * (1 - expected), 1 / units) / units)
            if value is not None and value > allowed:
                yield f"{phase.sample_file} knows answers: rank-1 {value:.3f} on {track}, chance is {expected:.3f}."


def _paths(release: Release) -> Iterator[str]:
    yield from (file.path for entry in release.entries for file in entry.files)
