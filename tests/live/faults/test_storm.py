"""Five hundred entries under faults at random instants: none is lost, doubled or stuck, and every score is what it must be."""

import random
import threading
import time
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path

import httpx
import pytest

from agora.supervisor.engines import free_port
from agora.supervisor.process import wait_until
from tests.live.conftest import SETTINGS
from tests.live.faults.bench import PHASE, SLUG
from tests.live.faults.copies import copy_of
from tests.live.faults.storm import TIMES, Storm
from tests.live.measurements import NOTES
from tests.live.site import LiveSite
from tests.live.visitor import Visitor

SEED = 20261121
TEAMS, FILES = 18, 28  # each team enters every file once; a site takes twenty sign-ups a minute
CREW = 3  # workers beside the supervisor's own
_WAITING_AT_MOST = 40  # so that the web is under fire until near the end, not only the workers
_LONG_SECONDS = 3600.0


@pytest.fixture
def site(tmp_path: Path) -> Iterator[LiveSite]:
    """Return a running site at an address that stays over its restarts."""
    arguments = ("--demo-identities=6", "--no-runs", f"--port={free_port()}")
    settings = {**SETTINGS, "AGORA_UPLOAD_PENDING_MAX": str(2 * FILES), "AGORA_LOG_LEVEL": "WARNING"}
    site = LiveSite(tmp_path / "var", settings, arguments)
    with site:
        yield site
    site.wait_until_gone()


def _files(sample: bytes) -> list[bytes]:
    """Return valid rankings of different quality: the sample with a random share of its rows in another order."""
    head, *rows = sample.splitlines()
    files = []
    for number in range(FILES):
        draw = random.Random(f"{SEED}-{number}")
        changed = []
        for row in rows:
            query, _, ranking = row.partition(b",")
            items = ranking.split(b" ")
            if draw.random() < number / FILES:
                draw.shuffle(items)
            changed.append(query + b"," + b" ".join(items))
        files.append(b"\n".join([head, *changed]) + b"\n")
    return files


def _undisturbed(site: LiveSite, visitor: Visitor, files: list[bytes], storm: Storm) -> list[str]:
    """Upload, check and score every file once before the storm; return the refs of the uploads."""
    uploads = [visitor.upload(SLUG, content, phase=PHASE) for content in files]
    wait_until(
        lambda: (
            site.query("SELECT count(*) FROM submissions_upload WHERE state = 'ready' AND ref = ANY(%s)", uploads)
            == [(len(uploads),)]
        ),
        deadline_seconds=_LONG_SECONDS,
        what="every file is checked",
        every_seconds=0.2,
    )
    for upload in uploads:
        visitor.submit(upload)
    wait_until(
        lambda: storm.finished() == len(uploads),
        deadline_seconds=_LONG_SECONDS,
        what="every file is scored",
        every_seconds=0.2,
    )
    assert site.query("SELECT DISTINCT state FROM submissions_evaluation") == [("scored",)]
    return uploads


def _submit_all(site: LiveSite, work: list[tuple[Visitor, str]], storm: Storm, refused: list[str]) -> None:
    """Enter every file, as slowly as they are scored; a call that fails is made again, as a script of an entrant would."""

    def is_taken(visitor: Visitor, upload: str) -> bool:
        try:
            answer = visitor.submit_response(upload)
        except httpx.TransportError:
            return False
        if answer.status_code < 500 and answer.status_code != 201:
            refused.append(f"{answer.status_code} {answer.text[:300]}")
        return answer.status_code < 500

    for number, (visitor, upload) in enumerate(work):
        wait_until(
            lambda number=number: 0 <= number - storm.finished() + FILES < _WAITING_AT_MOST,  # type: ignore[misc]
            deadline_seconds=_LONG_SECONDS,
            what="the queue gets shorter",
            every_seconds=0.1,
        )
        wait_until(
            lambda visitor=visitor, upload=upload: is_taken(visitor, upload),  # type: ignore[misc]
            deadline_seconds=300,
            what="the entry is taken",
            every_seconds=0.5,
        )


