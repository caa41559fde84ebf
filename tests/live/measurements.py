"""What the tests measured of the faults, kept by the session and written as a table at its end."""

from collections.abc import Iterable
from dataclasses import dataclass

import pytest


@dataclass(frozen=True)
class Measurement:
    """One case: what was done while an entry was scored, on which broker, how it ended, and how long that took."""

    fault: str
    broker: str
    ending: str
    seconds: float


MEASUREMENTS = pytest.StashKey[list[Measurement]]()
NOTES = pytest.StashKey[list[str]]()


def table(measurements: Iterable[Measurement]) -> list[str]:
    """Return the lines of a Markdown table, one row a fault, one column a broker."""
    found = list(measurements)
    if not found:
        return []
    brokers = list(dict.fromkeys(one.broker for one in found))
    lines = [
        f"| fault while an entry is scored | how it ends | {' | '.join(f'{broker}, s' for broker in brokers)} |",
        f"|---|---|{'---|' * len(brokers)}",
    ]
    for fault, ending in dict.fromkeys((one.fault, one.ending) for one in found):
        seconds = {one.broker: f"{one.seconds:.1f}" for one in found if (one.fault, one.ending) == (fault, ending)}
        lines.append(f"| {fault} | {ending} | {' | '.join(seconds.get(broker, '–') for broker in brokers)} |")
    return lines
