"""No secret leaves the site: not in any answer to anybody, nor in what the site writes beside its answers."""

import io
import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

import pytest
import redis
from django.conf import settings
from django.core import mail
from django.test import TestCase
from django.utils import timezone

from agora.activity.models import AuditEvent, Notification
from agora.competitions.models import Phase
from agora.core.storage import alias
from agora.runs.models import Run
from agora.submissions.models import Comparison, Evaluation
from tests.agora.canary.report import TALLY
from tests.agora.canary.search import Needles, found
from tests.agora.canary.secrets import labels, private_score, secrets_of
from tests.agora.permissions.roles import ROLES
from tests.agora.permissions.routes import routes
from tests.agora.permissions.walk import Answer, addresses, ask, lines
from tests.agora.permissions.world import World

pytestmark = pytest.mark.django_db
_JSON = {"HTTP_ACCEPT": "application/json"}
_SWAP = {"HTTP_HX_REQUEST": "true", "HTTP_HX_TARGET": "board"}
_BOARD = [
    {"board": "private"},
    {"board": "all"},
    {"track": "ground_aerial"},
    {"metric": "rank-1"},
    {"phase": "strict", "track": "aerial_ground"},
]
_SORTED = [{"sort": "aerial_ground"}, {"sort": "rank-1", "kind": "platform"}, {"q": "First"}]
#: Who asks in every further way too: nobody, one's own team, another one, and who runs the site.
_CURIOUS = ("anonymous", "participant", "other", "staff")
#: Further ways to ask a route, beside its plain address: (query, headers).
VARIANTS: dict[str, list[tuple[dict[str, str], dict[str, str]]]] = {
    "leaderboards:board": [*((query, {}) for query in [*_BOARD, *_SORTED]), ({}, _SWAP)],
    "leaderboards:export": [(query, {}) for query in _BOARD],
    "runs:state": [({}, _JSON)],
    "submissions:detail": [({}, _JSON)],
    "submissions:state": [({}, _JSON)],
    "submissions:upload": [({"show": "unknown_id"}, {})],
    "submissions:upload-state": [({}, _JSON)],
    "submissions:list": [({"state": "scored"}, {}), ({"phase": "strict"}, {})],
}


def _answers(world: World) -> Iterator[Answer]:
    """Yield the answer to every GET of the matrix in every way to ask, for every role."""
    by_name = {route.name: route for route in routes()}
    for line in lines():
        if line.method != "GET":
            continue
        for url in addresses(world, by_name[line.route], line.case):
            for role in ROLES:
                yield ask(world, role, "GET", url)
                if line.outcome(role) == "ok" and role in _CURIOUS:
                    for query, headers in VARIANTS.get(line.route, ()):
                        yield ask(world, role, "GET", f"{url}?{urlencode(query)}", **headers)


#: Where an axis puts a shown number, in per cent of its width: hundreds of numbers that mean no score, and some look like one.
_DRAWN = re.compile(rb'\b(?:x|x1|x2|cx)="[0-9.]+%"')


def _bytes(answer: Answer) -> bytes:
    """Return everything of an answer, body, headers and cookies, but the positions of marks in drawings."""
    head = "\n".join(f"{name}: {value}" for name, value in answer.headers.items())
    return _DRAWN.sub(b"", answer.body) + b"\n" + head.encode() + b"\n" + answer.cookies.encode()


def _leaks(answer: Answer, needles: Needles) -> Iterator[str]:
    blob = _bytes(answer)
    TALLY.responses += 1
    TALLY.bytes += len(blob)
    yield from (f"{answer.role} {answer.url} {answer.status}: {what}" for what in found(blob, needles))


def _search(blob: bytes, needles: Needles) -> set[str]:
    TALLY.bytes += len(blob)
    return found(blob, needles)


def test_no_answer_holds_a_secret(world: World) -> None:
    needles = secrets_of(world)
    leaks = [leak for answer in _answers(world) for leak in _leaks(answer, needles)]

    assert not leaks, f"{len(leaks)} leaks\n" + "\n".join(sorted(set(leaks))[:60])
    assert TALLY.bytes > 1_000_000


def test_comparisons_were_among_what_was_searched(world: World) -> None:
    """Slices, a paired test and tiers were computed, and stand in answers; none of them is of a part that is held back."""
    done = Comparison.objects.filter(state="done")
    assert set(done.values_list("task", flat=True)) == {"slices", "compare", "tiers"}
    assert set(done.exclude(phase__competition__slug="closed").values_list("split", flat=True)) == {"public"}
    page = ask(world, "participant", "GET", f"/s/{world.cases['scored']['ref']}/").body
    assert b"Lamp: lit" in page
    assert b"figure-slices" in page
    assert b"c-tier" in ask(world, "anonymous", "GET", "/c/closed/leaderboard/").body
    assert b"c-tier" not in ask(world, "anonymous", "GET", "/c/open/leaderboard/").body
    ref = world.cases["finished-again"]["ref"]
    assert b"paired test over" in ask(world, "participant", "GET", f"/c/closed/leaderboard/place/{ref}").body


