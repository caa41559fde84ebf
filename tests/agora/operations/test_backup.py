"""A backup holds all that the site holds, is restored into an empty place alone, and scores there to the same bits."""

import io
import json
import shutil
import subprocess
import sys
import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from django.apps import apps
from django.core.management import CommandError, call_command
from django.db import connection, models, transaction
from django.test import Client
from django.utils import timezone

from agora.activity.models import AuditEvent
from agora.competitions.models import Phase
from agora.core import backups, dumping
from agora.core.backups import DUMP, LIST, MANIFEST, OBJECTS, checksum
from agora.core.objects import COLUMNS, KEEP_LOCK, named_objects
from agora.core.storage import alias
from agora.core.workers import say_alive
from agora.submissions import services as submissions
from agora.submissions.models import Evaluation, EvaluationState, Upload, UploadState
from tests.agora import factories
from tests.agora.operations.places import TRUTH, enter, flip
from tests.agora.operations.processes import command, database_url, query

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.usefixtures("files")]


def _files_of(root: Path) -> dict[str, bytes]:
    return {str(path.relative_to(root)): path.read_bytes() for path in root.rglob("*") if path.is_file()}


_BOARD = """
import django, sys
django.setup()
from django.test import Client
for path in sys.argv[1:]:
    sys.stdout.buffer.write(Client(SERVER_NAME='localhost').get(path).content)
"""


def _board(phase: Phase, given: dict[str, str]) -> bytes:
    path = f"/c/{phase.competition.slug}/leaderboard.csv"

    answer = subprocess.run([sys.executable, "-c", _BOARD, path], env=given, capture_output=True, check=True)
    return answer.stdout


def test_a_restored_site_scores_to_the_same_bits(
    phase: Phase, place: dict[str, str], files: Path, tmp_path: Path
) -> None:
    enter(phase, TRUTH.ranking())
    interrupted = Evaluation.objects.get(state=EvaluationState.QUEUED)
    Evaluation.objects.filter(pk=interrupted.pk).update(
        state=EvaluationState.SCORING, attempt=1, owner="old:1:x", lease_until=timezone.now()
    )
    say_alive("scoring@old", ["scoring"], 2)
    board = Client().get(f"/c/{phase.competition.slug}/leaderboard.csv").content
    call_command("backup", str(tmp_path / "backup"))

    restored = command("restore", str(tmp_path / "backup"), given=place)
    recomputed = command("recompute", "--all", given=place)

    assert (restored.returncode, restored.stderr) == (0, "")
    assert "is restored: the database and" in restored.stdout
    assert (recomputed.returncode, recomputed.stdout) == (0, "2 the same, 0 different, 0 skipped.\n")
    named = {f"{name}/{key}" for name, key in named_objects()}
    assert set(_files_of(tmp_path / "place" / "files")) == named
    originals = _files_of(files)
    assert all(originals[name] == content for name, content in _files_of(tmp_path / "place" / "files").items())
    assert _board(phase, {**place, "DJANGO_SETTINGS_MODULE": "agora.config.settings"}) == board
    assert board.count(b"\n") >= 3
    scores = "SELECT md5(string_agg(s::text, ';' ORDER BY id)) FROM submissions_score s"
    assert query(place, scores) == query({"DATABASE_URL": database_url()}, scores)
    held = "SELECT concat_ws(',', state, attempt, owner) FROM submissions_evaluation WHERE ref = '{}'"
    assert query(place, held.format(interrupted.ref)) == ["queued,0,"]
    assert query(place, "SELECT count(*) FROM core_worker") == ["0"]
    assert query(place, "SELECT count(*) FROM django_session") == ["0"]


# --- damage ----------------------------------------------------------------------------------------------------------
@pytest.fixture
def backup(files: Path, tmp_path: Path) -> Path:
    """Return a small backup: an upload that was checked, and ground truth."""
    phase = factories.make_open_phase(tmp_path)
    factories.make_stored_upload(phase, factories.make_member(phase.competition), b"query_id,gallery_ids\n")
    call_command("backup", str(tmp_path / "backup"))
    return tmp_path / "backup"


def _an_object(backup: Path) -> Path:
    return next(path for path in sorted((backup / OBJECTS / "submissions").rglob("*")) if path.is_file())


def _cut(path: Path) -> None:
    path.write_bytes(path.read_bytes()[:-1])


