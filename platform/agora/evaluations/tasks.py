"""Wake-ups for scoring, and the two clocks that keep the queue alive."""

import time

from django.conf import settings

from agora.core.queue import task, wake
from agora.core.shutdown import is_shutting_down
from agora.evaluations import comparing, services
from agora.leaderboards import tiers
from agora.submissions.services import reap_checks


@task
def score() -> None:
    """Score entries until none waits; at the end of a shift hand the rest to a fresh wake-up."""
    end = time.monotonic() + settings.SHIFT_SECONDS
    while not is_shutting_down() and services.score_next():
        if time.monotonic() > end:
            wake("scoring")
            return


@task
def compare() -> None:
    """Answer questions about scored entries until none waits, or until an entry waits to be scored: those go first."""
    tiers.ask_for_tiers()
    end = time.monotonic() + settings.SHIFT_SECONDS
    while not is_shutting_down() and services.compare_next():
        if time.monotonic() > end or services.has_entries_waiting():
            wake("comparing")
            return


@task
def ask_for_tiers() -> None:
    """Ask for tiers where a board changed or ended: the end of a phase and a release are told by no other message."""
    tiers.ask_for_tiers()


@task
def sweep() -> None:
    """Bring phases to this version's scorer after an upgrade, and wake workers for what waits."""
    services.follow_scorer()
    services.sweep()


@task
def reap() -> None:
    """Take back what workers left that stopped answering."""
    services.reap()
    comparing.reap()
    reap_checks()
