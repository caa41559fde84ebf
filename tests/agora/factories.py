"""Make rows and files for tests: small, complete, and through the same services as the site."""

import csv
import hashlib
import io
import itertools
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from django.core.files.base import ContentFile
from django.utils import timezone

from agora.accounts.models import User
from agora.competitions.models import (
    Competition,
    Membership,
    Phase,
    RulesAcceptance,
    RulesVersion,
    Spec,
    Team,
    Track,
)
from agora.core.storage import alias
from agora.evaluations.services import import_annotations
from agora.leaderboards.models import BoardRow
from agora.leaderboards.services import open_row
from agora.submissions import services
from agora.submissions.models import Evaluation, EvaluationState, Kind, Score, Submission, Upload, UploadState
from scoring import Protocol, SubmissionFormat

_NUMBERS = itertools.count(1)
TRACKS = (("aerial_ground", "A → G"), ("ground_aerial", "G → A"))


@dataclass(frozen=True)
class Truth:
    """The annotations of a small test set: rows as the file has them."""

    rows: tuple[dict[str, str], ...]

    def write(self, folder: Path) -> Path:
        """Write annotations.csv and return its path."""
        path = folder / f"annotations-{next(_NUMBERS)}.csv"
        with path.open("w", newline="") as file:
            writer = csv.DictWriter(file, list(self.rows[0]), lineterminator="\n")
            writer.writeheader()
            writer.writerows(self.rows)
        return path

    def of(self, track: str, role: str) -> list[dict[str, str]]:
        """Return the rows of one track and role."""
        return [row for row in self.rows if row["track"] == track and row["role"] == role]

    def ranking(self, order: Callable[[dict[str, str], dict[str, str]], Any] | None = None) -> bytes:
        """Return a full ranking of every query; `order(query, item)` is its sort key, by default right matches first."""
        key = order or (lambda query, item: (item["pid"] != query["pid"], item["image_id"]))
        lines = ["query_id,gallery_ids"]
        for track, _ in TRACKS:
            for query in self.of(track, "query"):
                ranked = sorted(self.of(track, "gallery"), key=lambda item: key(query, item))
                lines.append(f"{query['image_id']},{' '.join(item['image_id'] for item in ranked)}")
        return ("\n".join(lines) + "\n").encode()


def make_truth(identities: int = 6, *, private_from: int | None = None) -> Truth:
    """Return annotations with one query and two gallery images of each identity in each track.

    Identities from `private_from` on are in the private part.
    """
    rows = []
    for track, _ in TRACKS:
        short = "".join(word[0] for word in track.split("_"))
        for number in range(identities):
            split = "private" if private_from is not None and number >= private_from else "public"
            common = {"track": track, "pid": f"p{number:03d}", "split": split}
            rows.append({**common, "role": "query", "image_id": f"{short}q{number:03d}", "camid": "c1"})
            rows.extend(
                {**common, "role": "gallery", "image_id": f"{short}g{number:03d}{letter}", "camid": "c2", "split": ""}
                for letter in "ab"
            )
    return Truth(tuple(rows))


def make_user(handle: str = "") -> User:
    """Return a saved user without a password."""
    name = handle or f"user{next(_NUMBERS)}"
    return User.objects.create_user(f"{name}@example.org", name)


def make_competition(slug: str = "", **fields: Any) -> Competition:
    """Return a competition with two tracks and rules, without ground truth and phases."""
    name = slug or f"competition-{next(_NUMBERS)}"
    competition = Competition.objects.create(slug=name, title=name.capitalize(), sentence="A test.", **fields)
    for position, (track, label) in enumerate(TRACKS):
        Track.objects.create(competition=competition, slug=track, label=label, name=label, position=position)
    RulesVersion.objects.create(competition=competition, version=1, text="Be fair.")
    return competition


def make_phase(competition: Competition, slug: str = "ranking", **fields: Any) -> Phase:
    """Return an open phase for full rankings, by mAP over tracks."""
    given = {
        "title": slug.capitalize(),
        "opens_at": timezone.now() - timedelta(days=30),
        "format": SubmissionFormat(kind="ranking").to_mapping(),
        "protocol": Protocol(aggregate="macro").to_mapping(),
        "primary_metric": "mAP",
        "aggregate": "macro",
        "metrics": ["mAP", "rank-1"],
        "columns": ["rank-1", "aerial_ground"],
        **fields,
    }
    return Phase.objects.create(competition=competition, slug=slug, **given)


def make_open_phase(folder: Path, truth: Truth | None = None, **fields: Any) -> Phase:
    """Return a phase with imported ground truth."""
    phase = make_phase(make_competition(), **fields)
    import_annotations(phase.competition, (truth or make_truth()).write(folder))
    phase.refresh_from_db()
    return phase