def test_a_damaged_backup_is_told(backup: Path, tmp_path: Path) -> None:
    for harm in (flip, _cut, Path.unlink):
        for what in (DUMP, LIST, OBJECTS):
            copy = shutil.copytree(backup, tmp_path / "copy")
            harm(_an_object(copy) if what == OBJECTS else copy / what)

            with pytest.raises(CommandError, match="is damaged") as refused:
                call_command("restore", "--verify", str(copy))

            assert refused.value.returncode == 1
            assert what in str(refused.value)
            shutil.rmtree(copy)
    for harm in (flip, _cut):
        copy = shutil.copytree(backup, tmp_path / "copy")
        harm(copy / MANIFEST)
        with pytest.raises(CommandError, match=r"manifest\.json is damaged"):
            call_command("restore", "--verify", str(copy))
        shutil.rmtree(copy)


def test_a_whole_backup_is_told_to_be_whole(backup: Path) -> None:
    said = io.StringIO()

    call_command("restore", "--verify", str(backup), stdout=said)

    assert "is whole: the database and" in said.getvalue()
    assert {path.stat().st_mode & 0o077 for path in [backup, *backup.rglob("*")]} == {0}


def test_the_way_back_is_refused_where_anything_is(backup: Path, place: dict[str, str]) -> None:
    store = Path(place["AGORA_VAR"]) / "files"
    before = Upload.objects.count()

    with pytest.raises(CommandError, match="The database is not empty") as refused:
        call_command("restore", str(backup))

    assert refused.value.returncode == 2
    assert Upload.objects.count() == before
    (store / "results").mkdir(parents=True)
    (store / "results" / "x").write_text("something")
    answer = command("restore", str(backup), given=place)
    assert (answer.returncode, "there are objects in results" in answer.stderr) == (2, True)
    assert query(place, "SELECT count(*) FROM pg_tables WHERE schemaname = 'public'") == ["0"]


def test_a_site_that_was_only_started_is_empty(backup: Path, started: dict[str, str]) -> None:
    answer = command("restore", str(backup), given=started)

    assert (answer.returncode, answer.stderr) == (0, "")
    assert query(started, "SELECT count(*) FROM submissions_upload") == ["1"]


def test_damage_is_found_before_anything_is_written(backup: Path, place: dict[str, str]) -> None:
    flip(_an_object(backup))

    answer = command("restore", str(backup), given=place)

    assert (answer.returncode, "is damaged" in answer.stderr) == (1, True)
    assert query(place, "SELECT count(*) FROM pg_tables WHERE schemaname = 'public'") == ["0"]
    assert _files_of(Path(place["AGORA_VAR"])) == {}


def test_a_folder_without_manifest_is_no_backup(tmp_path: Path) -> None:
    with pytest.raises(CommandError, match="is no backup") as refused:
        call_command("restore", str(tmp_path))

    assert refused.value.returncode == 2


def _rewrite(backup: Path, **changes: Any) -> None:
    manifest = {**json.loads((backup / MANIFEST).read_text()), **changes}
    (backup / MANIFEST).write_text(json.dumps({**manifest, "checksum": checksum(manifest)}))


def test_a_backup_of_a_later_version_is_refused(backup: Path) -> None:
    for changes, words in (
        ({"migrations": [["submissions", "9999_of_a_later_version"]]}, "later version of AGORA"),
        ({"format": 2}, "later version of AGORA"),
        ({"postgresql": 990000}, "comes from PostgreSQL 99"),
    ):
        original = (backup / MANIFEST).read_bytes()
        _rewrite(backup, **changes)

        with pytest.raises(CommandError, match=words) as refused:
            call_command("restore", str(backup))

        assert refused.value.returncode == 2
        (backup / MANIFEST).write_bytes(original)


# --- what is backed up -----------------------------------------------------------------------------------------------
def test_every_column_that_names_an_object_is_known() -> None:
    found = {
        (model._meta.label, field.name)
        for model in apps.get_models()
        if model.__module__.startswith("agora.")
        for field in model._meta.get_fields()
        if isinstance(field, models.CharField) and field.name.endswith("_key")
    }

    assert found == {(column.model, column.field) for column in COLUMNS}
    assert all(alias(column.alias) for column in COLUMNS)


def test_a_backup_never_overwrites(backup: Path) -> None:
    before = _files_of(backup)

    with pytest.raises(CommandError, match="never overwrites") as refused:
        call_command("backup", str(backup))

    assert refused.value.returncode == 2
    assert _files_of(backup) == before


@pytest.mark.parametrize("harm", [flip, Path.unlink], ids=["other content", "missing"])
def test_an_object_that_is_not_what_its_row_says_fails_the_backup(
    files: Path, tmp_path: Path, harm: Callable[[Path], None]
) -> None:
    phase = factories.make_open_phase(tmp_path)
    upload = factories.make_stored_upload(phase, factories.make_member(phase.competition), b"query_id,gallery_ids\n")
    harm(files / "submissions" / upload.storage_key)

    with pytest.raises(CommandError, match=upload.storage_key) as failed:
        call_command("backup", str(tmp_path / "backup"))

    assert failed.value.returncode == 1
    assert [path.name for path in tmp_path.iterdir() if "backup" in path.name] == []


