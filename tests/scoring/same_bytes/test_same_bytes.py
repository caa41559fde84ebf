"""One file of every kind as on a new and an old processor, with one and two threads, and in other orders of rows."""

import io
import itertools
import json
import os
import random
import re
import subprocess
import sys
from pathlib import Path

import numpy as np
import pyarrow.parquet
import pytest

import scoring
from scoring import Annotations, Protocol, SubmissionFormat, evaluate
from scoring.submission import READERS
from tests.scoring.same_bytes.files import FILES, annotations, readable

ROOT = Path(__file__).parents[3]
#: What makes the libraries take the code that an old processor would: numpy's features by their names here.
OLD = {
    "NPY_DISABLE_CPU_FEATURES": " ".join(np.show_config("dicts")["SIMD Extensions"].get("found", [])),
    "ARROW_USER_SIMD_LEVEL": "NONE",
    "GLIBC_TUNABLES": "glibc.cpu.hwcaps=-AVX512F,-AVX2,-FMA,-FMA4",
}
PROCESSORS = {"Haswell": {}, "Nehalem": OLD}
CONDITIONS = list(itertools.product(PROCESSORS, (1, 2)))


def test_every_kind_that_is_read_has_a_file():
    assert {file.kind for file in FILES} >= set(READERS)


@pytest.fixture(scope="module")
def found(tmp_path_factory):
    subprocess.run([sys.executable, "-m", "scoring.compile"], check=True, capture_output=True, cwd=ROOT)
    folder = tmp_path_factory.mktemp("files")
    (folder / "annotations.csv").write_bytes(annotations())
    for file in readable():
        (folder / file.name).write_bytes(file.write(None))
        (folder / f"{file.name}.json").write_text(json.dumps({"format": file.described, "protocol": file.protocol}))
    return {condition: run(folder, *condition) for condition in CONDITIONS}


def run(folder, core, threads):
    numbers = dict.fromkeys(("OPENBLAS_NUM_THREADS", "NUMBA_NUM_THREADS", "OMP_NUM_THREADS"), str(threads))
    done = subprocess.run(
        [sys.executable, "-m", "tests.scoring.same_bytes.child", str(folder)],
        cwd=ROOT,
        env={**os.environ, **numbers, "OPENBLAS_CORETYPE": core, **PROCESSORS[core]},
        capture_output=True,
        text=True,
    )
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


def test_the_conditions_differ(found):
    assert all(answer["kernel"] == core for (core, _), answer in found.items())
    for canary in ("product", "functions"):
        assert len({answer[canary] for answer in found.values()}) > 1, canary


def test_no_kind_of_file_needs_a_kernel_that_is_not_compiled_at_installation(found):
    assert {condition: answer["compiled"] for condition, answer in found.items()} == {
        condition: [] for condition in CONDITIONS
    }


def test_quantiles_do_not_differ(found):
    assert len({answer["quantiles"] for answer in found.values()}) == 1


@pytest.mark.parametrize("file", readable(), ids=lambda file: file.name)
def test_result_and_per_query_are_the_same_bytes(found, file):
    seen = {condition: answer["digests"][file.name] for condition, answer in found.items()}
    assert len({tuple(digests) for digests in seen.values()}) == 1, seen


def score(file, content, truth):
    return evaluate(
        io.BytesIO(content),
        annotations=Annotations.read(io.BytesIO(truth)),
        submission_format=SubmissionFormat.from_mapping(file.described),
        protocol=Protocol.from_mapping(file.protocol),
    )


def per_query(result):
    content = io.BytesIO()
    result.write_per_query(content)
    return content.getvalue()


def without_digests(result):
    return {key: value for key, value in result.to_mapping().items() if not key.endswith("_sha256")}


@pytest.mark.parametrize("file", [file for file in readable() if not file.rows_have_order], ids=lambda file: file.name)
def test_the_order_of_the_file_changes_nothing_but_its_digest(file):
    truth = annotations()
    first, second = (score(file, file.write(draw), truth) for draw in (None, random.Random(5)))
    assert first.submission_sha256 != second.submission_sha256
    assert without_digests(first) == without_digests(second)
    assert per_query(first) == per_query(second)


@pytest.mark.parametrize(
    "file", [file for file in readable() if not file.gallery_has_order], ids=lambda file: file.name
)
def test_the_order_of_the_annotations_changes_no_score(file):
    content = file.write(None)
    first, second = (score(file, content, annotations(draw)) for draw in (None, random.Random(6)))
    assert first.annotations_sha256 != second.annotations_sha256
    assert without_digests(first) == without_digests(second)
    tables = [pyarrow.parquet.read_table(io.BytesIO(per_query(result))) for result in (first, second)]
    assert tables[0].sort_by("query_id").equals(tables[1].sort_by("query_id"))


def test_the_readme_names_what_a_result_holds():
    text = (Path(scoring.__file__).parent / "README.md").read_text(encoding="utf-8")
    section = text.split("\n## Results\n", 1)[1].split("\n## ", 1)[0]
    cells = re.findall(r"^\| (`[^|]*) \|", section, flags=re.MULTILINE)
    file = next(file for file in FILES if file.name == "ranking_cut")
    result = score(file, file.write(None), annotations())
    assert set(re.findall(r"`([^`]+)`", " ".join(cells))) == set(result.to_mapping())
    assert all(f"`{column}`" in section for column in result.per_query)
    assert result.to_mapping()["format"] == SubmissionFormat.from_mapping(file.described).to_mapping()
    assert Protocol.from_mapping(result.to_mapping()["protocol"]).hash == result.protocol_hash
