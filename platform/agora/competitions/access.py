"""Open rows only to people who may see them: every page gets its rows here and nowhere else."""

from django.contrib.auth.models import AnonymousUser
from django.http import Http404
from django.urls import reverse

from agora.accounts.models import User
from agora.competitions.models import Competition, DataFile, Membership, Phase, RulesAcceptance, RulesVersion
from agora.core.errors import NotAllowedError

Visitor = User | AnonymousUser


def is_organiser(visitor: Visitor, competition: Competition) -> bool:
    """Return whether the visitor runs the competition; staff run every one."""
    if not visitor.is_authenticated:
        return False
    return visitor.is_staff or competition.organisers.filter(user=visitor).exists()


def membership_for(visitor: Visitor, competition: Competition) -> Membership | None:
    """Return the visitor's place in a team of the competition, or None."""
    if not visitor.is_authenticated:
        return None
    held = Membership.objects.filter(competition=competition, user=visitor, left_at__isnull=True)
    return held.select_related("team").first()


def competition_for(visitor: Visitor, slug: str) -> Competition:
    """Return the competition at an address; Http404 if there is none, or a private one that the visitor has no part in."""
    competition = Competition.objects.filter(slug=slug).first()
    if competition is None:
        raise Http404
    is_private = "private" in competition.tags
    if is_private and not is_organiser(visitor, competition) and membership_for(visitor, competition) is None:
        raise Http404
    return competition


def phase_for(competition: Competition, slug: str) -> Phase:
    """Return the phase called `slug`, the first one without a slug; Http404 for an unknown one."""
    phases = competition.phases.select_related("current_spec__ground_truth", "competition").order_by("position", "pk")
    # Compared here, not in the database, which takes no NUL.
    found = next((phase for phase in phases if slug in {"", phase.slug}), None)
    if found is None:
        raise Http404
    return found


def current_rules(competition: Competition) -> RulesVersion | None:
    """Return the latest version of the rules, or None."""
    return competition.rules_versions.order_by("-version").first()


def acceptance_for(visitor: Visitor, rules: RulesVersion | None) -> RulesAcceptance | None:
    """Return the visitor's acceptance of exactly this version, or None."""
    if rules is None or not visitor.is_authenticated:
        return None
    return RulesAcceptance.objects.filter(user=visitor, rules=rules).first()


def require_member(visitor: Visitor, competition: Competition) -> Membership:
    """Return the visitor's membership, or refuse with the way to get one."""
    membership = membership_for(visitor, competition)
    if membership is not None:
        return membership
    overview = reverse("competitions:overview", args=[competition.slug])
    if not visitor.is_authenticated:
        url = f"{reverse('account_login')}?next={overview}"
        raise NotAllowedError(f"Sign in and join {competition.title} first.", way_out="Sign in", url=url)
    raise NotAllowedError(f"Join {competition.title} first: only its teams may do this.", way_out="Join", url=overview)


def require_accepted_rules(visitor: Visitor, competition: Competition) -> Membership:
    """Return the membership of someone who accepted the current rules, or refuse and lead to them."""
    membership = require_member(visitor, competition)
    rules = current_rules(competition)
    if rules is not None and acceptance_for(visitor, rules) is None:
        raise NotAllowedError(
            f"Accept version {rules.version} of the rules of {competition.title} first.",
            way_out="Read the rules",
            url=reverse("competitions:rules", args=[competition.slug]),
        )
    return membership


def data_file_for(visitor: Visitor, competition: Competition, name: str) -> DataFile:
    """Return a file to download; Http404 if there is none of this name, NotAllowedError before joining and acceptance."""
    offered = competition.data_files.filter(withdrawn_at__isnull=True)
    found = None if "\0" in name else offered.filter(name=name).first()  # the database takes no NUL
    if found is None:
        raise Http404
    if not is_organiser(visitor, competition):
        require_accepted_rules(visitor, competition)
    return found
