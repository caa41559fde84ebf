"""Make competitions, people and small releases for tests."""

import csv
from functools import cache
from itertools import count
from pathlib import Path

from allauth.account.models import EmailAddress
from PIL import Image

from agora.accounts.models import User
from agora.competitions import services
from agora.competitions.access import current_rules
from agora.competitions.models import Competition, GroundTruth, Membership, Phase, Spec
from challenges import Challenge, load
from scoring import SCORER_REVISION, Protocol

_NUMBERS = count(1)
PASSWORD = "a-long-passphrase"


def make_user(handle: str = "", **fields: object) -> User:
    """Return a user with a confirmed address."""
    handle = handle or f"person{next(_NUMBERS)}"
    user = User.objects.create_user(f"{handle}@example.org", handle, PASSWORD, **fields)
    EmailAddress.objects.create(user=user, email=user.email, verified=True, primary=True)
    return user


@cache
def pack(slug: str) -> Challenge:
    """Return a pack, read once."""
    return load(slug)


def make_competition(slug: str = "agsynth") -> Competition:
    """Return the competition of a pack, without ground truth: an archive."""
    return services.create_competition_from_pack(pack(slug))


def open_phase(phase: Phase) -> None:
    """Give a phase a spec, so that it can be scored; the files behind it are not there."""
    digits = f"{next(_NUMBERS):064x}"
    truth, _ = GroundTruth.objects.get_or_create(
        competition=phase.competition,
        version=1,
        defaults={
            "storage_key": f"ground-truth/{digits[-12:]}/{digits}",
            "sha256": digits,
            "size_bytes": 1,
            "manifest_key": f"manifest/{digits[-12:]}/{digits}",
            "manifest_sha256": digits,
        },
    )
    protocol = Protocol.from_mapping(phase.protocol)
    phase.current_spec, _ = Spec.objects.get_or_create(
        ground_truth=truth,
        protocol_hash=protocol.hash,
        format_hash=f"{phase.pk:016x}",
        scorer_revision=SCORER_REVISION,
        defaults={"protocol": phase.protocol, "format": phase.format},
    )
    phase.save()


def make_open_competition(slug: str = "agsynth") -> Competition:
    """Return a competition that takes entries in every phase."""
    competition = make_competition(slug)
    for phase in competition.phases.all():
        open_phase(phase)
    return competition


def join(competition: Competition, user: User, *, accept: bool = True) -> Membership:
    """Make the user a team of one, with the rules accepted."""
    membership = services.join(competition, user)
    rules = current_rules(competition)
    if accept and rules is not None:
        services.accept_rules(user, rules)
    return membership


def write_release(folder: Path, *, shade: int = 90) -> Path:
    """Write a release of four people with three cameras each; `shade` changes the pixels of one image."""
    for part in ("train", "test"):
        (folder / "public" / part / "images").mkdir(parents=True, exist_ok=True)
    rows = [
        (f"i{person}{camera[0]}", f"p{person}", camera) for person in range(4) for camera in ("cctv", "uav", "wearable")
    ]
    for number, (name, _, _) in enumerate(rows):
        colour = (shade if number == 0 else 10 * number, 80, 120)
        Image.new("RGB", (20, 48), colour).save(folder / "public" / "train" / "images" / f"{name}.png")
    Image.new("RGB", (20, 48), (1, 2, 3)).save(folder / "public" / "test" / "images" / "q1.png")
    _write_csv(folder / "public" / "train" / "annotations.csv", [("image_id", "pid", "camid"), *rows])
    manifest = [("track", "role", "image_id"), ("aerial_ground", "query", "q1")]
    _write_csv(folder / "public" / "test" / "images.csv", manifest)
    (folder / "public" / "README.md").write_text("# AG-Synth\n", encoding="utf-8")
    return folder


def _write_csv(path: Path, rows: list[tuple[str, ...]]) -> None:
    with path.open("w", newline="", encoding="utf-8") as file:
        csv.writer(file).writerows(rows)
