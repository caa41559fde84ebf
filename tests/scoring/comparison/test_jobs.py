"""Comparisons in the scorer's child: what the library gives, as JSON, and the same bytes everywhere."""

import io
import json
import os
import subprocess
import sys
import tempfile
from contextlib import ExitStack, contextmanager
from dataclasses import asdict

import pytest

from scoring import Protocol
from scoring.comparison import Entry, compare, run_comparison, score_slices, sort_into_tiers
from scoring.comparison.compile import compile_kernels
from tests.scoring.sets import annotations_csv, random_answers, random_set, ranking_csv, read_annotations, score

ROWS = random_set(41, identities=70, gallery=3)
RESULTS = [
    score(ROWS, ranking_csv(random_answers(ROWS, seed, skill=skill))) for seed, skill in ((1, 0.9), (2, 0.8), (3, 0))
]
ANNOTATIONS = read_annotations(ROWS)
# What `read_annotations` writes: the two ground truths have one hash.
COLUMNS = ("track", "role", "image_id", "pid", "camid", "split", "domain")


def table(result):
    file = io.BytesIO()
    result.write_per_query(file)
    return file.getvalue()


@contextmanager
def given(task, results, **options):
    """Open what a job needs and yield it; descriptors that the job did not close are closed behind it."""
    with ExitStack() as stack:

        def descriptor(content):
            file = stack.enter_context(tempfile.TemporaryFile())
            file.write(content)
            file.flush()
            os.lseek(file.fileno(), 0, os.SEEK_SET)
            return os.dup(file.fileno())

        hashes = ("annotations_sha256", "protocol_hash")
        job = {
            "task": task,
            "protocol": {},
            "annotations": descriptor(annotations_csv(ROWS, COLUMNS)),
            "entries": [
                {"per_query": descriptor(table(result)), **{name: getattr(result, name) for name in hashes}}
                for result in results
            ],
            "split": "all",
            **options,
        }
        yield job, descriptor


def run(task, results, *, environment=None, **options):
    """Run a job in a child and return the bytes that it leaves."""
    with given(task, results, **options) as (job, descriptor), tempfile.TemporaryFile() as result:
        job["result"] = os.dup(result.fileno())
        question = descriptor(json.dumps(job).encode())
        files = [job["annotations"], *(entry["per_query"] for entry in job["entries"]), job["result"], question]
        done = subprocess.run(
            [sys.executable, "-I", "-m", "scoring.child", str(question)],
            pass_fds=files,
            capture_output=True,
            env={"LC_ALL": "C.UTF-8"} | (environment or {}),
        )
        for file in files:
            os.close(file)
        assert done.returncode == 0, done.stderr.decode()
        result.seek(0)
        return result.read()


def test_every_pair_is_compared():
    found = json.loads(run("compare", RESULTS, metric="mAP"))
    entries = [Entry.of(result) for result in RESULTS]
    assert found["outcome"] == "compared"
    assert [pair["entries"] for pair in found["result"]["pairs"]] == [[0, 1], [0, 2], [1, 2]]
    expected = compare(entries[0], entries[2], annotations=ANNOTATIONS, protocol=Protocol(), metric="mAP", split="all")
    pair = found["result"]["pairs"][1]
    assert {name: value for name, value in pair.items() if name != "entries"} == asdict(expected)


def test_a_board_is_sorted():
    found = json.loads(run("tiers", RESULTS, metric="mAP"))
    entries = [Entry.of(result) for result in RESULTS]
    expected = sort_into_tiers(entries, annotations=ANNOTATIONS, protocol=Protocol(), metric="mAP", split="all")
    assert found["outcome"] == "sorted"
    assert found["result"]["tiers"] == list(expected.tiers)
    assert expected.tiers == (1, 2, 3)
    assert found["result"]["annotations_sha256"] == ANNOTATIONS.sha256


def test_entries_are_sliced():
    found = json.loads(run("slices", RESULTS[:2], metrics=["rank-1", "mAP"], columns=["domain"]))
    entry = Entry.of(RESULTS[1])
    options = {"columns": ["domain"], "metrics": ["rank-1", "mAP"], "split": "all"}
    expected = score_slices(entry, annotations=ANNOTATIONS, protocol=Protocol(), **options)
    assert found["outcome"] == "sliced"
    assert found["result"]["entries"][1] == json.loads(json.dumps(asdict(expected)))


@pytest.mark.parametrize(
    ("task", "number", "options", "code"),
    [
        ("compare", 1, {"metric": "mAP"}, "too_many_entries"),
        ("compare", 2, {"metric": "nDCG"}, "unknown_metric"),
        ("tiers", 0, {"metric": "mAP"}, "too_many_entries"),
        ("slices", 1, {"metrics": ["mAP"], "columns": ["pid"]}, "unknown_column"),
        ("tiers", 2, {"metric": "mAP", "protocol": {"aggregate": "macro"}}, "other_protocol"),
    ],
)
def test_what_cannot_be_done_is_refused_with_its_reason(task, number, options, code):
    with given(task, RESULTS[:number], **options) as (job, _):
        found = run_comparison(job)
    assert (found["outcome"], found["code"]) == ("refused", code)
    assert found["message"].endswith(".")


def test_processor_and_threads_change_no_byte():
    found = {
        run("tiers", RESULTS, metric="mAP", environment={"OPENBLAS_CORETYPE": core, "OPENBLAS_NUM_THREADS": threads})
        + run("compare", RESULTS, metric="mAP", environment={"OPENBLAS_CORETYPE": core, "NUMBA_NUM_THREADS": threads})
        for core, threads in (("Haswell", "1"), ("Nehalem", "2"))
    }
    assert len(found) == 1


FRESH = """
from scoring.native import FAMILY
from tests.scoring.comparison import test_jobs as jobs
for task, options in (
    ("compare", {"metric": "mAP"}), ("tiers", {"metric": "rank-1"}), ("slices", {"metrics": ["mAP"], "columns": ["domain"]})
):
    with jobs.given(task, jobs.RESULTS, **options) as (job, _):
        assert jobs.run_comparison(job)["outcome"] != "refused"
own = [kernel for name, kernel in FAMILY.kernels.items() if name.startswith("scoring.comparison")]
print(len(own), sum(sum(kernel.stats.cache_misses.values()) for kernel in own))
"""


def test_nothing_is_compiled_that_the_installation_did_not_compile():
    compile_kernels()
    done = subprocess.run([sys.executable, "-c", FRESH], capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    known, missed = map(int, done.stdout.split())
    assert known >= 6
    assert missed == 0
