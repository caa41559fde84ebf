"""`make baselines-demo`: every recipe that a CPU can train, computed by a site's own workers until all are on its board.

Starts a throwaway site, signs in as its operator, starts one run of each recipe through the form, waits until each has ended and
its entry is scored, and prints the board with the time and memory of each run. `--only WORDS` takes recipes whose slug has them.
"""

import argparse
import os
import sys
import tempfile
import time
from pathlib import Path

from agora.supervisor.process import wait_until
from baselines.catalogue import recipes
from tests.live.operator import Operator
from tests.live.site import LiveSite

_SLUG = "agsynth"
_RUN_SECONDS = 3 * 3600.0


def main() -> int:
    """Run the recipes and return the exit status: 0 when each is on the board."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--only", default="", help="a part of the slug of the recipes to run")
    parser.add_argument("--identities", type=int, help="people in each part of the synthetic data (the pack's)")
    given = parser.parse_args()
    chosen = [one.slug for one in recipes() if not one.needs_gpu and given.only in one.slug]
    arguments = (f"--demo-identities={given.identities}",) if given.identities else ()
    with (
        tempfile.TemporaryDirectory(prefix="agora-runs-") as folder,
        LiveSite(Path(folder) / "var", arguments=arguments) as site,
    ):
        failed = _compute(site, chosen)
    site.wait_until_gone()
    return 1 if failed else 0


def _compute(site: LiveSite, chosen: list[str]) -> list[str]:
    """Compute the recipes on a running site and return those that did not end on the board."""
    with Operator(site) as operator:
        refs = {slug: operator.start_run(_SLUG, recipe=slug) for slug in chosen}
        begun = time.monotonic()
        for slug, ref in refs.items():
            state = operator.wait_for_run(ref, deadline_seconds=_RUN_SECONDS)
            said = state["error"]["message"] if state["error"] else ""
            print(
                f"{slug:<26} {state['state']:<9} {state['seconds']:>8.1f} s {state['peak_memory_bytes'] / 1e6:>8.0f} MB  {said}",
                flush=True,
            )
        print(f"All runs ended after {time.monotonic() - begun:.0f} s.")
        wait_until(lambda: not site.query(_WAITING)[0][0], deadline_seconds=600, what="all entries are scored")
        rows = operator.board(_SLUG, phase="ranking")
    for row in rows:
        print("  ".join(str(value) for value in list(row.values())[:8]))
    on_board = {recipe for (recipe,) in site.query(_ON_BOARD)}
    return sorted(set(chosen) - on_board)


_WAITING = "SELECT count(*) FROM submissions_evaluation WHERE state IN ('queued', 'scoring')"
_ON_BOARD = (
    "SELECT s.recipe FROM leaderboards_boardrow b JOIN submissions_submission s ON s.id = b.submission_id"
    " WHERE b.shown_to IS NULL AND s.kind = 'baseline'"
)


if __name__ == "__main__":
    os.umask(0o077)
    sys.exit(main())
