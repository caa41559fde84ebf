"""Make the visitors and their sessions."""

from dataclasses import dataclass, field

from allauth.account.models import EmailAddress
from django.test import Client

from agora.accounts.models import User
from agora.competitions.models import Competition
from tests.agora.competitions.factories import join

_BACKEND = "allauth.account.auth_backends.AuthenticationBackend"
#: Visitor to what they did in AG-Synth: nothing, joined without accepting the rules, or both.
VISITORS = {
    "heron": "accepted",  # has an entry and an upload in every state
    "newcomer": "nothing",
    "reader": "joined",
    "starter": "accepted",  # has sent nothing yet
    "spent": "accepted",  # has used up the day's quota
    "busy": "accepted",  # has as many files under way as a team may have
    "sender": "accepted",  # sends the wrong files
    "operator": "nothing",
}


@dataclass
class Stage:
    """What was made: visitors by name, sessions, and names of what addresses lead to."""

    users: dict[str, User]
    cookies: dict[str, str] = field(default_factory=dict)
    refs: dict[str, str] = field(default_factory=dict)


def make() -> Stage:
    """Make every visitor with a session; the operator is the one that the site was started with."""
    competition = Competition.objects.get(slug="agsynth")
    stage = Stage({})
    for name, part in VISITORS.items():
        stage.users[name] = user = _user(name)
        if part != "nothing":
            join(competition, user, accept=part == "accepted")
        client = Client()
        client.force_login(user, backend=_BACKEND)
        stage.cookies[name] = client.cookies["sessionid"].value
    return stage


def _user(name: str) -> User:
    existing = User.objects.filter(handle=name).first()
    if existing is not None:
        return existing
    user = User.objects.create_user(f"{name}@example.org", name)
    EmailAddress.objects.create(user=user, email=user.email, verified=True, primary=True)
    return user
