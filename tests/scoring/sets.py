"""Small test sets, written as the files that the library reads."""

import gzip
import io
import random
import zipfile

import pyarrow as pa

from scoring import Annotations, Manifest, Protocol, SubmissionFormat, check, evaluate
from scoring.draws import draw_galleries

COLUMNS = ("track", "role", "image_id", "pid", "camid", "split", "cluster", "domain", "draws", "tracklet")
#: Columns that are written only where a row has them.
OPTIONAL = ("cluster", "draws", "tracklet")


def annotations_csv(rows, columns=COLUMNS):
    lines = [",".join(columns)]
    lines += [",".join(row.get(column, "") or "" for column in columns) for row in rows]
    return ("\n".join(lines) + "\n").encode()


def read_annotations(rows):
    kept = tuple(column for column in COLUMNS if column not in OPTIONAL or any(row.get(column) for row in rows))
    return Annotations.read(io.BytesIO(annotations_csv(rows, kept)))


def read_manifest(rows):
    return Manifest.read(io.BytesIO(annotations_csv(rows, ("track", "role", "image_id"))))


def ranking_csv(answers):
    lines = ["query_id,gallery_ids"] + [f"{query},{' '.join(items)}" for query, items in answers.items()]
    return ("\n".join(lines) + "\n").encode()


def labels_csv(answers):
    return ("\n".join(["image_id,person_id"] + [f"{query},{pid}" for query, pid in answers.items()]) + "\n").encode()


def gz(content):
    return gzip.compress(content, mtime=0)


def zst(content, level=3):
    return pa.Codec("zstd", compression_level=level).compress(content, asbytes=True)


def zipped(*files, method=zipfile.ZIP_DEFLATED):
    """Zip pairs of a name and a content."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", method) as archive:
        for name, content in files:
            archive.writestr(name, content)
    return buffer.getvalue()


def score(rows, content, *, protocol=None, described=None):
    return evaluate(
        io.BytesIO(content),
        annotations=read_annotations(rows),
        submission_format=described or SubmissionFormat(),
        protocol=protocol or Protocol(),
    )


def report(rows, content, *, described=None, **more):
    return check(
        io.BytesIO(content),
        manifest=read_manifest(rows),
        submission_format=described or SubmissionFormat(),
        protocol=Protocol(),
        **more,
    )


def values(result):
    return {(score.split, score.track, score.metric): score.value for score in result.scores}


def random_set(seed, *, identities=30, tracks=("ag", "ga"), queries=2, gallery=4, long_names=False, clusters=0):
    """Return rows of a random test set; every identity has one split, some items share the query's camera."""
    draw = random.Random(seed)
    rows = []
    prefix = "a-rather-long-name." if long_names else ""
    for track in tracks:
        for person in range(identities):
            pid = f"P{person:03d}"
            same = {"track": track, "pid": pid, "split": "private" if person % 3 == 0 else "public"}
            if clusters:
                same["cluster"] = f"c{person % clusters}"
            for number in range(draw.randint(0, queries)):
                image = f"{prefix}{track}q{person}_{number}"
                camera = str(draw.randint(1, 3))
                rows.append({**same, "role": "query", "image_id": image, "camid": camera, "domain": camera})
            for number in range(draw.randint(0, gallery)):
                image = f"{prefix}g{person}_{number}"
                camera = str(draw.randint(1, 3))
                rows.append({**same, "role": "gallery", "image_id": image, "camid": camera, "domain": camera})
    draw.shuffle(rows)
    rows.sort(key=lambda row: tracks.index(row["track"]))
    return rows


def random_answers(rows, seed, *, depth=None, skill=0.5):
    """Return a ranking of the whole gallery for each query, better than chance."""
    draw = random.Random(seed)
    answers = {}
    for query in (row for row in rows if row["role"] == "query"):
        items = [row for row in rows if row["role"] == "gallery" and row["track"] == query["track"]]
        items.sort(key=lambda row: draw.random() - (skill * draw.random() if row["pid"] == query["pid"] else 0.0))
        answers[query["image_id"]] = [row["image_id"] for row in items][:depth]
    return answers


def with_draws(rows, draws, seed):
    """Return the rows with stored draws of the gallery, one image per identity."""
    for track in dict.fromkeys(row["track"] for row in rows):
        own = [row for row in rows if (row["track"], row["role"]) == (track, "gallery")]
        for row, drawn in zip(own, draw_galleries([row["pid"] for row in own], draws=draws, seed=seed), strict=True):
            row["draws"] = drawn
    return rows


def with_tracklets(rows, size):
    """Return the rows with tracklets of one identity and up to `size` images; some images have none."""
    for at, row in enumerate(rows):
        if row["role"] == "gallery" and at % 5:
            row["tracklet"] = f"{row['pid']}-{at % size}"
    return rows


def asked_images(seed, **more):
    """Return a random test set in which every image is query and gallery item, as draws that ask the others need it."""
    rows = [row for row in random_set(seed, **more) if row["role"] == "gallery"]
    queries = [{**row, "role": "query"} for row in rows]
    for row in (*rows, *queries):
        row["image_id"] = f"{row['track']}.{row['image_id']}"
    return [*queries, *rows]
