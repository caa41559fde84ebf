"""Files go to members who accepted the rules, whole or by range, and never open in our origin."""

import hashlib
import io
import zipfile
from contextlib import closing
from pathlib import Path

import pytest
from django.test import Client

from agora.competitions import services
from agora.competitions.models import Competition, RulesVersion
from tests.agora.competitions import factories

pytestmark = pytest.mark.django_db
TABLE = "/c/agsynth/data/train/annotations.csv"


@pytest.fixture
def competition(tmp_path: Path) -> Competition:
    found = factories.make_open_competition()
    services.import_release(found, factories.write_release(tmp_path))
    return found


@pytest.fixture
def member(competition: Competition) -> Client:
    """A browser of someone who joined and accepted the rules."""
    user, client = factories.make_user(), Client()
    factories.join(competition, user)
    client.force_login(user)
    return client


def test_a_member_gets_the_bytes_as_an_attachment(member: Client, tmp_path: Path) -> None:
    response = member.get(TABLE)

    content = b"".join(response.streaming_content)
    assert content == (tmp_path / "public" / "train" / "annotations.csv").read_bytes()
    assert response.headers["Content-Length"] == str(len(content))
    assert response.headers["Content-Disposition"] == 'attachment; filename="annotations.csv"'
    assert response.headers["X-Content-Type-Options"] == "nosniff"
    assert response.headers["Content-Security-Policy"].startswith("sandbox")
    assert response.headers["ETag"] == f'"{hashlib.sha256(content).hexdigest()}"'


@pytest.mark.parametrize("asked", [f"bytes=0-{'9' * 5000}", f"bytes=-{'9' * 5000}"])
def test_a_number_that_no_file_has_is_no_range(member: Client, asked: str) -> None:
    response = member.get(TABLE, headers={"range": asked})

    assert response.status_code == 200
    assert len(b"".join(response.streaming_content)) == int(response.headers["Content-Length"])


def test_a_name_that_no_file_can_have_is_not_found(member: Client) -> None:
    assert member.get("/c/agsynth/data/%00").status_code == 404


def test_a_version_that_no_rules_can_have_is_not_found(member: Client) -> None:
    assert member.post("/c/agsynth/rules/accept", {"version": "9" * 5000}).status_code == 404


@pytest.mark.parametrize(
    ("asked", "first", "last"),
    [("bytes=0-9", 0, 9), ("bytes=5-", 5, None), ("bytes=-7", -7, None), ("bytes=3-99999999", 3, None)],
)
def test_a_range_is_cut_exactly(member: Client, tmp_path: Path, asked: str, first: int, last: int | None) -> None:
    whole = (tmp_path / "public" / "train" / "annotations.csv").read_bytes()

    response = member.get(TABLE, headers={"range": asked})

    expected = whole[first : None if last is None else last + 1]
    assert response.status_code == 206
    assert b"".join(response.streaming_content) == expected
    assert response.headers["Content-Length"] == str(len(expected))
    begin = first % len(whole)
    assert response.headers["Content-Range"] == f"bytes {begin}-{begin + len(expected) - 1}/{len(whole)}"


@pytest.mark.parametrize("asked", ["bytes=9-3", "lines=1-2", "bytes=0-1,5-6", "bytes=-", "bytes=x-"])
def test_what_is_no_single_range_gives_the_whole_file(member: Client, asked: str) -> None:
    with closing(member.get(TABLE, headers={"range": asked})) as response:
        assert response.status_code == 200


@pytest.mark.parametrize("asked", ["bytes=99999999-", "bytes=-0"])
def test_a_range_outside_the_file_is_refused(member: Client, asked: str) -> None:
    response = member.get(TABLE, headers={"range": asked})

    assert response.status_code == 416
    assert response.headers["Content-Range"].startswith("bytes */")


def test_a_range_of_another_version_gives_the_whole_file(member: Client) -> None:
    with closing(member.get(TABLE, headers={"range": "bytes=0-1", "if-range": '"other"'})) as response:
        assert response.status_code == 200


def test_head_says_the_length_and_sends_nothing(member: Client) -> None:
    response = member.head(TABLE)

    assert response.status_code == 200
    assert int(response.headers["Content-Length"]) > 0
    assert response.content == b""


def test_everything_is_one_zip_with_the_layout_of_the_release(member: Client) -> None:
    response = member.get("/c/agsynth/data.zip")

    names = zipfile.ZipFile(io.BytesIO(b"".join(response.streaming_content))).namelist()
    assert "train/images/i0u.png" in names
    assert "test/images.csv" in names
    assert response.headers["Content-Disposition"] == 'attachment; filename="agsynth.zip"'


@pytest.mark.parametrize("path", [TABLE, "/c/agsynth/data.zip"])
def test_an_anonymous_visitor_is_told_to_sign_in(competition: Competition, path: str) -> None:
    response = Client().get(path)

    assert response.status_code == 403
    assert b"Sign in and join AG-Synth first." in response.content
    assert b"/accounts/login/?next=/c/agsynth/" in response.content


def test_a_stranger_is_told_to_join(competition: Competition) -> None:
    client = Client()
    client.force_login(factories.make_user())

    response = client.get(TABLE)

    assert response.status_code == 403
    assert b"Join AG-Synth first" in response.content


def test_before_acceptance_the_page_names_the_rule_and_links_to_it(competition: Competition) -> None:
    user, client = factories.make_user(), Client()
    factories.join(competition, user, accept=False)
    client.force_login(user)

    response = client.get(TABLE)

    assert response.status_code == 403
    assert b"Accept version 1 of the rules of AG-Synth first." in response.content
    assert b'href="/c/agsynth/rules/"' in response.content


def test_a_new_version_of_the_rules_closes_the_data_until_it_is_accepted(
    member: Client, competition: Competition
) -> None:
    RulesVersion.objects.create(competition=competition, version=2, text="New.")

    assert member.get(TABLE).status_code == 403


def test_a_name_outside_the_release_is_not_found(member: Client) -> None:
    assert member.get("/c/agsynth/data/../../etc/passwd").status_code == 404
    assert member.get("/c/agsynth/data/hidden/annotations.csv").status_code == 404


def test_a_script_gets_the_reason_as_json(competition: Competition) -> None:
    response = Client().get(TABLE, headers={"accept": "application/json"})

    assert response.status_code == 403
    assert response.json()["error"]["code"] == "not_allowed"
