"""Read what a run's child prints: JSON, one event a line, and whatever else a library says.

The words of a child are shown to people and never believed: how it ended is judged by its status and by the files it left.
Everything kept of them is bounded.
"""

import json
import math
from collections import deque
from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass, field
from datetime import UTC, datetime
from typing import Any, Final

from agora.core.database import storable

LOG_LINES: Final = 200
LINE_CHARACTERS: Final = 300
CURVE_POINTS: Final = 600
VALIDATIONS: Final = 200
METRICS: Final = 12
LONGEST_LINE_BYTES: Final = 64 * 1024
REASON_CHARACTERS: Final = 300


@dataclass
class Progress:
    """How far a run is: `done` of `total` steps of a stage; iterations and epochs of its training."""

    stage: str = ""
    done: int = 0
    total: int = 0
    iteration: int = 0
    iterations: int = 0
    epoch: float = 0.0
    epochs: int = 0
    images_per_s: float = 0.0
    resumed_at: int = 0
    checkpoint: int = 0
    lost_checkpoints: int = 0  # how often an attempt began before a checkpoint, which lay on another machine

    @classmethod
    def of(cls, mapping: Mapping[str, Any]) -> "Progress":
        """Return what a row holds; what an earlier version did not write has its default."""
        return cls(**{name: mapping[name] for name in cls.__dataclass_fields__ if name in mapping})


@dataclass
class Curve:
    """Losses by iteration, every `stride`-th that was said: of the whole training, however long it is."""

    stride: int = 1
    said: int = 0
    points: list[list[float]] = field(default_factory=list)  # iteration, epoch, learning rate, total

    @classmethod
    def of(cls, mapping: Mapping[str, Any]) -> "Curve":
        """Return what a row holds."""
        return cls(mapping.get("stride", 1), mapping.get("said", 0), [list(one) for one in mapping.get("points", [])])

    def add(self, point: list[float]) -> None:
        """Take one point; at the limit every second is dropped from then on."""
        if self.said % self.stride == 0:
            self.points.append(point)
        self.said += 1
        if len(self.points) > CURVE_POINTS:
            self.points, self.stride = self.points[::2], self.stride * 2

    def back_to(self, iteration: int) -> None:
        """Forget what lies beyond an iteration: a resumed run computes it anew."""
        self.points = [point for point in self.points if point[0] <= iteration]
        self.said = len(self.points) * self.stride


