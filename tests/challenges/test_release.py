"""A release is what its pack declares, and tells nothing about its hidden labels."""

import dataclasses
import hashlib
import io
import zipfile

import pytest

import challenges
from challenges.leakcheck import find_leaks
from challenges.release import ReleaseError, read_release, write_zip
from challenges.verify import verify_release
from tests.challenges.releases import chunk, lines, made_release, png, write


@pytest.fixture
def challenge():
    return challenges.load("agsynth")


@pytest.fixture
def folder(tmp_path):
    return made_release(tmp_path / "release")


def test_a_clean_release_has_no_problem_and_no_leak(folder, challenge):
    release = read_release(folder, challenge)

    assert verify_release(release, challenge) == ()
    assert find_leaks(release, challenge) == ()


def test_downloads_are_listed_with_counts_sizes_and_checksums(folder, challenge):
    entries = {entry.path: entry for entry in read_release(folder, challenge).entries}

    manifest, images = entries["test/images.csv"], entries["test/images"]
    content = (folder / "public/test/images.csv").read_bytes()
    assert (manifest.count, manifest.unit, manifest.size_bytes) == (400, "rows", len(content))
    assert manifest.sha256 == hashlib.sha256(content).hexdigest()
    assert (images.count, images.unit, images.is_folder) == (400, "images", True)
    listing = "".join(f"{file.sha256}  {file.path}\n" for file in images.files)
    assert images.sha256 == hashlib.sha256(listing.encode()).hexdigest()


def test_annotations_must_hold_what_the_protocol_needs(folder, challenge):
    release = read_release(folder, challenge)
    phase = challenge.phases[0]
    tracks = dataclasses.replace(phase, protocol=dataclasses.replace(phase.protocol, image_to_track=True))

    problems = verify_release(release, dataclasses.replace(challenge, phases=(tracks,)))

    assert any("tracklet" in problem for problem in problems)


def test_the_ground_truth_is_no_download(folder, challenge):
    release = read_release(folder, challenge)

    assert not [file for entry in release.entries for file in entry.files if "hidden" in file.path]
    assert release.annotations.manifest == release.manifest


def test_zips_of_equal_files_have_equal_bytes(folder, challenge):
    release = read_release(folder, challenge)
    first, second = io.BytesIO(), io.BytesIO()

    write_zip(release, ["test/images", "test/images.csv"], first)
    (folder / "public/test/images.csv").touch()
    write_zip(release, ["test/images", "test/images.csv"], second)

    assert first.getvalue() == second.getvalue()
    with zipfile.ZipFile(first) as archive:
        assert archive.testzip() is None
        assert len(archive.namelist()) == 401


def test_a_zip_of_something_else_is_refused(folder, challenge):
    with pytest.raises(ValueError, match=r"no such download: hidden/annotations\.csv"):
        write_zip(read_release(folder, challenge), ["hidden/annotations.csv"], io.BytesIO())


def test_missing_extra_and_linked_files_are_all_reported(folder, challenge):
    (folder / "public/README.md").unlink()
    (folder / "public/notes.txt").write_text("x")
    (folder / "public/test/truth.csv").symlink_to(folder / "hidden/annotations.csv")

    with pytest.raises(ReleaseError) as raised:
        read_release(folder, challenge)

    assert len(raised.value.problems) == 3
    assert "public/test/truth.csv is neither a file nor a folder" in raised.value.problems
    assert "public/notes.txt is not declared in the pack" in raised.value.problems
    assert raised.value.problems[1].startswith("public/README.md is missing: ")


def test_a_challenge_without_a_release_says_so(folder):
    with pytest.raises(ReleaseError, match="agreid2023 declares no release"):
        read_release(folder, challenges.load("agreid2023"))


def _found(folder, challenge):
    release = read_release(folder, challenge)
    return [*verify_release(release, challenge), *find_leaks(release, challenge)]


def _truth(folder) -> list[list[str]]:
    return [line.split(",") for line in lines(folder / "hidden/annotations.csv")[1:]]


def test_an_order_by_identity_is_a_leak(tmp_path, challenge):
    folder = made_release(tmp_path / "sorted", shuffled=False)

    assert "aerial_ground, gallery: the order of the manifest follows the hidden column pid." in _found(
        folder, challenge
    )


