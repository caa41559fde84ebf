"""Bringing ground truth: a new version, a spec for each phase, and what was entered is scored again."""

import csv
import io
import json
import threading
from pathlib import Path
from typing import Any

import pytest
from django.core.management import CommandError, call_command
from django.db import connection

from agora.activity.models import AuditEvent
from agora.competitions.models import Competition, GroundTruth, Phase, Spec
from agora.core.storage import alias
from agora.evaluations import ground_truth, scoring, services
from agora.evaluations.services import GroundTruthError, import_annotations
from agora.leaderboards.models import BoardRow
from agora.submissions import services as submissions
from agora.submissions.models import Evaluation, EvaluationState, UploadState
from scoring import Manifest, Protocol, SubmissionFormat
from tests.agora import factories

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.usefixtures("files", "remembered")]


@pytest.fixture
def phase() -> Phase:
    """Return a phase without ground truth."""
    return factories.make_phase(factories.make_competition())


def _stored(files: Path, where: str) -> list[Path]:
    return [path for path in (files / where).rglob("*") if path.is_file()]


def test_annotations_make_a_version_and_point_every_phase_to_it(phase: Phase, files: Path, tmp_path: Path) -> None:
    other = factories.make_phase(phase.competition, "other", protocol=Protocol(ap="trapezoid").to_mapping())
    path = factories.make_truth().write(tmp_path)

    truth = import_annotations(phase.competition, path)

    assert (truth.version, truth.size_bytes, truth.summary["identities"]) == (1, path.stat().st_size, 6)
    assert (files / "ground_truth" / truth.storage_key).read_bytes() == path.read_bytes()
    phase.refresh_from_db()
    other.refresh_from_db()
    assert {phase.current_spec.ground_truth, other.current_spec.ground_truth} == {truth}  # type: ignore[union-attr]
    assert phase.current_spec != other.current_spec
    event = AuditEvent.objects.get()
    assert (event.action, event.subject, event.data["version"]) == ("import-annotations", phase.competition.slug, 1)


def test_the_public_list_holds_no_label(phase: Phase, tmp_path: Path) -> None:
    truth = import_annotations(phase.competition, factories.make_truth().write(tmp_path))

    with alias("public").open(truth.manifest_key) as file:
        content = file.read()
    assert content.splitlines()[0] == b"track,role,image_id"
    assert b"p000" not in content
    assert Manifest.read(io.BytesIO(content)).n_queries == 12
    assert truth.identities_key == ""


def test_the_gallerys_identities_are_public_only_if_the_protocol_releases_them(phase: Phase, tmp_path: Path) -> None:
    Phase.objects.update(
        protocol=Protocol(gallery_labels="released").to_mapping(), format=SubmissionFormat(kind="labels").to_mapping()
    )

    truth = import_annotations(phase.competition, factories.make_truth().write(tmp_path))

    with alias("public").open(truth.identities_key) as file:
        assert json.loads(file.read()) == [f"p{number:03d}" for number in range(6)]


def test_a_check_tells_unknown_identities_where_they_are_released(phase: Phase, tmp_path: Path) -> None:
    released = Protocol(gallery_labels="released", aggregate="macro").to_mapping()
    Phase.objects.update(
        protocol=released, format=SubmissionFormat(kind="labels").to_mapping(), primary_metric="rank-1"
    )
    made = factories.make_truth()
    import_annotations(phase.competition, made.write(tmp_path))
    phase.refresh_from_db()
    user = factories.make_member(phase.competition)
    queries = [row for row in made.rows if row["role"] == "query"]

    def send(name: str) -> Any:
        lines = [f"{row['image_id']},{name or row['pid']}" for row in queries]
        upload = factories.send(phase, user, "\n".join(["image_id,person_id", *lines, ""]).encode())
        assert submissions.check_next()
        upload.refresh_from_db()
        return upload

    assert send("").state == UploadState.READY
    assert send("nobody").state == UploadState.REJECTED


def test_the_same_file_again_changes_nothing(phase: Phase, files: Path, tmp_path: Path) -> None:
    path = factories.make_truth().write(tmp_path)
    first = import_annotations(phase.competition, path)

    assert import_annotations(phase.competition, path) == first

    assert GroundTruth.objects.count() == Spec.objects.count() == AuditEvent.objects.count() == 1
    assert len(_stored(files, "ground_truth")) == 1


def test_a_new_version_scores_again_what_was_entered_and_keeps_what_was(phase: Phase, tmp_path: Path) -> None:
    made = factories.make_truth()
    import_annotations(phase.competition, made.write(tmp_path))
    phase.refresh_from_db()
    user = factories.make_member(phase.competition)
    entry = submissions.submit(factories.make_stored_upload(phase, user, made.ranking()), user, note="A note.")
    assert services.score_next()
    swapped = {"p000": "p001", "p001": "p000"}
    corrected = factories.Truth(
        tuple(
            {**row, "pid": swapped.get(row["pid"], row["pid"])} if row["role"] == "query" else row for row in made.rows
        )
    )

    truth = import_annotations(phase.competition, corrected.write(tmp_path))
    assert services.score_next()

    assert truth.version == 2
    first, second = entry.evaluations.order_by("pk")
    assert (first.state, second.state, second.priority) == (EvaluationState.SCORED, EvaluationState.SCORED, 3)
    old, new = BoardRow.objects.order_by("pk")
    assert (old.spec_id != new.spec_id, old.public, new.public < 1.0) == (True, 1.0, True)


