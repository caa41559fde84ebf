"""The metrics: every number follows the world, the text is what Prometheus reads, and nobody's name is in it."""

import re
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.utils import timezone
from prometheus_client.openmetrics.parser import text_string_to_metric_families as open_metrics
from prometheus_client.parser import text_string_to_metric_families

from agora.competitions.models import Phase
from agora.core.models import Worker
from agora.core.workers import say_alive
from agora.submissions import services as submissions
from agora.submissions.models import Evaluation, Upload
from tests.agora import factories

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("files")]
Samples = dict[tuple[str, frozenset[tuple[str, str]]], float]


@pytest.fixture(autouse=True)
def _local(settings: Any) -> None:
    """Be the site of one machine, whose operator asks from it."""
    settings.LOCAL = True


@pytest.fixture
def phase(files: Path, tmp_path: Path) -> Phase:
    return factories.make_open_phase(tmp_path)


def _samples() -> Samples:
    text = Client().get("/metrics").content.decode()
    families = text_string_to_metric_families(text)
    return {(one.name, frozenset(one.labels.items())): one.value for family in families for one in family.samples}


def _value(name: str, **labels: str) -> float:
    return _samples()[name, frozenset(labels.items())]


def _change(do: Callable[[], object], name: str, **labels: str) -> float:
    before = _samples().get((name, frozenset(labels.items())), 0.0)
    do()
    return _value(name, **labels) - before


def test_both_text_formats_are_those_that_prometheus_reads() -> None:
    plain = Client().get("/metrics")
    accept = "application/openmetrics-text;version=1.0.0"
    newer = Client().get("/metrics", headers={"Accept": accept})

    assert plain.headers["Content-Type"].startswith("text/plain; version=")
    assert newer.headers["Content-Type"].startswith("application/openmetrics-text")
    assert "no-store" in plain.headers["Cache-Control"]
    names = [family.name for family in text_string_to_metric_families(plain.content.decode())]
    assert len(names) == len(set(names))
    assert all(name.startswith("agora_") for name in names)
    assert {family.name for family in open_metrics(newer.content.decode())} == {
        re.sub("_total$", "", name) for name in names if not name.endswith("_created")
    }


def test_entries_are_counted_by_state_and_kind(phase: Phase) -> None:
    user = factories.make_member(phase.competition)

    def enter() -> None:
        factories.make_entry(phase, user)

    assert _change(enter, "agora_evaluations", state="queued", kind="participant") == 1
    assert _value("agora_evaluations", state="scored", kind="participant") == 0
    assert (
        _change(
            lambda: factories.scored_entry(phase, user, 0.5), "agora_evaluations", state="scored", kind="participant"
        )
        == 1
    )
    assert (
        _change(
            lambda: factories.platform_entry(phase, "bot", 0.5), "agora_evaluations", state="scored", kind="baseline"
        )
        == 1
    )
    assert _value("agora_submissions", kind="participant") == 2
    assert _value("agora_submissions_today", kind="participant") == 2
    factories.Submission.objects.filter(kind="participant").update(submitted_at=timezone.now() - timedelta(days=2))
    assert _value("agora_submissions_today", kind="participant") == 0
    assert _value("agora_submissions", kind="participant") == 2


def test_uploads_are_counted_by_state_and_wait(phase: Phase) -> None:
    user = factories.make_member(phase.competition)

    assert _change(lambda: factories.send(phase, user, b"x"), "agora_uploads", state="checking") == 1

    assert _value("agora_waiting", work="checks") == 1
    assert _value("agora_running", work="checks") == 0
    Upload.objects.update(queued_at=timezone.now() - timedelta(seconds=500))
    assert 500 <= _value("agora_oldest_waiting_seconds", work="checks") < 600
    Upload.objects.update(owner="somebody", lease_until=timezone.now() + timedelta(hours=1))
    assert _value("agora_waiting", work="checks") == 0
    assert _value("agora_running", work="checks") == 1
    assert _value("agora_oldest_waiting_seconds", work="checks") == 0


def test_what_waits_runs_and_outlasts_its_lease(phase: Phase) -> None:
    factories.make_entry(phase, factories.make_member(phase.competition))
    assert _value("agora_waiting", work="evaluations") == 1

    Evaluation.objects.update(queued_at=timezone.now() - timedelta(seconds=70))
    assert 70 <= _value("agora_oldest_waiting_seconds", work="evaluations") < 170

    held = {"state": "scoring", "owner": "somebody", "attempt": 2}
    Evaluation.objects.update(**held, lease_until=timezone.now() + timedelta(hours=1))
    assert _value("agora_running", work="evaluations") == 1
    assert _value("agora_expired_leases", work="evaluations") == 0
    assert _value("agora_attempts", work="evaluations", attempts="2") == 1
    Evaluation.objects.update(lease_until=timezone.now() - timedelta(hours=1), attempt=7)
    assert _value("agora_expired_leases", work="evaluations") == 1
    assert _value("agora_attempts", work="evaluations", attempts="3+") == 1