@dataclass
class Journal:
    """What the children of one run said, from their first word on; `now` gives the time that stands before a line."""

    now: Callable[[], datetime]
    progress: Progress = field(default_factory=Progress)
    curve: Curve = field(default_factory=Curve)
    validations: list[dict[str, Any]] = field(default_factory=list)
    lines: deque[str] = field(default_factory=lambda: deque(maxlen=LOG_LINES))
    facets: tuple[str, ...] = ()
    reason: str = ""
    is_resumable: bool = False
    _rest: bytes = b""

    def hear(self, chunk: bytes) -> None:
        """Take the next bytes of the child's output; a line that never ends is cut."""
        *whole, self._rest = (self._rest + chunk).split(b"\n")
        for line in whole:
            self._line(line)
        if len(self._rest) > LONGEST_LINE_BYTES:
            self.end()

    def end(self) -> None:
        """Take what stands behind the last line break."""
        rest, self._rest = self._rest, b""
        if rest:
            self._line(rest)

    def note(self, text: str) -> None:
        """Write a line of our own, or of a child, into the log."""
        printable = "".join(sign if sign.isprintable() else " " for sign in str(storable(text)))
        self.lines.append(f"{self.now().astimezone(UTC):%H:%M:%S} {printable[:LINE_CHARACTERS].rstrip()}")

    def columns(self) -> dict[str, Any]:
        """Return the columns of the run's row."""
        return {
            "progress": asdict(self.progress),
            "curve": asdict(self.curve),
            "validations": self.validations,
            "log": "\n".join(self.lines),
        }

    def _line(self, line: bytes) -> None:
        text = line[:LONGEST_LINE_BYTES].decode("utf-8", "replace").strip()
        if not text:
            return
        event = _event(text)
        if event is None:
            self.note(text)
            return
        try:
            words = _HEARD[event["event"]](self, event)
        except (AttributeError, KeyError, TypeError, ValueError, OverflowError):
            words = text  # an event of a shape that this version does not know is a line like any other
        if words:
            self.note(words)

    def _started(self, event: Mapping[str, Any]) -> str:
        if "tracks" in event:  # of `rank`, which begins no training
            return f"answering with {event['recipe']}"
        resumed, before = _whole(event.get("resumed_at", 0)), self.progress
        self.progress = Progress(
            iteration=resumed,
            iterations=_whole(event.get("iterations", 0)),
            epochs=_whole(event.get("epochs", 0)),
            resumed_at=resumed,
            checkpoint=resumed,
            lost_checkpoints=before.lost_checkpoints + (resumed < before.checkpoint),
        )
        if resumed < before.checkpoint:
            how = f"went back to iteration {resumed}" if resumed else "began anew"
            self.note(f"{how}: the checkpoint at iteration {before.checkpoint} is not in its folder on this machine")
        self.curve.back_to(resumed)
        self.validations = [one for one in self.validations if one["iteration"] <= resumed]
        again = f", resumed at iteration {resumed}" if resumed else ""
        return f"{event['recipe']} on {event['device']}, seed {_whole(event.get('seed', 0))}{again}"

    def _progressed(self, event: Mapping[str, Any]) -> str:
        now, before = self.progress, self.progress.stage
        now.stage = str(event.get("stage", "extract"))[:20]
        now.done, now.total = _whole(event["done"]), _whole(event["total"])
        return f"{now.stage}: {now.total} steps" if now.stage != before else ""

    def _lost(self, event: Mapping[str, Any]) -> str:
        now, total, rate = self.progress, _number(event["total"]), _number(event["lr"])
        now.iteration, now.epoch = _whole(event["iteration"]), _number(event["epoch"])
        now.stage, now.images_per_s = "train", _number(event.get("images_per_s", 0.0))
        self.curve.add([now.iteration, now.epoch, rate, total])
        terms = ", ".join(f"{name} {_number(value):.4g}" for name, value in list(event.get("terms", {}).items())[:8])
        return f"iteration {now.iteration}, loss {total:.4g}{f' ({terms})' if terms else ''}, lr {rate:.3g}"

    def _validated(self, event: Mapping[str, Any]) -> str:
        metrics = {str(name)[:60]: _share(value) for name, value in list(event["metrics"].items())[:METRICS]}
        found = {"iteration": _whole(event["iteration"]), "epoch": self.progress.epoch, "metrics": metrics}
        self.validations = [*self.validations, found][-VALIDATIONS:]
        return "validated: " + ", ".join(f"{name} {100 * value:.2f} %" for name, value in metrics.items())

    def _checkpointed(self, event: Mapping[str, Any]) -> str:
        self.progress.checkpoint = _whole(event["iteration"])
        return f"checkpoint at iteration {self.progress.checkpoint}"

    def _written(self, event: Mapping[str, Any]) -> str:
        return f"wrote the rankings of {_whole(event['queries'])} queries"

    def _finished(self, event: Mapping[str, Any]) -> str:
        self.facets = tuple(str(name) for name in event.get("facets", ()))
        return f"finished in {_number(event['seconds']):.1f} s"

    def _failed(self, event: Mapping[str, Any]) -> str:
        self.reason = " ".join(str(storable(str(event["reason"]))).split())[:REASON_CHARACTERS]
        self.is_resumable = event.get("resumable") is True
        return f"failed: {self.reason}"


_HEARD: Final[Mapping[str, Callable[[Journal, Mapping[str, Any]], str]]] = {
    "started": Journal._started,  # noqa: SLF001 - the class's own table
    "progress": Journal._progressed,  # noqa: SLF001
    "losses": Journal._lost,  # noqa: SLF001
    "validated": Journal._validated,  # noqa: SLF001
    "checkpoint": Journal._checkpointed,  # noqa: SLF001
    "written": Journal._written,  # noqa: SLF001
    "finished": Journal._finished,  # noqa: SLF001
    "failed": Journal._failed,  # noqa: SLF001
}


def _event(text: str) -> dict[str, Any] | None:
    """Return the event of a line, None for a line of words."""
    if not text.startswith("{"):
        return None
    try:
        found = json.loads(text, parse_constant=_refuse)
    except (ValueError, RecursionError):
        return None
    return found if isinstance(found, dict) and str(found.get("event")) in _HEARD else None


def _refuse(name: str) -> None:
    raise ValueError(name)


def _whole(value: Any) -> int:
    """Return a whole number that a column of JSON and a page can hold."""
    number = int(value)
    if not 0 <= number < 1 << 53:
        raise ValueError(value)
    return number


def _number(value: Any) -> float:
    number = float(value)
    if not math.isfinite(number):
        raise ValueError(value)
    return number


def _share(value: Any) -> float:
    share = _number(value)
    if not 0 <= share <= 1:
        raise ValueError(value)
    return share
