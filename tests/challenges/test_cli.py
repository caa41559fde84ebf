"""The command line says what it found and ends with the status that tells it."""

import csv
import json
import subprocess
import sys
from pathlib import Path

import pytest

from challenges.cli import main
from tests.challenges import agreid
from tests.challenges.factories import copied_pack
from tests.challenges.releases import lines, made_release, write

ROOT = Path(__file__).resolve().parents[2]


def run(*arguments) -> subprocess.CompletedProcess[str]:
    """Run the command as a user does, in a fresh interpreter."""
    command = [sys.executable, "-m", "challenges", *map(str, arguments)]
    return subprocess.run(command, cwd=ROOT, capture_output=True, text=True, encoding="utf-8")


@pytest.fixture
def called(capsys):
    """Return a function that runs the command inside this process, for what a fresh interpreter adds nothing to."""

    def call(*arguments) -> subprocess.CompletedProcess[str]:
        status = main([str(argument) for argument in arguments])
        captured = capsys.readouterr()
        return subprocess.CompletedProcess(arguments, status, captured.out, captured.err)

    return call


@pytest.fixture(scope="session")
def agreid_folder(tmp_path_factory):
    """Return a folder with annotations and a submission of AG-ReID2023's real shape."""
    folder = tmp_path_factory.mktemp("agreid2023")
    agreid.write_annotations(folder / "annotations.csv")
    agreid.write_submission(folder / "submission.csv", right={"aerial_ground": 4000, "ground_aerial": 3000})
    return folder


@pytest.fixture(scope="session")
def release(tmp_path_factory):
    return made_release(tmp_path_factory.mktemp("data") / "release")


def score(scores, *, track: str, metric: str, split: str = "all") -> dict:
    return next(
        entry for entry in scores if (entry["split"], entry["track"], entry["metric"]) == (split, track, metric)
    )


def test_a_file_of_agreid2023s_shape_is_scored(agreid_folder, tmp_path):
    ended = run(
        "evaluate", "agreid2023", "--annotations", agreid_folder / "annotations.csv",
        "--submission", agreid_folder / "submission.csv", "--json", tmp_path / "result.json",
    )  # fmt: skip

    assert ended.returncode == 0, ended.stderr
    result = json.loads((tmp_path / "result.json").read_text(encoding="utf-8"))
    assert score(result["scores"], track="aerial_ground", metric="rank-1")["value"] == pytest.approx(4000 / 4348)
    assert score(result["scores"], track="ground_aerial", metric="rank-1")["value"] == pytest.approx(3000 / 4151)
    assert result["primary"]["value"] == pytest.approx(7000 / 8499)
    assert (result["primary"]["track"], result["primary"]["metric"]) == ("micro", "rank-1")
    assert 0 < result["primary"]["low"] < result["primary"]["value"] < result["primary"]["high"] < 1
    assert (result["challenge"], result["phase"]) == ("agreid2023", "labels")
    assert result["interval"] == "gallery fixed"


def test_a_terminal_shows_per_cent_with_two_decimals_and_half_widths(agreid_folder, called):
    ended = called(
        "evaluate", "agreid2023", "--annotations", agreid_folder / "annotations.csv",
        "--submission", agreid_folder / "submission.csv",
    )  # fmt: skip

    rows = {line[7:30].strip(): line for line in ended.stdout.splitlines() if line.startswith("all")}
    assert " 92.00 ± " in next(row for name, row in rows.items() if name.startswith("A → G"))
    assert " 72.27 ± " in next(row for name, row in rows.items() if name.startswith("G → A"))
    assert "Score: 82.36 % Rank-1, mean over queries; 95 % interval " in ended.stdout
    assert "(gallery fixed)" in ended.stdout
    assert ended.stderr == ""


def test_other_sizes_than_the_challenges_are_noted(agreid_folder, tmp_path, called):
    rows = lines(agreid_folder / "annotations.csv")
    write(tmp_path / "one.csv", [row for row in rows if "ground_aerial" not in row])
    write(tmp_path / "answers.csv", [row for row in lines(agreid_folder / "submission.csv") if not row.startswith("g")])

    ended = called(
        "evaluate", "agreid2023", "--annotations", tmp_path / "one.csv", "--submission", tmp_path / "answers.csv"
    )

    assert ended.returncode == 0, ended.stdout
    assert "Note: ground_aerial has 0 queries and 0 gallery images here, the challenge 4,151 and 21,214" in ended.stderr


