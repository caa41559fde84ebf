"""Read what pages of a competition show."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from difflib import SequenceMatcher

from django.utils import timezone

from agora.competitions.access import (
    Visitor,
    acceptance_for,
    competition_for,
    current_rules,
    data_file_for,
    is_organiser,
    membership_for,
    require_accepted_rules,
    require_member,
)
from agora.competitions.head import Head, head, main_phase, metric_words, phase_state
from agora.competitions.models import Competition, DataFile, Phase, RulesVersion
from agora.competitions.releases import everything_name
from scoring import Protocol

__all__ = [
    "Head",
    "Visitor",
    "acceptance_for",
    "competition_for",
    "current_rules",
    "data_file_for",
    "everything_name",
    "head",
    "is_organiser",
    "main_phase",
    "membership_for",
    "metric_words",
    "phase_state",
    "require_accepted_rules",
    "require_member",
]


@dataclass(frozen=True)
class FieldNote:
    """How far one protocol field is known, and the reason."""

    status: str
    note: str


@dataclass(frozen=True)
class ProtocolTerm:
    """A choice of the protocol in words, with how far each field behind it is known."""

    term: str
    sentence: str
    notes: tuple[FieldNote, ...]


@dataclass(frozen=True)
class Event:
    """One date of a phase."""

    label: str
    at: datetime | None
    is_passed: bool


@dataclass(frozen=True)
class Change:
    """One paragraph of the rules: kept, added or removed since the version that was accepted."""

    kind: str
    text: str


@dataclass(frozen=True)
class Release:
    """The files of a competition and the archive of all of them."""

    files: tuple[DataFile, ...]
    everything: DataFile | None

    @property
    def tables(self) -> tuple[DataFile, ...]:
        """Return the files whose first rows can be shown."""
        return tuple(file for file in self.files if file.preview)


# The terms of scoring.Protocol.describe() and the fields behind each; "Order" is no choice.
_TERM_FIELDS = {
    "Images": ("draw", "draws", "draw_seed", "image_to_track"),
    "Junk": ("junk", "junk_pids"),
    "Distractors": ("distractor_pids",),
    "Depth": ("depth",),
    "Average precision": ("ap",),
    "Divided by": ("denominator",),
    "Queries without a match": ("no_match",),
    "Aggregate": ("aggregate",),
    "Ties": ("ties",),
    "Gallery identities": ("gallery_labels",),
}


def protocol_terms(phase: Phase) -> tuple[ProtocolTerm, ...]:
    """Return the protocol of a phase in words, each field with its status and the reason for it."""
    protocol = Protocol.from_mapping(phase.protocol)
    return tuple(
        ProtocolTerm(term, sentence, _notes(phase, _TERM_FIELDS.get(term, ())))
        for term, sentence in protocol.describe()
    )


def _notes(phase: Phase, fields: Iterable[str]) -> tuple[FieldNote, ...]:
    """Return what is known of the fields, those of one status together."""
    reasons: dict[str, list[str]] = {}
    for field in fields:
        if note := phase.protocol_notes.get(field):
            reasons.setdefault(note["status"], []).append(note["note"])
    return tuple(FieldNote(status, " ".join(notes)) for status, notes in reasons.items())


def protocol_hash(phase: Phase) -> str:
    """Return the 16 digits under which the protocol of a phase is known."""
    return Protocol.from_mapping(phase.protocol).hash


def events(phase: Phase) -> tuple[Event, ...]:
    """Return the dates of a phase in order; a phase without an end says so."""
    now = timezone.now()
    dates: list[tuple[str, datetime | None]] = [("Entries open", phase.opens_at)]
    if phase.competition.merger_deadline is not None:
        dates.append(("Teams change until", phase.competition.merger_deadline))
    dates.append(("Entries close", phase.closes_at))
    if phase.private_released_at is not None:
        dates.append(("Final standings", phase.private_released_at))
    return tuple(Event(label, at, at is not None and at <= now) for label, at in dates)


def release(competition: Competition) -> Release:
    """Return the files that are offered now, in the pack's order, and the archive of all of them."""
    files = competition.data_files.filter(withdrawn_at__isnull=True)
    name = everything_name(competition)
    everything = next((file for file in files if file.name == name), None)
    return Release(tuple(file for file in files if file.name != name), everything)


def rules_changes(old: RulesVersion, new: RulesVersion) -> tuple[Change, ...]:
    """Return the paragraphs of two versions of the rules: what stayed, what went and what came, in reading order."""
    before, after = _paragraphs(old.text), _paragraphs(new.text)
    changes: list[Change] = []
    for kind, i, j, k, m in SequenceMatcher(None, before, after, autojunk=False).get_opcodes():
        if kind == "equal":
            changes += _changes("kept", after[k:m])
        else:
            changes += [*_changes("removed", before[i:j]), *_changes("added", after[k:m])]
    return tuple(changes)


def last_accepted_rules(visitor: Visitor, competition: Competition) -> RulesVersion | None:
    """Return the newest version of the rules that the visitor accepted, or None."""
    if not visitor.is_authenticated:
        return None
    accepted = RulesVersion.objects.filter(competition=competition, acceptances__user=visitor)
    return accepted.order_by("-version").first()


def visible_competitions(visitor: Visitor) -> list[Competition]:
    """Return the competitions that the visitor may see, in the order of the site."""
    return [
        competition
        for competition in Competition.objects.prefetch_related("phases")
        if "private" not in competition.tags
        or is_organiser(visitor, competition)
        or membership_for(visitor, competition) is not None
    ]


def _paragraphs(text: str) -> list[str]:
    """Split Markdown at blank lines, and lists into their items."""
    blocks: list[str] = []
    for block in text.replace("\r\n", "\n").split("\n\n"):
        lines = [line.rstrip() for line in block.split("\n") if line.strip()]
        current = ""
        for line in lines:
            starts_item = line.lstrip().startswith(("- ", "* ", "#")) or line.lstrip()[:2].rstrip(".").isdigit()
            if starts_item and current:
                blocks.append(current)
                current = line
            else:
                current = f"{current}\n{line}" if current else line
        if current:
            blocks.append(current)
    return blocks


def _changes(kind: str, texts: Iterable[str]) -> list[Change]:
    return [Change(kind, text) for text in texts]
