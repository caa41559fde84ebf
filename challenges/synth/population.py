"""Make the people of a release: sessions, identities, confusable groups, bodies.

An identity is a person in one session (a day and an altitude), as in AG-ReID2023, whose identities are composites of
person, day and altitude. The same person in another session wears other clothes and is another identity.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

from challenges.synth.attributes import Attributes, draw_attributes, dressed_anew, lookalike
from challenges.synth.sites import ALTITUDES
from challenges.synth.skeleton import Build
from challenges.synth.stream import Stream

_RETURNING_PERCENT = 20
"""Share of identities that are a person seen in an earlier session, in other clothes."""
_PER_SESSION = 12


@dataclass(frozen=True)
class Session:
    """Hold a day at an altitude: season of clothes, sun (turns), strengths of sun and sky (4096 is one)."""

    name: str
    altitude: int
    season: str
    sun_azimuth: float
    sun_height: float
    sun: int
    sky: int
    seed: int
    away: bool = False


@dataclass(frozen=True)
class Identity:
    """Hold one identity: its public pseudonym, the keys of body, garments and tints, and what is hidden about it.

    Members of a group share the keys of body and garments and differ in tint by a few levels.
    """

    pid: str
    body_key: tuple[int | str, ...]
    garment_key: tuple[int | str, ...]
    tint_key: tuple[int | str, ...]
    labels: Attributes
    session: Session
    group: str
    cue: str
    split: str


def draw_population(stream: Stream, *, identities: int, grouped: int = 30, away: bool = False) -> tuple[Identity, ...]:
    """Return the identities of one part of a release.

    `grouped` per cent stand in groups of two to five that share body and garments but for one cue each; 20 % of the others
    are persons met before. Half of the identities are `public`, half `private`, whatever the track. `away` draws sessions
    and garments from other distributions.
    """
    sessions = _sessions(stream, max(1, -(-identities // _PER_SESSION)), away=away)
    made: list[Identity] = []
    target = identities * grouped // 100
    while target - len(made) >= 2:
        size = min(2 + stream.fork("size", len(made)).below(4), target - len(made))
        size = size if target - len(made) - size != 1 or size == 2 else size - 1
        made += _group(stream.fork("group", len(made)), stream.pick(sessions), size)
    while len(made) < identities:
        made.append(_single(stream.fork("single", len(made)), sessions, made))
    return _split(made, stream.fork("split"))


def _sessions(stream: Stream, count: int, *, away: bool) -> list[Session]:
    sessions = []
    for number in range(count):
        draw = stream.fork("session", number)
        overcast = draw.below(100) < (70 if away else 35)
        sessions.append(
            Session(
                name=f"day{number + 1}-{ALTITUDES[number % 3]}m",
                altitude=ALTITUDES[number % 3],
                season="cold" if draw.below(100) < (90 if away else 35) else "warm",
                sun_azimuth=draw.uniform(),
                sun_height=draw.uniform(0.035, 0.10) if away else draw.uniform(0.06, 0.19),
                sun=draw.below(500) if overcast else 2700 + draw.below(1500),
                sky=2300 + draw.below(700) if overcast else 1200 + draw.below(600),
                seed=draw.below(1 << 40),
                away=away,
            )
        )
    return sessions


def _group(stream: Stream, session: Session, size: int) -> list[Identity]:
    leader = draw_attributes(stream, season=session.season, away=session.away)
    name, body, worn = stream.token(6), ("body", stream.token(12)), ("worn", stream.token(12))
    members = []
    for member in range(size):
        labels, cue = (leader, "leader") if member == 0 else lookalike(leader, stream, member=member)
        own = stream.fork("member", member)
        members.append(Identity(own.token(8), body, worn, ("tint", own.token(12)), labels, session, name, cue, ""))
    return members


def _single(stream: Stream, sessions: list[Session], made: list[Identity]) -> Identity:
    session, body = stream.pick(sessions), ("body", stream.token(12))
    worn, tint = ("worn", stream.token(12)), ("tint", stream.token(12))
    here = {identity.body_key for identity in made if identity.session is session}
    known = [identity for identity in made if not identity.group and identity.body_key not in here]
    if known and stream.below(100) < _RETURNING_PERCENT:
        person = stream.pick(known)
        labels = dressed_anew(person.labels, stream, season=session.season, away=session.away)
        return Identity(stream.token(8), person.body_key, worn, tint, labels, session, "", "", "")
    labels = draw_attributes(stream, season=session.season, away=session.away)
    return Identity(stream.token(8), body, worn, tint, labels, session, "", "", "")


def _split(made: list[Identity], stream: Stream) -> tuple[Identity, ...]:
    """Return the identities in random order, each half of them in one split."""
    order = list(range(len(made)))
    stream.shuffle(order)
    parts = {place: "public" if rank % 2 == 0 else "private" for rank, place in enumerate(order)}
    drawn = [replace(i, split=parts[place]) for place, i in enumerate(made)]
    stream.shuffle(drawn)
    return tuple(drawn)


_STATURE = {"short": -75.0, "medium": 0.0, "tall": 85.0}
_GIRTH = {"thin": 0.92, "medium": 1.0, "heavy": 1.14}
_WAIST = {"thin": 0.94, "medium": 1.0, "heavy": 1.16}
_STOOP = {"young": 0.002, "middle": 0.008, "old": 0.034}


def build_of(labels: Attributes, body_key: tuple[int | str, ...]) -> Build:
    """Return the body that these labels and the person's own measures make."""
    stream = Stream("build", *body_key)
    male = labels.gender == "male"
    old = labels.age == "old"
    return Build(
        stature=(1735.0 if male else 1625.0) + _STATURE[labels.stature] + stream.normal(20.0) - (25.0 if old else 0.0),
        girth=_GIRTH[labels.build] * (1.0 if male else 0.95) * (1.0 + stream.normal(0.012)),
        shoulders=(1.04 if male else 0.93) * (1.0 + stream.normal(0.015)),
        hips=(0.97 if male else 1.09) * (1.0 + stream.normal(0.015)),
        waist=_WAIST[labels.build] * (1.0 if male else 0.93) * (1.06 if labels.age != "young" else 1.0),
        chest_depth=(1.0 if male else 1.14) * (1.0 + stream.normal(0.02)),
        head=1.0 + stream.normal(0.012),
        stoop=_STOOP[labels.age] + abs(stream.normal(0.003)),
    )
