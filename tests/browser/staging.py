"""Run a site with every state on it, for the tests and for the pictures."""

import json
import os
import subprocess
import sys
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from tests.browser.sending import Checked, Sender
from tests.live.site import LiveSite

LARGEST_BYTES = 16_000_000
#: Small limits for the files that break them, and room for as many wrong files as are sent at once.
SETTINGS = {
    "AGORA_UPLOAD_PENDING_MAX": "100",
    "AGORA_UPLOAD_MAX_BYTES": str(LARGEST_BYTES),
    "AGORA_UPLOAD_EXPANDED_MAX_BYTES": str(80 * 1024 * 1024),
}


@dataclass
class Staged:
    """The running site and what `tests.browser.stage` put on it."""

    site: LiveSite
    cookies: dict[str, str]
    refs: dict[str, str]


def staged_site(var: Path) -> Iterator[Staged]:
    """Run a site with its demo content and every state, and stop it in the end."""
    site = LiveSite(var, SETTINGS, ("--demo-identities=6",))
    with site:
        foreign = ("DATABASE_URL", "CELERY_BROKER_URL", "CACHE_URL")
        environment = {name: value for name, value in os.environ.items() if name not in foreign}
        # As an operator's command does, it reads the running site's addresses from its folder.
        environment |= {**SETTINGS, "AGORA_VAR": str(var), "DJANGO_SETTINGS_MODULE": "agora.config.settings"}
        out = var.with_name("stage.json")
        command = [sys.executable, "-m", "tests.browser.stage", str(out)]
        done = subprocess.run(command, env=environment, capture_output=True, text=True)
        assert done.returncode == 0, done.stderr
        yield Staged(site, **json.loads(out.read_text(encoding="utf-8")))
    site.wait_until_gone()


@contextmanager
def checked_files(staged: Staged, *, plan: Sequence[str] = ()) -> Iterator[Mapping[str, str]]:
    """Give the name of each wrong file to its upload's reference; each goes through the real check when it is asked for.

    `plan` names those that will be asked for, in that order.
    """
    # Names of rows, not rows: the stage that made them runs in a process of its own.
    from tests.agora.factories import make_truth
    from tests.browser.stage.competitions import DEPTH, PEOPLE

    header, *lines = make_truth(PEOPLE).ranking().decode().splitlines()
    short = [header, *(" ".join(line.split(" ")[:DEPTH]) for line in lines)]
    labels = ["image_id,person_id", *(f"{line.partition(',')[0]},p000" for line in lines)]
    rankings = [(query, ids.split()) for query, _, ids in (line.partition(",") for line in lines)]
    run = [f"{query} Q0 {name} {rank} {1 / rank} heron" for query, ids in rankings for rank, name in enumerate(ids, 1)]
    entries = [json.dumps({"reid_result": [{"query_id": query, "ans_ids": names} for query, names in rankings]})]
    sender = Sender.of(staged.site.address, staged.cookies["sender"])
    with sender.visitor:
        others = {"depth": short, "lines": lines, "json": entries, "run": run, "top": labels}
        yield Checked(sender, others | {"distances": lines, "embeddings": lines}, plan=plan)
