"""What the tests do to a broker behind the site's back: look into its queue, lose it, copy it, end it."""

import os
import signal
from abc import ABC, abstractmethod
from collections.abc import Iterator
from contextlib import contextmanager

import redis
from celery import Celery
from kombu import Connection

from agora.supervisor.process import wait_until
from tests.live.faults.rabbitmq import RabbitMQ
from tests.live.site import LiveSite

QUEUE = "scoring"
WORKER = "scoring@agora"  # the supervisor's own


class Broker(ABC):
    """The messages of one running broker."""

    name: str

    def __init__(self, site: LiveSite) -> None:
        self.site = site

    @property
    def url(self) -> str:
        """Return the address by which the site's processes reach it."""
        return self.site.setting("CELERY_BROKER_URL")

    @abstractmethod
    def length(self) -> int:
        """Return how many messages wait in the queue of scoring, those that a worker has been handed not among them."""

    @abstractmethod
    def lose(self) -> int:
        """Lose every message that waits and return how many these were: the clock may send another one at once."""

    @abstractmethod
    def double_and_reverse(self) -> int:
        """Put every waiting message back twice, in reverse order, and return how many copies these are."""

    @abstractmethod
    def is_up(self) -> bool:
        """Say whether it answers."""

    @abstractmethod
    @contextmanager
    def away(self) -> Iterator[None]:
        """Kill it, leave it dead for the `with`, and have it back at its end."""

    @contextmanager
    def unheard(self) -> Iterator[None]:
        """Let the site's scoring worker listen to no message for the `with`: it lives, and works on what it has."""
        with Celery(set_as_current=False) as app:
            # Not `broker`: over that one Celery prefers what this process's environment says.
            app.conf.update(broker_read_url=self.url, broker_write_url=self.url)
            told = {"destination": [WORKER], "reply": True, "timeout": 60, "limit": 1}
            assert app.control.cancel_consumer(QUEUE, **told), "the worker did not answer"
            try:
                yield
            finally:
                assert app.control.add_consumer(QUEUE, **told), "the worker did not answer"


class ValkeyBroker(Broker):
    """The supervisor's own Valkey: a list in database 0."""

    name = "valkey"

    def length(self) -> int:
        """Return the length of the list."""
        with redis.Redis.from_url(self.url) as client:
            return int(client.llen(QUEUE))

    def lose(self) -> int:
        """Empty the database: messages, unacknowledged ones and bindings."""
        with redis.Redis.from_url(self.url) as client, client.pipeline(transaction=True) as batch:
            return int(batch.llen(QUEUE).flushdb().execute()[0])

    def double_and_reverse(self) -> int:
        """Write the list anew; the copies are equal to the last byte, delivery tag included."""
        with redis.Redis.from_url(self.url) as client:
            messages = client.lrange(QUEUE, 0, -1)
            assert messages, "no message to copy"
            copies = [copy for message in messages for copy in (message, message)]
            with client.pipeline(transaction=True) as batch:
                # LPUSH turns the order round.
                return int(batch.delete(QUEUE).lpush(QUEUE, *copies).execute()[1])

    def is_up(self) -> bool:
        """Ask for a PONG."""
        try:
            with redis.Redis.from_url(self.url) as client:
                return bool(client.ping())
        except redis.RedisError:
            return False

    @contextmanager
    def away(self) -> Iterator[None]:
        """Kill the server while the supervisor, which would start it again, is stopped itself."""
        assert self.site.process is not None
        self.site.process.send_signal(signal.SIGSTOP)
        try:
            os.kill(self.site.recorded_process("valkey"), signal.SIGKILL)
            wait_until(lambda: not self.is_up(), deadline_seconds=60, what="the broker is gone")
            yield
        finally:
            self.site.process.send_signal(signal.SIGCONT)
        wait_until(self.is_up, deadline_seconds=120, what="the broker is back", every_seconds=0.1)


class RabbitBroker(Broker):
    """The tests' own RabbitMQ."""

    name = "rabbitmq"

    def __init__(self, site: LiveSite, server: RabbitMQ) -> None:
        super().__init__(site)
        self._server = server

    @property
    def url(self) -> str:
        """Return the server's address."""
        return self._server.url

    def length(self) -> int:
        """Ask the queue, which must exist."""
        with Connection(self.url) as connection:
            return int(connection.default_channel.queue_declare(QUEUE, passive=True).message_count)

    def lose(self) -> int:
        """Purge the queue."""
        with Connection(self.url) as connection:
            return int(connection.default_channel.queue_purge(QUEUE))

    def double_and_reverse(self) -> int:
        """Take every message out and publish it twice, the last one first."""
        with Connection(self.url) as connection:
            channel = connection.default_channel
            messages = []
            while (message := channel.basic_get(QUEUE, no_ack=True)) is not None:
                messages.append(message)
            assert messages, "no message to copy"
            for message in reversed(messages):
                for _ in range(2):
                    channel.basic_publish(message, exchange="", routing_key=QUEUE)
            return 2 * len(messages)

    def is_up(self) -> bool:
        """Log in."""
        return self._server.is_ready()

    @contextmanager
    def away(self) -> Iterator[None]:
        """Kill the node, and start it again at the end."""
        self._server.kill()
        try:
            yield
        finally:
            self._server.start()
