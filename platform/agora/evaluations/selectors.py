"""Read how scoring goes, for the status page: numbers only, nothing of anybody's files."""

import shutil
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from statistics import median, quantiles
from typing import Any, Final

from django.conf import settings
from django.db.models import Min, Q
from django.db.models.functions import TruncHour

from agora.core.clock import database_now
from agora.core.isolation import Isolation
from agora.core.leases import Work
from agora.core.storage import alias
from agora.core.workers import isolations, last_sign_of_life, live_slots, living
from agora.evaluations.comparing import COMPARISONS
from agora.evaluations.scoring import EVALUATIONS
from agora.submissions.checking import CHECKS
from agora.submissions.models import ComparisonState, Evaluation, EvaluationState, Upload

_WINDOW: Final = timedelta(hours=24)
_QUEUE: Final = "scoring"
_WORK: Final[dict[str, tuple[Work[Any], Q]]] = {
    "checks": (CHECKS, Q(state="checking", owner="")),
    "evaluations": (EVALUATIONS, Q(state=EvaluationState.QUEUED)),
    "comparisons": (COMPARISONS, Q(state=ComparisonState.QUEUED)),
}


@dataclass(frozen=True)
class WorkStatus:
    """How one kind of work stands; `oldest_seconds` is the age of what waits longest, None when nothing waits."""

    name: str
    waiting: int
    running: int
    oldest_seconds: float | None


@dataclass(frozen=True)
class HourOfScoring:
    """The entries scored in one hour: how many, and median and 95th percentile of the seconds from submit to score."""

    begins_at: datetime
    scored: int
    median_seconds: float
    slow_seconds: float


@dataclass(frozen=True)
class Incident:
    """A failure of ours within the last day: when, what, and under which number the log has it."""

    at: datetime
    code: str
    incident: str


@dataclass(frozen=True)
class SiteStatus:
    """Everything the status page says."""

    as_of: datetime
    checks: WorkStatus
    evaluations: WorkStatus
    workers: int
    slots: int
    last_sign_of_life: datetime | None
    isolations: dict[Isolation, int]  # what confines children, weakest first, and of how many workers that is true
    median_seconds: float | None  # from submit to score, over the last 24 h
    slow_seconds: float | None  # 95th percentile
    hours: tuple[HourOfScoring, ...]
    incidents: tuple[Incident, ...]
    is_disk_short: bool  # a file of the largest allowed size would be refused

    @property
    def is_working(self) -> bool:
        """Return whether a file submitted now is scored: a worker lives."""
        return self.slots > 0

    @property
    def silent_seconds(self) -> float | None:
        """Return how long no worker has answered, None if one never did."""
        seen = self.last_sign_of_life
        return None if seen is None else max(0.0, (self.as_of - seen).total_seconds())


def site_status() -> SiteStatus:
    """Count what waits and runs, who works, and how long scoring took over the last 24 hours."""
    now = database_now()
    seconds = [duration for _, duration in _durations(now)]
    return SiteStatus(
        as_of=now,
        checks=_work("checks", now),
        evaluations=_work("evaluations", now),
        workers=living().filter(queues__contains=[_QUEUE]).count(),
        slots=live_slots(_QUEUE),
        last_sign_of_life=last_sign_of_life(_QUEUE),
        isolations=isolations(_QUEUE),
        median_seconds=median(seconds) if seconds else None,
        slow_seconds=_slow(seconds) if seconds else None,
        hours=_hours(now),
        incidents=_incidents(now),
        is_disk_short=_is_disk_short(),
    )


def _is_disk_short() -> bool:
    """Say whether the disk of the uploads has no room for a file of the largest size beside what is kept free."""
    folder = Path(alias("submissions").location)
    if not folder.exists():
        return False
    return shutil.disk_usage(folder).free < settings.UPLOAD_MAX_BYTES + settings.UPLOAD_FREE_DISK_BYTES


def waiting_since(name: str) -> datetime | None:
    """Return since when the oldest waiting row of `checks`, `evaluations` or `comparisons` waits, None when none does."""
    work, waits = _WORK[name]
    oldest: datetime | None = work.rows.filter(waits).aggregate(oldest=Min("queued_at"))["oldest"]
    return oldest


def _work(name: str, now: datetime) -> WorkStatus:
    waiting, running = _WORK[name][0].counts()
    oldest = waiting_since(name)
    return WorkStatus(name, waiting, running, (now - oldest).total_seconds() if oldest else None)


def _durations(now: datetime) -> list[tuple[datetime, float]]:
    """Return the hour and the seconds from submit to score of each entry scored in the window."""
    scored = Evaluation.objects.filter(state=EvaluationState.SCORED, finished_at__gt=now - _WINDOW)
    rows = (
        scored.annotate(hour=TruncHour("finished_at"))
        .order_by("finished_at")
        .values_list("hour", "queued_at", "finished_at")
    )
    return [(hour, (finished - queued).total_seconds()) for hour, queued, finished in rows if finished is not None]


def _hours(now: datetime) -> tuple[HourOfScoring, ...]:
    by_hour: dict[datetime, list[float]] = {}
    for hour, seconds in _durations(now):
        by_hour.setdefault(hour, []).append(seconds)
    return tuple(
        HourOfScoring(hour, len(seconds), median(seconds), _slow(seconds)) for hour, seconds in sorted(by_hour.items())
    )


def _slow(seconds: Sequence[float]) -> float:
    """Return the 95th percentile."""
    return quantiles(seconds, n=20, method="inclusive")[-1] if len(seconds) > 1 else seconds[0]


def _incidents(now: datetime) -> tuple[Incident, ...]:
    scoring = Evaluation.objects.filter(finished_at__gt=now - _WINDOW).exclude(incident="")
    checking = Upload.objects.filter(checked_at__gt=now - _WINDOW).exclude(incident="")
    rows = [
        *scoring.values_list("finished_at", "error_code", "incident"),
        *checking.values_list("checked_at", "error_code", "incident"),
    ]
    found = [Incident(at, code, incident) for at, code, incident in rows if at is not None]
    return tuple(sorted(found, key=lambda row: row.at, reverse=True))