def test_failures_are_counted_by_codes_of_ours_alone(phase: Phase) -> None:
    factories.make_entry(phase, factories.make_member(phase.competition))

    Evaluation.objects.update(state="error", error_code="limit_memory", incident="0123456789ab")

    assert _value("agora_failures", work="evaluations", code="limit_memory") == 1
    assert _value("agora_incidents", work="evaluations") == 1
    Evaluation.objects.update(error_code="from-outside")
    assert _value("agora_failures", work="evaluations", code="other") == 1
    assert "from-outside" not in Client().get("/metrics").content.decode()


def test_seconds_of_scoring_are_a_histogram(phase: Phase) -> None:
    user = factories.make_member(phase.competition)
    for seconds, submission in ((0.4, factories.make_entry(phase, user)), (7, factories.make_entry(phase, user))):
        now = timezone.now()
        Evaluation.objects.filter(submission=submission).update(
            state="scored", seconds=seconds, finished_at=now, queued_at=now - timedelta(seconds=40)
        )

    found = _samples()

    def count(name: str, **labels: str) -> float:
        return found[name, frozenset(labels.items())]

    assert count("agora_scoring_seconds_count") == 2
    assert count("agora_scoring_seconds_sum") == pytest.approx(7.4)
    assert count("agora_scoring_seconds_bucket", le="0.5") == 1
    assert count("agora_scoring_seconds_bucket", le="5.0") == 1
    assert count("agora_scoring_seconds_bucket", le="10.0") == 2
    assert count("agora_submit_to_score_seconds_bucket", le="30.0") == 0
    assert count("agora_submit_to_score_seconds_bucket", le="60.0") == 2


def test_workers_are_alive_until_they_fall_silent() -> None:
    assert _value("agora_workers", queue="scoring") == 0
    assert ("agora_worker_silence_seconds", frozenset({("queue", "scoring")})) not in _samples()

    say_alive("scoring@here", ["scoring"], 3)
    say_alive("scoring@there", ["scoring"], 1)
    Worker.objects.filter(name="scoring@here").update(landlock=4, filters_calls=True)
    Worker.objects.filter(name="scoring@there").update(landlock=6, filters_calls=False)

    assert _value("agora_workers", queue="scoring") == 2
    assert _value("agora_worker_slots", queue="scoring") == 4
    assert _value("agora_isolation_landlock", queue="scoring") == 4
    assert _value("agora_isolation_filter", queue="scoring") == 0
    Worker.objects.update(filters_calls=True)
    assert _value("agora_isolation_filter", queue="scoring") == 1
    assert _value("agora_worker_silence_seconds", queue="scoring") < 5
    Worker.objects.update(seen_at=timezone.now() - timedelta(hours=1))
    assert _value("agora_workers", queue="scoring") == 0
    assert _value("agora_worker_silence_seconds", queue="scoring") >= 3600


def test_disks_are_measured_by_alias(files: Path) -> None:
    (files / "submissions").mkdir(parents=True)

    assert (
        0 < _value("agora_disk_free_bytes", alias="submissions") <= _value("agora_disk_size_bytes", alias="submissions")
    )


def test_requests_are_counted_by_route_and_never_by_address(phase: Phase) -> None:
    secret = "f0f0f0f0f0f0"

    def ask() -> None:
        client = Client()
        client.get(f"/u/{secret}/?q={secret}")
        client.get(f"/accounts/password/reset/key/{secret}-{secret}/")
        client.get(f"/nothing/{secret}")
        client.generic(secret.upper(), "/healthz")

    labels = {"route": "submissions:upload", "method": "GET", "status": "4xx"}
    assert _change(ask, "agora_request_seconds_count", **labels) == 1
    assert _change(ask, "agora_request_seconds_count", route="none", method="GET", status="4xx") == 1
    assert _change(ask, "agora_request_seconds_count", route="healthz", method="other", status="4xx") == 1
    assert _value("agora_request_seconds_sum", **labels) > 0
    text = Client().get("/metrics").content.decode()
    assert secret not in text.lower()