def test_names_that_follow_the_identity_are_a_leak(folder, challenge):
    # Each name keeps its random part and gets a prefix that is the same for all images of a person.
    for path in [path for path in folder.rglob("*.csv") if "train" not in path.parts and "val" not in path.parts]:
        text = path.read_text()
        for row in _truth(folder) if path.name != "annotations.csv" else ():
            text = text.replace(row[2], f"{row[3][::-1]}{row[2]}")
        path.write_text(text)
    for _, _, name, pid, _ in _truth(folder):
        image = folder / f"public/test/images/{name}.png"
        image.rename(image.with_stem(f"{pid[::-1]}{name}"))
    truth = [[track, role, f"{pid[::-1]}{name}", pid, camera] for track, role, name, pid, camera in _truth(folder)]
    write(folder / "hidden/annotations.csv", ["track,role,image_id,pid,camid", *map(",".join, truth)])

    assert any(
        "the order of the names follows the hidden column pid" in problem for problem in _found(folder, challenge)
    )


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (png(5, extra=chunk(b"tEXt", b"session\0morning")), "1 test images carry more than pixels: chunk tEXt."),
        (png(5, extra=chunk(b"eXIf", b"GPS")), "1 test images carry more than pixels: chunk eXIf."),
        (png(5) + b"pid=7", "1 test images carry more than pixels: bytes after the picture."),
        (b"\xff\xd8\xff", "1 test images carry more than pixels: no PNG."),
    ],
)
def test_metadata_in_a_picture_is_a_leak(folder, challenge, content, words):
    (folder / f"public/test/images/{_truth(folder)[0][2]}.png").write_bytes(content)

    assert words in _found(folder, challenge)


def test_a_query_that_lies_under_a_label_elsewhere_is_a_leak(folder, challenge):
    truth = _truth(folder)
    query = next(row[2] for row in truth if row[:2] == ["aerial_ground", "query"])
    other = next(row[2] for row in truth if row[:2] == ["ground_aerial", "gallery"])
    images = folder / "public/test/images"
    (images / f"{other}.png").write_bytes((images / f"{query}.png").read_bytes())

    assert any("1 queries are byte for byte also labelled images" in problem for problem in _found(folder, challenge))


def test_a_sample_that_knows_answers_is_a_leak(folder, challenge):
    right = [f"{name},{pid}" for _, role, name, pid, _ in _truth(folder) if role == "query"]
    write(folder / "public/sample_submission_labels.csv", ["image_id,person_id", *right])

    assert any(
        "sample_submission_labels.csv knows answers: rank-1 1.000" in problem for problem in _found(folder, challenge)
    )


def test_a_gallery_file_with_queries_is_a_leak(folder, challenge):
    query = next(row for row in _truth(folder) if row[1] == "query")
    path = folder / "public/test/gallery.csv"
    write(path, [*lines(path), f"{query[2]},{query[3]}"])

    found = _found(folder, challenge)

    assert any("does not name exactly the gallery images" in problem for problem in found)
    assert any("test/gallery.csv names 1 queries" in problem for problem in found)


def test_a_column_beside_the_manifest_is_reported(folder, challenge):
    path = folder / "public/test/images.csv"
    header, *rows = lines(path)
    write(path, [f"{header},frame", *(f"{row},{number}" for number, row in enumerate(rows))])

    assert any("it must have track,role,image_id and nothing else" in problem for problem in _found(folder, challenge))


def test_another_order_than_the_ground_truth_is_reported(folder, challenge):
    path = folder / "public/test/images.csv"
    header, first, second, *rest = lines(path)
    write(path, [header, second, first, *rest])

    assert any("in another order" in problem for problem in _found(folder, challenge))


def test_test_identities_in_the_training_labels_are_reported(folder, challenge):
    pid = _truth(folder)[0][3]
    write(folder / "public/train/annotations.csv", ["image_id,pid,camid", f"t1,{pid},uav"])

    assert f"train/annotations.csv names identities of the test set: {pid}." in _found(folder, challenge)


def test_missing_and_unnamed_pictures_are_reported(folder, challenge):
    name = _truth(folder)[0][2]
    images = folder / "public/test/images"
    (images / f"{name}.png").rename(images / "stranger.png")

    found = _found(folder, challenge)

    assert f"test/images lacks {name}." in found
    assert "test/images holds images that the manifest does not name: stranger." in found


def test_an_invalid_sample_file_is_reported(folder, challenge):
    path = folder / "public/sample_submission_labels.csv"
    write(path, lines(path)[:-1])

    release = read_release(folder, challenge)

    assert any("is no valid file for phase labels" in problem for problem in verify_release(release, challenge))
