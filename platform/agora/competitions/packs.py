"""Make a competition of a challenge pack, or bring its texts up to date."""

from collections.abc import Sequence
from dataclasses import asdict
from typing import Any

from django.db import transaction
from django.utils import timezone

from agora.competitions.models import Competition, Phase, ReportedRow, RulesVersion, Track
from challenges import Challenge, spec
from challenges import facets as facet_words


class PackConflictError(Exception):
    """The pack no longer fits what is stored and may not change any more; the message says what."""


@transaction.atomic
def create_competition_from_pack(challenge: Challenge, *, position: int = 0) -> Competition:
    """Create the competition of a pack, or update its texts; calling it again changes nothing.

    Slugs, tracks, formats and protocols of what exists are never changed: scores depend on them. New words in the rules
    make a new version, which everybody has to accept again.

    Raises
    ------
    PackConflictError
        If the pack asks for another format or protocol than the one under which entries were scored.
    """
    competition, _ = Competition.objects.select_for_update().get_or_create(
        slug=challenge.slug, defaults={"title": challenge.title, "sentence": challenge.sentence, "position": position}
    )
    for field, value in _competition_texts(challenge).items():
        setattr(competition, field, value)
    competition.full_clean()
    competition.save()
    for place, track in enumerate(challenge.tracks):
        Track.objects.update_or_create(
            competition=competition,
            slug=track.slug,
            defaults={"label": track.label, "name": track.name, "position": place},
        )
    for place, phase in enumerate(challenge.phases):
        _write_phase(competition, challenge, phase, place)
    _write_rules(competition, challenge.rules)
    _write_reported_rows(competition, challenge.reported)
    return competition


def competition_guide(challenge: Challenge) -> dict[str, Any]:
    """Return the texts that pages show beside the competition's own fields."""
    reported = challenge.reported
    return {
        "organiser_url": challenge.organiser.url,
        "licence_url": challenge.licence.url,
        "licence_note": challenge.licence.note,
        "data": challenge.data_note,
        "tracks": {track.slug: [track.query_domain, track.gallery_domain] for track in challenge.tracks},
        "reported_caption": reported.caption if reported else "",
        "reported_note_title": reported.note_title if reported else "",
        "files": {file.path: file.what for file in challenge.release.files} if challenge.release else {},
    }


def phase_guide(phase: spec.Phase) -> dict[str, Any]:
    """Return what a participant reads about a phase: the file, the metric, one worked query."""
    return {
        "sentence": phase.sentence,
        "evaluation": phase.evaluation,
        "sample": list(phase.sample_lines),
        "format_rules": list(phase.format_rules),
        "columns": [asdict(column) for column in phase.columns],
        "worked_query": asdict(phase.worked_query) if phase.worked_query else None,
    }


def _competition_texts(challenge: Challenge) -> dict[str, Any]:
    reported = challenge.reported
    closes = [phase.closes_at for phase in challenge.phases if phase.closes_at is not None]
    is_archive = "archive" in challenge.tags
    return {
        "title": challenge.title,
        "sentence": challenge.sentence,
        "tags": list(challenge.tags),
        "organiser_name": challenge.organiser.name,
        "licence": challenge.licence.name,
        "citation": challenge.citation.strip(),
        "description": challenge.description,
        "facts": _facts(challenge.tracks),
        "reported_source": reported.publication if reported else "",
        "reported_url": "",
        "reported_note": reported.note.strip() if reported else "",
        "archived_on": max(closes).date() if is_archive and closes else None,
        "guide": competition_guide(challenge),
    }


def _facts(tracks: Sequence[spec.Track]) -> str:
    """Say the size of the test set where the pack fixes it."""
    identities = {track.identities for track in tracks}
    images = sum((track.queries or 0) + (track.gallery or 0) for track in tracks)
    fixed = len(identities) == 1 and None not in identities and images
    return f"{identities.pop():,} identities, {images:,} test images" if fixed else ""


def _write_phase(competition: Competition, challenge: Challenge, phase: spec.Phase, place: int) -> None:
    is_archive = "archive" in challenge.tags
    texts = {
        "title": phase.title,
        "position": place,
        "protocol_notes": {name: asdict(status) for name, status in phase.protocol_status.items()},
        "metrics": list(phase.metrics),
        "columns": _board_columns(challenge, phase),
        "guide": phase_guide(phase),
    }
    slices = [asdict(one) for one in phase.slices]
    fixed = {
        "format": phase.format.to_mapping(),
        "protocol": phase.protocol.to_mapping(),
        "primary_metric": phase.primary_metric,
        "aggregate": phase.aggregate,
    }
    stored = Phase.objects.filter(competition=competition, slug=phase.slug).first()
    if stored is None:
        Phase.objects.create(
            competition=competition,
            slug=phase.slug,
            opens_at=phase.opens_at or timezone.now(),
            # An archive's own event is over; what an operator opens here afterwards is a benchmark without end.
            closes_at=None if is_archive else phase.closes_at,
            daily_quota=phase.daily_quota,
            selection_count=phase.selection_count,
            slices=slices,
            **fixed,
            **texts,
        )
        return
    _update_phase(stored, fixed=fixed, texts={**texts, "slices": _kept_slices(stored, slices)})


def _update_phase(stored: Phase, *, fixed: dict[str, Any], texts: dict[str, Any]) -> None:
    moved = [name for name, value in fixed.items() if getattr(stored, name) != value]
    if moved and stored.current_spec_id is not None:
        raise PackConflictError(
            f"phase {stored.slug}: the pack changes {', '.join(moved)}, and entries are scored under the old one; "
            "give the phase a new slug"
        )
    for name, value in {**fixed, **texts}.items():
        setattr(stored, name, value)
    stored.save(update_fields=[*fixed, *texts])


def _kept_slices(stored: Phase, slices: list[dict[str, str]]) -> list[dict[str, str]]:
    """Return the slices of the pack, unless entries are sliced already by columns that it drops or moves.

    What slices may be shown is decided over all of them together, the earlier columns first: more may come at the end alone.
    """
    before, after = ([one["column"] for one in each] for each in (stored.slices, slices))
    if stored.current_spec_id is not None and after[: len(before)] != before:
        raise PackConflictError(
            f"phase {stored.slug}: the pack drops or moves columns of slices, and entries are sliced by them; "
            "add new ones at the end"
        )
    return slices


def _board_columns(challenge: Challenge, phase: spec.Phase) -> list[str]:
    """Name each column by its track where it shows the primary metric there, else by its metric."""
    tracks = {track.slug for track in challenge.tracks}
    return [
        column.track if column.track in tracks and column.metric == phase.primary_metric else column.metric
        for column in phase.columns
    ]


def _write_rules(competition: Competition, text: str) -> None:
    latest = competition.rules_versions.order_by("-version").first()
    if latest is None or latest.text.strip() != text.strip():
        version = latest.version + 1 if latest else 1
        RulesVersion.objects.create(competition=competition, version=version, text=text)


def _write_reported_rows(competition: Competition, reported: spec.Reported | None) -> None:
    for place, row in enumerate(reported.rows if reported else ()):
        inferred = set(row.inferred_facets)
        ReportedRow.objects.update_or_create(
            competition=competition,
            method=row.method,
            source=row.source,
            defaults={
                "backbone": row.backbone,
                "facets": facet_words.to_mask({*row.facets, *inferred}),
                "inferred": facet_words.to_mask(inferred),
                "values": dict(row.values),
                "note": row.note,
                "position": place,
            },
        )
