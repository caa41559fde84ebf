"""The audit chain and notifications."""

import threading

import pytest
from django.core.exceptions import ValidationError
from django.db import connection, transaction

from agora.activity.models import AuditEvent
from agora.activity.selectors import unread_count, verify_chain
from agora.activity.services import notify, record
from tests.agora import factories

pytestmark = pytest.mark.django_db(transaction=True)


def test_events_are_chained() -> None:
    user = factories.make_user()
    first = record(None, "load-challenge", "agsynth")
    second = record(user, "withdraw", "agsynth", "Labels were wrong.", {"version": 2})

    assert (first.previous_hash, second.previous_hash) == ("", first.hash)
    assert verify_chain().verified == 2
    assert verify_chain().broken_at is None


@pytest.mark.parametrize(
    "change", [{"reason": "Another."}, {"data": {"version": 3}}, {"subject": "other"}, {"actor_id": None}]
)
def test_a_changed_event_breaks_the_chain(change: dict[str, object]) -> None:
    record(None, "one", "agsynth")
    event = record(factories.make_user(), "two", "agsynth", "Why.", {"version": 2})
    record(None, "three", "agsynth")

    AuditEvent.objects.filter(pk=event.pk).update(**change)

    state = verify_chain()
    assert (state.verified, state.broken_at) == (1, event.pk)


def test_a_removed_event_breaks_the_chain() -> None:
    events = [record(None, "act", f"subject-{number}") for number in range(3)]
    AuditEvent.objects.filter(pk=events[1].pk).delete()

    assert verify_chain().broken_at == events[2].pk


def test_an_event_goes_with_its_transaction() -> None:
    with transaction.atomic():
        record(None, "act", "agsynth")
        transaction.set_rollback(True)

    assert not AuditEvent.objects.exists()


def test_an_action_is_a_slug() -> None:
    with pytest.raises(ValidationError):
        record(None, "not a slug", "agsynth")


def test_many_at_once_make_one_chain() -> None:
    start = threading.Barrier(8)

    def work() -> None:
        start.wait()
        for _ in range(5):
            record(None, "act", "agsynth")
        connection.close()

    threads = [threading.Thread(target=work) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert verify_chain().verified == 40


def test_a_notification_is_unread_and_cut_to_size() -> None:
    user = factories.make_user()

    told = notify(user, "scored", "x" * 400, "/s/abc/")

    assert len(told.text) == 300
    assert unread_count(user) == 1