def test_an_invalid_submission_gets_its_whole_report_and_status_1(agreid_folder, tmp_path):
    header, first, second, *rest = lines(agreid_folder / "submission.csv")
    write(tmp_path / "bad.csv", [header, first, first, "nobody.jpg,P0001T04041A0", *rest])

    ended = run(
        "evaluate",
        "agreid2023",
        "--annotations",
        agreid_folder / "annotations.csv",
        "--submission",
        tmp_path / "bad.csv",
    )

    assert ended.returncode == 1
    assert "bad.csv cannot be scored yet. Mend these 4 things and check again." in ended.stdout
    for code in ("missing_queries", "duplicate_queries", "unknown_queries", "unknown_labels"):
        assert f"[{code}]" in ended.stdout
    assert second.split(",")[0] in ended.stdout  # the missing query by its name
    assert "4 | nobody.jpg,P0001T04041A0" in ended.stdout
    assert "^" in ended.stdout


def test_check_needs_no_labels(release, tmp_path):
    public = release / "public"

    ended = run(
        "check", "agsynth", "--submission", public / "sample_submission.csv", "--images", public / "test/images.csv",
        "--json", tmp_path / "report.json",
    )  # fmt: skip

    assert ended.returncode == 0, ended.stdout + ended.stderr
    assert "sample_submission.csv is complete: 160 of 160 queries, " in ended.stdout
    assert json.loads((tmp_path / "report.json").read_text())["ok"] is True


def test_the_phase_chooses_the_format(release, called):
    public = release / "public"
    arguments = [
        "check",
        "agsynth",
        "--submission",
        public / "sample_submission_labels.csv",
        "--images",
        public / "test/images.csv",
    ]

    assert called(*arguments).returncode == 1
    assert called(*arguments, "--phase", "labels").returncode == 0


def test_released_identities_are_known_to_the_check(release, tmp_path, called):
    public = release / "public"
    header, first, *rest = lines(public / "sample_submission_labels.csv")
    write(tmp_path / "labels.csv", [header, f"{first.split(',')[0]},nobody", *rest])
    call = [
        "check",
        "agsynth",
        "--phase",
        "labels",
        "--submission",
        tmp_path / "labels.csv",
        "--images",
        public / "test/images.csv",
    ]

    assert called(*call).returncode == 0
    ended = called(*call, "--gallery", public / "test/gallery.csv")
    assert ended.returncode == 1
    assert "nobody" in ended.stdout


def test_a_ranking_is_scored_by_the_mean_of_the_tracks(release, tmp_path, called):
    ended = called(
        "evaluate", "agsynth", "--annotations", release / "hidden/annotations.csv",
        "--submission", release / "public/sample_submission.csv", "--json", tmp_path / "result.json",
    )  # fmt: skip

    assert ended.returncode == 0, ended.stderr
    result = json.loads((tmp_path / "result.json").read_text(encoding="utf-8"))
    tracks = [
        score(result["scores"], track=track, metric="mAP")["value"] for track in ("aerial_ground", "ground_aerial")
    ]
    assert (result["primary"]["metric"], result["primary"]["track"]) == ("mAP", "macro")
    assert result["primary"]["value"] == pytest.approx(sum(tracks) / 2)
    assert all(0 <= entry["value"] <= 1 for entry in result["scores"])
    assert "Score: " in ended.stdout


def test_splits_are_shown_apart(release, tmp_path, called):
    with (release / "hidden/annotations.csv").open(newline="") as file:
        header, *rows = csv.reader(file)
    private = set(sorted({row[3] for row in rows})[::2])
    split = [[*row, "private" if row[3] in private else "public"] for row in rows]
    write(tmp_path / "annotations.csv", [",".join([*header, "split"]), *map(",".join, split)])

    ended = called(
        "evaluate", "agsynth", "--annotations", tmp_path / "annotations.csv",
        "--submission", release / "public/sample_submission.csv",
    )  # fmt: skip

    assert {line.split()[0] for line in ended.stdout.splitlines() if "A → G" in line} == {"public", "private", "all"}


def test_verify_judges_a_release(release, tmp_path, called):
    spoiled = made_release(tmp_path / "sorted", shuffled=False)

    fine, leaking = called("verify", "agsynth", "--data", release), called("verify", "agsynth", "--data", spoiled)

    assert fine.returncode == 0, fine.stdout
    assert "no leak was found" in fine.stdout
    assert "400 images" in fine.stdout
    assert leaking.returncode == 1
    assert "the order of the manifest follows the hidden column pid" in leaking.stdout


def test_list_and_describe_show_what_is_asked():
    listed, described = run("list"), run("describe", "agsynth")

    assert [line.split()[0] for line in listed.stdout.splitlines()] == ["agreid2023", "agsynth", "agsynth-vehicles"]
    assert described.returncode == 0
    assert "AP = (1/1 + 2/3 + 3/6) / 3 = 0.7222." in described.stdout
    assert "no evidence" in described.stdout


