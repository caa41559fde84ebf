"""`python -m challenges convert` writes another format, and says why where it cannot."""

import io
import json

import pytest

from challenges.cli import main
from challenges.registry import load
from challenges.wording import format_rules
from scoring import Manifest, SubmissionFormat, check
from scoring.formats.description import KINDS

CHALLENGE = load("agsynth")
TRACKS = [track.slug for track in CHALLENGE.tracks]


@pytest.fixture
def folder(tmp_path):
    """Return a folder with the list of images, the released identities, and a full ranking."""
    images, ranking, gallery = ["track,role,image_id"], ["query_id,gallery_ids"], ["image_id,person_id"]
    for number, track in enumerate(TRACKS):
        images += [f"{track},query,q{number}{letter}" for letter in "ab"]
        images += [f"{track},gallery,g{number}{letter}" for letter in "abc"]
        ranking += [f"q{number}{letter},g{number}c g{number}a g{number}b" for letter in "ab"]
        gallery += [f"g{number}{letter},p{letter}" for letter in "abc"]
    for name, lines in (("images.csv", images), ("ranking.csv", ranking), ("gallery.csv", gallery)):
        (tmp_path / name).write_text("\n".join(lines) + "\n")
    return tmp_path


@pytest.fixture
def call(folder, capsys):
    """Return a function that converts `ranking.csv`; it returns the status and what was said."""

    def convert(out, *options):
        arguments = ["convert", "agsynth", "--submission", folder / "ranking.csv", "--images", folder / "images.csv"]
        status = main([str(argument) for argument in (*arguments, "--out", folder / out, *options)])
        captured = capsys.readouterr()
        return status, captured.out + captured.err

    return convert


@pytest.mark.parametrize(
    ("out", "options", "described"),
    [
        ("a.run", ["--to", "run"], SubmissionFormat(kind="run")),
        ("a.json.gz", ["--to", "ranking_json"], SubmissionFormat(kind="ranking_json")),
        ("a.csv.zst", ["--to-base", "1"], SubmissionFormat(index_base="1")),
        (
            "a.zip",
            ["--to", "ranking_lines", "--to-base", "0", "--to-depth", "2"],
            SubmissionFormat(kind="ranking_lines", index_base="0", depth=2),
        ),
    ],
)
def test_a_ranking_in_another_format_is_right(call, folder, out, options, described):
    status, said = call(out, *options)
    assert (status, said) == (0, f"{folder / out}: ranking as {described.kind}\n")
    manifest = Manifest.read(io.BytesIO((folder / "images.csv").read_bytes()))
    with (folder / out).open("rb") as file:
        report = check(file, manifest=manifest, submission_format=described, protocol=CHALLENGE.phases[0].protocol)
    assert (report.problems, report.queries_found) == ((), 2 * len(TRACKS))


def test_labels_are_made_of_the_released_identities(call, folder):
    status, _ = call("labels.csv", "--to", "labels", "--gallery", str(folder / "gallery.csv"))
    assert status == 0
    assert (folder / "labels.csv").read_text().splitlines()[:2] == ["image_id,person_id", "q0a,pc"]


@pytest.mark.parametrize(
    ("out", "options", "words"),
    [
        ("a.npy", ["--to", "distances"], "holds an order and no numbers"),
        ("a.csv", ["--to", "labels"], "give the released list"),
        ("a.txt", ["--to", "ranking_lines"], "are one zip"),
        ("a.csv", ["--to", "runs"], 'Did you mean "run"?'),
        ("a.csv", ["--to", "run", "--to-base", "1"], 'has no "index_base"'),
        ("no/a.run", ["--to", "run"], "No such file or directory"),
    ],
)
def test_what_cannot_be_written_is_said_and_leaves_nothing(call, folder, out, options, words):
    status, said = call(out, *options)
    assert status == 2
    assert words in said
    assert sorted(path.name for path in folder.iterdir()) == ["gallery.csv", "images.csv", "ranking.csv"]


def test_a_wrong_submission_is_reported_and_not_converted(call, folder):
    status, said = call("a.csv", "--from", "run")
    assert status == 1
    assert "do not have 6 columns" in said
    assert not (folder / "a.csv").exists()


@pytest.mark.parametrize("kind", KINDS)
def test_every_kind_is_said_in_sentences(kind):
    more = {"index_base": "1"} if kind in ("ranking", "ranking_lines", "ranking_json") else {}
    for described in (SubmissionFormat(kind=kind), SubmissionFormat(kind=kind, **more)):
        rules = format_rules(described)
        assert len(rules) >= 2
        assert all(rule.endswith(".") and len(rule) > 20 for rule in rules)
        assert json.dumps(rules)
    assert more == {} or any("the first being 1." in rule for rule in rules)
