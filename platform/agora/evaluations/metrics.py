"""Measure the site for its operator, from the database at the moment of the question: numbers of rows, never of anybody's file.

Labels are states, kinds, codes and queues of our own code, so that their number is bounded; no competition, team or person is
among them. Every process of the site may die and nothing is lost of these numbers.
"""

import shutil
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any, Final

from django.conf import settings
from django.db.models import Count, F, Q, QuerySet, Sum
from django.db.models.functions import Extract
from prometheus_client.core import GaugeMetricFamily, HistogramMetricFamily, Metric
from prometheus_client.registry import Collector

from agora.core.attempts import REASONS
from agora.core.clock import database_now, utc_day
from agora.core.storage import ALIASES, alias
from agora.core.workers import isolations, last_sign_of_life, live_slots
from agora.evaluations.comparing import COMPARISONS
from agora.evaluations.scoring import EVALUATIONS
from agora.evaluations.selectors import waiting_since
from agora.submissions.checking import CHECKS
from agora.submissions.models import Comparison, Evaluation, EvaluationState, Kind, Submission, Upload, UploadState
from agora.submissions.uploading import ENDS
from scoring import SCORER_REVISION

_SECONDS: Final = (0.5, 1, 2, 5, 10, 20, 30, 60, 120, 300, 600, 1800, 3600)
_CODES: Final = frozenset({*REASONS, *ENDS, "invalid"})
_WORK: Final = (("checks", CHECKS), ("evaluations", EVALUATIONS), ("comparisons", COMPARISONS))
_QUEUES: Final = ("scoring", "housekeeping")


class SiteCollector(Collector):
    """Asks the database anew at every scrape."""

    def describe(self) -> Iterable[Metric]:
        """Return nothing, so that registering asks nothing; names do not clash, which a test sees."""
        return ()

    def collect(self) -> Iterator[Metric]:
        """Yield every metric of the site."""
        yield _info()
        yield from _rows()
        yield from _queue()
        yield from _failures()
        yield from _durations()
        yield from _workers()
        yield from _disks()


def _info() -> Metric:
    info = GaugeMetricFamily("agora_scorer_revision", "Version of the scorer that scores depend on.")
    info.add_metric([], SCORER_REVISION)
    return info


def _rows() -> Iterator[Metric]:
    evaluations = GaugeMetricFamily("agora_evaluations", "Evaluations by state and kind.", labels=["state", "kind"])
    counted = dict.fromkeys(((state, kind) for state in EvaluationState.values for kind in Kind.values), 0)
    found = Evaluation.objects.values_list("state", "submission__kind").annotate(n=Count("pk")).order_by()
    for key, count in {**counted, **{(state, kind): n for state, kind, n in found}}.items():
        evaluations.add_metric(list(key), count)
    yield evaluations
    yield _by("agora_uploads", "Uploads by state.", "state", _counts(Upload.objects.all(), "state", UploadState.values))
    today = Submission.objects.filter(submitted_at__date=utc_day(database_now()))
    entered = _counts(Submission.objects.all(), "kind", Kind.values)
    yield _by("agora_submissions", "Submissions by kind.", "kind", entered)
    yield _by(
        "agora_submissions_today", "Submissions of this UTC day by kind.", "kind", _counts(today, "kind", Kind.values)
    )


def _queue() -> Iterator[Metric]:
    waiting = GaugeMetricFamily("agora_waiting", "Work that no worker has taken.", labels=["work"])
    running = GaugeMetricFamily("agora_running", "Work that workers hold.", labels=["work"])
    oldest = GaugeMetricFamily(
        "agora_oldest_waiting_seconds", "Age of the work that waits longest; 0: none waits.", labels=["work"]
    )
    expired = GaugeMetricFamily(
        "agora_expired_leases", "Work whose worker fell silent, not yet taken back.", labels=["work"]
    )
    now = database_now()
    for name, work in _WORK:
        waits, runs = work.counts()
        since = waiting_since(name)
        waiting.add_metric([name], waits)
        running.add_metric([name], runs)
        oldest.add_metric([name], max(0.0, (now - since).total_seconds()) if since else 0.0)
        expired.add_metric([name], len(work.expired()))
    yield from (waiting, running, oldest, expired)