def test_a_role_that_may_not_read_ground_truth_makes_no_backup(tmp_path: Path, files: Path, settings: Any) -> None:
    factories.make_open_phase(tmp_path)
    described = settings.STORAGES["ground_truth"]
    options = {**described["OPTIONS"], "readable": False}
    settings.STORAGES = {**settings.STORAGES, "ground_truth": {**described, "OPTIONS": options}}

    with pytest.raises(CommandError):
        call_command("backup", str(tmp_path / "backup"))

    assert not (tmp_path / "backup").exists()


def test_the_password_is_on_no_command_line(backup: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    seen: list[Any] = []
    run = subprocess.run

    def watched(given: Any, **options: Any) -> Any:
        seen.append([str(part) for part in given])
        return run(given, **options)

    monkeypatch.setattr(dumping.subprocess, "run", watched)
    call_command("backup", str(tmp_path / "second"))

    password = connection.settings_dict["PASSWORD"]
    assert len(password) > 8
    assert any("--format=custom" in given for given in seen)
    assert not any(password in part for given in seen for part in given)


# --- while the site runs ---------------------------------------------------------------------------------------------
def _during_the_dump(monkeypatch: pytest.MonkeyPatch, do: Callable[[], object]) -> None:
    """Let another connection act after the snapshot was taken and before an object is copied."""
    dump = backups.dump

    def act() -> None:
        try:
            do()
        finally:
            connection.close()

    def with_company(target: Path, *, snapshot: str) -> None:
        thread = threading.Thread(target=act)
        thread.start()
        thread.join()
        dump(target, snapshot=snapshot)

    monkeypatch.setattr(backups, "dump", with_company)


def test_what_arrives_and_goes_during_a_backup_breaks_nothing(
    files: Path, tmp_path: Path, place: dict[str, str], monkeypatch: pytest.MonkeyPatch, settings: Any
) -> None:
    phase = factories.make_open_phase(tmp_path)
    user = factories.make_member(phase.competition)
    given_up = factories.make_stored_upload(phase, user, b"given up\n")
    key, late = given_up.storage_key, []
    settings.UPLOAD_STALLED_SECONDS = 0.001

    def act() -> None:
        submissions.discard_upload(given_up)
        late.append(factories.send(phase, user, b"arrived late\n"))
        submissions.remove_orphans()

    _during_the_dump(monkeypatch, act)
    call_command("backup", str(tmp_path / "backup"))

    given_up.refresh_from_db()
    assert (given_up.state, given_up.storage_key) == (UploadState.REJECTED, "")
    assert (tmp_path / "backup" / OBJECTS / "submissions" / key).read_bytes() == b"given up\n"
    assert not (tmp_path / "backup" / OBJECTS / "submissions" / late[0].storage_key).exists()
    assert command("restore", str(tmp_path / "backup"), given=place).returncode == 0
    states = "SELECT state FROM submissions_upload"
    assert query(place, states) == ["ready"]
    # Here the backup is over, and the sweep takes what was left to it.
    assert (files / "submissions" / key).exists()
    submissions.remove_orphans()
    assert not (files / "submissions" / key).exists()
    assert (files / "submissions" / late[0].storage_key).exists()


def test_a_backup_waits_for_a_deletion_under_way_and_for_no_other_backup(
    backup: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(backups, "_LOCK_WAIT", "100ms")
    held, done = threading.Event(), threading.Event()

    def hold() -> None:
        with transaction.atomic(), connection.cursor() as cursor:
            cursor.execute("SELECT pg_advisory_xact_lock_shared(%s)", [KEEP_LOCK])
            held.set()
            done.wait(30)
        connection.close()

    thread = threading.Thread(target=hold)
    thread.start()
    held.wait(30)
    try:
        with pytest.raises(CommandError, match="Another backup is being made") as refused:
            call_command("backup", str(tmp_path / "second"))
    finally:
        done.set()
        thread.join()

    assert refused.value.returncode == 2
    call_command("backup", str(tmp_path / "second"))
    shutil.rmtree(backup)


def test_after_a_backup_objects_go_at_once_again(backup: Path, files: Path) -> None:
    upload = Upload.objects.get()

    submissions.discard_upload(upload)

    assert not (files / "submissions" / upload.storage_key).exists()


def test_a_broken_audit_chain_is_backed_up_and_told(backup: Path, tmp_path: Path) -> None:
    AuditEvent.objects.filter(pk=AuditEvent.objects.earliest("pk").pk).update(reason="changed afterwards")
    told = io.StringIO()

    call_command("backup", str(tmp_path / "second"), stderr=told)

    assert "The audit chain is broken at event" in told.getvalue()