def test_a_wrong_option_is_a_wrong_call():
    ended = run("evaluate", "agsynth", "--submision", "x.csv")

    assert ended.returncode == 2
    assert "--submission" in ended.stderr


WRONG_CALLS = {
    "unknown challenge": (
        ["describe", "agsinth"],
        'challenges: "agsinth": there is no such challenge (did you mean "agsynth"?)',
    ),
    "missing submission": (
        ["check", "agsynth", "--submission", "none.csv", "--images", "images.csv"],
        "challenges: --submission none.csv: No such file or directory",
    ),
    "submission is a folder": (
        ["check", "agsynth", "--submission", ".", "--images", "images.csv"],
        "challenges: --submission .: Is a directory",
    ),
    "missing images": (
        ["check", "agsynth", "--submission", "answers.csv", "--images", "none.csv"],
        "challenges: --images none.csv: No such file or directory",
    ),
    "missing annotations": (
        ["evaluate", "agsynth", "--submission", "answers.csv", "--annotations", "none.csv"],
        "challenges: --annotations none.csv: No such file or directory",
    ),
    "track of another challenge": (
        ["check", "agsynth", "--submission", "answers.csv", "--images", "other.csv"],
        'challenges: other.csv: track "aerial_grund" is none of aerial_ground, ground_aerial (did you mean "aerial_ground"?)',
    ),
    "unknown phase": (
        ["check", "agsynth", "--submission", "answers.csv", "--images", "images.csv", "--phase", "label"],
        'challenges: --phase label: agsynth has ranking, labels (did you mean "labels"?)',
    ),
    "gallery of a hidden phase": (
        ["check", "agsynth", "--submission", "answers.csv", "--images", "images.csv", "--gallery", "images.csv"],
        "challenges: --gallery: phase ranking does not release the gallery's identities",
    ),
    "gallery that is none": (
        [
            "check",
            "agsynth",
            "--phase",
            "labels",
            "--submission",
            "answers.csv",
            "--images",
            "images.csv",
            "--gallery",
            "images.csv",
        ],
        "challenges: --gallery images.csv: the first line must be image_id,person_id",
    ),
    "result into a missing folder": (
        ["check", "agsynth", "--submission", "answers.csv", "--images", "images.csv", "--json", "none/report.json"],
        "challenges: --json none/report.json: its folder does not exist",
    ),
    "collected data synthesised": (
        ["synthesize", "agreid2023", "--out", "out", "--seed", "1"],
        "challenges: agreid2023 has no generator: its data are collected, not made",
    ),
    "no identities": (
        ["synthesize", "agsynth", "--out", "out", "--seed", "1", "--identities", "0"],
        "challenges: identities must be 2 to 2,000, not 0",
    ),
    "synthesis into a full folder": (
        ["synthesize", "agsynth", "--out", ".", "--seed", "1"],
        "challenges: . is in use: give a folder that does not exist or is empty",
    ),
}


@pytest.mark.parametrize(("arguments", "message"), WRONG_CALLS.values(), ids=WRONG_CALLS)
def test_a_wrong_call_is_one_clear_line_and_status_2(tmp_path, monkeypatch, capsys, arguments, message):
    monkeypatch.chdir(tmp_path)
    write(tmp_path / "images.csv", ["track,role,image_id", "aerial_ground,query,q1", "aerial_ground,gallery,g1"])
    write(tmp_path / "other.csv", ["track,role,image_id", "aerial_grund,query,q1", "aerial_grund,gallery,g1"])
    write(tmp_path / "answers.csv", ["query_id,gallery_ids", "q1,g1"])

    status = main(arguments)

    captured = capsys.readouterr()
    assert status == 2
    assert captured.out == ""
    assert captured.err.startswith(message)
    assert len(captured.err.splitlines()) == 1
    assert sorted(path.name for path in tmp_path.iterdir()) == ["answers.csv", "images.csv", "other.csv"]


def test_a_file_that_is_no_annotations_lists_every_fault(tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    write(tmp_path / "answers.csv", ["query_id,gallery_ids", "q1,g1"])

    assert main(["evaluate", "agsynth", "--submission", "answers.csv", "--annotations", "answers.csv"]) == 2

    found = capsys.readouterr().err.splitlines()
    assert len(found) == 5  # one for each column that annotations need
    assert all(line.startswith("challenges: --annotations answers.csv: The column ") for line in found)


def test_a_faulty_pack_lists_every_problem(tmp_path, capsys):
    folder = copied_pack(
        tmp_path, edits={'title = "AG-Synth"': 'titel = "AG-Synth"', "daily_quota = 5": "daily_quota = 0"}
    )

    assert main(["describe", str(folder)]) == 2
    assert len(capsys.readouterr().err.splitlines()) == 3
