"""Joining, accepting and naming, alone and at the same moment."""

import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

import pytest
from django.db import connection

from agora.accounts.models import User
from agora.competitions import services
from agora.competitions.models import Competition, Membership, RulesVersion, Team
from agora.core.errors import ConflictError, NotAllowedError
from tests.agora.competitions import factories


def at_once(*calls: Callable[[], object]) -> list[BaseException]:
    """Run the calls in threads that start together, each with a connection of its own; return what they raised."""
    barrier = threading.Barrier(len(calls))

    def run(call: Callable[[], object]) -> None:
        barrier.wait()
        try:
            call()
        finally:
            connection.close()

    with ThreadPoolExecutor(len(calls)) as pool:
        errors = [future.exception() for future in [pool.submit(run, call) for call in calls]]
    return [error for error in errors if error is not None]


@pytest.mark.django_db
def test_joining_makes_a_team_of_one_named_after_the_handle() -> None:
    membership = services.join(factories.make_open_competition(), factories.make_user("Heron"))

    assert membership.team.name == "Heron"
    assert membership.role == "leader"


@pytest.mark.django_db
def test_joining_again_returns_the_place_already_held() -> None:
    competition, user = factories.make_open_competition(), factories.make_user()

    assert services.join(competition, user) == services.join(competition, user)
    assert Team.objects.count() == 1


@pytest.mark.django_db
def test_a_taken_name_gets_a_number() -> None:
    competition = factories.make_open_competition()
    Team.objects.create(competition=competition, name="HERON")
    Team.objects.create(competition=competition, name="heron-2")

    assert services.join(competition, factories.make_user("heron")).team.name == "heron-3"


@pytest.mark.django_db
def test_nobody_joins_an_archive() -> None:
    with pytest.raises(NotAllowedError, match="holds no ground truth here"):
        services.join(factories.make_competition("agreid2023"), factories.make_user())

    assert not Membership.objects.exists()


@pytest.mark.django_db(transaction=True)
def test_one_person_joining_at_the_same_moment_gets_one_team() -> None:
    competition, user = factories.make_open_competition(), factories.make_user()

    raised = at_once(*[lambda: services.join(competition, user)] * 4)

    assert raised == []
    assert Team.objects.count() == Membership.objects.count() == 1


@pytest.mark.django_db(transaction=True)
def test_people_who_want_the_same_name_at_the_same_moment_all_get_one() -> None:
    competition = factories.make_open_competition()
    Team.objects.create(competition=competition, name="heron")
    people = [factories.make_user("heron")] + [factories.make_user(f"heron-{number}") for number in (2, 3)]

    raised = at_once(*[lambda user=user: services.join(competition, user) for user in people])  # type: ignore[misc]

    assert raised == []
    names = [name.lower() for name in Team.objects.values_list("name", flat=True)]
    assert len(set(names)) == len(names) == 4


@pytest.mark.django_db
def test_accepting_twice_keeps_the_first_time() -> None:
    competition, user = factories.make_open_competition(), factories.make_user()
    rules = competition.rules_versions.get()

    assert services.accept_rules(user, rules) == services.accept_rules(user, rules)


@pytest.mark.django_db
def test_an_older_version_cannot_be_accepted_any_more() -> None:
    competition, user = factories.make_open_competition(), factories.make_user()
    old = competition.rules_versions.get()
    RulesVersion.objects.create(competition=competition, version=2, text="New.")

    with pytest.raises(ConflictError, match="have changed"):
        services.accept_rules(user, old)

    assert not user.rules_acceptances.exists()


@pytest.fixture
def two_teams(db: None) -> tuple[Competition, User, User]:
    """Two people in a competition."""
    competition, one, other = (
        factories.make_open_competition(),
        factories.make_user("one"),
        factories.make_user("other"),
    )
    services.join(competition, one)
    services.join(competition, other)
    return competition, one, other


@pytest.mark.parametrize(
    ("name", "reason"),
    [
        ("OTHER", "exists already"),
        ("  ", "cannot be blank"),
        ("x" * 61, "at most 60"),
        ("other\N{ZERO WIDTH SPACE}", "cannot be seen"),
        ("\N{RIGHT-TO-LEFT OVERRIDE}rehto", "cannot be seen"),
    ],
)
def test_a_name_that_will_not_do_changes_nothing(
    two_teams: tuple[Competition, User, User], name: str, reason: str
) -> None:
    membership = Membership.objects.get(user=two_teams[1])

    with pytest.raises(services.TeamNameError, match=reason):
        services.rename_team(membership, name)

    assert Team.objects.get(pk=membership.team_id).name == "one"
