"""The demo content is computed through the ordinary paths, and a second call finds it there."""

import json
import stat
from pathlib import Path
from typing import Any

import pytest
from django.core.management import call_command

from agora.accounts.models import User
from agora.competitions.models import Competition, DataFile, GroundTruth
from agora.submissions.models import EvaluationState, Kind, Submission

# Committed rows: the heartbeat of a check sees its upload from a connection of its own.
pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def var(tmp_path: Path, settings: Any) -> Path:
    """A site's folder of its own, with its stores."""
    settings.VAR = tmp_path
    return tmp_path


def rows() -> list[object]:
    """Return everything that the demo makes, as values."""
    tables = (Competition, DataFile, GroundTruth, Submission)
    return [list(table.objects.order_by("pk").values()) for table in tables]


def test_the_demo_is_whole_and_further_calls_change_nothing_that_is_in_use(var: Path) -> None:
    call_command("demo", identities=2, verbosity=0)
    made, accounts = rows(), (var / "secrets" / "demo.json").read_text()

    call_command("demo", identities=2, verbosity=0)

    assert rows() == made
    assert (var / "secrets" / "demo.json").read_text() == accounts
    entered = Submission.objects.order_by("recipe").values_list("recipe", "kind", "evaluations__state", "charged_on")
    assert list(entered) == [
        ("colour_texture", Kind.BASELINE, EvaluationState.QUEUED, None),
        ("random", Kind.BASELINE, EvaluationState.QUEUED, None),
    ]
    assert Competition.objects.get(slug="agsynth").phases.filter(current_spec__isnull=True).count() == 0
    assert Competition.objects.get(slug="agreid2023").phases.filter(current_spec__isnull=False).count() == 0
    assert not (var / "demo" / "agsynth").exists()

    truth = list(GroundTruth.objects.values_list("sha256", flat=True))
    Submission.objects.filter(recipe="random").update(recipe="other")
    call_command("demo", identities=2, verbosity=0)

    assert list(GroundTruth.objects.values_list("sha256", flat=True)) == truth
    assert DataFile.objects.filter(withdrawn_at__isnull=False).count() == 0


def test_accounts_are_made_anew_and_kept_for_their_owner(var: Path, client: Any) -> None:
    from agora.evaluations.demo import write_accounts

    path = write_accounts()

    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    accounts = json.loads(path.read_text())["accounts"]
    assert [account["role"] for account in accounts] == ["participant", "operator"]
    assert client.login(email=accounts[0]["email"], password=accounts[0]["password"])
    assert not User.objects.get(email=accounts[0]["email"]).is_staff


def test_a_lost_file_gets_new_passwords(var: Path, client: Any) -> None:
    from agora.evaluations.demo import write_accounts

    old = json.loads(write_accounts().read_text())["accounts"][0]
    (var / "secrets" / "demo.json").unlink()

    new = json.loads(write_accounts().read_text())["accounts"][0]

    assert new["password"] != old["password"]
    assert client.login(email=new["email"], password=new["password"])