@pytest.mark.long
def test_nothing_is_lost_doubled_or_stuck(site: LiveSite, request: pytest.FixtureRequest) -> None:
    phase = "slug = %s AND competition_id = (SELECT id FROM competitions_competition WHERE slug = %s)"
    site.query(f"UPDATE competitions_phase SET daily_quota = %s WHERE {phase}", FILES, PHASE, SLUG)
    storm = Storm(site, random.Random(SEED), CREW, float(SETTINGS["AGORA_PERIOD_LEASE"]))
    refused: list[str] = []
    with ExitStack() as stack:
        visitors = [stack.enter_context(Visitor(site.address)) for _ in range(TEAMS + 1)]
        for number, visitor in enumerate(visitors):
            visitor.sign_up(f"team-{number}")
            visitor.join(SLUG)
        stack.callback(storm.dismiss)
        storm.man()
        uploads = _undisturbed(site, visitors[0], _files(visitors[0].download(SLUG, "sample_submission.csv")), storm)
        teams = [(one, f"team-{number}") for number, one in enumerate(visitors[1:], 1)]
        work = [(one, copy_of(site, upload, team)) for one, team in teams for upload in uploads]
        random.Random(SEED).shuffle(work)
        total, begun = len(work) + FILES, time.monotonic()
        entering = threading.Thread(target=_submit_all, args=(site, work, storm, refused), daemon=True)
        entering.start()
        storm.run(total)
        entering.join(timeout=_LONG_SECONDS)
        wait_until(
            lambda: storm.finished() >= total, deadline_seconds=_LONG_SECONDS, what="all are final", every_seconds=0.5
        )
    assert refused == []
    assert dict(storm.struck) == TIMES
    _assert_right(site, entries=total)
    request.config.stash.setdefault(NOTES, []).extend(_notes(site, storm, time.monotonic() - begun))


def _assert_right(site: LiveSite, *, entries: int) -> None:
    """Look at every row: one final state each, one place on the board, the exact charge, the very bits of the quiet run."""
    mine = (
        "submissions_submission s JOIN submissions_evaluation e ON e.submission_id = s.id WHERE s.kind = 'participant'"
    )
    assert site.query(f"SELECT count(*), count(DISTINCT s.id), count(DISTINCT s.upload_id) FROM {mine}") == [
        (entries,) * 3
    ]
    assert site.query(f"SELECT DISTINCT state FROM {mine} AND state NOT IN ('scored', 'error')") == []
    # Charged is what was scored, and given back what ended as our error; on the board is what was scored, once.
    rows = "(SELECT count(*) FROM leaderboards_boardrow b WHERE b.submission_id = s.id)"
    wrong = f"(e.state = 'scored') <> (s.released_at IS NULL) OR s.charged_on IS NULL OR {rows} <> (e.state = 'scored')::int"
    assert site.query(f"SELECT s.ref, e.state, s.released_at FROM {mine} AND ({wrong})") == []
    assert site.query(f"SELECT 1 FROM {mine} AND e.state = 'error' AND (e.incident = '' OR e.attempt < 2)") == []
    # The upload of the quiet run has the same bytes: every split, track and metric must be there with the same bits.
    quiet = (
        "e.id IN (SELECT min(x.id) FROM submissions_evaluation x JOIN submissions_submission y ON y.id = x.submission_id"
        " JOIN submissions_upload z ON z.id = y.upload_id GROUP BY z.sha256)"
    )
    score = "c.split, c.track, c.metric, float8send(c.value), float8send(c.low), float8send(c.high)"
    bits = (
        f"SELECT u.sha256, e.results_sha256, array_agg(({score})::text ORDER BY c.split, c.track, c.metric)"
        " FROM submissions_score c"
        " JOIN submissions_evaluation e ON e.id = c.evaluation_id JOIN submissions_submission s ON s.id = e.submission_id"
        " JOIN submissions_upload u ON u.id = s.upload_id WHERE s.kind = 'participant'"
    )
    reference = {row[0]: row[1:] for row in site.query(f"{bits} AND {quiet} GROUP BY e.id, u.sha256")}
    assert len(reference) == FILES
    found = site.query(f"{bits} GROUP BY e.id, u.sha256")
    assert len(found) == site.query(f"SELECT count(*) FROM {mine} AND e.state = 'scored'")[0][0]
    assert [row[0] for row in found if reference[row[0]] != row[1:]] == []


def _notes(site: LiveSite, storm: Storm, seconds: float) -> list[str]:
    """Return what the run did, for the end of the session."""
    mine = (
        "submissions_submission s JOIN submissions_evaluation e ON e.submission_id = s.id WHERE s.kind = 'participant'"
    )
    ends = site.query(
        f"SELECT e.state, e.error_code, e.attempt, count(*) FROM {mine} GROUP BY 1, 2, 3 ORDER BY 1, 2, 3"
    )
    return [
        f"storm of {sum(storm.struck.values())} faults over {seconds:.0f} s: {dict(storm.struck)}",
        *(
            f"{count} entries {state}{f' ({code})' if code else ''} at attempt {attempt}"
            for state, code, attempt, count in ends
        ),
    ]
