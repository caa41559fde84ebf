"""What would grow for ever is cleared by the clock."""

from datetime import timedelta

import pytest
from django.conf import settings
from django.contrib.sessions.models import Session
from django.utils import timezone

from agora.config.celery import app
from agora.core.tasks import clear_sessions

pytestmark = pytest.mark.django_db


def test_sessions_that_have_run_out_are_removed_and_no_others() -> None:
    now = timezone.now()
    Session.objects.create(session_key="over", session_data="", expire_date=now - timedelta(seconds=1))
    Session.objects.create(session_key="alive", session_data="", expire_date=now + timedelta(days=1))

    clear_sessions()

    assert list(Session.objects.values_list("session_key", flat=True)) == ["alive"]


def test_the_clock_asks_for_it() -> None:
    entry = app.conf.beat_schedule["clear-sessions"]

    assert (entry["task"], entry["schedule"]) == (clear_sessions.name, settings.PERIODS["housekeeping"])
