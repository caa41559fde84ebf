"""Measure runs for the operator, from the database at the moment of the question."""

from collections.abc import Iterable, Iterator

from django.db.models import Count, Sum
from prometheus_client.core import GaugeMetricFamily, Metric
from prometheus_client.registry import Collector

from agora.core.workers import live_slots
from agora.runs.models import Run, RunState
from agora.runs.queueing import QUEUES
from agora.runs.running import RUNS


class RunsCollector(Collector):
    """Asks the database anew at every scrape."""

    def describe(self) -> Iterable[Metric]:
        """Return nothing, so that registering asks nothing."""
        return ()

    def collect(self) -> Iterator[Metric]:
        """Yield every metric of runs."""
        states = GaugeMetricFamily("agora_runs", "Baseline runs by state.", labels=["state"])
        counted = dict(Run.objects.order_by().values_list("state").annotate(n=Count("pk")))
        for state in RunState.values:
            states.add_metric([state], counted.get(state, 0))
        slots = GaugeMetricFamily("agora_run_slots", "Runs that living workers compute at once.", labels=["queue"])
        for queue in QUEUES.values():
            slots.add_metric([queue], live_slots(queue))
        used = GaugeMetricFamily("agora_run_seconds", "Seconds of computing over all runs.")
        used.add_metric([], Run.objects.aggregate(sum=Sum("seconds"))["sum"] or 0.0)
        lost = GaugeMetricFamily("agora_run_expired_leases", "Runs whose worker fell silent, not yet taken back.")
        lost.add_metric([], len(RUNS.expired()))
        yield from (states, slots, used, lost)
