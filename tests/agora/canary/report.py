"""Count what was searched."""

from dataclasses import dataclass


@dataclass
class Tally:
    """How many responses and how many bytes of any kind were searched."""

    responses: int = 0
    bytes: int = 0


TALLY = Tally()
