"""Write what people do with competitions: join, accept rules, change teams; and what operators bring: packs and releases."""

from django.db import transaction
from django.urls import reverse
from django.utils import timezone

from agora.accounts.models import User
from agora.competitions.access import current_rules, membership_for
from agora.competitions.asking import TooManyAskedError
from agora.competitions.head import main_phase, phase_state
from agora.competitions.invitations import (
    InvitationError,
    accept_invitation,
    cancel_invitation,
    decline_invitation,
    invite,
)
from agora.competitions.mergers import MergerError, ask_merger, cancel_merger, decline_merger
from agora.competitions.models import Competition, Membership, RulesAcceptance, RulesVersion
from agora.competitions.packs import PackConflictError, create_competition_from_pack
from agora.competitions.releases import ReleaseError, import_release
from agora.competitions.teams import (
    TeamChangedError,
    TeamFullError,
    TeamNameError,
    found_team,
    hand_on_lead,
    leave_team,
    lock_competition,
    rename_team,
)
from agora.core.errors import ConflictError, NotAllowedError

__all__ = [
    "InvitationError",
    "MergerError",
    "PackConflictError",
    "ReleaseError",
    "TeamChangedError",
    "TeamFullError",
    "TeamNameError",
    "TooManyAskedError",
    "accept_invitation",
    "accept_rules",
    "ask_merger",
    "cancel_invitation",
    "cancel_merger",
    "create_competition_from_pack",
    "decline_invitation",
    "decline_merger",
    "hand_on_lead",
    "import_release",
    "invite",
    "join",
    "leave_team",
    "rename_team",
]


def join(competition: Competition, user: User) -> Membership:
    """Make `user` a team of one, named after the handle; joining again returns the place already held.

    The competition's row is locked, so that two requests at the same moment end with one team, and two teams never want
    the same name.

    Raises
    ------
    NotAllowedError
        If the competition is over or holds no ground truth here.
    """
    state = phase_state(main_phase(competition), timezone.now())
    if state in {"archive", "closed"}:
        reason = "holds no ground truth here" if state == "archive" else "is over"
        url = reverse("competitions:overview", args=[competition.slug])
        raise NotAllowedError(f"{competition.title} {reason}, so nobody can join.", way_out="Overview", url=url)
    with transaction.atomic():
        lock_competition(competition)
        return membership_for(user, competition) or found_team(competition, user)


def accept_rules(user: User, rules: RulesVersion) -> RulesAcceptance:
    """Record that `user` accepts exactly this version; accepting twice keeps the first time.

    Raises
    ------
    ConflictError
        If a newer version was published meanwhile: nobody accepts what they have not seen.
    """
    latest = current_rules(rules.competition)
    if latest is None or latest.pk != rules.pk:
        url = reverse("competitions:rules", args=[rules.competition.slug])
        raise ConflictError("The rules have changed since you opened the page.", way_out="Read them", url=url)
    acceptance, _ = RulesAcceptance.objects.get_or_create(user=user, rules=rules)
    return acceptance
