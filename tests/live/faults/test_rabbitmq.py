"""The broker of these tests itself: heard on this machine alone, back after a kill, and gone at its end."""

from pathlib import Path

from kombu import Connection

from agora.supervisor.process import wait_until
from tests.live.faults.brokers import QUEUE
from tests.live.faults.rabbitmq import RabbitMQ


def test_a_node_comes_back_after_a_kill_and_leaves_no_daemon(tmp_path: Path) -> None:
    with RabbitMQ(tmp_path / "node") as server:
        assert {"beam.smp", "epmd"} <= set(_programs(tmp_path))
        _send_and_take(server)

        server.kill()
        assert not server.is_ready()
        server.start()

        _send_and_take(server)

    wait_until(lambda: _programs(tmp_path) == [], deadline_seconds=120, what="node and name server are gone")


def _send_and_take(server: RabbitMQ) -> None:
    """Put a message into the queue and take it out."""
    with Connection(server.url) as connection:
        channel = connection.default_channel
        channel.queue_declare(QUEUE)
        channel.basic_publish(channel.prepare_message(b"{}"), routing_key=QUEUE)
        wait_until(
            lambda: channel.basic_get(QUEUE, no_ack=True) is not None, deadline_seconds=10, what="the message arrives"
        )


def _programs(folder: Path) -> list[str]:
    """Return the programs whose working folder lies below `folder`."""
    found = []
    for process in Path("/proc").glob("[0-9]*"):
        try:
            if (process / "cwd").readlink().is_relative_to(folder):
                found.append((process / "comm").read_text(encoding="utf-8").strip())
        except OSError:
            continue  # ended meanwhile
    return found