def test_bytes_and_uploads_in_flight_are_counted(phase: Phase) -> None:
    user = factories.make_member(phase.competition)
    upload = submissions.create_upload(phase, user, "heron.csv", 5000)
    seen = []

    class Body:
        """Looks at the metrics while it is being read."""

        def read(self, size: int, /) -> bytes:
            seen.append(_value("agora_uploads_in_flight"))
            return b"x" * size

    def receive() -> None:
        submissions.receive_upload(upload, Body(), 5000)

    assert _change(receive, "agora_upload_bytes_total") == 5000
    assert seen == [1.0]
    assert _value("agora_uploads_in_flight") == 0


def test_nobody_is_named(tmp_path: Path) -> None:
    phase = factories.make_open_phase(tmp_path)
    user = factories.make_member(phase.competition, factories.make_user("zebulon"))
    factories.make_entry(phase, user)
    factories.scored_entry(phase, user, 0.5438596491)  # no sum of seconds looks like it

    text = Client().get("/metrics").content.decode().lower()

    for name in ("zebulon", "example.org", phase.competition.slug, phase.competition.title.lower(), "0.543859"):
        assert name not in text


def test_a_scrape_costs_the_same_however_many_rows_there_are(
    phase: Phase, django_assert_max_num_queries: Callable[[int], Any]
) -> None:
    user = factories.make_member(phase.competition)
    for _ in range(3):
        factories.make_entry(phase, user)

    with django_assert_max_num_queries(51) as seen:
        Client().get("/metrics")

    few = len(seen)
    factories.make_entry(phase, user)
    with django_assert_max_num_queries(few):
        Client().get("/metrics")
    assert connection.queries_log.maxlen


# --- who may read ----------------------------------------------------------------------------------------------------
@pytest.fixture
def token(settings: Any, tmp_path: Path) -> str:
    settings.LOCAL = False
    settings.METRICS_TOKEN_FILE = str(tmp_path / "metrics_token")
    (tmp_path / "metrics_token").write_text("right-token\n")
    return "right-token"


def _status(**headers: str) -> int:
    return Client().get("/metrics", headers=headers).status_code


@pytest.mark.usefixtures("token")
@pytest.mark.parametrize(
    ("authorization", "status"),
    [
        ("Bearer right-token", 200),
        ("bearer right-token", 200),
        ("Bearer wrong-token", 404),
        ("Bearer ", 404),
        ("Bearer", 404),
        ("Basic right-token", 404),
        ("Bearer right-token\u00e9", 404),
        ("", 404),
    ],
)
def test_a_public_site_answers_the_token_alone(authorization: str, status: int) -> None:
    assert _status(**({"Authorization": authorization} if authorization else {})) == status


def test_no_token_opens_a_site_that_has_none(settings: Any, tmp_path: Path) -> None:
    settings.LOCAL = False
    settings.METRICS_TOKEN_FILE = str(tmp_path / "missing")

    assert _status() == 404
    assert _status(Authorization="Bearer ") == 404
    (tmp_path / "missing").write_text("\n")
    assert _status(Authorization="Bearer ") == 404


@pytest.mark.usefixtures("token")
def test_an_operator_in_the_browser_has_no_metrics_either() -> None:
    client = Client()
    user = factories.make_user()
    user.is_staff = user.is_superuser = True
    user.save()
    client.force_login(user)

    assert client.get("/metrics").status_code == 404


@pytest.mark.parametrize("address", ["127.0.0.1", "127.8.9.1", "::1"])
def test_a_local_site_answers_its_own_machine(address: str) -> None:
    assert Client(REMOTE_ADDR=address).get("/metrics").status_code == 200


@pytest.mark.parametrize("address", ["192.0.2.7", "10.0.0.1", "2001:db8::1", "", "localhost"])
def test_a_local_site_answers_nobody_else(address: str) -> None:
    assert Client(REMOTE_ADDR=address).get("/metrics").status_code == 404


@pytest.mark.parametrize("header", ["X-Forwarded-For", "Forwarded", "X-Real-IP", "Via", "X-Forwarded-Host"])
def test_what_came_through_a_proxy_is_not_from_here(header: str) -> None:
    assert _status(**{header: "127.0.0.1"}) == 404


def test_a_site_behind_a_proxy_has_no_direct_visitors(settings: Any) -> None:
    settings.ALLAUTH_TRUSTED_PROXY_COUNT = 1

    assert _status() == 404


def test_a_wrong_token_is_refused_even_from_here() -> None:
    assert _status(Authorization="Bearer guess") == 404