@pytest.mark.parametrize(("found", "moves"), [(1, True), (-1, False)])
def test_after_an_upgrade_phases_follow_the_scorer_and_never_back(
    phase: Phase, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, found: int, moves: bool
) -> None:
    made = factories.make_truth()
    import_annotations(phase.competition, made.write(tmp_path))
    phase.refresh_from_db()
    user = factories.make_member(phase.competition)
    entry = submissions.submit(factories.make_stored_upload(phase, user, made.ranking()), user, note="A note.")
    assert services.score_next()
    assert services.follow_scorer() == 0
    installed = ground_truth.SCORER_REVISION + found
    monkeypatch.setattr(ground_truth, "SCORER_REVISION", installed)
    monkeypatch.setattr(scoring, "SCORER_REVISION", installed)

    assert services.follow_scorer() == moves
    assert services.score_next() == moves

    phase.refresh_from_db()
    assert phase.current_spec is not None
    last = entry.evaluations.order_by("pk").last()
    assert last is not None
    assert (last.spec, last.spec.scorer_revision == installed) == (phase.current_spec, moves)
    assert services.follow_scorer() == 0


def test_files_of_another_test_set_are_refused_and_leave_nothing(phase: Phase, files: Path, tmp_path: Path) -> None:
    made = factories.make_truth()
    one_track = factories.Truth(tuple(row for row in made.rows if row["track"] == "aerial_ground"))

    with pytest.raises(GroundTruthError, match="The file has the tracks aerial_ground;"):
        import_annotations(phase.competition, one_track.write(tmp_path))
    bad = tmp_path / "bad.csv"
    bad.write_text("track,role,image_id\naerial_ground,query,a\n")
    with pytest.raises(GroundTruthError):
        import_annotations(phase.competition, bad)

    assert not GroundTruth.objects.exists()
    assert _stored(files, "ground_truth") == _stored(files, "public") == []


def test_annotations_that_a_protocol_cannot_be_used_on_are_refused(phase: Phase, files: Path, tmp_path: Path) -> None:
    drawn = Protocol(draw="fixed", junk=(("pid", "altitude"),)).to_mapping()
    factories.make_phase(phase.competition, "drawn", protocol=drawn)

    with pytest.raises(GroundTruthError) as caught:
        import_annotations(phase.competition, factories.make_truth().write(tmp_path))

    assert "altitude" in str(caught.value)
    assert 'lack the column "draws"' in str(caught.value)
    assert _stored(files, "ground_truth") == []


def test_counts_that_the_challenge_fixes_are_held_against_the_file(tmp_path: Path) -> None:
    import challenges

    slug = "agreid2023"
    competition = factories.make_competition(slug)
    competition.tracks.all().delete()
    tracks = challenges.load(slug).tracks
    for track in tracks:
        competition.tracks.create(slug=track.slug, label=track.label, name=track.name)
    rows = [
        {"track": track.slug, "role": role, "image_id": f"{role}{number}", "pid": "1", "camid": role}
        for number, track in enumerate(tracks)
        for role in ("query", "gallery")
    ]
    path = tmp_path / "small.csv"
    with path.open("w", newline="") as file:
        writer = csv.DictWriter(file, list(rows[0]))
        writer.writeheader()
        writer.writerows(rows)

    with pytest.raises(GroundTruthError, match="1 queries images; the challenge has"):
        import_annotations(competition, path)


def test_a_failed_transaction_takes_the_objects_with_it(
    phase: Phase, files: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from agora.evaluations import ground_truth

    def fail(*_: object, **__: object) -> None:
        raise RuntimeError

    monkeypatch.setattr(ground_truth, "record", fail)
    with pytest.raises(RuntimeError):
        import_annotations(phase.competition, factories.make_truth().write(tmp_path))

    assert not GroundTruth.objects.exists()
    assert _stored(files, "ground_truth") == _stored(files, "public") == []


def test_two_imports_at_once_make_two_versions(phase: Phase, tmp_path: Path) -> None:
    paths = [factories.make_truth(identities).write(tmp_path) for identities in (5, 7)]
    start = threading.Barrier(2)

    def work(path: Path) -> None:
        start.wait()
        import_annotations(Competition.objects.get(), path)
        connection.close()

    threads = [threading.Thread(target=work, args=(path,)) for path in paths]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert sorted(GroundTruth.objects.values_list("version", flat=True)) == [1, 2]


def test_the_command_says_what_it_did_and_what_is_wrong(
    phase: Phase, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    slug = phase.competition.slug
    call_command("import_annotations", slug, str(factories.make_truth().write(tmp_path)))
    assert f"{slug}: ground truth version 1" in capsys.readouterr().out

    bad = tmp_path / "bad.csv"
    bad.write_text("nothing\n")
    for arguments, words in (
        (("nowhere", str(bad)), "no competition"),
        ((slug, str(tmp_path / "missing.csv")), "No such file"),
        ((slug, str(bad)), "bad.csv"),
    ):
        with pytest.raises(CommandError, match=words):
            call_command("import_annotations", *arguments)


def test_queued_entries_follow_the_pointer(phase: Phase, tmp_path: Path) -> None:
    import_annotations(phase.competition, factories.make_truth(5).write(tmp_path))
    phase.refresh_from_db()
    entry = factories.make_entry(phase, factories.make_member(phase.competition))

    import_annotations(phase.competition, factories.make_truth(6).write(tmp_path))

    assert entry.evaluations.count() == 2
    assert set(Evaluation.objects.values_list("state", flat=True)) == {EvaluationState.QUEUED}
