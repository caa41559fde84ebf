"""Count what this web process does: requests and uploads, for the metrics page.

With several web processes each writes into files of its own, which `PROMETHEUS_MULTIPROC_DIR` names and any of them adds up
(`agora.config.web` prepares the folder). No label comes from outside: routes are names of the URL configuration, and what no
route takes is one value.
"""

import os
from collections.abc import Iterator
from contextlib import contextmanager

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram
from prometheus_client.multiprocess import MultiProcessCollector
from prometheus_client.registry import Collector

# Own registry: the library's global one also tells of this interpreter, which says nothing across several processes.
_HERE = CollectorRegistry()
_SECONDS = (0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 30.0, 60.0)

REQUESTS = Histogram(
    "agora_request_seconds",
    "Seconds from the first byte of a request to the answer (of a streamed one: to its beginning).",
    ("route", "method", "status"),
    buckets=_SECONDS,
    registry=_HERE,
)
INCIDENTS = Counter("agora_web_incidents", "Failures of ours in web processes.", registry=_HERE)
UPLOADS = Gauge(
    "agora_uploads_in_flight", "Uploads whose bytes arrive now.", registry=_HERE, multiprocess_mode="livesum"
)
UPLOAD_BYTES = Counter("agora_upload_bytes", "Bytes of uploads that arrived.", registry=_HERE)


_FURTHER: list[Collector] = []


def also_collect(collector: Collector) -> None:
    """Add what an upper app measures to every later answer; asked once at the start of a process."""
    _FURTHER.append(collector)


@contextmanager
def upload_in_flight() -> Iterator[None]:
    """Count one upload as arriving while the `with` lasts."""
    UPLOADS.inc()
    try:
        yield
    finally:
        UPLOADS.dec()


def registry_with(collector: Collector) -> CollectorRegistry:
    """Return a registry of what all web processes counted and of what `collector` and upper apps add."""
    registry = CollectorRegistry()
    for one in (collector, *_FURTHER):
        registry.register(one)
    if os.environ.get("PROMETHEUS_MULTIPROC_DIR"):
        MultiProcessCollector(registry)  # type: ignore[no-untyped-call]
    else:
        registry.register(_HERE)  # a registry collects like a collector
    return registry