def test_the_walk_sees_what_may_be_seen(world: World) -> None:
    """The same search finds the private score, once it is released, where it then stands; and a label nowhere even then."""
    needles = Needles()
    needles.add_number(private_score(world), "private score", digits=3)
    board, receipt = "/c/open/leaderboard/?board=private", f"/s/{world.cases['scored']['ref']}/receipt.json"
    before = {url: found(ask(world, "participant", "GET", url).body, needles) for url in (board, receipt)}
    Phase.objects.filter(competition=world.competitions["open"]).update(private_released_at=timezone.now())
    after = {url: found(ask(world, "participant", "GET", url).body, needles) for url in (board, receipt)}

    assert before == {board: set(), receipt: set()}
    assert after == {board: {"private score"}, receipt: {"private score"}}
    # The cache, which no rollback empties, now holds the released board: its search is not blind, and it is left as it was.
    cache = settings.CACHES["default"]["LOCATION"]
    assert found(b"\n".join(_kept(cache)), needles) == {"private score"}
    with redis.Redis.from_url(cache) as client:
        client.flushdb()
    still = secrets_of(world, released=frozenset({"open", "closed"}))
    assert [leak for role in ROLES for leak in _leaks(ask(world, role, "GET", board), still)] == []
    with redis.Redis.from_url(cache) as client:
        client.flushdb()


def test_an_address_stands_on_its_own_pages_alone(world: World) -> None:
    own = ask(world, "participant", "GET", "/accounts/email/").body.decode()

    assert world.email("participant") in own
    assert not [role for role in world.users if role != "participant" and world.email(role) in own]


def test_the_administration_shows_no_secret(world: World) -> None:
    """Staff with every permission see no label, private score, result, key or hash of a password there."""
    from django.contrib import admin

    needles = secrets_of(world)
    urls = []
    for model in admin.site._registry:
        start = f"/admin/{model._meta.app_label}/{model._meta.model_name}/"
        keys = model._default_manager.order_by("-pk").values_list("pk", flat=True)[:12]
        urls += [start, *(f"{start}{key}/{page}/" for key in keys for page in ("change", "history"))]
    leaks = [leak for url in urls for leak in _leaks(ask(world, "staff", "GET", url), needles)]

    assert not leaks, "\n".join(sorted(set(leaks))[:60])


def test_a_failing_scorer_says_nothing_it_knows(world: World, log: io.StringIO) -> None:
    """The scorer's last words were the whole ground truth; of them the log has the class of the error and its place."""
    evaluation = Evaluation.objects.get(submission__ref=world.cases["error"]["ref"])

    assert evaluation.incident in log.getvalue()
    assert "RuntimeError" in log.getvalue()
    assert _search(log.getvalue().encode(), secrets_of(world)) == set()


def test_nothing_that_the_site_writes_beside_its_answers_holds_a_secret(world: World, log: io.StringIO) -> None:
    for role in ("anonymous", "participant", "other"):
        for url in ("/", "/c/open/leaderboard/", "/c/open/leaderboard.json", "/status/", "/s/000000000000/"):
            ask(world, role, "GET", url)
    needles = secrets_of(world)
    for role in world.users:
        needles.add_text(world.email(role), f"e-mail address of {role}")
    places = {
        "log": [log.getvalue().encode()],
        "cache": list(_kept(settings.CACHES["default"]["LOCATION"])),
        "broker": list(_kept(settings.CELERY_BROKER_URL)),
        "audit": [json.dumps(list(AuditEvent.objects.values()), default=str).encode()],
        "notifications": [json.dumps(list(Notification.objects.values()), default=str).encode()],
        "public files": [path.read_bytes() for path in _files(world.folder / "files" / "public")],
    }

    assert {name: _search(b"\n".join(blobs), needles) for name, blobs in places.items()} == {
        name: set() for name in places
    }
    assert all(b"".join(blobs) for blobs in places.values()), "one of the places is empty: nothing was searched there"


def _kept(url: str) -> Iterator[bytes]:
    """Yield every key of a Valkey database with its value."""
    with redis.Redis.from_url(url) as client:
        for key in client.scan_iter():
            kind = client.type(key)
            values: Any = {
                b"string": lambda key: [client.get(key)],
                b"list": lambda key: client.lrange(key, 0, -1),
                b"set": client.smembers,
                b"hash": lambda key: [part for pair in client.hgetall(key).items() for part in pair],
                b"zset": lambda key: client.zrange(key, 0, -1),
            }[kind](key)
            yield b"\n".join([key, *values])


def _files(folder: Path) -> Iterator[Path]:
    yield from (path for path in sorted(folder.rglob("*")) if path.is_file())


def test_a_mail_goes_to_one_person_and_names_nobody_else(world: World) -> None:
    mail.outbox.clear()
    with TestCase.captureOnCommitCallbacks(execute=True):
        for role in ("participant", "other"):
            ask(world, "anonymous", "POST", "/accounts/password/reset/", data={"email": world.email(role)})
        fields = {
            "email": "canary-new@people.example.org",
            "username": "canary-new",
            "password1": "a-long-canary-phrase",
        }
        ask(world, "anonymous", "POST", "/accounts/signup/", data=fields)
    needles = secrets_of(world)
    addresses_of = re.compile(r"canary-[a-z]+@people\.example\.org")

    assert len(mail.outbox) == 3
    for message in mail.outbox:
        text = message.message().as_bytes()
        assert set(addresses_of.findall(text.decode())) == set(message.to)
        assert len(message.to) == 1
        assert _search(text, needles) == set()


def test_a_run_was_computed_and_its_files_hold_no_secret(world: World) -> None:
    """A real child read the release, and nothing that it printed or left has a label; its pages were among those searched."""
    run = Run.objects.get(ref=world.cases["run-done"]["ref"])
    assert run.state == "finished", run.log
    blobs = [run.log.encode(), json.dumps(run.environment).encode()]
    for kept in run.artefacts.all():
        with alias("submissions").open(kept.storage_key) as file:
            blobs.append(file.read())

    assert len(blobs) > 3
    assert _search(b"\n".join(blobs), labels()) == set()
    assert found(b"CANARYPID007", labels()) != set()
