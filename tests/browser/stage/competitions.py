"""Make competitions in the states that a competition can be in."""

import tempfile
from datetime import timedelta
from pathlib import Path
from typing import Any

from django.utils import timezone

from agora.competitions.invitations import invite
from agora.competitions.mergers import ask_merger
from agora.competitions.models import Competition, Membership, Phase, RulesVersion, Team, Track
from agora.evaluations.services import import_annotations
from scoring import SubmissionFormat
from tests.agora.factories import make_competition, make_member, make_phase, make_truth, make_user, scored_entry
from tests.browser.crowd import fill
from tests.browser.stage.people import Stage

#: No other number on the site has these digits: where they are found before a release, a private value leaked.
PRIVATE_VALUES = (0.3141, 0.2718, 0.1618)
#: The private half holds these values alone; what pages would show of them.
PRIVATE_TEXTS = ("31.4", "27.2", "16.2", "0.314", "0.272", "0.162", "0.3141", "0.2718", "0.1618")
LONG_NAME = "The Association of Very Long Team Names and Co"
DEPTH = 4
#: Formats that have a competition of their own, by its slug, for files that only they can be wrong in.
FORMATS = {
    "distances": SubmissionFormat(kind="distances"),
    "embeddings": SubmissionFormat(kind="embeddings"),
    "lines": SubmissionFormat(kind="ranking_lines", index_base="1"),
    "json": SubmissionFormat(kind="ranking_json"),
    "run": SubmissionFormat(kind="run"),
    "top": SubmissionFormat(kind="labels", top=3),
}
PEOPLE = 8


def make(stage: Stage) -> None:
    """Make them all; `heron` takes part in each that has entries."""
    fill()
    _rules_changed(stage)
    now = timezone.now()
    _halves(stage, "halves", "Running with two halves", closes_at=now + timedelta(days=41))
    final = {"closes_at": now - timedelta(days=2), "private_released_at": now - timedelta(days=1)}
    _halves(stage, "final", "Final standings", **final)
    _open("closed", "Closed, not released", stage, closes_at=now - timedelta(hours=5))
    _open("upcoming", "Opens soon", stage, opens_at=now + timedelta(days=3))
    _open("empty", "Nobody yet", stage)
    _many_tracks(stage)
    _short_lists(stage)
    _formats(stage)
    _private(stage)
    _several(stage)
    _broken(stage)


def _open(slug: str, title: str, stage: Stage, *, private_from: int | None = None, **fields: Any) -> Phase:
    """Return a phase with ground truth in a competition of its own, which `heron` has joined."""
    competition = make_competition(slug, position=20 + Competition.objects.count())
    Competition.objects.filter(pk=competition.pk).update(title=title, sentence=f"{title}: six people, two directions.")
    phase = make_phase(competition, **fields)
    with tempfile.TemporaryDirectory() as folder:
        import_annotations(competition, make_truth(PEOPLE, private_from=private_from).write(Path(folder)))
    competition.refresh_from_db()
    make_member(competition, stage.users["heron"])
    phase.refresh_from_db()
    return phase


def _halves(stage: Stage, slug: str, title: str, **fields: Any) -> None:
    phase = _open(slug, title, stage, private_from=4, columns=["rank-1", "aerial_ground"], **fields)
    team = phase.competition.teams.get(memberships__user=stage.users["heron"])
    people = [stage.users["heron"], make_member(phase.competition), make_member(phase.competition)]
    Team.objects.filter(memberships__user=people[1], competition=phase.competition).update(name=LONG_NAME)
    for place, (user, private) in enumerate(zip(people, PRIVATE_VALUES, strict=True)):
        scores: dict[tuple[str, str, str], Any] = {
            ("private", "macro", "mAP"): (private, private - 0.003, private + 0.003),
            ("public", "macro", "rank-1"): 0.9 - place / 20,
            ("public", "aerial_ground", "mAP"): 0.8 - place / 20,
        }
        entry = scored_entry(phase, user, 0.85 - place / 20, scores=scores, method="ResNet50, 256×128", facets=place)
        stage.refs.setdefault(f"{slug}-entry", entry.ref)
    stage.refs[f"{slug}-team"] = team.ref


def _many_tracks(stage: Stage) -> None:
    """Make a board with more tracks than segments hold and several metrics."""
    phase = _open("many", "Six tracks", stage, metrics=["mAP", "rank-1", "rank-5", "mINP"])
    for position in range(2, 6):
        label = f"Camera {position} → drone"
        Track.objects.create(
            competition=phase.competition, slug=f"track_{position}", label=label, name=label, position=position
        )
    scored_entry(phase, stage.users["heron"], 0.64)
    scored_entry(phase, make_member(phase.competition), 0.02)


def _short_lists(stage: Stage) -> None:
    """Make a phase whose rankings have a depth: shorter ones are a warning there."""
    phase = _open("depth", "Ranked to depth four", stage, format=SubmissionFormat(depth=DEPTH).to_mapping())
    make_member(phase.competition, stage.users["sender"])


def _formats(stage: Stage) -> None:
    """Make a phase of each format, which no board needs."""
    for slug, described in FORMATS.items():
        phase = _open(slug, f"Files of kind {described.kind}", stage, format=described.to_mapping())
        make_member(phase.competition, stage.users["sender"])


def _private(stage: Stage) -> None:
    phase = _open("members", "For members only", stage)
    Competition.objects.filter(pk=phase.competition_id).update(tags=["private", "synthetic"])


def _several(stage: Stage) -> None:
    """Let `heron` lead two people and invite two more, `starter` among them; one team asks theirs to merge, theirs asks another."""
    competition = _open("several", "Teams of several", stage).competition
    lead = Membership.objects.select_related("team").get(competition=competition, user=stage.users["heron"])
    make_member(competition, make_user("wigeon"), team=lead.team)
    garganey, pintail = (make_member(competition, make_user(name)) for name in ("garganey", "pintail"))
    for addressee in ("starter", "somebody@example.org"):
        invite(lead, addressee)
    ask_merger(Membership.objects.get(competition=competition, user=garganey), lead.team)
    ask_merger(lead, Team.objects.get(memberships__user=pintail, competition=competition))


def _broken(stage: Stage) -> None:
    """Make a competition whose overview cannot be made, as after a fault of ours; only the operator sees it."""
    phase = _open("broken", "Broken", stage)
    phase.competition.memberships.all().delete()
    Competition.objects.filter(pk=phase.competition_id).update(tags=["private"])
    Phase.objects.filter(pk=phase.pk).update(metrics=["mAP"], protocol={"no_such_field": 1})


def _rules_changed(stage: Stage) -> None:
    """Publish a second version of rules that `heron` had accepted the first of."""
    phase = _open("rules", "Rules that changed", stage)
    text = "Be fair.\n\nName every data set that you trained on."
    RulesVersion.objects.create(competition=phase.competition, version=2, text=text)
