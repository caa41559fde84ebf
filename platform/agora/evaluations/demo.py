"""Make the demo content: two competitions, synthetic data, two baselines and accounts; nothing of it is stored in the project."""

import json
import os
import secrets
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

from allauth.account.models import EmailAddress
from django.conf import settings

from agora.accounts.models import User
from agora.competitions.models import Competition
from agora.competitions.selectors import main_phase
from agora.competitions.services import create_competition_from_pack, import_release
from agora.evaluations.ground_truth import import_annotations
from agora.submissions.services import submit_baseline
from baselines.catalogue import Recipe, recipes
from challenges import load
from challenges.synth import synthesize

SYNTHETIC = "agsynth"
ARCHIVES = ("agreid2023",)
BASELINES = ("colour_texture", "random")
_CHILD_SECONDS = 900
_SEED_BITS = 31

Say = Callable[[str], None]


class DemoError(Exception):
    """The demo content could not be made; the message says which step failed and why."""


@dataclass(frozen=True)
class Account:
    """An account to try the site with. Its password is made anew for each site and kept in a file for its owner alone."""

    role: str
    handle: str
    is_operator: bool

    @property
    def email(self) -> str:
        """Return the address for the log-in; no mail is ever sent there."""
        return f"{self.handle}@example.org"


ACCOUNTS = (Account("participant", "demo", is_operator=False), Account("operator", "operator", is_operator=True))


def make_demo(*, identities: int | None = None, say: Say = lambda _: None) -> None:
    """Make what is missing of the demo content, step by step; a second call finds everything there.

    The seed is drawn for each site: whoever knew it could render the answers. `identities` is the number of people in
    each part, by default that of the pack.

    Raises
    ------
    DemoError
        If a step fails; the steps before it stay, and the next call goes on from there.
    """
    write_accounts(say=say)
    competition = create_competition_from_pack(load(SYNTHETIC))
    for position, slug in enumerate(ARCHIVES, 1):
        create_competition_from_pack(load(slug), position=position)
    if _is_complete(competition):
        say("The demo content is complete.")
        return
    folder = settings.VAR / "demo" / SYNTHETIC
    if competition.ground_truths.exists() and not folder.exists():
        # Other data would turn every entry of the site into one for images that are no more.
        say(f"{competition.title} has its ground truth and its release is gone: nothing is made anew.")
        return
    _synthesize(folder, identities=identities, say=say)
    say("Taking in the data …")
    import_release(competition, folder)
    import_annotations(competition, folder / "hidden" / "annotations.csv")
    for recipe in _wanted():
        _run_baseline(competition, recipe, folder / "public" / "test", say=say)
    # The answers are in the store of the ground truth now; no second copy stays behind.
    shutil.rmtree(folder)


def write_accounts(*, say: Say = lambda _: None) -> Path:
    """Make the accounts and the file with their passwords; an account whose password is not in the file gets a new one."""
    path: Path = settings.VAR / "secrets" / "demo.json"
    written = json.loads(path.read_text(encoding="utf-8"))["accounts"] if path.exists() else []
    known = {entry["email"]: entry["password"] for entry in written}
    entries = []
    for account in ACCOUNTS:
        user = User.objects.filter(email=account.email).first()
        password = known.get(account.email) or secrets.token_urlsafe(12)
        if user is None:
            user = User.objects.create_user(
                account.email,
                account.handle,
                password,
                is_staff=account.is_operator,
                is_superuser=account.is_operator,
            )
        elif account.email not in known:
            user.set_password(password)
            user.save(update_fields=["password"])
        EmailAddress.objects.get_or_create(user=user, email=user.email, defaults={"verified": True, "primary": True})
        entries.append({"role": account.role, "email": account.email, "password": password})
    if entries != written:
        _write_private(path, json.dumps({"accounts": entries}, indent=1))
        say(f"Accounts to try the site with are in {path}.")
    return path


def _write_private(path: Path, text: str) -> None:
    """Write a file that its owner alone can read, from its first byte on."""
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    path.unlink(missing_ok=True)
    with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w", encoding="utf-8") as file:
        file.write(text)


def _is_complete(competition: Competition) -> bool:
    """Return whether data, ground truth and every baseline are there."""
    entered = set(main_phase(competition).submissions.filter(kind="baseline").values_list("recipe", flat=True))
    has_data = competition.data_files.filter(withdrawn_at__isnull=True).exists()
    return has_data and competition.ground_truths.exists() and entered >= set(BASELINES)


def _wanted() -> Sequence[Recipe]:
    return [recipe for recipe in recipes() if recipe.slug in BASELINES]


def _synthesize(folder: Path, *, identities: int | None, say: Say) -> None:
    """Render the release unless an earlier call has; it appears whole or not at all."""
    synthesis = load(SYNTHETIC).synthesis
    if synthesis is None:
        raise DemoError(f"the pack {SYNTHETIC} does not say how its data are made")
    if folder.exists():
        return
    people = identities or synthesis.identities
    say(f"Rendering {people} people for training and {people} for testing …")
    folder.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    synthesize(folder, identities=people, seed=secrets.randbits(_SEED_BITS), restart=True)


def _run_baseline(competition: Competition, recipe: Recipe, data: Path, *, say: Say) -> None:
    """Rank the test images in a child that sees what a participant sees, and enter its file through the ordinary path."""
    say(f"Running the baseline {recipe.title} …")
    with tempfile.TemporaryDirectory() as scratch:
        out = Path(scratch) / f"{recipe.slug}.csv"
        command = [sys.executable, "-m", "baselines", "rank", recipe.slug, "--data", str(data), "--out", str(out)]
        passed = {name: os.environ[name] for name in ("PATH", "HOME", "LANG", "NUMBA_CACHE_DIR") if name in os.environ}
        child = subprocess.run(
            command, cwd=scratch, env=passed, capture_output=True, text=True, timeout=_CHILD_SECONDS, check=False
        )
        if child.returncode != 0:
            raise DemoError(f"the baseline {recipe.slug} ended with {child.returncode}: {child.stderr[-2000:]}")
        submit_baseline(
            main_phase(competition),
            recipe=recipe.slug,
            file=out,
            title=recipe.title,
            card=dict(recipe.card),
            facets=recipe.facets,
        )
