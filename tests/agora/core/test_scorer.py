"""What a scorer's child gets and what is believed of what it leaves."""

from pathlib import Path

import pytest

from agora.core.children import Ending
from agora.core.scorer import MESSAGE_BYTES, Answer, Job, ask_scorer
from tests.agora.children import Stand

pytestmark = pytest.mark.usefixtures("files")
_SUBMISSION = b"query_id,gallery_ids\nq0001,g0001\n"


@pytest.fixture
def submission(files: Path) -> Path:
    """Return a stored file."""
    path = files / "submissions" / "uploads" / "one"
    path.parent.mkdir(parents=True)
    path.write_bytes(_SUBMISSION)
    return path


def _ask(submission: Path) -> Answer:
    return ask_scorer(Job("check", ("submissions", f"uploads/{submission.name}"), format={}, protocol={}))


def test_an_answer_is_taken(submission: Path, stand: Stand) -> None:
    stand.in_("""answer('{"outcome": "report", "report": {"ok": true}}')""")

    assert _ask(submission).message == {"outcome": "report", "report": {"ok": True}}


BAD = {
    "nothing": "pass",
    "not JSON": "answer('<html>')",
    "not UTF-8": "os.write(job['result'], b'\\xff\\xfe{}')",
    "not a number": """answer('{"outcome": "report", "report": {"value": NaN}}')""",
    "infinite": """answer('{"outcome": "report", "report": {"value": 1e999}}')""",
    "a long number": """answer('{"outcome": "report", "report": {"value": ' + "1" * 10000 + '}}')""",
    "another outcome": """answer('{"outcome": "scored", "result": {}}')""",
    "an outcome that is none": """answer('{"outcome": ["report"], "report": {}}')""",
    "a list": "answer('[]')",
    "a report that is none": """answer('{"outcome": "report", "report": "good"}')""",
    "deep": "answer('[' * 100_000)",
    "less deep": """answer('{"outcome": "report", "report": {"a": ' + '[' * 50 + ']' * 50 + '}}')""",
    "huge": f"""answer('{{"outcome": "report", "report": {{}}}}' + ' ' * {MESSAGE_BYTES})""",
    "followed by more": """answer('{"outcome": "report", "report": {}} {}')""",
}


@pytest.mark.parametrize("bad", BAD)
def test_what_is_no_answer_is_not_believed(bad: str, submission: Path, stand: Stand) -> None:
    stand.in_(BAD[bad])
    answer = _ask(submission)

    assert (answer.outcome.ending, answer.message) == (Ending.FINISHED, None)


def test_an_answer_before_a_crash_is_not_believed(submission: Path, stand: Stand) -> None:
    stand.in_("""answer('{"outcome": "report", "report": {"ok": true}}')\nos.abort()""")

    assert _ask(submission).message is None


def test_nobody_is_left_to_write_after_the_end(submission: Path, stand: Stand) -> None:
    stand.in_(
        """
        answer('{"outcome": "report", "report": {"ok": true}}')
        import threading, time
        def later():
            time.sleep(0.05)
            os.write(job["result"], b"spoiled")
        threading.Thread(target=later, daemon=True).start()
        try:
            if os.fork() == 0:
                os.setsid()
                later()
        except PermissionError:
            pass
        os._exit(0)
        """
    )

    assert _ask(submission).message == {"outcome": "report", "report": {"ok": True}}


def test_the_submission_cannot_be_changed(submission: Path, stand: Stand) -> None:
    stand.in_(
        """
        import mmap
        attempts = {
            "write": lambda: os.write(job["submission"], b"x"),
            "pwrite": lambda: os.pwrite(job["submission"], b"x", 0),
            "truncate": lambda: os.ftruncate(job["submission"], 0),
            "map": lambda: mmap.mmap(job["submission"], 8),
            "mode": lambda: os.fchmod(job["submission"], 0o777),
            "again": lambda: os.open(f"/proc/self/fd/{job['submission']}", os.O_RDWR),
        }
        refused = []
        for name, attempt in attempts.items():
            try:
                attempt()
            except OSError:
                refused.append(name)
        answer(json.dumps({"outcome": "report", "report": {"not_refused": sorted(set(attempts) - set(refused))}}))
        """
    )
    before = submission.stat()
    answer = _ask(submission)

    assert answer.message == {"outcome": "report", "report": {"not_refused": []}}
    after = submission.stat()
    assert submission.read_bytes() == _SUBMISSION
    assert (after.st_mode, after.st_nlink, after.st_mtime_ns) == (before.st_mode, before.st_nlink, before.st_mtime_ns)
