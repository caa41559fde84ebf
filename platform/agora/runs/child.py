"""Start what trains and answers: `python -m baselines`, confined to the public release and the run's own folder."""

import os
import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from django.conf import settings

import challenges
import scoring
from agora.core.children import GIBIBYTE, Limits, Outcome, run_child
from agora.core.confinement import TRAINING, Confinement
from agora.runs.folders import RunFolder
from agora.runs.models import Device, Run
from baselines import catalogue

COMMAND: Final = (sys.executable, "-I", "-m", "baselines")
PACKAGES: Final = tuple(Path(str(module.__file__)).parent for module in (catalogue, challenges, scoring))
# What libraries ask about the machine: random bits, how many processors there are and of which kind, and a place for nothing.
_MACHINE: Final = ("/dev/urandom", "/proc/cpuinfo", "/proc/meminfo", "/sys/devices/system/cpu")
_NOWHERE: Final = ("/dev/null",)
# A driver of CUDA is found by names below these, and reserves far more addresses than it uses.
_DRIVER: Final = ("/proc", "/sys", "/dev")
_DRIVER_HEADROOM_BYTES: Final = 1 << 44
_FILE_BYTES: Final = 32 * GIBIBYTE
_TASKS, _OPEN_FILES = 1024, 4096


@dataclass(frozen=True)
class Place:
    """Where a run's child works: what it reads, what it writes, on which device, and what it prints to."""

    release: Path
    folder: RunFolder
    device: str
    output: int
    held: int


def train_arguments(run: Run, place: Place) -> list[str]:
    """Return the arguments that train a run, from its checkpoint if there is one."""
    overrides = [word for override in run.overrides for word in ("--set", override)]
    resume = ["--resume"] if place.folder.has_checkpoint else []
    # The row knows better than the checkpoint, behind which an earlier attempt may have been killed.
    spent = ["--spent", f"{run.seconds:.1f}"]
    data = ["--data", str(place.release), "--out", str(place.folder.work)]
    return ["train", run.recipe, *data, *_common(run, place), *spent, *overrides, *resume]


def rank_arguments(run: Run, place: Place) -> list[str]:
    """Return the arguments that answer with what was trained."""
    data = ["--data", str(place.release / "test"), "--out", str(place.folder.ranking)]
    return ["rank", str(place.folder.work), *data, *_common(run, place)]


def _common(run: Run, place: Place) -> list[str]:
    return ["--seed", str(run.seed), "--device", place.device]


def run_step(arguments: list[str], place: Place, is_interrupted: Callable[[], bool]) -> Outcome:
    """Run one step to its end; `is_interrupted` is asked every 20 ms and a stop begins with SIGTERM."""
    return run_child(
        [*COMMAND, *arguments],
        limits=_limits(place.device),
        confinement=_confinement(place),
        descriptors=[place.held],
        environment=_environment(place.folder),
        is_interrupted=is_interrupted,
        output=place.output,
    )


def _environment(folder: RunFolder) -> dict[str, str]:
    """Return what the child is told beside locale and threads: a place of its own, and weights from the operator's store alone."""
    own = {"HOME": str(folder.scratch), "TMPDIR": str(folder.scratch)}
    return {**own, "HF_HUB_OFFLINE": "1", "HF_HUB_CACHE": str(settings.RUN_WEIGHTS)}


def _limits(device: str) -> Limits:
    return Limits(
        memory_bytes=settings.RUN_MEMORY_BYTES,
        deadline_seconds=settings.RUN_DEADLINE_SECONDS,
        file_bytes=_FILE_BYTES,
        open_files=_OPEN_FILES,
        threads=len(os.sched_getaffinity(0)),
        tasks=_TASKS,
        grace_seconds=settings.RUN_GRACE_SECONDS,
        headroom_bytes=_DRIVER_HEADROOM_BYTES if device == Device.CUDA else 4 * GIBIBYTE,
    )


def _confinement(place: Place) -> Confinement:
    """Return the walls: on a CPU files and system calls, on a GPU, whose driver makes calls of its own, files and TCP alone."""
    readable = (*PACKAGES, place.release, *_there((str(settings.RUN_WEIGHTS), *_MACHINE)))
    writable = (place.folder.work, place.folder.scratch, *_there(_NOWHERE))
    if place.device != Device.CUDA:
        return Confinement(readable, writable, TRAINING)
    nodes = (*sorted(Path("/dev").glob("nvidia*")), *_there(("/dev/shm",)))  # noqa: S108 - the driver's own place
    return Confinement((*readable, *_there(_DRIVER)), (*writable, *nodes), ())


def _there(paths: tuple[str, ...]) -> tuple[Path, ...]:
    return tuple(Path(path) for path in paths if Path(path).exists())
