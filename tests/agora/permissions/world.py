"""The world in which the matrix asks: competitions in every state, teams, files and entries.

Competitions: `open` (its private part is held back), `closed` (its private part is released), `archive` (no ground truth),
`secret` (open, and private: only its members and organisers know of it). All have the same people; see `roles.ROLES`.
"""

import hashlib
import itertools
import os
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path
from typing import Any

from allauth.account.models import EmailAddress
from django.core.files.base import ContentFile
from django.test import Client, TestCase, override_settings
from django.utils import timezone

from agora.accounts.models import User
from agora.competitions.invitations import invite
from agora.competitions.mergers import ask_merger
from agora.competitions.models import Competition, Membership, Organiser, Phase, ReportedRow, RulesAcceptance, Team
from agora.competitions.releases import import_release
from agora.core.storage import alias
from agora.evaluations.services import compare_next, import_annotations, score_next
from agora.leaderboards.tiers import ask_for_tiers
from agora.submissions import checking, services
from agora.submissions.models import Comparison, Submission, Upload
from tests.agora import factories
from tests.agora.children import Stand
from tests.agora.competitions.factories import write_release
from tests.agora.permissions.roles import ROLES
from tests.agora.permissions.runs import make_runs
from tests.agora.permissions.truth import TRUTH, noisy
from tests.agora.runs.release import write_questions
from tests.agora.stores import PLAIN_STATIC_FILES, QUICK_HASHERS, stores_below
from tests.agora.submissions.reports import problem, report

UNKNOWN_REF = "0" * 12
PASSWORD = "canary-passphrase-of-a-person"
#: The phase `strict` keeps tracks back for ever; the main one shows two decimals, so that every value can be told from others.
_FINE = {"default": {"steps": 10_000}}
_SLICES = [{"column": "lamp", "label": "Lamp"}]
_STRICT = {"default": {"steps": 10_000}, "tracks": {"when": "never"}}


@dataclass
class World:
    """Who asks, and what for: `cases` maps the name of an object to the parameters of the addresses that lead to it."""

    users: dict[str, User] = field(default_factory=dict)
    clients: dict[str, Client] = field(default_factory=dict)
    strict_clients: dict[str, Client] = field(default_factory=dict)  # the same sessions, with CSRF enforced
    competitions: dict[str, Competition] = field(default_factory=dict)
    cases: dict[str, dict[str, str]] = field(default_factory=dict)
    folder: Path = Path()
    stored: set[str] = field(default_factory=set)  # the files that belong to it
    answers: dict[tuple[str, str], Any] = field(default_factory=dict)  # to plain GETs, by role and address
    visits: Iterator[int] = field(default_factory=itertools.count)

    def next_address(self) -> str:
        """Return an address that nobody came from before: limits per address have tests of their own."""
        number = next(self.visits)
        return f"10.{number >> 16 & 255}.{number >> 8 & 255}.{number & 255}"

    def files(self) -> set[str]:
        """Return the path of every stored object."""
        return {str(Path(folder, name)) for folder, _, names in os.walk(self.folder / "files") for name in names}

    def drop_new_files(self) -> None:
        """Remove what a request has stored since the world was made."""
        for path in self.files() - self.stored:
            Path(path).unlink()

    def email(self, role: str) -> str:
        """Return the address of a role's person."""
        return self.users[role].email

    def phase(self, name: str, slug: str = "ranking") -> Phase:
        """Return a phase of a competition of the world."""
        return Phase.objects.get(competition=self.competitions[name], slug=slug)


@contextmanager
def world_in(folder: Path, stand: Stand | None = None) -> Iterator[World]:
    """Build the world below `folder`, its files in storage of its own; the caller holds the transaction that it lives in.

    With a `stand` everything goes the real way: files are checked and scored by children, and one scorer is replaced by a
    leaking one. Without, the rows are written as the scorer would leave them, which takes a tenth of the time.
    """
    from django.conf import settings

    storages = {**stores_below(folder / "files"), **PLAIN_STATIC_FILES}
    Path(settings.STATIC_ROOT).mkdir(parents=True, exist_ok=True)
    # Another connection does not see the rows of this transaction, so that a heartbeat would find its row gone.
    calm = {**settings.PERIODS, "heartbeat": 3600, "lease": 3600}
    given = {"PASSWORD_HASHERS": QUICK_HASHERS, "EVALUATION_ATTEMPTS": 1, "PERIODS": calm, "RUNS": folder / "runs"}
    with override_settings(STORAGES=storages, **given):
        # Wake-ups and deletions wait for a commit that never comes, so the world runs them itself.
        with TestCase.captureOnCommitCallbacks(execute=True):
            world = _build(World(folder=folder), stand)
        world.stored = world.files()
        yield world


