"""Write what a challenge asks and how it scores for a terminal."""

from collections.abc import Iterator

from challenges.release import Release
from challenges.spec import Challenge, Phase


def challenge_lines(challenge: Challenge) -> Iterator[str]:
    """Yield the description, tracks, phases, protocol, published rows and citation of a challenge."""
    tags = f" [{', '.join(challenge.tags)}]" if challenge.tags else ""
    yield f"{challenge.title} ({challenge.slug}){tags}"
    yield challenge.sentence
    yield ""
    yield challenge.description.strip()
    yield ""
    yield "Tracks"
    for track in challenge.tracks:
        sizes = (
            f"; {track.queries:,} queries, {track.gallery:,} gallery images" if track.queries and track.gallery else ""
        )
        yield f"  {track.slug} ({track.label}): {track.query_domain} → {track.gallery_domain}{sizes}"
    for phase in challenge.phases:
        yield ""
        yield from _phase_lines(phase)
    if challenge.reported:
        yield ""
        yield f"Published: {len(challenge.reported.rows)} rows, {challenge.reported.publication}"
    yield ""
    yield f"Organiser: {challenge.organiser.name}. Licence: {challenge.licence.name}."
    yield challenge.citation.strip()


def release_lines(release: Release) -> Iterator[str]:
    """Yield one line for each download of a release: count, size, first digits of the SHA-256, path."""
    for entry in release.entries:
        count = f"{entry.count:,} {entry.unit}"
        yield f"{count:>16}  {entry.size_bytes:>13,} bytes  {entry.sha256[:8]}  {entry.path}"


def _phase_lines(phase: Phase) -> Iterator[str]:
    yield f"Phase {phase.slug}: {phase.sentence}"
    yield f"  Ranked by {phase.metric_sentence}; {phase.daily_quota} submissions a day, {phase.selection_count} final entries."
    yield "  File"
    yield from (f"    {rule}" for rule in phase.format_rules)
    yield "  Sample"
    yield from (f"    {line}" for line in phase.sample_lines)
    yield f"  Protocol {phase.protocol.hash}"
    yield from (f"    {term}: {sentence}" for term, sentence in phase.protocol.describe())
    yield "  How far each field is known"
    yield from (f"    {name}: {status.status}. {status.note}" for name, status in phase.protocol_status.items())
    if phase.worked_query:
        yield f"  Example. {phase.worked_query.caption}"
        table = (phase.worked_query.headers, *phase.worked_query.rows)
        yield from ("    " + " | ".join(cells) for cells in table)
        yield f"    {phase.worked_query.result}"
