"""A visitor's way from the sign-up to the board, and every way in which a file is refused, over HTTP with real workers."""

import gzip
import io
import socket
import zipfile
from collections.abc import Callable, Iterator
from pathlib import Path
from urllib.parse import urlsplit

import pytest

from agora.supervisor.process import wait_until
from tests.live.disk import fill
from tests.live.site import LiveSite
from tests.live.visitor import Visitor

_SLUG = "agsynth"
_MEBIBYTE = 1024 * 1024


@pytest.fixture(scope="module")
def member(demo_site: LiveSite) -> Iterator[Visitor]:
    """Return a visitor who has joined and accepted the rules."""
    with Visitor(demo_site.address) as visitor:
        visitor.sign_up("member")
        visitor.join(_SLUG)
        yield visitor


@pytest.fixture(scope="module")
def sample(member: Visitor) -> bytes:
    """Return the release's valid ranking."""
    return member.download(_SLUG, "sample_submission.csv")


def _charged(site: LiveSite) -> int:
    """Return how many submissions count against quotas."""
    return int(
        site.query("SELECT count(*) FROM submissions_submission WHERE charged_on IS NOT NULL AND released_at IS NULL")[
            0
        ][0]
    )


def _stored(site: LiveSite) -> set[str]:
    """Return the files in the store of submissions, those on their way in among them."""
    folder = site.var / "files" / "submissions"
    return {str(path.relative_to(folder)) for path in folder.rglob("*") if path.is_file()}


def test_a_visitor_reaches_the_board(demo_site: LiveSite, member: Visitor, sample: bytes) -> None:
    before = _charged(demo_site)

    upload = member.upload(_SLUG, sample, phase="ranking")
    checked = member.wait_for_check(upload)
    entry = member.submit(upload)
    scored = member.wait_for_score(entry)

    assert checked["state"] == "ready"
    assert scored["state"] == "scored"
    assert _charged(demo_site) == before + 1
    assert any("member" in row.values() for row in member.board(_SLUG, phase="ranking"))
    assert demo_site.query(
        "SELECT e.attempt, e.error_code, count(b.id) FROM submissions_evaluation e"
        " JOIN submissions_submission s ON s.id = e.submission_id"
        " LEFT JOIN leaderboards_boardrow b ON b.evaluation_id = e.id WHERE s.ref = %s GROUP BY e.id",
        entry,
    ) == [(1, "", 1)]


def test_the_baselines_of_the_demo_were_scored_through_the_ordinary_path(demo_site: LiveSite) -> None:
    def states() -> list[tuple[str, str]]:
        return demo_site.query(
            "SELECT s.recipe, e.state FROM submissions_submission s JOIN submissions_evaluation e ON e.submission_id = s.id"
            " WHERE s.kind = 'baseline' ORDER BY s.recipe"
        )

    wait_until(
        lambda: all(state == "scored" for _, state in states()), deadline_seconds=60, what="the baselines are scored"
    )
    assert [recipe for recipe, _ in states()] == ["colour_texture", "random"]


def _zip(*names: str) -> Callable[[bytes], bytes]:
    def pack(sample: bytes) -> bytes:
        packed = io.BytesIO()
        with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as archive:
            for name in names:
                archive.writestr(name, sample)
        return packed.getvalue()

    return pack


def _lines(change: Callable[[list[bytes]], list[bytes]]) -> Callable[[bytes], bytes]:
    return lambda sample: b"\n".join(change(sample.splitlines())) + b"\n"


def _with_first_row(change: Callable[[bytes], bytes]) -> Callable[[bytes], bytes]:
    return _lines(lambda lines: [lines[0], change(lines[1]), *lines[2:]])


def _unknown_gallery(row: bytes) -> bytes:
    return row.rsplit(b" ", 1)[0] + b" nosuchimage"


BAD_FILES = {
    "missing_queries": _lines(lambda lines: lines[:-1]),
    "duplicate_queries": _lines(lambda lines: [*lines, lines[1]]),
    "unknown_queries": _with_first_row(lambda row: b"nosuchquery," + row.split(b",", 1)[1]),
    "unknown_gallery_ids": _with_first_row(_unknown_gallery),
    "wrong_header": _lines(lambda lines: [b"a,b", *lines[1:]]),
    "not_utf8": _lines(lambda lines: ["query_id,gallery_ids".encode("utf-16"), *lines[1:]]),
    "binary_file": lambda sample: b"\x89PNG\r\n\x1a\n" + bytes(4096),
    "zip_many_files": _zip("a.csv", "b.csv"),
    "zip_path": _zip("../outside.csv"),
    "zip_bomb": lambda sample: gzip.compress(sample.splitlines()[0] + b"\n" + b"a" * (256 * _MEBIBYTE), 1),
    "line_too_long": lambda sample: sample.splitlines()[0] + b"\n" + b"a " * (50 * _MEBIBYTE),
    "truncated_archive": lambda sample: gzip.compress(sample)[:-20],
}


