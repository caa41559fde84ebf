from collections import Counter, defaultdict

import pytest

from challenges.synth.attributes import ATTRIBUTE_NAMES, BODY_NAMES
from challenges.synth.population import Identity, draw_population
from challenges.synth.stream import Stream


def _people(count: int = 200, seed: int = 1) -> tuple[Identity, ...]:
    return draw_population(Stream("people", seed), identities=count)


def test_thirty_percent_are_in_groups_of_two_to_five() -> None:
    groups = Counter(identity.group for identity in _people() if identity.group)

    assert sum(groups.values()) == 60
    assert set(groups.values()) <= {2, 3, 4, 5}


def test_members_of_a_group_share_session_and_clothes_but_for_their_cues() -> None:
    groups = defaultdict(list)
    for identity in _people():
        groups[identity.group].append(identity)
    del groups[""]

    for members in groups.values():
        leader = next(member for member in members if member.cue == "leader")
        assert {member.session.name for member in members} == {leader.session.name}
        for member in members:
            changed = [n for n in ATTRIBUTE_NAMES if getattr(member.labels, n) != getattr(leader.labels, n)]
            assert changed == ([] if member is leader else [member.cue])
        assert len({member.tint_key for member in members}) == len(members)


def test_people_who_return_keep_their_body_and_change_clothes() -> None:
    persons = defaultdict(list)
    for identity in _people():
        if not identity.group:
            persons[identity.body_key].append(identity)
    returning = [visits for visits in persons.values() if len(visits) > 1]

    assert returning
    for visits in returning:
        assert len({visit.session.name for visit in visits}) == len(visits)
        for name in BODY_NAMES:
            assert len({getattr(visit.labels, name) for visit in visits}) == 1


@pytest.mark.parametrize("count", [2, 3, 7, 48])
def test_count_pseudonyms_and_split_are_right_for_any_size(count: int) -> None:
    people = _people(count)

    assert len({identity.pid for identity in people}) == count
    assert abs(sum(1 if identity.split == "public" else -1 for identity in people)) <= 1


def test_another_seed_makes_other_people() -> None:
    assert not {p.pid for p in _people(seed=1)} & {p.pid for p in _people(seed=2)}
