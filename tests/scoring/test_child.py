"""The child process: its protocol, what it compiles, what it needs of memory and time, what it imports."""

import json
import os
import subprocess
import sys
import tempfile
from pathlib import Path

import pytest

from scoring import Annotations, Protocol, Report, SubmissionFormat
from scoring.formats.bench import run_child
from scoring.sizes import AG_REID_2023, TrackSize, write_annotations, write_labels, write_ranking
from tests.scoring.sets import annotations_csv, random_answers, random_set, ranking_csv, score

#: Libraries included.
MAX_PEAK = 300 * 1000 * 1000


def run(task, *, described=None, protocol=None, per_query=False, expect=0, **contents):
    """Run one job; `contents` become inherited descriptors. Return the result and the per-query bytes."""
    files = []

    def descriptor(content):
        number, name = tempfile.mkstemp()
        Path(name).unlink()
        os.write(number, content)
        os.lseek(number, 0, os.SEEK_SET)
        files.append(number)
        return number

    job = {name: descriptor(content) for name, content in contents.items()}
    job |= {"task": task, "format": described or {}, "protocol": protocol or {}, "limits": {}}
    job["result"] = descriptor(b"")
    job["per_query"] = descriptor(b"") if per_query else None
    number = descriptor(json.dumps(job).encode())
    done = subprocess.run(
        [sys.executable, "-I", "-m", "scoring.child", str(number)],
        pass_fds=files,
        capture_output=True,
        env={"LC_ALL": "C.UTF-8", "PYTHONPATH": ""},
    )
    result = os.pread(job["result"], 10_000_000, 0)
    rows = os.pread(job["per_query"], 10_000_000, 0) if per_query else b""
    for file in files:
        os.close(file)
    assert done.returncode == expect, done.stderr.decode()
    return json.loads(result) if result else None, rows


ROWS = random_set(31, identities=24)
ANSWERS = random_answers(ROWS, 31)
TRUTH = annotations_csv(ROWS, ("track", "role", "image_id", "pid", "camid", "split"))
IMAGES = annotations_csv(ROWS, ("track", "role", "image_id"))


def test_an_evaluation_gives_what_the_library_gives():
    content = ranking_csv(ANSWERS)
    found, per_query = run("evaluate", submission=content, annotations=TRUTH, per_query=True)
    expected = score(ROWS, content).to_mapping()
    assert found["outcome"] == "scored"
    assert found["result"]["scores"] == expected["scores"]
    assert per_query[:4] == b"PAR1"


def test_a_check_gives_a_report():
    found, _ = run("check", submission=ranking_csv(ANSWERS), images=IMAGES)
    assert found["outcome"] == "report"
    assert Report.from_mapping(found["report"]).ok


def test_an_invalid_file_is_no_failure():
    found, _ = run("evaluate", submission=b"\x89PNG\r\n\x1a\n", annotations=TRUTH)
    assert found["outcome"] == "invalid"
    assert found["report"]["problems"][0]["code"] == "binary_file"


def test_released_identities_are_checked():
    content = b"image_id,person_id\n" + b"".join(b"%s,nobody\n" % query.encode() for query in ANSWERS)
    found, _ = run(
        "check", submission=content, images=IMAGES, gallery_identities=b'["P001"]', described={"kind": "labels"}
    )
    assert found["report"]["problems"][0]["code"] == "unknown_labels"


def test_a_wrong_job_writes_no_result():
    found, _ = run("evaluate", submission=b"", annotations=b"not a table", expect=1)
    assert found is None


def test_a_wrong_call_says_how_it_is_called():
    done = subprocess.run([sys.executable, "-m", "scoring.child"], capture_output=True)
    assert (done.returncode, done.stderr) == (2, b"usage: python -I -m scoring.child FD\n")


# numba looks whether SciPy is there, so it is taken away rather than looked for.
FRESH = """
import io, sys
sys.modules["scipy"] = None
from scoring.child import _WithoutPandas
sys.meta_path.insert(0, _WithoutPandas())
from scoring.compile import compile_kernels
from scoring.native import FAMILY
{before}
compile_kernels()
assert not [name for name in sys.modules if name.split(".")[0] in ("django", "torch", "pandas", "agora")]
print(FAMILY.cache_misses())
"""


def test_a_fresh_process_compiles_nothing_and_loads_neither_django_nor_torch():
    subprocess.run([sys.executable, "-m", "scoring.compile"], check=True, capture_output=True)
    done = subprocess.run([sys.executable, "-c", FRESH.format(before="")], capture_output=True, check=True)
    assert done.stdout == b"0\n"


def test_kernels_are_compiled_for_every_machine():
    code = "import numba, scoring; print(numba.config.CPU_NAME, repr(numba.config.CPU_FEATURES))"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, check=True)
    assert done.stdout == b"generic ''\n"


def test_a_read_only_cache_is_no_obstacle():
    before = "import scoring.native as n; n._KernelCache.load_overload = lambda *a: None\n"
    before += "import numba.core.caching as c\n"
    before += "def refuse(*a): raise PermissionError\n"
    before += "c.IndexDataCacheFile.save = refuse"
    code = FRESH.format(before=before).replace(
        "compile_kernels()", "from scoring.formats.tokens import build_table; build_table([['a']])"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, check=True)
    assert int(done.stdout) > 0


def test_the_file_of_the_challenge_in_its_real_shape(tmp_path):
    write_annotations(tmp_path / "truth.csv", AG_REID_2023)
    write_labels(tmp_path / "labels.csv", AG_REID_2023)
    with (tmp_path / "truth.csv").open("rb") as file:
        annotations = Annotations.read(file)
    summary = annotations.summary()
    tracks = summary["tracks"]
    assert summary["identities"] == 808
    assert [(track["queries"], track["gallery"]) for track in tracks.values()] == [(4348, 19_259), (4151, 21_214)]
    assert {len(pid) for pid in annotations.identities} == {13}

    spent = run_child(tmp_path / "labels.csv", tmp_path / "truth.csv", SubmissionFormat(kind="labels"))

    assert spent.high_water_bytes <= MAX_PEAK
    assert spent.seconds < 30  # a hang, not a speed: `python -m scoring.bench` measures that


def test_a_full_ranking_is_scored_in_little_memory(tmp_path):
    # One seventh of the queries against the whole gallery: 65 MB. The reader's memory does not grow with the rows, which
    # the long test below shows at full size.
    sizes = [TrackSize("aerial_ground", 620, 19_259, 0, 3)]
    assert_peak(tmp_path, sizes)


@pytest.mark.long
def test_a_full_ranking_at_full_size_is_scored_in_little_memory(tmp_path):
    assert_peak(tmp_path, AG_REID_2023[:1])


def assert_peak(folder: Path, sizes):
    write_annotations(folder / "truth.csv", sizes)
    write_ranking(folder / "ranking.csv", sizes)

    spent = run_child(folder / "ranking.csv", folder / "truth.csv", SubmissionFormat())

    assert 0 < spent.peak_bytes <= spent.high_water_bytes <= MAX_PEAK
    assert Protocol().depth is None