#: One of rows, one of bytes, two of archives: that every code of the scorer reaches its page is shown in tests/browser.
_ALWAYS = {"missing_queries", "binary_file", "zip_bomb", "truncated_archive"}


@pytest.mark.parametrize(
    "code", [pytest.param(code, marks=[] if code in _ALWAYS else pytest.mark.long) for code in BAD_FILES]
)
def test_a_bad_file_is_told_why_and_changes_nothing(
    demo_site: LiveSite, member: Visitor, sample: bytes, code: str
) -> None:
    charged, stored = _charged(demo_site), _stored(demo_site)

    upload = member.upload(_SLUG, BAD_FILES[code](sample), phase="ranking")
    checked = member.wait_for_check(upload)

    assert checked["state"] == "rejected"
    problems = {problem["code"]: problem for problem in checked["report"]["problems"]}
    assert code in problems, checked
    assert problems[code]["mend"]
    assert member.submit_response(upload).status_code == 409
    assert problems[code]["title"] in member.page(f"/u/{upload}/").text
    assert _charged(demo_site) == charged
    assert _stored(demo_site) <= stored


@pytest.mark.parametrize(
    "dress",
    [
        pytest.param(gzip.compress, id="gzip"),
        # These too are sent in every run of tests/browser.
        pytest.param(lambda sample: sample.replace(b"\n", b"\r\n"), id="crlf", marks=pytest.mark.long),
        pytest.param(lambda sample: b"\xef\xbb\xbf" + sample, id="bom", marks=pytest.mark.long),
        pytest.param(_zip("a.csv"), id="zip", marks=pytest.mark.long),
    ],
)
def test_a_file_in_another_dress_is_taken(member: Visitor, sample: bytes, dress: Callable[[bytes], bytes]) -> None:
    upload = member.upload(_SLUG, dress(sample), phase="ranking")

    assert member.wait_for_check(upload)["state"] == "ready"


@pytest.mark.parametrize(
    ("size", "status", "code"),
    [(10 * 1024 * _MEBIBYTE, 413, "too_large"), (0, 400, "empty_file"), (-1, 400, None), ("x", 400, None)],
)
def test_a_declared_size_is_judged_before_the_first_byte(
    demo_site: LiveSite, member: Visitor, size: object, status: int, code: str | None
) -> None:
    rows = demo_site.query("SELECT count(*) FROM submissions_upload")

    answer = member.declare(_SLUG, phase="ranking", filename="big.csv", size=size)

    assert answer.status_code == status, answer.text
    assert code is None or answer.json()["error"]["code"] == code
    assert answer.json()["error"]["message"]
    assert demo_site.query("SELECT count(*) FROM submissions_upload") == rows


