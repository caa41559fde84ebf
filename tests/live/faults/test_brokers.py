"""The broker loses, doubles and reorders messages, or is gone: a message carries no work."""

from agora.supervisor.process import wait_until
from tests.live.faults.bench import ON_BOTH, ON_BOTH_WHEN_LONG, Bench
from tests.live.faults.workers import another_worker


def _states(bench: Bench, entries: list[str]) -> list[str]:
    return [bench.row(entry).state for entry in entries]


@ON_BOTH
def test_lost_messages_lose_no_entry(bench: Bench) -> None:
    uploads = bench.ready(3)
    entry = bench.submit(uploads[:1])[0]
    child = bench.hold(entry)
    waiting = bench.submit(uploads[1:])
    # The worker is handed one message beside the one it works on; the other is in the queue.
    wait_until(lambda: bench.broker.length() >= 1, deadline_seconds=120, what="the wake-ups are in the queue")
    assert _states(bench, [entry, *waiting]) == ["scoring", "queued", "queued"]

    bench.begin()
    assert bench.broker.lose() >= 1
    bench.go_on(child)

    row = bench.assert_scored_once(entry, attempts=1)
    for other in waiting:
        bench.assert_scored_once(other, attempts=1)
    bench.measured("the broker loses all messages", row)


@ON_BOTH_WHEN_LONG
def test_a_wake_up_that_nobody_got_is_sent_again(bench: Bench) -> None:
    """Nothing is being worked on and the only message is lost, so that nothing but the sweep can wake the worker."""
    uploads = bench.ready()
    with bench.broker.unheard():
        entry = bench.submit(uploads)[0]
        wait_until(lambda: bench.broker.length() >= 1, deadline_seconds=120, what="the wake-ups are in the queue")
        bench.begin()
        assert bench.broker.lose() >= 1
        assert _states(bench, [entry]) == ["queued"]

    row = bench.assert_scored_once(entry, attempts=1)
    bench.measured("the broker loses the message that would have woken an idle worker", row)


@ON_BOTH_WHEN_LONG
def test_doubled_and_reordered_messages_double_nothing(bench: Bench) -> None:
    uploads = bench.ready(4)
    entry = bench.submit(uploads[:1])[0]
    child = bench.hold(entry)
    waiting = bench.submit(uploads[1:])
    wait_until(lambda: bench.broker.length() >= 2, deadline_seconds=120, what="the wake-ups are in the queue")
    assert set(_states(bench, waiting)) == {"queued"}

    bench.begin()
    assert bench.broker.double_and_reverse() >= 2 * 2
    # Two workers get the copies, so that the same entry is asked for by both at once.
    with another_worker(bench.site, f"twin-{bench.broker.name}"):
        bench.go_on(child)
        rows = [bench.assert_scored_once(one, attempts=1) for one in (entry, *waiting)]

    wait_until(lambda: bench.broker.length() == 0, deadline_seconds=120, what="every copy is read")
    assert [bench.row(one) for one in (entry, *waiting)] == rows
    bench.measured("messages are doubled and reordered", rows[0])


@ON_BOTH
def test_a_broker_that_is_gone_refuses_nobody(bench: Bench) -> None:
    """While it is away a file is scored to its end, and another is entered: the database is the truth."""
    uploads = bench.ready(2)
    entry = bench.submit(uploads[:1])[0]
    child = bench.hold(entry)

    bench.begin()
    with bench.broker.away():
        assert not bench.broker.is_up()
        late = bench.submit(uploads[1:])[0]
        assert _states(bench, [entry, late]) == ["scoring", "queued"]

    bench.go_on(child)
    row = bench.assert_scored_once(entry, attempts=1)
    bench.assert_scored_once(late, attempts=1)
    bench.measured("the broker is killed and started again", row)
    # Workers, clock and web hear the new one: an idle worker is woken for the next file.
    bench.assert_scored_once(bench.enter(), attempts=1)
