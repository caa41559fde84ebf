"""A faulty pack is refused with every problem at once, each with file, table, key and mend."""

import tomllib
from pathlib import Path

import pytest

import challenges
from challenges import ChallengeError
from tests.challenges.factories import copied_pack


def problems_of(folder) -> list[str]:
    with pytest.raises(ChallengeError) as raised:
        challenges.load(folder)
    return [str(problem) for problem in raised.value.problems]


FAULTS = tomllib.loads(Path(__file__).with_name("faults.toml").read_text(encoding="utf-8"))["fault"]


@pytest.mark.parametrize("fault", FAULTS, ids=[fault["name"] for fault in FAULTS])
def test_one_fault_is_one_problem_with_its_place(tmp_path, fault):
    folder = copied_pack(tmp_path, fault["pack"], edits={fault["old"]: fault["new"]}, file=fault["file"])

    found = problems_of(folder)

    assert len(found) == 1, found
    assert found[0].startswith(f"{fault['file']}: ")
    assert fault["message"] in found[0]


def test_all_problems_are_reported_at_once(tmp_path):
    folder = copied_pack(
        tmp_path,
        edits={
            'title = "AG-Synth"': "titel = 'AG-Synth'",
            "daily_quota = 5": "daily_quota = -1",
            'ap = "step"': 'ap = "stairs"',
            'rules = "rules.md"': 'rules = "none.md"',
        },
    )

    found = problems_of(folder)

    assert len(found) == 5  # the unknown key and the missing one are two
    assert [line.split(": ")[1] for line in found] == ["titel", "title", "phases[1]", "rules", "protocol"]


def test_a_problem_of_the_common_protocol_is_reported_once_for_all_phases(tmp_path):
    found = problems_of(copied_pack(tmp_path, edits={'ties = "gallery_order"': 'ties = "random"'}))

    assert len(found) == 1


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"title = \xff", "is not UTF-8 text: byte 9 cannot be read"),
        (b"title = ", "is not valid TOML: Invalid value (at end of document)"),
        (b"a = 1\na = 2\n", "is not valid TOML: Cannot overwrite a value (at line 2, column 6)"),
    ],
)
def test_an_unreadable_file_says_where(tmp_path, content, message):
    folder = copied_pack(tmp_path)
    (folder / "challenge.toml").write_bytes(content)

    assert problems_of(folder) == [f"challenge.toml: {message}"]


def test_an_empty_file_lacks_every_required_key(tmp_path):
    folder = copied_pack(tmp_path)
    (folder / "challenge.toml").write_bytes(b"")

    found = problems_of(folder)

    assert "challenge.toml: slug: is missing: name in addresses and commands; the folder has the same" in found
    assert len(found) > 10


def test_an_unknown_challenge_names_the_nearest_one():
    with pytest.raises(
        ChallengeError, match=r'there is no such challenge \(did you mean "agsynth"\?\); known: agreid2023'
    ):
        challenges.load("agsinth")


def test_a_folder_is_loaded_like_a_slug(tmp_path):
    folder = copied_pack(tmp_path)

    assert challenges.load(folder).phases == challenges.load("agsynth").phases
    assert challenges.load(str(folder)).folder == folder


def test_markdown_that_is_not_text_is_refused(tmp_path):
    folder = copied_pack(tmp_path)
    (folder / "rules.md").write_bytes(b"\xff\xfe")

    assert problems_of(folder) == ['challenge.toml: rules: "rules.md" is not UTF-8 text']
