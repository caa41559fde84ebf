"""Every page of a competition, seen by everybody who may come along."""

import re
from pathlib import Path

import pytest
from django.test import Client

from agora.accounts.models import User
from agora.competitions import services
from agora.competitions.models import Competition, RulesVersion, Team
from tests.agora.competitions import factories

pytestmark = pytest.mark.django_db

PAGES = (
    "/",
    "/competitions/",
    "/c/agsynth/",
    "/c/agsynth/?phase=labels",
    "/c/agsynth/data/",
    "/c/agsynth/rules/",
    "/c/agsynth/team/",
)
INLINE = re.compile(r"<[^>]*\s(style|on[a-z]+)\s*=|<style[\s>]|<script(?![^>]*\bsrc=)", re.IGNORECASE)


@pytest.fixture
def competition(tmp_path: Path) -> Competition:
    """AG-Synth, open, with a small release; AG-ReID2023 beside it as an archive."""
    found = factories.make_open_competition()
    services.import_release(found, factories.write_release(tmp_path))
    factories.make_competition("agreid2023")
    return found


@pytest.fixture
def people(competition: Competition) -> dict[str, User | None]:
    """Everybody who may open a page."""
    member, joined = factories.make_user("member"), factories.make_user("joined")
    factories.join(competition, member)
    factories.join(competition, joined, accept=False)
    return {
        "anonymous": None,
        "stranger": factories.make_user("stranger"),
        "joined": joined,
        "member": member,
        "staff": factories.make_user("staff", is_staff=True),
    }


def visit(user: User | None) -> Client:
    """Return a browser in which `user` is signed in; it insists on CSRF tokens."""
    client = Client()
    if user is not None:
        client.force_login(user)
    return client


@pytest.mark.parametrize("who", ["anonymous", "stranger", "joined", "member", "staff"])
def test_every_page_opens_for_everybody_under_the_policy(people: dict[str, User | None], who: str) -> None:
    client = visit(people[who])

    for path in PAGES:
        response = client.get(path)

        html = response.content.decode()
        assert response.status_code == 200, path
        assert INLINE.search(html) is None, path
        policy = response.headers["Content-Security-Policy"]
        assert "default-src 'none'" in policy, path
        assert "unsafe" not in policy, path


def test_an_archive_offers_the_offline_scorer_and_neither_join_nor_submit(people: dict[str, User | None]) -> None:
    client = visit(people["stranger"])

    for page in ("", "data/", "rules/", "team/"):
        html = client.get(f"/c/agreid2023/{page}").content.decode()

        assert "Score a file offline" in html
        assert "This site holds no ground truth for it" in html
        assert "/c/agreid2023/join" not in html
        assert "/c/agreid2023/submit" not in html


def test_an_unknown_competition_is_not_found_and_offers_search(people: dict[str, User | None]) -> None:
    response = visit(None).get("/c/nowhere/")

    assert response.status_code == 404
    assert b'type="search"' in response.content


def test_the_list_counts_and_filters(people: dict[str, User | None]) -> None:
    html = visit(people["member"]).get("/competitions/?which=yours").content.decode()

    assert "AG-Synth" in html
    assert "AG-ReID2023" not in html
    archive = visit(None).get("/competitions/?which=archive").content.decode()
    assert "97.73" in archive
    assert "11 reported" in archive
    assert ">AG-Synth<" not in archive


def test_a_search_without_a_match_says_what_hides_the_rows(people: dict[str, User | None]) -> None:
    html = visit(None).get("/competitions/?q=whales").content.decode()

    assert "No competition matches. 2 are hidden by “whales”" in html


def test_a_private_competition_is_seen_by_its_people_alone(
    people: dict[str, User | None], competition: Competition
) -> None:
    Competition.objects.filter(pk=competition.pk).update(tags=["synthetic", "private"])

    statuses = {who: visit(user).get("/c/agsynth/").status_code for who, user in people.items()}

    assert statuses == {"anonymous": 404, "stranger": 404, "joined": 200, "member": 200, "staff": 200}
    assert b"AG-Synth" not in visit(people["stranger"]).get("/competitions/").content
    assert visit(people["stranger"]).get("/c/agsynth/pictures/0.png").status_code == 404


def test_pictures_are_png_and_numbered(people: dict[str, User | None]) -> None:
    response = visit(None).get("/c/agsynth/pictures/0.png")

    assert response.headers["Content-Type"] == "image/png"
    assert response.content.startswith(b"\x89PNG")
    assert visit(None).get("/c/agsynth/pictures/99.png").status_code == 404


def test_joining_leads_to_the_rules_and_accepting_to_the_data(people: dict[str, User | None]) -> None:
    client = visit(people["stranger"])

    joined = client.post("/c/agsynth/join")
    accepted = client.post("/c/agsynth/rules/accept", {"version": "1"})

    assert joined.headers["Location"] == "/c/agsynth/rules/"
    assert accepted.headers["Location"] == "/c/agsynth/data/"
    assert b"You accepted version 1 on" in client.get("/c/agsynth/rules/").content


