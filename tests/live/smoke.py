"""`make smoke`: from nothing to a score on the board, over HTTP alone, with nothing left behind.

Starts the whole site on a free port in a throwaway folder, signs up, joins AG-Synth, accepts the rules, downloads the
data, uploads the sample submission, waits for its check, submits it, waits for its score and prints the board.
"""

import os
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from tests.live.site import LiveSite
from tests.live.visitor import Visitor

_SLUG = "agsynth"
_HANDLE = "smoke"
_LOG_LINES = 30


def main() -> int:
    """Run the journey and return the exit status."""
    begin = time.monotonic()
    with tempfile.TemporaryDirectory(prefix="agora-smoke-") as folder:
        site = LiveSite(Path(folder) / "var")
        try:
            with site:
                print(site.printed().strip())
                print(f"\nThe site is up after {time.monotonic() - begin:.1f} s.")
                with Visitor(site.address) as visitor:
                    seconds = _journey(visitor)
                status = site.stop()
        except BaseException:
            _print_logs(site)
            raise
        site.wait_until_gone()
        print(f"From the upload's first byte to the score: {seconds:.1f} s. In all: {time.monotonic() - begin:.1f} s.")
        print(f"The supervisor stopped with status {status}; no process is left.")
        return status


def _journey(visitor: Visitor) -> float:
    """Go from the sign-up to the board and return the seconds from the upload to the score."""
    with _step("sign up, confirm the address"):
        visitor.sign_up(_HANDLE)
    with _step("join AG-Synth, accept the rules"):
        visitor.join(_SLUG)
    with _step("download the sample submission"):
        sample = visitor.download(_SLUG, "sample_submission.csv")
    begin = time.monotonic()
    with _step(f"upload {len(sample):,} bytes, wait for the check"):
        upload = visitor.upload(_SLUG, sample, phase="ranking")
        checked = visitor.wait_for_check(upload)
        assert checked["state"] == "ready", checked
    with _step("submit, wait for the score"):
        state = visitor.wait_for_score(visitor.submit(upload))
        assert state["state"] == "scored", state
    seconds = time.monotonic() - begin
    board = visitor.board(_SLUG, phase="ranking")
    _print_board(board)
    assert any(_HANDLE in row.values() for row in board), f"no row of {_HANDLE} on the board"
    return seconds


def _print_logs(site: LiveSite) -> None:
    """Print the end of every log: the folder that holds them goes away with the failed run."""
    for file in sorted((site.var / "log").glob("*.log")):
        lines = file.read_text(encoding="utf-8", errors="replace").splitlines()[-_LOG_LINES:]
        print("\n".join([f"--- {file.name}", *lines]), file=sys.stderr)


@contextmanager
def _step(what: str) -> Iterator[None]:
    """Print a step with its time."""
    begin = time.monotonic()
    yield
    print(f"  {what}: {time.monotonic() - begin:.2f} s", flush=True)


def _print_board(rows: list[dict[str, str]]) -> None:
    """Print the board with columns as wide as their longest value."""
    if not rows:
        return
    widths = {name: max(len(name), *(len(row[name]) for row in rows)) for name in rows[0]}
    print()
    for row in [{name: name for name in widths}, *rows]:
        print("  ".join(row[name].ljust(width) for name, width in widths.items()).rstrip())
    print()


if __name__ == "__main__":
    os.umask(0o077)
    sys.exit(main())
