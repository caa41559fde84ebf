"""How a run may end before its end."""

from __future__ import annotations


class RunError(Exception):
    """Say in one line why a run failed; `resumable` tells whether it can go on from its checkpoint."""

    def __init__(self, reason: str, *, resumable: bool = True) -> None:
        super().__init__(reason)
        self.resumable = resumable


class StoppedError(RunError):
    """Say that the run was asked to stop."""

    def __init__(self) -> None:
        super().__init__("stopped")
