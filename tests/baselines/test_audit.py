"""Where the wrong first answers of a network lie, on a gallery small enough to count by hand."""

from collections.abc import Mapping
from pathlib import Path

import pytest
from scipy.stats import t

from baselines.audit import first_errors, read_facts, shares_of
from baselines.images import DataError


def _fact(role: str, pid: str, group: str, session: str, *, camid: str = "cctv", track: str = "t") -> dict[str, str]:
    return {"track": track, "role": role, "pid": pid, "group": group, "session": session, "camid": camid}


SMALL: Mapping[str, Mapping[str, str]] = {
    "q1": _fact("query", "a", "g1", "s1", camid="uav"),
    "q2": _fact("query", "b", "", "s1", camid="uav"),
    "same": _fact("gallery", "a", "g1", "s1"),
    "junk": _fact("gallery", "b", "", "s1", camid="uav"),
    "look_alike": _fact("gallery", "c", "g1", "s2"),
    "there_too": _fact("gallery", "d", "", "s1"),
    "other": _fact("gallery", "e", "", "s2"),
    "other_too": _fact("gallery", "e", "", "s2"),
    "elsewhere": _fact("gallery", "d", "", "s1", track="another"),
}


def test_first_errors_are_sorted_by_where_they_lie() -> None:
    found = first_errors([("q1", ["same"]), ("q1", ["look_alike"]), ("q1", ["there_too"]), ("q2", ["other"])], SMALL)

    assert (found.wrong, found.group, found.session) == (3, 1, 1)
    assert found.share.value == pytest.approx(2 / 3)


def test_chance_is_the_share_among_the_wrong_images_of_the_tracks_gallery() -> None:
    # Of five wrong images each: for q1 junk, look_alike and there_too are near, for q2 same and there_too.
    found = first_errors([("q1", ["look_alike"]), ("q2", ["other"])], SMALL)

    assert found.chance == pytest.approx((3 / 5 + 2 / 5) / 2)


def test_what_the_querys_own_camera_saw_of_it_is_no_answer() -> None:
    found = first_errors([("q2", ["junk", "there_too", "other"])], SMALL)

    assert (found.wrong, found.session) == (1, 1)


def test_without_errors_there_is_no_share() -> None:
    assert shares_of(first_errors([("q1", ["same"])], SMALL)) == {
        "wrong": 0, "group": 0, "session": 0, "share": 0.0, "low": None, "high": None, "chance": 0.0,
    }  # fmt: skip


@pytest.mark.parametrize("repeats", [1, 5])
def test_the_interval_is_over_identities_however_often_each_is_asked(repeats: int) -> None:
    facts = {f"q{number}": _fact("query", f"p{number}", "", f"s{number % 2}") for number in range(24)}
    facts |= {f"g{number}": _fact("gallery", f"x{number}", "", f"s{number}") for number in range(4)}
    orders = [(name, ["g0", "g1"]) for name in facts if name.startswith("q")] * repeats

    found = shares_of(first_errors(orders, facts))

    reach = t.ppf(0.975, 23) * 0.5 / 23**0.5
    assert (found["share"], found["chance"]) == (0.5, 0.25)
    assert (found["low"], found["high"]) == pytest.approx((0.5 - reach, 0.5 + reach), abs=1e-4)


def test_a_release_without_sessions_is_named(tmp_path: Path) -> None:
    file = tmp_path / "annotations.csv"
    file.write_text("track,role,image_id,pid,camid,group\nt,query,q,a,uav,\n", encoding="utf-8")

    with pytest.raises(DataError, match="column session is missing"):
        read_facts(file)
