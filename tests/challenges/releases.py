"""Make a small release of AG-Synth's layout with real pictures of one pixel, clean unless a test spoils it."""

import random
import struct
import zlib
from collections.abc import Sequence
from pathlib import Path

TRACKS = {"aerial_ground": ("uav", "cctv"), "ground_aerial": ("cctv", "uav")}
ALPHABET = "0123456789abcdefghjkmnpqrstvwxyz"

Row = tuple[str, str, str, str, str]


def png(pixel: int, *, extra: bytes = b"") -> bytes:
    """Return a picture of one grey pixel of 24 bits, so that many can differ, with `extra` chunks after the header."""
    header = struct.pack(">IIBBBBB", 1, 1, 8, 2, 0, 0, 0)
    pixels = zlib.compress(b"\0" + pixel.to_bytes(3, "big"))
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + extra + chunk(b"IDAT", pixels) + chunk(b"IEND", b"")


def chunk(name: bytes, content: bytes) -> bytes:
    """Return one PNG chunk."""
    return struct.pack(">I", len(content)) + name + content + struct.pack(">I", zlib.crc32(name + content))


def made_release(folder: Path, *, identities: int = 40, seed: int = 7, shuffled: bool = True) -> Path:
    """Write a release: two tracks, per identity two queries and three gallery images, names random, order shuffled."""
    source = random.Random(seed)
    pids = _names(source, identities, digits=6)
    rows: list[Row] = []
    for track, (query_camera, gallery_camera) in TRACKS.items():
        for role, camera, count in (("query", query_camera, 2), ("gallery", gallery_camera, 3)):
            part = [(track, role, name, pid, camera) for pid in pids for name in _names(source, count, digits=10)]
            if shuffled:
                source.shuffle(part)
            rows += part
    public, hidden = folder / "public", folder / "hidden"
    for path in (public / "train/images", public / "val/images", public / "test/images", hidden):
        path.mkdir(parents=True)
    write(hidden / "annotations.csv", ["track,role,image_id,pid,camid", *map(",".join, rows)])
    write(public / "test/images.csv", ["track,role,image_id", *(",".join(row[:3]) for row in rows)])
    write(
        public / "test/gallery.csv",
        ["image_id,person_id", *(f"{row[2]},{row[3]}" for row in rows if row[1] == "gallery")],
    )
    for number, row in enumerate(rows):
        (public / f"test/images/{row[2]}.png").write_bytes(png(number))
    _write_labelled(public)
    _write_samples(public, rows, source)
    (folder / "agsynth.json").write_text('{"seed": 7}\n')
    return folder


def _names(source: random.Random, count: int, *, digits: int) -> list[str]:
    return ["".join(source.choices(ALPHABET, k=digits)) for _ in range(count)]


def _write_labelled(public: Path) -> None:
    write(public / "README.md", ["Small pictures."])
    write(public / "train/annotations.csv", ["image_id,pid,camid", "t1,train-1,uav"])
    write(public / "val/annotations.csv", ["track,role,image_id,pid,camid", "aerial_ground,query,v1,val-1,uav"])
    write(public / "val/images.csv", ["track,role,image_id", "aerial_ground,query,v1"])
    write(public / "val/gallery.csv", ["image_id,person_id", "v2,val-1"])
    write(public / "val/sample_submission.csv", ["query_id,gallery_ids", "v1,v2"])
    write(public / "val/sample_submission_labels.csv", ["image_id,person_id", "v1,val-1"])
    (public / "train/images/t1.png").write_bytes(png(1_000_000))
    (public / "val/images/v1.png").write_bytes(png(1_000_001))


def _write_samples(public: Path, rows: Sequence[Row], source: random.Random) -> None:
    ranking, labels = ["query_id,gallery_ids"], ["image_id,person_id"]
    for track, role, name, _, _ in rows:
        if role == "query":
            gallery = [row[2] for row in rows if row[:2] == (track, "gallery")]
            source.shuffle(gallery)
            ranking.append(f"{name},{' '.join(gallery)}")
            labels.append(f"{name},{source.choice(rows)[3]}")
    write(public / "sample_submission.csv", ranking)
    write(public / "sample_submission_labels.csv", labels)


def write(path: Path, lines: Sequence[str]) -> None:
    """Write lines of text."""
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")


def lines(path: Path) -> list[str]:
    """Return the lines of a text."""
    return path.read_text(encoding="utf-8").splitlines()