def test_an_upload_that_breaks_off_leaves_nothing(demo_site: LiveSite, member: Visitor, sample: bytes) -> None:
    stored = _stored(demo_site)
    declared = member.declare(_SLUG, phase="ranking", filename="half.csv", size=len(sample)).json()

    connection = _begin_put(member, declared["put"], len(sample))
    connection.sendall(sample[: len(sample) // 2])
    connection.close()

    wait_until(
        lambda: (
            demo_site.query("SELECT state, error_code FROM submissions_upload WHERE ref = %s", declared["ref"])
            == [("rejected", "truncated")]
        ),
        deadline_seconds=30,
        what="the broken upload is rejected",
    )
    assert _stored(demo_site) == stored


def test_more_bytes_than_announced_are_refused(demo_site: LiveSite, member: Visitor, sample: bytes) -> None:
    declared = member.declare(_SLUG, phase="ranking", filename="a.csv", size=10).json()

    answer = member.http.put(
        declared["put"], content=iter([sample]), headers={**member.token(), "Content-Type": "application/octet-stream"}
    )

    assert answer.status_code == 411  # chunked: without a length nothing is read
    assert answer.json()["error"]["code"] == "length_required"


def test_without_accepted_rules_nothing_is_taken(demo_site: LiveSite, sample: bytes) -> None:
    with Visitor(demo_site.address) as visitor:
        visitor.sign_up("unread")
        visitor.join_without_rules(_SLUG)

        answer = visitor.announce(_SLUG, phase="ranking", filename="a.csv", size=len(sample))

        assert answer.status_code == 403
        assert "rules" in answer.json()["error"]["message"].lower()


def test_a_stranger_is_sent_to_the_log_in(demo_site: LiveSite) -> None:
    with Visitor(demo_site.address) as visitor:
        visitor.page("/accounts/login/")

        answer = visitor.announce(_SLUG, phase="ranking", filename="a.csv", size=1)

        assert answer.status_code in {401, 403} or "/accounts/login/" in str(answer.url)


def test_after_the_deadline_nothing_is_taken(
    demo_site: LiveSite, member: Visitor, sample: bytes, closable_phase: Callable[[], None]
) -> None:
    declared = member.declare(_SLUG, phase="ranking", filename="late.csv", size=len(sample)).json()
    stored = _stored(demo_site)

    closable_phase()

    for answer in (
        member.put(declared["put"], sample),
        member.announce(_SLUG, phase="ranking", filename="late.csv", size=len(sample)),
    ):
        assert answer.status_code == 403, answer.text
        assert answer.json()["error"]["code"] == "phase_closed"
    assert _stored(demo_site) == stored


@pytest.fixture
def closable_phase(demo_site: LiveSite) -> Iterator[Callable[[], None]]:
    """Return a function that closes the ranking phase a second ago; it opens again after the test."""
    phase, opens, closes = demo_site.query(
        "SELECT p.id, p.opens_at, p.closes_at FROM competitions_phase p JOIN competitions_competition c ON c.id = p.competition_id"
        " WHERE c.slug = %s AND p.slug = 'ranking'",
        _SLUG,
    )[0]

    def close() -> None:
        demo_site.query(
            "UPDATE competitions_phase SET opens_at = now() - interval '1 day',"
            " closes_at = now() - interval '1 second' WHERE id = %s",
            phase,
        )

    yield close
    demo_site.query("UPDATE competitions_phase SET opens_at = %s, closes_at = %s WHERE id = %s", opens, closes, phase)


def _begin_put(visitor: Visitor, target: str, length: int) -> socket.socket:
    """Open a connection and send the head of an upload of `length` bytes."""
    place = urlsplit(str(visitor.http.base_url))
    cookies = "; ".join(f"{name}={value}" for name, value in visitor.http.cookies.items())
    lines = [f"PUT {target} HTTP/1.1", f"Host: {place.netloc}", f"Cookie: {cookies}", f"Content-Length: {length}"]
    lines += [f"{name}: {value}" for name, value in visitor.token().items()]
    lines += ["Content-Type: application/octet-stream", "Connection: close", "", ""]
    connection = socket.create_connection((place.hostname or "", place.port or 80), timeout=30)
    connection.sendall("\r\n".join(lines).encode())
    return connection


def test_a_full_disk_is_our_fault_and_leaves_nothing(demo_site: LiveSite, member: Visitor, small_disk: Path) -> None:
    content = b"a" * _MEBIBYTE
    declared = member.declare(_SLUG, phase="ranking", filename="full.csv", size=len(content)).json()
    connection = _begin_put(member, declared["put"], len(content))
    connection.sendall(content[:65536])
    wait_until(
        lambda: any(path.is_file() for path in small_disk.rglob("*")),
        deadline_seconds=30,
        what="the first bytes arrive",
    )
    ballast = small_disk / "ballast"
    fill(ballast)

    connection.sendall(content[65536:])
    answer = b"".join(iter(lambda: connection.recv(65536), b""))
    connection.close()

    assert b" 507 " in answer.split(b"\r\n", 1)[0], answer[:2000]
    assert b"Our disk is full" in answer
    assert [path.name for path in small_disk.rglob("*") if path.is_file()] == ["ballast"]
    assert demo_site.query("SELECT state, error_code FROM submissions_upload WHERE ref = %s", declared["ref"]) == [
        ("rejected", "storage_full")
    ]
    # With the disk still full the next one is refused before its first byte.
    refused = member.declare(_SLUG, phase="ranking", filename="full.csv", size=len(content))
    assert refused.status_code == 507