def _failures() -> Iterator[Metric]:
    failures = GaugeMetricFamily("agora_failures", "Rows by the code of their failure.", labels=["work", "code"])
    incidents = GaugeMetricFamily("agora_incidents", "Rows that ended by a failure of ours.", labels=["work"])
    attempts = GaugeMetricFamily("agora_attempts", "Rows by the attempts spent on them.", labels=["work", "attempts"])
    most = settings.EVALUATION_ATTEMPTS
    tables: tuple[tuple[str, QuerySet[Any]], ...] = (
        ("checks", Upload.objects.all()),
        ("evaluations", Evaluation.objects.all()),
        ("comparisons", Comparison.objects.all()),
    )
    for name, rows in tables:
        codes: dict[str, int] = {}
        for code, count in _counts(rows.exclude(error_code=""), "error_code").items():
            known = code if code in _CODES else "other"
            codes[known] = codes.get(known, 0) + count
        for code, count in sorted(codes.items()):
            failures.add_metric([name, code], count)
        incidents.add_metric([name], rows.exclude(incident="").count())
        spent = _counts(rows, "attempt")
        for number in range(most):
            attempts.add_metric([name, str(number)], spent.get(number, 0))
        more = sum(count for number, count in spent.items() if number >= most)
        attempts.add_metric([name, f"{most}+"], more)
    yield from (failures, incidents, attempts)


def _durations() -> Iterator[Metric]:
    scored = Evaluation.objects.filter(state=EvaluationState.SCORED)
    yield _histogram(
        "agora_scoring_seconds", "Seconds of the scorer's child for each scored entry.", scored, F("seconds")
    )
    whole = Extract(F("finished_at") - F("queued_at"), "epoch")
    yield _histogram("agora_submit_to_score_seconds", "Seconds from submit to score.", scored, whole)


def _histogram(name: str, what: str, rows: QuerySet[Any], seconds: Any) -> Metric:
    """Return a histogram that one query counts; rows are kept for ever, so it only grows."""
    rows = rows.annotate(_seconds=seconds).filter(_seconds__isnull=False)
    within = {f"le_{place}": Count("pk", filter=Q(_seconds__lte=edge)) for place, edge in enumerate(_SECONDS)}
    found = rows.aggregate(total=Sum("_seconds"), n=Count("pk"), **within)
    buckets = [(str(float(edge)), found[f"le_{place}"]) for place, edge in enumerate(_SECONDS)]
    histogram = HistogramMetricFamily(name, what)
    histogram.add_metric([], [*buckets, ("+Inf", found["n"])], sum_value=float(found["total"] or 0.0))
    return histogram


def _workers() -> Iterator[Metric]:
    alive = GaugeMetricFamily("agora_workers", "Workers heard of within three heartbeats.", labels=["queue"])
    slots = GaugeMetricFamily("agora_worker_slots", "Pieces of work that living workers do at once.", labels=["queue"])
    silence = GaugeMetricFamily(
        "agora_worker_silence_seconds", "Seconds since the last sign of life of any worker.", labels=["queue"]
    )
    landlock = GaugeMetricFamily(
        "agora_isolation_landlock",
        "Version of Landlock that confines the children of every living worker; 0: those of some open any file.",
        labels=["queue"],
    )
    filtered = GaugeMetricFamily(
        "agora_isolation_filter",
        "Whether the system calls of the children of every living worker are filtered; 0: those of some are not.",
        labels=["queue"],
    )
    now = database_now()
    for queue in _QUEUES:
        walls = isolations(queue)
        alive.add_metric([queue], sum(walls.values()))
        slots.add_metric([queue], live_slots(queue))
        if walls:
            landlock.add_metric([queue], min(one.landlock for one in walls))
            filtered.add_metric([queue], int(all(one.is_filtered for one in walls)))
        seen = last_sign_of_life(queue)
        if seen is not None:
            silence.add_metric([queue], max(0.0, (now - seen).total_seconds()))
    yield from (alive, slots, silence, landlock, filtered)


def _disks() -> Iterator[Metric]:
    free = GaugeMetricFamily("agora_disk_free_bytes", "Bytes free where an alias stores its objects.", labels=["alias"])
    size = GaugeMetricFamily("agora_disk_size_bytes", "Bytes of the disk of an alias.", labels=["alias"])
    for name in ALIASES:
        folder = Path(alias(name).location)
        if folder.exists():
            usage = shutil.disk_usage(folder)
            free.add_metric([name], usage.free)
            size.add_metric([name], usage.total)
    yield from (free, size)


def _by(name: str, what: str, label: str, counts: dict[Any, int]) -> Metric:
    metric = GaugeMetricFamily(name, what, labels=[label])
    for value, count in counts.items():
        metric.add_metric([str(value)], count)
    return metric


def _counts(rows: QuerySet[Any], field: str, known: Iterable[Any] = ()) -> dict[Any, int]:
    """Return the number of rows by a field's value, 0 for a known value that no row has."""
    found = rows.order_by().values_list(field).annotate(n=Count("pk"))
    return {**dict.fromkeys(known, 0), **dict(found)}
