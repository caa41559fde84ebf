"""Counting takes its room on the disk before it counts, and goes on without: a full disk kills no web process."""

import json
import os
import subprocess
import sys
from pathlib import Path

_COUNT = """
import json, os, resource, sys
from agora.config import web
web.on_starting(None)
resource.setrlimit(resource.RLIMIT_FSIZE, (int(sys.argv[1]), resource.RLIM_INFINITY))
web.post_fork(None, None)
from agora.core import measures
from prometheus_client import generate_latest
for number in range(100):
    measures.REQUESTS.labels(f"competitions:route-{number}", "GET", "2xx").observe(0.1)
measures.INCIDENTS.inc()
class Nothing:
    def collect(self):
        return ()
    describe = collect
told = generate_latest(measures.registry_with(Nothing())).decode()
folder = os.path.join(os.environ["AGORA_VAR"], "run", "metrics")
found = [os.stat(os.path.join(folder, name)) for name in sorted(os.listdir(folder))]
print(json.dumps({
    "files": sorted(os.listdir(folder)),
    "holes": sum(one.st_blocks * 512 < one.st_size for one in found),
    "requests": told.count("agora_request_seconds_count{"),
    "incidents": "agora_web_incidents_total 1.0" in told,
    "pid": os.getpid(),
}))
class Worker:
    pid = os.getpid()
os.environ["PROMETHEUS_MULTIPROC_DIR"] = folder
web.child_exit(None, Worker)
print(json.dumps(sorted(os.listdir(folder))))
"""


def _count(var: Path, *, largest_file: int) -> tuple[dict[str, object], list[str]]:
    kept = {name: value for name, value in os.environ.items() if not name.startswith("PROMETHEUS")}
    given = {**kept, "AGORA_VAR": str(var)}
    arguments = [sys.executable, "-c", _COUNT, str(largest_file)]
    answer = subprocess.run(arguments, env=given, capture_output=True, text=True, check=True)
    told, after = map(json.loads, answer.stdout.splitlines())
    return told, after


def test_what_is_mapped_has_its_room_on_the_disk(tmp_path: Path) -> None:
    told, after = _count(tmp_path, largest_file=2**40)

    assert told["files"] == [f"{name}_{told['pid']}.db" for name in ("counter", "gauge_livesum", "histogram")]
    assert (told["holes"], told["requests"], told["incidents"]) == (0, 100, True)
    assert after == [f"{name}_{told['pid']}.db" for name in ("counter", "histogram")]


def test_without_room_a_process_counts_in_its_memory(tmp_path: Path) -> None:
    told, _ = _count(tmp_path, largest_file=32 * 1024)

    assert (told["files"], told["requests"], told["incidents"]) == ([], 100, True)