@pytest.mark.parametrize("path", ["/c/agsynth/join", "/c/agsynth/rules/accept", "/theme"])
def test_no_state_changes_on_get(people: dict[str, User | None], path: str) -> None:
    assert visit(people["stranger"]).get(path).status_code == 405


@pytest.mark.parametrize("path", ["/c/agsynth/join", "/c/agsynth/rules/accept", "/c/agsynth/team/", "/theme"])
def test_a_form_of_another_site_is_refused(people: dict[str, User | None], path: str) -> None:
    client = Client(enforce_csrf_checks=True)
    client.force_login(people["stranger"])

    assert client.post(path, {"version": "1", "name": "x"}).status_code == 403
    assert not people["stranger"].memberships.exists()  # type: ignore[union-attr]


def test_an_anonymous_join_goes_through_the_log_in(people: dict[str, User | None]) -> None:
    response = visit(None).post("/c/agsynth/join")

    assert response.headers["Location"] == "/accounts/login/?next=%2Fc%2Fagsynth%2F"


def test_rules_are_accepted_by_members_alone(people: dict[str, User | None]) -> None:
    response = visit(people["stranger"]).post("/c/agsynth/rules/accept", {"version": "1"})

    assert response.status_code == 403
    assert b"Join AG-Synth first" in response.content


def test_a_new_version_shows_what_changed_first(people: dict[str, User | None], competition: Competition) -> None:
    old = competition.rules_versions.get()
    text = old.text.replace("Five submissions", "Three submissions") + "\n7. Say thank you.\n"
    RulesVersion.objects.create(competition=competition, version=2, text=text)

    html = visit(people["member"]).get("/c/agsynth/rules/").content.decode()

    changes = html[html.index("What changed since version 1") : html.index('id="rules-title"')]
    assert re.search(r"<del[^>]*>.*Five submissions.*?</del>", changes, re.DOTALL)
    assert re.search(r"<ins[^>]*>.*Three submissions.*?</ins>", changes, re.DOTALL)
    assert re.search(r"<ins[^>]*>.*Say thank you.*?</ins>", changes, re.DOTALL)
    assert "I have read version 2 and accept it" in html


def test_a_member_renames_the_team_and_a_taken_name_is_said_at_the_field(people: dict[str, User | None]) -> None:
    client = visit(people["member"])

    refused = client.post("/c/agsynth/team/", {"name": "JOINED"})
    renamed = client.post("/c/agsynth/team/", {"name": "Osprey  ReID"})

    assert refused.status_code == 400
    assert b"A team of this name exists already." in refused.content
    assert renamed.status_code == 302
    assert Team.objects.filter(name="Osprey ReID").exists()


def test_a_stranger_renames_nothing(people: dict[str, User | None]) -> None:
    assert visit(people["stranger"]).post("/c/agsynth/team/", {"name": "x"}).status_code == 403


def test_what_an_organiser_writes_runs_nothing(people: dict[str, User | None], competition: Competition) -> None:
    text = (
        "<script>alert(1)</script>\n\n[a](javascript:alert(1)) <img src=x onerror=alert(1)> ![i](https://e.org/x.png)"
    )
    Competition.objects.filter(pk=competition.pk).update(description=text)

    html = visit(None).get("/c/agsynth/").content.decode()

    assert "<script>alert" not in html
    assert "javascript:" not in re.sub(r"\[a\]\(javascript:alert\(1\)\)", "", html)
    assert "<img" not in html[html.index("What is asked") : html.index('id="evaluation"')]


def test_the_theme_is_remembered_and_written_into_the_page(people: dict[str, User | None]) -> None:
    client = visit(None)

    response = client.post("/theme", {"theme": "dark"}, headers={"referer": "http://testserver/competitions/"})

    assert response.headers["Location"] == "http://testserver/competitions/"
    assert b'data-theme="dark"' in client.get("/").content


def test_the_theme_leads_to_no_other_site_and_takes_no_other_value(people: dict[str, User | None]) -> None:
    client = visit(None)

    response = client.post("/theme", {"theme": '"><script>'}, headers={"referer": "https://elsewhere.example/"})

    assert response.headers["Location"] == "/"
    assert client.cookies["theme"].value == "system"


def test_a_failure_of_ours_gets_an_incident_that_the_log_has(
    people: dict[str, User | None], monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    def fail(*_: object) -> None:
        raise RuntimeError("secret words")

    monkeypatch.setattr("agora.competitions.selectors.head", fail)

    response = visit(None).get("/c/agsynth/")

    html = response.content.decode()
    incident = re.search(r"incident <code>([0-9a-hjkmnp-tv-z]{12})</code>", html)
    assert response.status_code == 500
    assert incident is not None
    assert incident.group(1) in caplog.text
    assert "This is our fault." in html
    assert "secret words" not in html


@pytest.mark.parametrize(
    ("path", "status"), [("/nowhere", 404), ("/c/agsynth/data/train.zip", 403), ("/c/agsynth/join", 405)]
)
def test_error_pages_keep_the_policy(people: dict[str, User | None], path: str, status: int) -> None:
    response = visit(people["joined"]).get(path)

    assert response.status_code == status
    assert INLINE.search(response.content.decode()) is None
    assert "default-src 'none'" in response.headers["Content-Security-Policy"]
