"""The page of notifications and the number in the site bar."""

import pytest
from django.test import Client

from agora.accounts.models import User
from agora.activity.models import Notification
from agora.activity.services import notify
from tests.agora import factories

pytestmark = pytest.mark.django_db
PAGE = "/notifications/"


@pytest.fixture
def user() -> User:
    return factories.make_user("heron")


@pytest.fixture
def heron(user: User) -> Client:
    client = Client()
    client.force_login(user)
    return client


def unread(client: Client) -> bool:
    return b'class="unread"' in client.get("/").content


def test_the_bar_counts_what_is_new_and_the_page_says_it(heron: Client, user: User) -> None:
    assert not unread(heron)
    assert b"Nothing yet." in heron.get(PAGE).content
    notify(user, "scored", "a.csv is <b>scored</b>.", "/s/x/")

    html = heron.get(PAGE).content.decode()

    assert '<span class="unread">1<' in html
    assert '<a href="/s/x/">a.csv is &lt;b&gt;scored&lt;/b&gt;.</a>' in html
    assert "Mark 1 notification as read" in html


def test_what_came_after_the_page_stays_new(heron: Client, user: User) -> None:
    old = notify(user, "scored", "old", "/")
    until = heron.get(PAGE).context["shown"].until.isoformat()
    new = notify(user, "scored", "new", "/")

    assert heron.post(f"{PAGE}read", {"until": until}).status_code == 302

    assert Notification.objects.get(pk=old.pk).read_at is not None
    assert Notification.objects.get(pk=new.pk).read_at is None


@pytest.mark.parametrize("until", ["", "x", "2026-01-01", "2026-13-41T00:00:00+00:00", "\0"])
def test_without_an_instant_all_is_read(heron: Client, user: User, until: str) -> None:
    notify(user, "scored", "old", "/")

    assert heron.post(f"{PAGE}read", {"until": until}).status_code == 302
    assert not unread(heron)


def test_reading_changes_nothing_and_others_notes_are_theirs(heron: Client, user: User) -> None:
    notify(factories.make_user("other"), "scored", "not yours", "/")
    notify(user, "scored", "yours", "/")

    assert b"not yours" not in heron.get(PAGE).content
    assert unread(heron)
    heron.post(f"{PAGE}read")
    assert Notification.objects.filter(read_at=None).get().text == "not yours"
    assert heron.get(f"{PAGE}read").status_code == 405


def test_the_page_is_for_those_signed_in() -> None:
    assert Client().get(PAGE).headers["Location"] == "/accounts/login/?next=/notifications/"
    assert Client().post(f"{PAGE}read").headers["Location"] == "/accounts/login/?next=/notifications/"


def test_a_hundred_is_more_than_the_bar_counts_and_older_ones_are_on_further_pages(heron: Client, user: User) -> None:
    for number in range(101):
        notify(user, "scored", f"note {number}.", "/")

    html = heron.get(PAGE).content.decode()

    assert '<span class="unread">99+<' in html
    assert "note 100." in html
    assert "note 50." not in html
    assert "note 50." in heron.get(f"{PAGE}?page=2").content.decode()
    assert heron.get(f"{PAGE}?page=99999999").status_code == heron.get(f"{PAGE}?page=x").status_code == 200
