"""From sign-up to a confirmed account, and what a local site shows and to whom."""

import re
from pathlib import Path
from typing import Any

import pytest
from django.core import mail
from django.core.cache import cache
from django.test import Client

from agora.accounts.models import User
from tests.agora.competitions import factories

pytestmark = pytest.mark.django_db
FORM = {"email": "kes@example.org", "username": "kes", "password1": "a-long-passphrase"}
LINK = re.compile(r"http://testserver(/accounts/confirm-email/[^\s\"/]+/)")


@pytest.fixture(autouse=True)
def _fresh_limits() -> None:
    """Forget the attempts of the tests before: the limits are counted in the cache."""
    client = cache._cache.get_client()
    for key in client.scan_iter("*:allauth:*"):
        client.delete(key)


@pytest.fixture
def _local(settings: Any) -> None:
    settings.LOCAL = True


def sign_up(client: Client, **fields: str) -> Any:
    """Send the form of the sign-up page and follow to the page that comes after it."""
    return client.post("/accounts/signup/", {**FORM, **fields}, follow=True)


def test_the_mail_leads_to_a_confirmed_and_signed_in_account() -> None:
    client = Client()
    shown = sign_up(client)
    path = LINK.search(mail.outbox[0].body).group(1)  # type: ignore[union-attr]

    page = client.get(path)
    assert User.objects.get(handle="kes").emailaddress_set.get().verified is False  # opening the link changes nothing
    confirmed = client.post(path)

    assert shown.redirect_chain[-1][0] == "/accounts/mail/"
    assert b"Confirm the address" in page.content
    assert confirmed.headers["Location"] == "/"
    assert User.objects.get(handle="kes").emailaddress_set.get().verified is True
    assert b"Account of" in client.get("/").content


def test_before_the_confirmation_nobody_gets_in() -> None:
    sign_up(Client())

    client = Client()
    response = client.post("/accounts/login/", {"login": FORM["email"], "password": FORM["password1"]})

    assert response.headers["Location"] == "/accounts/mail/"
    assert b"Account of" not in client.get("/").content


def test_elsewhere_the_link_is_in_the_mail_alone() -> None:
    client = Client()

    shown = sign_up(client)

    assert LINK.search(shown.content.decode()) is None
    assert "confirm-email" not in str(dict(client.session))


@pytest.mark.usefixtures("_local")
def test_a_local_site_shows_the_link_to_the_session_that_signed_up() -> None:
    client, other = Client(), Client()

    shown = sign_up(client)

    path = LINK.search(shown.content.decode()).group(1)  # type: ignore[union-attr]
    assert LINK.search(other.get("/accounts/mail/").content.decode()) is None
    client.post(path)
    assert client.get("/accounts/mail/").headers["Location"] == "/"
    assert "confirm-email" not in str(dict(client.session))


@pytest.mark.usefixtures("_local")
def test_a_local_site_shows_no_link_to_who_only_logs_in() -> None:
    sign_up(Client())
    client = Client()

    shown = client.post("/accounts/login/", {"login": FORM["email"], "password": FORM["password1"]}, follow=True)

    assert LINK.search(shown.content.decode()) is None


def test_a_site_that_is_local_no_more_hides_a_link_it_stored(settings: Any) -> None:
    settings.LOCAL = True
    client = Client()
    sign_up(client)
    settings.LOCAL = False

    assert LINK.search(client.get("/accounts/mail/").content.decode()) is None


@pytest.mark.parametrize(
    ("fields", "fault"),
    [
        ({"email": "kes"}, "Enter a valid email address."),
        ({"username": "k"}, "Use 2 to 30 letters"),
        ({"username": "ADMIN"}, "is reserved"),
        ({"password1": "short"}, "too short"),
    ],
)
def test_faults_stand_at_their_field_and_are_summed_at_the_top(fields: dict[str, str], fault: str) -> None:
    html = sign_up(Client(), **fields).content.decode()

    assert "and send it again." in html
    assert html.count(fault) == 2
    assert 'aria-invalid="true"' in html
    assert not User.objects.exists()


def test_a_handle_is_taken_whatever_its_case() -> None:
    factories.make_user("Kes")

    assert "taken" in sign_up(Client()).content.decode().lower() or User.objects.count() == 1


def test_a_known_address_is_not_betrayed() -> None:
    factories.make_user("other")

    shown = sign_up(Client(), email="other@example.org")

    assert shown.redirect_chain[-1][0] == "/accounts/mail/"
    assert User.objects.count() == 1
    assert mail.outbox[0].to == ["other@example.org"]


def test_the_log_in_is_by_address_and_leads_back(tmp_path: Path) -> None:
    factories.make_competition()
    factories.make_user("kes")

    response = Client().post(
        "/accounts/login/?next=/c/agsynth/",
        {"login": "KES@example.org", "password": factories.PASSWORD, "next": "/c/agsynth/"},
    )

    assert response.headers["Location"] == "/c/agsynth/"


def test_a_wrong_password_is_said_without_saying_which_part_is_wrong() -> None:
    factories.make_user("kes")

    html = Client().post("/accounts/login/", {"login": "kes@example.org", "password": "wrong"}).content.decode()

    assert "Mend this and send it again." in html


def test_too_many_wrong_passwords_are_stopped() -> None:
    factories.make_user("limited")
    client = Client()

    for _ in range(6):
        response = client.post("/accounts/login/", {"login": "limited@example.org", "password": "wrong"})

    assert b"Too many" in response.content


def test_logging_out_needs_a_post() -> None:
    client = Client()
    client.force_login(factories.make_user())

    client.get("/accounts/logout/")
    assert b"Account of" in client.get("/").content
    client.post("/accounts/logout/")
    assert b"Account of" not in client.get("/").content


def test_a_reset_link_sets_a_new_password() -> None:
    factories.make_user("kes")
    client = Client()
    client.post("/accounts/password/reset/", {"email": "kes@example.org"})
    path = re.search(r"http://testserver(/accounts/password/reset/key/\S+)", mail.outbox[0].body).group(1)  # type: ignore[union-attr]

    form = client.get(path, follow=True)
    client.post(form.redirect_chain[-1][0], {"password1": "another-passphrase", "password2": "another-passphrase"})

    assert client.login(email="kes@example.org", password="another-passphrase")


@pytest.mark.parametrize(
    "path", ["login/", "signup/", "mail/", "password/reset/", "password/reset/done/", "confirm-email/none/", "logout/"]
)
def test_pages_are_ours_and_keep_the_policy(path: str) -> None:
    client = Client()
    if path == "logout/":
        client.force_login(factories.make_user())

    html = client.get(f"/accounts/{path}").content.decode()

    assert 'class="brand"' in html
    assert re.search(r"\sstyle=|<script(?![^>]*\bsrc=)", html) is None


def test_signed_in_pages_are_ours_too() -> None:
    client = Client()
    client.force_login(factories.make_user())

    for path in ("/accounts/password/change/", "/accounts/email/"):
        html = client.get(path).content.decode()
        assert 'class="brand"' in html, path
        assert re.search(r"\sstyle=|<script(?![^>]*\bsrc=)", html) is None, path


def test_a_rate_limit_says_when_to_come_back() -> None:
    client = Client()

    answers = [client.post("/accounts/signup/", {}) for _ in range(21)]

    assert [answer.status_code for answer in answers] == [200] * 20 + [429]
    assert re.search(rb"Come back at \d\d:\d\d:\d\d UTC", answers[-1].content)
    assert answers[-1].headers["Retry-After"] == "60"
