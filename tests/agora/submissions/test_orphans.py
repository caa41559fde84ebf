"""The sweep removes what nobody will ask for, and nothing else."""

import io
import os
from datetime import timedelta
from pathlib import Path

import pytest
from django.core.files.base import ContentFile
from django.db import connection
from django.utils import timezone

from agora.core.errors import WrongStateError
from agora.core.storage import alias
from agora.submissions import services
from agora.submissions.models import Upload, UploadState
from tests.agora import factories
from tests.agora.races.together import holding

pytestmark = pytest.mark.django_db(transaction=True)


def _age(path: str | Path) -> None:
    os.utime(path, (0, 0))


def test_objects_without_a_row_go_and_those_with_one_stay(files: Path, tmp_path: Path) -> None:
    phase = factories.make_open_phase(tmp_path)
    user = factories.make_member(phase.competition)
    kept = factories.send(phase, user, b"query_id,gallery_ids\n")
    for key in ("uploads/old/00", "uploads/new/00"):
        alias("submissions").save(key, ContentFile(b"x"))
    alias("results").save("per_query/old/00.parquet", ContentFile(b"x"))
    alias("public").save("manifests/old/00", ContentFile(b"x"))
    alias("ground_truth").save("annotations/old/00", ContentFile(b"x"))
    truth = phase.competition.ground_truths.get()
    for where, key in (
        ("submissions", kept.storage_key),
        ("submissions", "uploads/old/00"),
        ("results", "per_query/old/00.parquet"),
        ("public", "manifests/old/00"),
        ("public", truth.manifest_key),
        ("ground_truth", "annotations/old/00"),
        ("ground_truth", truth.storage_key),
    ):
        _age(files / where / key)

    done = services.remove_orphans()

    assert done == {"stalled_uploads": 0, "submissions": 1, "results": 1, "public": 1, "ground_truth": 1}
    assert alias("public").exists(truth.manifest_key)
    assert alias("ground_truth").exists(truth.storage_key)
    left = sorted(
        str(path.relative_to(files / "submissions")) for path in (files / "submissions").rglob("*") if path.is_file()
    )
    assert left == sorted([kept.storage_key, "uploads/new/00"])


def test_truth_is_never_swept(files: Path, tmp_path: Path) -> None:
    factories.make_open_phase(tmp_path)
    everything = [path for where in ("ground_truth", "public") for path in (files / where).rglob("*") if path.is_file()]
    for path in everything:
        _age(path)

    services.remove_orphans()

    assert all(path.exists() for path in everything)


def test_a_row_that_a_transaction_holds_keeps_the_sweep_from_nothing(files: Path, tmp_path: Path) -> None:
    phase = factories.make_open_phase(tmp_path)
    user = factories.make_member(phase.competition)
    held, free = (services.create_upload(phase, user, "heron.csv", 100) for _ in range(2))
    Upload.objects.update(created_at=timezone.now() - timedelta(days=1))
    alias("submissions").save("uploads/old/00", ContentFile(b"x"))
    _age(files / "submissions" / "uploads/old/00")

    with holding(held), connection.cursor() as cursor:
        cursor.execute("SET lock_timeout = '5s'")
        done = services.remove_orphans()
        cursor.execute("RESET lock_timeout")

    assert (done["stalled_uploads"], done["submissions"]) == (1, 1)
    free.refresh_from_db()
    assert free.state == UploadState.REJECTED
    assert services.remove_orphans()["stalled_uploads"] == 1


def test_uploads_that_stopped_arriving_are_given_up(files: Path, tmp_path: Path) -> None:
    phase = factories.make_open_phase(tmp_path)
    user = factories.make_member(phase.competition)
    never_began, fell_silent, arriving = (services.create_upload(phase, user, "a.csv", 10) for _ in range(3))
    long_ago = timezone.now() - timedelta(hours=2)
    Upload.objects.filter(pk=never_began.pk).update(created_at=long_ago)
    Upload.objects.filter(pk=fell_silent.pk).update(owner="a worker", lease_until=long_ago)
    Upload.objects.filter(pk=arriving.pk).update(
        created_at=long_ago, owner="a worker", lease_until=timezone.now() + timedelta(minutes=5)
    )

    assert services.remove_orphans()["stalled_uploads"] == 2

    states = dict(Upload.objects.values_list("pk", "state"))
    assert states == {
        never_began.pk: UploadState.REJECTED,
        fell_silent.pk: UploadState.REJECTED,
        arriving.pk: UploadState.RECEIVING,
    }
    with pytest.raises(WrongStateError):
        services.receive_upload(never_began, io.BytesIO(b"0123456789"), 10)
