"""Hostile children that try to get out: each attempt is refused, changes nothing, and would have worked outside."""

import json
import os
import subprocess
import sys
from io import StringIO
from pathlib import Path

import pytest
from django.core.management import CommandError, call_command

from agora.core import launch
from agora.core.confinement import COMPUTING, Confinement, program
from agora.core.escapes import ESCAPES, GOT_THROUGH, Escape, confined, unconfined, world
from agora.core.isolation import Claim, Isolation, isolation
from agora.core.management.commands import isolation as command

CONFINED, WITHOUT_FILTER = Confinement(), Confinement(calls=())


def _stopped_or_not_promised(escape: Escape, told: str, walls: Isolation) -> bool:
    return told in escape.errors if walls.holds(escape.claim) else escape.claim in walls.not_held


@pytest.mark.parametrize("escape", ESCAPES, ids=lambda escape: escape.name)
def test_an_attempt_is_refused_and_changes_nothing(escape: Escape) -> None:
    with world() as target:
        before = target.state()
        told = confined(escape, target, CONFINED)

        assert _stopped_or_not_promised(escape, told, isolation()), told
        assert target.state() == before


@pytest.mark.parametrize("escape", ESCAPES, ids=lambda escape: escape.name)
def test_the_same_attempt_works_outside_confinement(escape: Escape) -> None:
    with world() as target:
        assert unconfined(escape, target) == GOT_THROUGH


def test_every_claim_of_the_status_page_is_tried() -> None:
    assert {escape.claim for escape in ESCAPES} == set(Claim)


@pytest.mark.parametrize(
    "claim", [claim for claim in Claim if isolation().landlock and Isolation(7, False).holds(claim)]
)
def test_landlock_alone_keeps_what_is_said_of_it(claim: Claim) -> None:
    walls = Isolation(isolation().landlock, is_filtered=False)

    with world() as target:
        for escape in (one for one in ESCAPES if one.claim is claim):
            told = confined(escape, target, WITHOUT_FILTER)
            assert _stopped_or_not_promised(escape, told, walls), (escape.name, told)


@pytest.mark.parametrize("claim", [Claim.CHANGING, Claim.SOCKETS, Claim.PROCESSES, Claim.KERNEL])
def test_what_is_not_held_without_a_filter_is_really_open(claim: Claim) -> None:
    assert claim in Isolation(isolation().landlock, is_filtered=False).not_held

    with world() as target:
        told = [confined(escape, target, WITHOUT_FILTER) for escape in ESCAPES if escape.claim is claim]
    assert GOT_THROUGH in told


# A process on a kernel that refuses some calls, as one without Landlock or a container's own filter does.
_OLDER_KERNEL = """
import json, sys
sys.path.insert(0, {path!r})
from agora.core import launch
refused = {refused}
launch.install_filter([
    (0x20, 0, 0, 0),
    *(line for number in refused for line in ((0x15, 0, 1, number), (0x06, 0, 0, 0x00050000 | 38))),
    (0x06, 0, 0, 0x7FFF0000),
])
from agora.core.confinement import Confinement
from agora.core.escapes import ESCAPES, confined, world
from agora.core.isolation import Claim, isolation
walls, told = isolation(), {{}}
with world() as target:
    for escape in ESCAPES:
        if escape.claim.name in {claims}:
            told[escape.name] = confined(escape, target, Confinement())
print(json.dumps([walls.landlock, walls.is_filtered, told]))
"""


def _on_an_older_kernel(refused: list[int], *claims: Claim) -> tuple[Isolation, dict[str, str]]:
    code = _OLDER_KERNEL.format(
        path=str(Path(launch.__file__).parents[2]), refused=refused, claims=[claim.name for claim in claims]
    )
    launch.give_up_new_privileges()  # a filter needs it where the tests do not run as root; it is inherited
    done = subprocess.run([sys.executable, "-I", "-c", code], capture_output=True, text=True, check=True)
    landlock, is_filtered, told = json.loads(done.stdout)
    return Isolation(landlock, is_filtered), told


