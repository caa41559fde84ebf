"""Say what the kernel of this machine holds a child to, in the words of the status page.

Landlock (a version, 0 for none) cuts off files, from version 4 TCP and from version 6 signals and abstract sockets; the filter
of system calls cuts off the rest, and much of the same a second time. Memory, time, file size and descriptors are limited
everywhere.
"""

from dataclasses import dataclass
from enum import StrEnum

from agora.core import launch


class Claim(StrEnum):
    """What we say of a child that reads an uploaded file."""

    READING = "opens no file but its own and the interpreter's"
    WRITING = "writes nothing but its result"
    CHANGING = "changes no name, mode or date of a file"
    TCP = "makes no TCP connection"
    SOCKETS = "makes no other connection: UDP, Unix sockets"
    SIGNALS = "sends no signal to another process"
    OTHERS = "looks into no other process"
    PROCESSES = "starts no process and no other program"
    KERNEL = "changes none of its own limits, mounts and namespaces"


# The first version of Landlock that keeps a claim without the filter; None: only the filter does.
_SINCE = {
    Claim.READING: 1,
    Claim.WRITING: 3,
    Claim.CHANGING: None,
    Claim.TCP: 4,
    Claim.SOCKETS: None,
    Claim.SIGNALS: 6,
    Claim.OTHERS: 1,
    Claim.PROCESSES: None,
    Claim.KERNEL: None,
}


@dataclass(frozen=True, order=True)
class Isolation:
    """What confines the children of one machine."""

    landlock: int
    is_filtered: bool

    def holds(self, claim: Claim) -> bool:
        """Say whether this kernel keeps a claim. Reading is Landlock's alone: a filter sees no paths."""
        since = _SINCE[claim]
        by_landlock = since is not None and self.landlock >= since
        return by_landlock or (self.is_filtered and claim is not Claim.READING)

    @property
    def means(self) -> str:
        """Return what the kernel offers."""
        landlock = f"Landlock {self.landlock}" if self.landlock else "no Landlock"
        return f"{landlock}, system calls {'filtered' if self.is_filtered else 'not filtered'}"

    @property
    def held(self) -> tuple[Claim, ...]:
        """Return the claims that hold."""
        return tuple(claim for claim in Claim if self.holds(claim))

    @property
    def not_held(self) -> tuple[Claim, ...]:
        """Return the claims that do not hold."""
        return tuple(claim for claim in Claim if not self.holds(claim))


def isolation() -> Isolation:
    """Return what confines children on this machine, as its kernel answers now."""
    return Isolation(launch.landlock_version(), launch.has_filters())