def _build(world: World, stand: Stand | None) -> World:
    for role in ROLES:
        if role != "anonymous":
            world.users[role] = _person(f"canary-{role}", is_staff=role == "staff", is_superuser=role == "staff")
        world.clients[role] = _client(world, role)
        world.strict_clients[role] = _client(world, role, enforce_csrf_checks=True)
    for name, tags in (("open", ["synthetic"]), ("closed", []), ("archive", ["archive"]), ("secret", ["private"])):
        world.competitions[name] = _competition(world, name, tags)
        world.cases[name] = {"slug": name}
    elsewhere = factories.make_competition("elsewhere")
    factories.make_phase(elsewhere)
    Organiser.objects.create(competition=elsewhere, user=world.users["rival"], role="owner")
    world.cases["unknown"] = {"slug": "unknown", "ref": UNKNOWN_REF}
    world.cases["unknown-ref"] = {"slug": "open", "ref": UNKNOWN_REF}
    _requests(world)
    _uploads(world, is_real=stand is not None)
    _entries(world, stand)
    _release(world.phase("closed"))
    _comparisons(world, is_real=stand is not None)
    runs = make_runs(world.phase("open"), world.phase("secret"), world.users["organiser"], is_real=stand is not None)
    world.cases.update(runs)
    return world


def _person(handle: str, **fields: Any) -> User:
    user = User.objects.create_user(f"{handle}@people.example.org", handle, PASSWORD, **fields)
    EmailAddress.objects.create(user=user, email=user.email, verified=True, primary=True)
    return user


def _client(world: World, role: str, **options: Any) -> Client:
    client = Client(raise_request_exception=False, **options)
    if role in world.users:
        client.force_login(world.users[role])
    return client


def _competition(world: World, name: str, tags: list[str]) -> Competition:
    competition = factories.make_competition(name, tags=tags)
    Organiser.objects.create(competition=competition, user=world.users["organiser"], role="owner")
    factories.make_phase(competition, disclosure=_FINE, slices=_SLICES, closes_at=timezone.now() + timedelta(days=30))
    if name == "archive":
        Phase.objects.filter(competition=competition).update(closes_at=None)
        printed = {"overall": "71.3"}
        ReportedRow.objects.create(competition=competition, method="Printed", source="Table 3", values=printed)
        return competition
    if name == "open":
        factories.make_phase(competition, "strict", position=1, disclosure=_STRICT, slices=_SLICES)
    release = write_release(world.folder / name)
    if name == "open":
        write_questions(release, TRUTH, noise=0)
    import_release(competition, release)
    if name == "secret":
        _picture(competition)
    import_annotations(competition, TRUTH.write(world.folder), actor=world.users["organiser"])
    for role, team, place in (
        ("participant", "First", "leader"),
        ("mate", "First", "member"),
        ("other", "Second", "leader"),
    ):
        held, _ = Team.objects.get_or_create(competition=competition, name=team)
        Membership.objects.create(competition=competition, team=held, user=world.users[role], role=place)
        for rules in competition.rules_versions.all():
            RulesAcceptance.objects.create(user=world.users[role], rules=rules)
    return competition


def _picture(competition: Competition) -> None:
    """Give a competition a picture of its own; only synthetic ones get theirs from the release."""
    content = b"\x89PNG\r\n\x1a\n"
    key = alias("public").save(f"pictures/secret/{hashlib.sha256(content).hexdigest()}.png", ContentFile(content))
    competition.pictures.create(storage_key=key, caption="One", width=1, height=1, position=0)


def _requests(world: World) -> None:
    """Let `participant` invite one who is in no team and, where only members know of the competition, one who is; and let the
    team of `other` ask that of `participant` for a merger.
    """
    for prefix, name, invited in (("", "open", "user"), ("secret-", "secret", "other")):
        places = Membership.objects.filter(competition=world.competitions[name]).select_related("team", "user")
        leader, other = (places.get(user=world.users[role]) for role in ("participant", "other"))
        made = {"invitation": invite(leader, world.users[invited].handle), "merger": ask_merger(other, leader.team)}
        for kind, row in made.items():
            world.cases[prefix + kind] = {"slug": name, "ref": row.ref}


def _uploads(world: World, *, is_real: bool) -> None:
    """Bring one file of `participant` into every state of its check."""
    participant = world.users["participant"]
    phase, secret = world.phase("open"), world.phase("secret")
    good, bad = noisy("ready"), b"query_id,gallery_ids\nagq000,nothing-of-the-kind\n=1+1,x\n"
    if is_real:
        made = {"rejected": factories.send(phase, participant, bad, "heron.csv")}
        while checking.check_next():
            pass
    else:
        refused = {"state": "rejected", "error_code": "invalid", "report": report(problem("unknown_id"))}
        made = {"rejected": factories.make_ready_upload(phase, participant, **refused)}
    made["ready"] = factories.make_stored_upload(phase, participant, good)
    made["secret-ready"] = factories.make_stored_upload(secret, participant, good)
    made["receiving"] = services.create_upload(phase, participant, "coming.csv", len(good))
    for name, upload in made.items():
        world.cases[name] = {"ref": upload.ref}