def make_member(competition: Competition, user: User | None = None, *, team: Team | None = None) -> User:
    """Return a user who is in a team of the competition and accepted its rules."""
    user = user or make_user()
    team = team or Team.objects.create(competition=competition, name=f"Team {user.handle}")
    role = "member" if team.memberships.filter(left_at__isnull=True).exists() else "leader"
    Membership.objects.create(competition=competition, team=team, user=user, role=role)
    for rules in competition.rules_versions.all():
        RulesAcceptance.objects.create(user=user, rules=rules)
    return user


def team_of(user: User, competition: Competition) -> Team:
    """Return the user's team."""
    return Membership.objects.select_related("team").get(user=user, competition=competition, left_at=None).team


def send(phase: Phase, user: User, content: bytes, name: str = "heron.csv") -> Upload:
    """Upload bytes as a person does; the check waits."""
    upload = services.create_upload(phase, user, name, len(content))
    return services.receive_upload(upload, io.BytesIO(content), len(content))


def make_ready_upload(phase: Phase, user: User, **fields: Any) -> Upload:
    """Return an upload that passed its check, without a stored object and without a child: for tests of what comes after."""
    number = next(_NUMBERS)
    given = {
        "state": UploadState.READY,
        "filename": "heron.csv",
        "declared_bytes": 10,
        "size_bytes": 10,
        "sha256": f"{number:064x}",
        "storage_key": f"uploads/none/{number:064x}",
        "received_at": timezone.now(),
        **fields,
    }
    return Upload.objects.create(phase=phase, team=team_of(user, phase.competition), uploaded_by=user, **given)


def make_stored_upload(phase: Phase, user: User, content: bytes) -> Upload:
    """Return an upload that counts as checked, its bytes stored: for tests of scoring, which spare themselves a child."""
    sha256 = hashlib.sha256(content).hexdigest()
    key = alias("submissions").save(f"uploads/made{next(_NUMBERS)}/{sha256}", ContentFile(content))
    return make_ready_upload(phase, user, sha256=sha256, storage_key=key, size_bytes=len(content))


def make_entry(phase: Phase, user: User, **fields: Any) -> Submission:
    """Return a queued entry made by the service from an upload that passed its check."""
    return services.submit(make_ready_upload(phase, user, **fields), user, note="A note.")


def finish(
    submission: Submission, scores: Mapping[tuple[str, str, str], float | tuple[float, float, float]]
) -> BoardRow | None:
    """Give an entry a scored evaluation under the phase's current spec and open its board row, without a child."""
    spec = submission.phase.current_spec
    assert spec is not None
    evaluation, _ = Evaluation.objects.get_or_create(submission=submission, spec=spec)
    now = timezone.now()
    Evaluation.objects.filter(pk=evaluation.pk).update(state=EvaluationState.SCORED, finished_at=now, seconds=1.0)
    rows = []
    for (split, track, metric), given in scores.items():
        value, low, high = given if isinstance(given, tuple) else (given, None, None)
        key = {"split": split, "track": track, "metric": metric}
        rows.append(Score(evaluation=evaluation, value=value, low=low, high=high, **key))
    Score.objects.bulk_create(rows)
    evaluation.refresh_from_db()
    return open_row(evaluation)


def scored_entry(
    phase: Phase, user: User, value: float, *, received_at: datetime | None = None, **fields: Any
) -> Submission:
    """Return an entry with this public value of the primary metric, received at an instant."""
    others = fields.pop("scores", {})
    upload = make_ready_upload(phase, user, received_at=received_at or timezone.now())
    number = Submission.objects.filter(team=upload.team).count() + 1
    entry = {"kind": Kind.PARTICIPANT, "team": upload.team, "number": number, "note": "A note.", **fields}
    submission = Submission.objects.create(upload=upload, phase=phase, submitted_by=user, **entry)
    finish(submission, {("public", phase.aggregate, phase.primary_metric): value, **others})
    return submission


def platform_entry(phase: Phase, recipe: str, value: float, **fields: Any) -> Submission:
    """Return a scored entry of one of our recipes."""
    number = next(_NUMBERS)
    upload = Upload.objects.create(
        phase=phase,
        state=UploadState.READY,
        filename=f"{recipe}.csv",
        declared_bytes=10,
        sha256=f"{number:064x}",
        storage_key=f"uploads/none/{number:064x}",
        received_at=timezone.now(),
    )
    entry = {
        "kind": Kind.BASELINE,
        "recipe": recipe,
        "title": recipe.capitalize(),
        "number": number,
        "note": "A recipe.",
    }
    submission = Submission.objects.create(upload=upload, phase=phase, **{**entry, **fields})
    finish(submission, {("public", phase.aggregate, phase.primary_metric): value})
    return submission


def spec_of(phase: Phase) -> Spec:
    """Return the phase's current spec."""
    assert phase.current_spec is not None
    return phase.current_spec


def names(entries: Sequence[Any]) -> list[str]:
    """Return the names on a board, in order."""
    return [entry.name for entry in entries]
