"""A backup comes into a place whose own processes run: they take nothing away from it, and it nothing from them."""

import subprocess
import sys
from pathlib import Path

import pytest
from django.core.management import call_command

from agora.submissions.models import Evaluation, EvaluationState
from tests.agora import factories
from tests.agora.operations.places import TRUTH, enter
from tests.agora.operations.processes import ROOT, query

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.usefixtures("files")]

# Restores, and before one of its steps lets the place's own processes act on a connection of theirs.
_WITH_COMPANY = """
import sys, threading
import django
django.setup()
from django.db import connection
from agora.evaluations import restoring

step, act, folder = sys.argv[1:]
own = getattr(restoring, step)

def company():
    try:
        exec(act)
    finally:
        connection.close()

def with_company(*given, **named):
    thread = threading.Thread(target=company)
    thread.start()
    thread.join()
    return own(*given, **named)

setattr(restoring, step, with_company)
from pathlib import Path
try:
    restoring.restore(Path(folder))
except restoring.RefusedError as error:
    print("refused:", error)
"""
_SWEEP = """
from django.conf import settings
from agora.submissions.orphans import remove_orphans
settings.UPLOAD_STALLED_SECONDS = -60
remove_orphans()
"""
_SIGN_UP = """
from agora.accounts.models import User
User.objects.create_user("late@example.org", "late")
"""
_REAP = """
from agora.evaluations.services import reap
from django.conf import settings
settings.PERIODS = {**settings.PERIODS, "grace": -60}
print("reaped:", reap())
"""


@pytest.fixture
def backup(tmp_path: Path, files: Path) -> Path:
    """Return the backup of a site whose worker was at the last attempt of an entry."""
    entry = enter(factories.make_open_phase(tmp_path, TRUTH), TRUTH.ranking())
    held = {"state": EvaluationState.SCORING, "attempt": 3, "owner": "old:1:x"}
    Evaluation.objects.filter(submission=entry).update(lease_until="2020-01-01T00:00:00Z", **held)
    call_command("backup", str(tmp_path / "backup"))
    return tmp_path / "backup"


def _restore(backup: Path, given: dict[str, str], *, before: str, act: str) -> str:
    settings = {**given, "DJANGO_SETTINGS_MODULE": "agora.config.settings"}
    arguments = [sys.executable, "-c", _WITH_COMPANY, before, act, str(backup)]
    answer = subprocess.run(arguments, env=settings, cwd=ROOT, capture_output=True, text=True, timeout=120)
    assert answer.returncode == 0, answer.stderr
    return answer.stdout


def test_the_sweep_of_the_place_leaves_what_is_being_restored(backup: Path, started: dict[str, str]) -> None:
    assert _restore(backup, started, before="_drop_tables", act=_SWEEP) == ""

    assert query(started, "SELECT count(*) FROM submissions_submission") == ["1"]


def test_whoever_signed_up_meanwhile_is_not_dropped(backup: Path, started: dict[str, str]) -> None:
    said = _restore(backup, started, before="_drop_tables", act=_SIGN_UP)

    assert said.startswith("refused: The database is not empty: accounts_user")
    assert query(started, "SELECT handle FROM accounts_user") == ["late"]
    assert [path for path in (Path(started["AGORA_VAR"]) / "files").rglob("*") if path.is_file()] == []


def test_the_reaper_of_the_place_ends_no_entry_of_the_old_one(backup: Path, place: dict[str, str]) -> None:
    assert _restore(backup, place, before="call_command", act=_REAP) == "reaped: 0\n"

    assert query(place, "SELECT state, attempt FROM submissions_evaluation") == ["queued", "2"]
