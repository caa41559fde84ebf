"""A release is taken in whole, once, and the same bytes make the same archives."""

import hashlib
import os
import shutil
from pathlib import Path

import pytest
from django.core.files.storage import storages
from django.core.management import CommandError, call_command
from PIL import Image

from agora.competitions import services
from agora.competitions.models import Competition
from tests.agora.competitions import factories

pytestmark = pytest.mark.django_db


@pytest.fixture
def competition() -> Competition:
    return factories.make_competition()


def offered(competition: Competition) -> dict[str, str]:
    """Return the names that are offered now, with their hashes."""
    return dict(competition.data_files.filter(withdrawn_at__isnull=True).values_list("name", "sha256"))


def test_folders_of_images_become_zips_and_tables_stay(competition: Competition, tmp_path: Path) -> None:
    services.import_release(competition, factories.write_release(tmp_path))

    assert set(offered(competition)) == {
        "README.md",
        "agsynth.zip",
        "test.zip",
        "test/images.csv",
        "train.zip",
        "train/annotations.csv",
    }
    table = competition.data_files.get(name="train/annotations.csv")
    assert table.rows == 12
    assert table.preview[0] == ["image_id", "pid", "camid"]
    assert len(table.preview) == 6
    assert competition.data_files.get(name="train.zip").rows == 12


def test_stored_bytes_are_those_of_the_row(competition: Competition, tmp_path: Path) -> None:
    services.import_release(competition, factories.write_release(tmp_path))

    for row in competition.data_files.all():
        with storages["public"].open(row.storage_key) as file:
            content = file.read()
        assert hashlib.sha256(content).hexdigest() == row.sha256
        assert len(content) == row.size_bytes


def test_importing_again_changes_nothing(competition: Competition, tmp_path: Path) -> None:
    folder = factories.write_release(tmp_path)
    first = [row.pk for row in services.import_release(competition, folder)]
    pictures = list(competition.pictures.values_list("pk", flat=True))

    for path in folder.rglob("*.png"):
        os.utime(path, (1, 1))
    second = [row.pk for row in services.import_release(competition, folder)]

    assert second == first
    assert list(competition.pictures.values_list("pk", flat=True)) == pictures
    assert not competition.data_files.filter(withdrawn_at__isnull=False).exists()


def test_archives_do_not_depend_on_place_or_time(competition: Competition, tmp_path: Path) -> None:
    services.import_release(competition, factories.write_release(tmp_path / "one"))
    first = offered(competition)

    services.import_release(competition, factories.write_release(tmp_path / "another"))

    assert offered(competition) == first


def test_what_changed_is_withdrawn_and_offered_anew(competition: Competition, tmp_path: Path) -> None:
    services.import_release(competition, factories.write_release(tmp_path))
    before = offered(competition)

    services.import_release(competition, factories.write_release(tmp_path, shade=200))

    after = offered(competition)
    assert {name for name in before if after[name] != before[name]} == {"train.zip", "agsynth.zip"}
    assert competition.data_files.filter(withdrawn_at__isnull=False).count() == 2


def test_what_is_gone_is_withdrawn(competition: Competition, tmp_path: Path) -> None:
    folder = factories.write_release(tmp_path)
    services.import_release(competition, folder)
    shutil.rmtree(folder / "public" / "test")

    services.import_release(competition, folder)

    assert "test.zip" not in offered(competition)


def test_pictures_are_encoded_anew_and_only_for_synthetic_data(competition: Competition, tmp_path: Path) -> None:
    folder = factories.write_release(tmp_path)
    services.import_release(competition, folder)
    archive = factories.make_competition("agreid2023")
    services.import_release(archive, folder)

    assert competition.pictures.count() == 12
    assert archive.pictures.count() == 0
    picture = competition.pictures.first()
    assert picture is not None
    with storages["public"].open(picture.storage_key) as file, Image.open(file) as image:
        assert (image.width, image.height) == (picture.width, picture.height)
        assert image.info == {}


def test_links_are_refused(competition: Competition, tmp_path: Path) -> None:
    folder = factories.write_release(tmp_path)
    (folder / "public" / "passwd").symlink_to("/etc/passwd")

    with pytest.raises(services.ReleaseError, match="links are not followed: passwd"):
        services.import_release(competition, folder)

    assert not competition.data_files.exists()


def test_the_command_names_a_folder_that_is_not_there(competition: Competition, tmp_path: Path) -> None:
    with pytest.raises(CommandError, match="there is no such folder"):
        call_command("import_release", "agsynth", str(tmp_path / "nothing"))
