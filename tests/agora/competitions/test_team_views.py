"""The page of a team and its forms, in browsers without scripts."""

import re

import pytest
from django.test import Client

from agora.accounts.models import User
from agora.competitions.models import Competition, Invitation, Membership
from tests.agora.competitions import factories
from tests.agora.factories import make_entry

pytestmark = pytest.mark.django_db
TEAM = "/c/agsynth/team/"
FORM = re.compile(r'<form method="post" action="([^"]+)"')


def signed_in(user: User) -> Client:
    client = Client()
    client.force_login(user)
    return client


@pytest.fixture
def competition() -> Competition:
    return factories.make_open_competition()


@pytest.fixture
def osprey(competition: Competition) -> Client:
    """Whoever leads the team `osprey`."""
    user = factories.make_user("osprey")
    factories.join(competition, user)
    return signed_in(user)


@pytest.fixture
def heron(competition: Competition) -> Client:
    """Somebody with a team of one."""
    user = factories.make_user("heron")
    factories.join(competition, user)
    return signed_in(user)


def page(client: Client) -> str:
    response = client.get(TEAM)
    assert response.status_code == 200
    return response.content.decode()


def press(client: Client, label: str) -> str:
    """Press the button whose form's address ends so; return the page that follows."""
    address = next(found for found in FORM.findall(page(client)) if found.endswith(label))
    return client.post(address, follow=True).content.decode()


def test_from_the_invitation_to_the_team_by_the_pages(osprey: Client, heron: Client) -> None:
    invited = osprey.post(f"{TEAM}invite", {"who": "heron"}, follow=True).content.decode()
    assert "heron is invited, for 14 days." in invited
    assert "/cancel" in invited
    received = page(heron)
    assert "invites you to the team <strong>osprey</strong>" in received
    assert "Your own team, heron, has no entry and ends when you accept." in received

    accepted = press(heron, "/accept")

    assert "You are in osprey." in accepted
    assert "2 members of at most 5" in accepted
    assert "Leave the team" in accepted
    assert "/invite" not in accepted
    assert "Make leader" in page(osprey)


def test_an_invitation_is_cancelled_by_its_button(osprey: Client, heron: Client) -> None:
    osprey.post(f"{TEAM}invite", {"who": "heron"})

    assert "heron is not invited any more." in press(osprey, "/cancel")
    assert "invites you" not in page(heron)


def test_an_invitation_is_declined_by_its_button(osprey: Client, heron: Client) -> None:
    osprey.post(f"{TEAM}invite", {"who": "heron@example.org"})

    assert "You declined the invitation to osprey." in press(heron, "/decline")


def test_what_cannot_be_invited_is_said_at_the_field(osprey: Client) -> None:
    response = osprey.post(f"{TEAM}invite", {"who": "nobody"})

    assert response.status_code == 400
    assert "No account has the handle “nobody”." in response.content.decode()


def test_leaving_and_handing_on_by_the_buttons(osprey: Client, heron: Client) -> None:
    osprey.post(f"{TEAM}invite", {"who": "heron"})
    press(heron, "/accept")

    handed = osprey.post(f"{TEAM}lead", {"member": "heron"}, follow=True).content.decode()
    left = press(osprey, "/leave")

    assert "heron leads the team now." in handed
    assert "You left the team. Your own is osprey-2." in left


def test_after_the_first_entry_the_page_offers_no_leaving(
    osprey: Client, heron: Client, competition: Competition
) -> None:
    osprey.post(f"{TEAM}invite", {"who": "heron"})
    press(heron, "/accept")
    make_entry(competition.phases.order_by("position")[0], User.objects.get(handle="heron"))

    html = page(heron)

    assert "Leave the team" not in html
    assert "from the first one on its people stay together" in html
    assert heron.post(f"{TEAM}leave").status_code == 409


@pytest.mark.parametrize("act", ["invite", "leave", "lead"])
def test_strangers_change_no_team(competition: Competition, act: str) -> None:
    assert signed_in(factories.make_user()).post(f"{TEAM}{act}", {"who": "x"}).status_code == 403
    assert Client().post(f"{TEAM}{act}", {"who": "x"}).status_code == 403


@pytest.mark.parametrize("act", ["accept", "decline", "cancel"])
def test_an_invitation_is_nobody_elses(osprey: Client, heron: Client, competition: Competition, act: str) -> None:
    factories.join(competition, other := factories.make_user("other"))
    osprey.post(f"{TEAM}invite", {"who": "other"})
    address = f"{TEAM}invitations/{Invitation.objects.get().ref}/{act}"

    assert heron.post(address).status_code == 404
    assert heron.get(address).status_code == 405
    assert Client().post(address).status_code in {403, 404}
    assert Membership.objects.get(user=other).team.name == "other"