def _entries(world: World, stand: Stand | None) -> None:
    """Enter files of both teams and of ours and bring them to every state."""
    user, one = world.users["participant"], world.phase("open")
    scored = {
        "finished": _enter(world.phase("closed"), user, "finished"),
        "finished-again": _enter(world.phase("closed"), user, "finished-again"),
        "finished-other": _enter(world.phase("closed"), world.users["other"], "finished-other"),
        "scored": _enter(one, user, "scored"),
        "strict": _enter(world.phase("open", "strict"), user, "strict"),
        "secret-scored": _enter(world.phase("secret"), user, "secret-scored"),
        "baseline": _baseline(world, one, "baseline", is_real=stand is not None),
    }
    made = {**scored, "invalid": _submit(one, user, b"query_id,gallery_ids\n")}
    if stand is not None:
        while score_next():
            pass
    made["error"] = _enter(one, user, "error")
    if stand is None:
        _finish(scored.values(), made["invalid"], made["error"])
    else:
        stand.in_(LEAKER)
        score_next()
        stand.out()
    made["secret-baseline"] = factories.platform_entry(world.phase("secret"), "random", 0.5)
    Upload.objects.filter(pk=made["secret-baseline"].upload_id).update(size_bytes=10)
    factories.scored_entry(one, world.users["other"], 0.25)
    made["queued"] = _enter(one, user, "queued")
    for name, submission in made.items():
        world.cases[name] = {"ref": submission.ref, "slug": submission.phase.competition.slug}
    world.cases["entered"] = {"ref": made["scored"].upload.ref}


def _finish(scored: Iterable[Submission], invalid: Submission, error: Submission) -> None:
    """Write what the scorer would have left."""
    for submission in scored:
        if not submission.board_rows.exists():
            factories.finish(submission, {(split, "macro", "mAP"): 0.5 for split in ("public", "private", "all")})
    now = timezone.now()
    invalid.evaluations.update(state="invalid", report=report(problem("unknown_id")), finished_at=now)
    error.evaluations.update(state="error", error_code="scorer_failed", incident="0" * 12, finished_at=now)


def _comparisons(world: World, *, is_real: bool) -> None:
    """Answer what was asked about entries: slices of all, a paired test in `closed`, and tiers of its final board."""
    if is_real:
        ask_for_tiers()
        while compare_next():
            pass
        return
    evaluation = Submission.objects.get(ref=world.cases["finished"]["ref"]).evaluations.get()
    given = {
        "spec": evaluation.spec,
        "phase": evaluation.submission.phase,
        "entries": [evaluation.pk],
        "split": "private",
    }
    Comparison.objects.create(task="tiers", fingerprint="0" * 64, state="done", result={"tiers": None}, **given)


#: A scorer that fails as badly as it can: all that it was given goes into its last words.
LEAKER = """
truth = os.pread(job["annotations"], 1 << 20, 0).decode()
sys.stderr.write(truth)
sys.stdout.write(truth)
os.write(job["result"], truth.encode())
raise RuntimeError(truth)
"""


def _enter(phase: Phase, user: User, seed: str) -> Submission:
    return _submit(phase, user, noisy(seed))


def _submit(phase: Phase, user: User, content: bytes) -> Submission:
    return services.submit(factories.make_stored_upload(phase, user, content), user, note="=canary note, +1")


def _baseline(world: World, phase: Phase, seed: str, *, is_real: bool) -> Submission:
    if not is_real:
        made = factories.platform_entry(phase, "random", 0.5)
        key = alias("submissions").save(f"uploads/{made.ref}/{made.upload.sha256}", ContentFile(noisy(seed)))
        Upload.objects.filter(pk=made.upload_id).update(storage_key=key, size_bytes=len(noisy(seed)))
        return made
    file = world.folder / f"{seed}.csv"
    file.write_bytes(noisy(seed))
    return services.submit_baseline(phase, recipe="random", file=file, title="Random order")


def _release(phase: Phase) -> None:
    """End a phase and open its private part."""
    now = timezone.now()
    Phase.objects.filter(pk=phase.pk).update(
        opens_at=now - timedelta(days=90),
        closes_at=now - timedelta(days=2),
        private_released_at=now - timedelta(days=1),
    )
