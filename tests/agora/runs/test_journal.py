"""Lines as children print them, whole and broken, and what is kept of them."""

import itertools
import json
from datetime import UTC, datetime

import pytest

from agora.runs.journal import CURVE_POINTS, LOG_LINES, Curve, Journal, Progress

AT = datetime(2026, 11, 21, 14, 2, 7, tzinfo=UTC)
#: As `python -m baselines train` prints them.
RECORDED = b"""\
{"event":"started","recipe":"bot_r50_tiny","seed":3,"device":"cpu","iterations":240,"epochs":30,"resumed_at":0}
{"event":"progress","stage":"cache","done":32,"total":32}
{"event":"losses","iteration":10,"epoch":1.25,"lr":1.05e-4,"total":3.25,"terms":{"ce.id":2.1,"triplet":1.15},"images_per_s":118.2}
{"event":"validated","iteration":10,"metrics":{"aerial_ground/rank-1":0.5,"aerial_ground/mAP":0.25}}
{"event":"checkpoint","iteration":10}
UserWarning: of a library
{"event":"finished","seconds":12.5,"peak_bytes":1000,"facets":["rerank"]}
"""


def _journal() -> Journal:
    return Journal(lambda: AT)


def _heard(*events: dict[str, object]) -> Journal:
    journal = _journal()
    for event in events:
        journal.hear(json.dumps(event).encode() + b"\n")
    return journal


def test_what_a_training_says_is_kept_in_numbers_and_words() -> None:
    journal = _journal()

    journal.hear(RECORDED)

    progress = journal.progress
    assert (progress.iteration, progress.iterations, progress.epoch, progress.epochs) == (10, 240, 1.25, 30)
    assert (progress.stage, progress.images_per_s, progress.checkpoint) == ("train", 118.2, 10)
    assert journal.curve.points == [[10, 1.25, 1.05e-4, 3.25]]
    assert journal.validations == [
        {"iteration": 10, "epoch": 1.25, "metrics": {"aerial_ground/rank-1": 0.5, "aerial_ground/mAP": 0.25}}
    ]
    assert journal.facets == ("rerank",)
    assert "14:02:07 bot_r50_tiny on cpu, seed 3" in journal.lines
    assert "14:02:07 iteration 10, loss 3.25 (ce.id 2.1, triplet 1.15), lr 0.000105" in journal.lines
    assert "14:02:07 UserWarning: of a library" in journal.lines


def test_lines_that_arrive_in_pieces_are_read_as_whole_ones() -> None:
    journal = _journal()

    for byte in RECORDED:
        journal.hear(bytes([byte]))

    whole = _journal()
    whole.hear(RECORDED)
    assert journal.columns() == whole.columns()


def test_a_failure_says_why_and_whether_it_can_go_on() -> None:
    journal = _heard({"event": "failed", "reason": "loss became NaN\nat step 1,212", "resumable": True})

    assert (journal.reason, journal.is_resumable) == ("loss became NaN at step 1,212", True)


@pytest.mark.parametrize(
    "line",
    [
        b'{"event":"losses","iteration":1,"epoch":0,"lr":0,"total":NaN}',
        b'{"event":"losses","iteration":1,"epoch":0,"lr":0,"total":1e999}',
        b'{"event":"losses","iteration":-1,"epoch":0,"lr":0,"total":1}',
        b'{"event":"losses","iteration":[],"epoch":0,"lr":0,"total":1}',
        b'{"event":"validated","iteration":1,"metrics":{"a/mAP":2}}',
        b'{"event":"validated","iteration":1,"metrics":7}',
        b'{"event":"progress"}',
        b'{"event":"nothing we know"}',
        b"[1, 2]",
        b"{" * 5000,
        b"\xff\xfe\x00 no text",
        b"\x1b[31mred\x1b[0m",
    ],
)
def test_odd_lines_change_no_number_and_stand_in_the_log(line: bytes) -> None:
    journal = _journal()

    journal.hear(line + b"\n")

    assert (journal.curve.points, journal.validations) == ([], [])
    assert (journal.progress.iteration, journal.progress.done) == (0, 0)
    assert len(journal.lines) == 1
    assert journal.lines[0].isprintable()


def test_a_line_without_end_and_a_flood_of_lines_stay_bounded() -> None:
    journal = _journal()

    for _ in range(40):
        journal.hear(b"x" * 10_000)
    journal.hear(b"\n" + b"y\n" * 1000)
    journal.hear(b'{"event":"failed","reason":"' + b"z" * 10_000 + b'"}\n')

    assert len(journal.lines) == LOG_LINES
    assert max(map(len, journal.lines)) <= 320
    assert len(journal.reason) == 300


def test_a_long_curve_is_thinned_over_its_whole_length() -> None:
    curve = Curve()

    for iteration in range(10_000):
        curve.add([iteration, 0.0, 0.0, 1.0])

    told = [point[0] for point in curve.points]
    assert len(told) <= CURVE_POINTS + 1
    assert (told[0], told[-1] > 9900) == (0, True)
    assert {later - earlier for earlier, later in itertools.pairwise(told)} == {curve.stride}


def test_a_resumed_run_forgets_what_it_computes_anew() -> None:
    journal = _heard(*({"event": "losses", "iteration": k, "epoch": 0, "lr": 1, "total": 1} for k in range(1, 31)))
    journal.validations = [{"iteration": 10, "metrics": {}}, {"iteration": 25, "metrics": {}}]

    journal.hear(
        b'{"event":"started","recipe":"a","seed":0,"device":"cpu","iterations":40,"epochs":2,"resumed_at":20}\n'
    )

    assert [point[0] for point in journal.curve.points] == list(range(1, 21))
    assert [one["iteration"] for one in journal.validations] == [10]
    assert (journal.progress.resumed_at, journal.progress.iteration) == (20, 20)


@pytest.mark.parametrize(
    ("resumed_at", "words"), [(0, "began anew: the checkpoint"), (20, "went back to iteration 20: the checkpoint")]
)
def test_a_checkpoint_that_lies_elsewhere_is_told_and_counted(resumed_at: int, words: str) -> None:
    started = {"event": "started", "recipe": "a", "seed": 0, "device": "cpu", "iterations": 90, "epochs": 2}

    journal = _heard(
        started,
        {"event": "checkpoint", "iteration": 20},
        {**started, "resumed_at": 20},  # of the same machine: nothing is lost, nor while it writes none of its own
        {**started, "resumed_at": 20},
        {"event": "checkpoint", "iteration": 40},
        {**started, "resumed_at": resumed_at},
    )

    assert (journal.progress.lost_checkpoints, journal.progress.checkpoint) == (1, resumed_at)
    assert [line for line in journal.lines if words in line and "iteration 40 is not in its folder" in line]


def test_what_a_row_holds_is_read_back() -> None:
    journal = _journal()
    journal.hear(RECORDED)
    columns = json.loads(json.dumps(journal.columns()))

    assert Progress.of({**columns["progress"], "of a later version": 1}) == journal.progress
    assert Curve.of(columns["curve"]) == journal.curve
