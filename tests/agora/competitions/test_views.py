"""Every page of a competition, seen by everybody who may come along."""

import re
from pathlib import Path

import pytest
from django.test import Client

from agora.accounts.models import User
from agora.competitions import services
from agora.competitions.models import Competition
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
@pytest.mark.parametrize("path", PAGES)
def test_every_page_opens_for_everybody_under_the_policy(people: dict[str, User | None], who: str, path: str) -> None:
    response = visit(people[who]).get(path)

    html = response.content.decode()
    assert response.status_code == 200
    assert INLINE.search(html) is None
    policy = response.headers["Content-Security-Policy"]
    assert "default-src 'none'" in policy
    assert "unsafe" not in policy


@pytest.mark.parametrize(
    "path", ["/c/agreid2023/", "/c/agreid2023/data/", "/c/agreid2023/rules/", "/c/agreid2023/team/"]
)
def test_an_archive_offers_the_offline_scorer_and_neither_join_nor_submit(
    people: dict[str, User | None], path: str
) -> None:
    html = visit(people["stranger"]).get(path).content.decode()

    assert "Score a file offline" in html
    assert "This site holds no ground truth for it" in html
    assert "/c/agreid2023/join" not in html
    assert "/c/agreid2023/submit" not in html


def test_an_unknown_competition_is_not_found_and_offers_search(people: dict[str, User | None]) -> None:
    response = visit(None).get("/c/nowhere/")

    assert response.status_code == 404
    assert b'type="search"' in response.content
