"""Write what people do with competitions: join, accept rules, rename a team; and what operators bring: packs and releases."""

from django.core.exceptions import ValidationError
from django.db import transaction
from django.urls import reverse
from django.utils import timezone

from agora.accounts.models import User
from agora.competitions.access import current_rules, membership_for
from agora.competitions.head import main_phase, phase_state
from agora.competitions.models import Competition, Membership, RulesAcceptance, RulesVersion, Team
from agora.competitions.packs import PackConflictError, create_competition_from_pack
from agora.competitions.releases import ReleaseError, import_release
from agora.core.errors import ConflictError, NotAllowedError

__all__ = [
    "PackConflictError",
    "ReleaseError",
    "TeamNameError",
    "accept_rules",
    "create_competition_from_pack",
    "import_release",
    "join",
    "rename_team",
]


class TeamNameError(ConflictError):
    """A team cannot be called so; the message says why."""

    code = "team_name"


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
        _lock(competition)
        held = membership_for(user, competition)
        if held is not None:
            return held
        team = Team.objects.create(competition=competition, name=_free_name(competition, user.handle))
        return Membership.objects.create(competition=competition, team=team, user=user)


def _lock(competition: Competition) -> None:
    """Let one change of teams happen at a time; a lock without key leaves submissions, which refer to it, alone."""
    Competition.objects.select_for_update(no_key=True).get(pk=competition.pk)


def _free_name(competition: Competition, handle: str) -> str:
    """Return the handle, or with a number the first of its kind that no team has."""
    taken = {
        name.lower()
        for name in Team.objects.filter(competition=competition, name__istartswith=handle).values_list(
            "name", flat=True
        )
    }
    candidates = (handle if number == 1 else f"{handle}-{number}" for number in range(1, len(taken) + 2))
    return next(name for name in candidates if name.lower() not in taken)


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


def rename_team(membership: Membership, name: str) -> Team:
    """Give a member's team another name.

    Raises
    ------
    TeamNameError
        If the name is empty, too long or another team's, or holds characters that nobody sees: those would let one team
        look like another, or turn the text of a board around.
    """
    team = membership.team
    team.name = " ".join(name.split())
    if not team.name.isprintable():
        raise TeamNameError("The name has a character that cannot be seen. Type it again instead of pasting it.")
    try:
        with transaction.atomic():
            _lock(membership.competition)
            team.full_clean()
            team.save(update_fields=["name"])
    except ValidationError as error:
        raise TeamNameError(" ".join(error.messages)) from error
    return team