def test_without_landlock_files_are_open_and_the_page_says_so() -> None:
    walls, told = _on_an_older_kernel([launch.LANDLOCK_CREATE_RULESET], *Claim)

    assert walls == Isolation(0, isolation().is_filtered)
    assert (Claim.READING in walls.not_held, told["another file by its path"]) == (True, GOT_THROUGH)
    for escape in ESCAPES:
        assert _stopped_or_not_promised(escape, told[escape.name], walls), (escape.name, told[escape.name])


def test_without_filters_the_child_runs_and_the_page_says_what_is_open() -> None:
    walls, told = _on_an_older_kernel([launch.SECCOMP[os.uname().machine]], Claim.SOCKETS, Claim.READING)

    assert walls == Isolation(isolation().landlock, is_filtered=False)
    assert (Claim.SOCKETS in walls.not_held, told["UDP"]) == (True, GOT_THROUGH)
    assert told["another file by its path"] != GOT_THROUGH or not walls.landlock


def test_the_command_prints_every_attempt_and_fails_when_one_gets_through(monkeypatch: pytest.MonkeyPatch) -> None:
    some = (ESCAPES[0], next(escape for escape in ESCAPES if escape.name == "UDP"))
    monkeypatch.setattr(command, "ESCAPES", some)
    out = StringIO()
    call_command("isolation", stdout=out)
    assert all(escape.name in out.getvalue() for escape in some)

    monkeypatch.setattr(command, "Confinement", lambda: Confinement(readable=(Path("/"),), calls=()))
    with pytest.raises(CommandError, match="not stopped"):
        call_command("isolation", stdout=out)


def test_every_call_that_is_not_listed_is_refused() -> None:
    is_intel = os.uname().machine == "x86_64"
    listed = [call.x86_64 if is_intel else call.aarch64 for call in COMPUTING]
    # uretprobe and uprobe are the kernel's own trampolines: it lets no filter see them and ends whoever else calls them.
    passed_over = [*listed, *((335, 336) if is_intel else ())]
    code = f"""
wrong = []
for number in [*range(600), *range(0x40000000, 0x40000240)]:
    if number not in {passed_over}:
        result = libc.syscall(ctypes.c_long(number), *[ctypes.c_long(-1)] * 6)
        if result != -1 or ctypes.get_errno() != (errno.EPERM if number < 424 else errno.ENOSYS):
            wrong.append(number)
raise OSError(f"got through: {{wrong}}")
"""
    with world() as target:
        told = confined(Escape("all", Claim.KERNEL, code), target, CONFINED)

    assert told == "got through: []"


def test_calls_of_another_architecture_end_the_child() -> None:
    # mov eax, 20 (getpid on i386); int 0x80; ret
    code = """
import mmap
page = mmap.mmap(-1, 4096, prot=mmap.PROT_READ | mmap.PROT_WRITE | mmap.PROT_EXEC)
page.write(bytes.fromhex("b814000000cd80c3"))
address = ctypes.addressof(ctypes.c_char.from_buffer(page))
raise OSError(str(ctypes.CFUNCTYPE(ctypes.c_int)(address)() > 0))
"""
    escape = Escape("i386", Claim.KERNEL, code)

    with world() as target:
        told, outside = confined(escape, target, CONFINED), unconfined(escape, target)
    assert told.startswith("status -31")  # SIGSYS
    assert outside in {"True", ""}  # empty: a kernel without 32-bit calls ends it as well


def test_a_filter_is_made_for_both_architectures_and_for_no_other() -> None:
    assert len(program(CONFINED, "x86_64")) > len(program(CONFINED, "aarch64")) > len(COMPUTING)
    assert (program(CONFINED, "riscv64"), program(WITHOUT_FILTER, "x86_64")) == ((), ())
