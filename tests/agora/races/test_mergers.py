"""Mergers that cross each other, submits, and scores: no dead-lock, no entry with a team that is gone, no quota passed."""

import pytest

from agora.accounts.models import User
from agora.competitions import services
from agora.competitions.models import Competition, Membership, MergerRequest, Phase, Team
from agora.leaderboards.merging import accept_merger
from agora.leaderboards.models import BoardRow
from agora.submissions import services as submissions
from agora.submissions.models import Submission, Upload
from tests.agora import factories
from tests.agora.races.together import at_once, codes, in_line

pytestmark = pytest.mark.django_db(transaction=True)


def place_of(user: User, competition: Competition) -> Membership:
    return Membership.objects.select_related("team", "competition", "user").get(
        user=user, competition=competition, left_at=None
    )


def asked(asking: User, other: User, competition: Competition) -> MergerRequest:
    """Return the request of one leader's team to that of another."""
    return services.ask_merger(place_of(asking, competition), factories.team_of(other, competition))


def ended() -> list[Team]:
    return list(Team.objects.filter(ended_at__isnull=False))


def nothing_is_with_a_team_that_is_gone() -> bool:
    gone = {"team__ended_at__isnull": False}
    return not any(
        (
            Submission.objects.filter(**gone).exists(),
            Upload.objects.filter(**gone).exists(),
            Membership.objects.filter(left_at=None, **gone).exists(),
            BoardRow.objects.filter(shown_to=None, **gone).exists(),
        )
    )


def test_of_two_mergers_that_cross_one_happens(phase: Phase, heron: User, osprey: User) -> None:
    competition = phase.competition
    for user in (heron, osprey):
        factories.scored_entry(phase, user, 0.5)
    one, other = asked(heron, osprey, competition), asked(osprey, heron, competition)
    places = {user.pk: place_of(user, competition) for user in (heron, osprey)}

    outcomes = at_once(
        *[
            call
            for _ in range(4)
            for call in (lambda: accept_merger(one, places[osprey.pk]), lambda: accept_merger(other, places[heron.pk]))
        ]
    )

    assert codes(outcomes).count("ok") == 1
    assert set(codes(outcomes)) <= {"ok", "conflict", "team_changed", "not_allowed"}
    assert len(ended()) == 1
    assert nothing_is_with_a_team_that_is_gone()
    assert Submission.objects.values("team").distinct().count() == 1
    assert Membership.objects.filter(left_at=None, role="leader").count() == 1


def test_three_mergers_in_a_ring_end_without_a_dead_lock(phase: Phase, heron: User, osprey: User) -> None:
    competition = phase.competition
    third = factories.make_member(competition, factories.make_user("third"))
    ring = [(heron, osprey), (osprey, third), (third, heron)]
    requests = [(asked(one, other, competition), place_of(other, competition)) for one, other in ring]

    outcomes = at_once(*[lambda pair=pair: accept_merger(*pair) for pair in requests * 2])

    # The first empties one side of another request of the ring; the third is between what is left of it, or of one team.
    happened = codes(outcomes).count("ok")
    assert happened in {1, 2}
    assert len(ended()) == happened
    assert nothing_is_with_a_team_that_is_gone()
    assert Membership.objects.filter(left_at=None).count() == 3


@pytest.mark.parametrize("is_submitted_first", [True, False])
def test_an_entry_goes_over_or_is_refused(phase: Phase, heron: User, osprey: User, is_submitted_first: bool) -> None:
    """`heron` submits while the team becomes part of another: either the entry is there before, or nothing is charged."""
    competition, team = phase.competition, factories.team_of(heron, phase.competition)
    request, place = asked(heron, osprey, competition), place_of(osprey, competition)
    upload = factories.make_ready_upload(phase, heron)
    calls = [lambda: submissions.submit(upload, heron, note="A note."), lambda: accept_merger(request, place)]

    first, second = in_line(*(calls if is_submitted_first else calls[::-1]), behind=team)

    assert (first.code, second.code) == ("ok", "ok" if is_submitted_first else "team_changed")
    assert ended() == [team]
    assert nothing_is_with_a_team_that_is_gone()
    assert Submission.objects.filter(team=place.team).count() == is_submitted_first


def test_a_new_file_is_announced_to_the_team_that_is_there(phase: Phase, heron: User, osprey: User) -> None:
    competition, team = phase.competition, factories.team_of(heron, phase.competition)
    request, place = asked(heron, osprey, competition), place_of(osprey, competition)

    merged, announced = in_line(
        lambda: accept_merger(request, place),
        lambda: submissions.create_upload(phase, heron, "a.csv", 10),
        behind=team,
    )

    assert (merged.code, announced.code) == ("ok", "team_changed")
    assert nothing_is_with_a_team_that_is_gone()


def test_submits_of_both_teams_during_the_merger_never_pass_the_quota(phase: Phase, heron: User, osprey: User) -> None:
    Phase.objects.filter(pk=phase.pk).update(opens_at="2000-01-01T00:00Z", daily_quota=5)
    phase.refresh_from_db()
    competition = phase.competition
    request, place = asked(heron, osprey, competition), place_of(osprey, competition)
    uploads = [(user, factories.make_ready_upload(phase, user)) for _ in range(8) for user in (heron, osprey)]

    def submit(user: User, upload: Upload) -> Submission:
        return submissions.submit(upload, user, note="A note.")

    outcomes = at_once(
        lambda: accept_merger(request, place),
        *[lambda user=user, upload=upload: submit(user, upload) for user, upload in uploads],
    )

    assert outcomes[0].code == "ok"
    assert set(codes(outcomes[1:])) <= {"ok", "quota_exceeded", "team_changed", "not_allowed"}
    assert nothing_is_with_a_team_that_is_gone()
    numbers = sorted(Submission.objects.values_list("number", flat=True))
    assert numbers == list(range(1, len(numbers) + 1))
    # Each team may have made its five before, and the one that both are now makes none after the fifth.
    assert codes(outcomes[1:]).count("ok") == len(numbers) <= 10
    again = at_once(*[lambda user=user, one=one: submit(user, one) for user, one in uploads])
    assert set(codes(again)) <= {"ok", "quota_exceeded"}
    assert Submission.objects.filter(team=place.team).count() == max(5, len(numbers))


@pytest.mark.parametrize("is_scored_first", [True, False])
def test_a_score_that_comes_during_the_merger_is_on_the_board_of_the_team_that_stays(
    phase: Phase, heron: User, osprey: User, is_scored_first: bool
) -> None:
    competition = phase.competition
    entry = factories.make_entry(phase, heron)
    request, place = asked(heron, osprey, competition), place_of(osprey, competition)
    calls = [
        lambda: factories.finish(entry, {("public", "macro", "mAP"): 0.5}),
        lambda: accept_merger(request, place),
    ]

    in_line(*(calls if is_scored_first else calls[::-1]), behind=entry)

    assert BoardRow.objects.get(shown_to=None).team == place.team
    assert nothing_is_with_a_team_that_is_gone()
