"""Wrong files: for each problem that the scorer can report, a file that has it, made from the release's valid one."""

import ast
import random
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from scoring.formats import problems
from scoring.formats.refusals import REFUSALS
from scoring.vectors.problems import CODES
from tests.browser import wrong_arrays
from tests.scoring.sets import gz, zipped

Lines = list[str]  # the valid file: header, then one line for each query
_MEGA = 1024 * 1024


@dataclass(frozen=True)
class Wrong:
    """One wrong file: what is wrong with it, for which phase, and how it is made of the valid file's lines."""

    code: str
    make: Callable[[Lines], bytes]
    phase: str = "ranking"
    filename: str = "heron_v3.csv"
    competition: str = "agsynth"


def codes_of_the_scorer() -> set[str]:
    """Return every code that a report can carry, read from the scorer's own modules.

    The tables of notes and refusals hold most; the rest are literals in calls that raise a refusal or make a problem.
    """
    found = set(problems.NOTE_CODES.values()) | set(REFUSALS) | set(CODES)
    for path in Path(problems.__file__).parent.glob("*.py"):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Call) and getattr(node.func, "id", "") in {"RefusedError", "_made"}:
                found |= _literals(node.args[0])
    return found


def _literals(node: ast.expr) -> set[str]:
    if isinstance(node, ast.IfExp):
        return _literals(node.body) | _literals(node.orelse)
    return {node.value} if isinstance(node, ast.Constant) and isinstance(node.value, str) else set()


def _text(lines: Lines) -> bytes:
    return ("\n".join(lines) + "\n").encode()


def _answer(line: str, change: Callable[[str], str]) -> str:
    query, _, answer = line.partition(",")
    return f"{query},{change(answer)}"


def _on_line(change: Callable[[str], str], *numbers: int) -> Callable[[Lines], bytes]:
    """Change the answers on some lines, counted from 1 after the header."""
    places = numbers or (3,)
    return lambda lines: _text([_answer(line, change) if place in places else line for place, line in enumerate(lines)])


def _raw(old: bytes, new: bytes) -> Callable[[Lines], bytes]:
    return lambda lines: _text(lines).replace(old, new, 1)


def _first_twice(answer: str) -> str:
    first, _, rest = answer.partition(" ")
    return f"{first} {first} {rest.partition(' ')[2]}"


def _endings(lines: Lines) -> bytes:
    """Write every gallery id with an ending: thousands of problems of one kind."""
    return _text([lines[0], *(_answer(line, lambda ids: ids.replace(" ", ".jpg ") + ".jpg") for line in lines[1:])])


def _same(lines: Lines) -> bytes:
    """Answer every query of a track with what its first query got."""
    answers: dict[frozenset[str], str] = {}
    out = [lines[0]]
    for line in lines[1:]:
        query, _, answer = line.partition(",")
        out.append(f"{query},{answers.setdefault(frozenset(answer.split()), answer)}")
    return _text(out)


def _same_label(lines: Lines) -> bytes:
    label = lines[1].partition(",")[2]
    return _text([lines[0], *(_answer(line, lambda _: label) for line in lines[1:])])


def _bomb(lines: Lines) -> bytes:
    """Repeat one line at a ratio that only a bomb has."""
    line = lines[1].encode() + b"\n"
    return gz(_text(lines) + line * (66 * _MEGA // len(line)))


def _expands(lines: Lines) -> bytes:
    """Expand to more than the site reads, at an ordinary ratio: some digits of each line are its own."""
    draw = random.Random(1)
    return gz(_text(lines) + b"".join(b"%020x%b\n" % (draw.getrandbits(80), b"g" * 1000) for _ in range(84 * 1024)))


def _long_line(lines: Lines) -> bytes:
    return gz(_text([lines[0], f"{lines[1].partition(',')[0]},{'g' * (17 * _MEGA)}", *lines[2:]]))


def _encrypted(lines: Lines) -> bytes:
    content = bytearray(zipped(("a.csv", _text(lines))))
    for signature, offset in ((b"PK\x03\x04", 6), (b"PK\x01\x02", 8)):
        content[content.index(signature) + offset] |= 1
    return bytes(content)


def _zip(*names: str, method: int = 8) -> Callable[[Lines], bytes]:
    return lambda lines: zipped(*((name, _text(lines)) for name in names), method=method)


def _known(head: bytes) -> Callable[[Lines], bytes]:
    return lambda _: head + bytes(range(256)) * 8


_Rows = dict[str, Wrong]


def _rows_of_both(phase: str) -> _Rows:
    """Return what can be wrong with the rows of either format."""
    made = partial(Wrong, phase=phase)
    return {
        "unknown query": made("unknown_queries", lambda lines: _text([*lines[:3], "zzz" + lines[3], *lines[4:]])),
        "missing queries": made("missing_queries", lambda lines: _text([lines[0], *lines[12:]])),
        "query twice": made("duplicate_queries", lambda lines: _text([*lines, lines[2]])),
        "no comma": made("bad_row", lambda lines: _text([*lines[:2], "a line of prose", *lines[3:]])),
        "Latin-1": made("not_utf8", lambda lines: _text(lines[:3]) + b"caf\xe9,x\n" + _text(lines[3:])),
        "control": made("control_characters", _on_line(lambda answer: answer[:3] + "\x07" + answer[3:])),
        "no answer": made("empty_value", _on_line(lambda _: "")),
        "long line": made("line_too_long", _long_line, filename="long.csv.gz"),
    }


_RANKING: _Rows = {
    **_rows_of_both("ranking"),
    "endings": Wrong("unknown_gallery_ids", _endings),
    "listed twice": Wrong("duplicate_gallery_ids", _on_line(_first_twice, 3, 4, 5)),
    "short": Wrong("short_rankings", _on_line(lambda ids: ids.rpartition(" ")[0])),
    "too deep": Wrong("wrong_depth", _on_line(lambda ids: f"{ids} {ids.split()[0]}")),
    "spaces": Wrong("extra_spaces", _on_line(lambda ids: ids.replace(" ", "  ", 2))),
    "same ranking": Wrong("same_ranking", _same),
}
_LABELS: _Rows = {
    **_rows_of_both("labels"),
    "unknown identity": Wrong("unknown_labels", _on_line(lambda _: "nobody"), phase="labels"),
    "two identities": Wrong("many_labels", _on_line(lambda label: f"{label} {label}"), phase="labels"),
    "spaces": Wrong("extra_spaces", _on_line(lambda label: f" {label}"), phase="labels"),
    "same identity": Wrong("same_label", _same_label, phase="labels"),
    "other format": Wrong("wrong_header", _raw(b"image_id,person_id", b"query_id,gallery_ids"), phase="labels"),
}
_UNREADABLE: _Rows = {
    "empty archive": Wrong("empty_file", lambda _: gz(b""), filename="empty.csv.gz"),
    "PNG": Wrong("binary_file", _known(b"\x89PNG\r\n\x1a\n"), filename="photo.csv"),
    "PDF": Wrong("binary_file", _known(b"%PDF-1.7\n"), filename="paper.pdf"),
    "binary": Wrong("binary_file", _known(b"query_id,\0"), filename="dump.bin"),
    "UTF-16": Wrong("not_utf8", lambda lines: _text(lines).decode().encode("utf-16")),
    "header": Wrong("wrong_header", _raw(b"query_id", b"image")),
    "semicolons": Wrong("wrong_separator", lambda lines: _text(lines).replace(b",", b";")),
    "too many lines": Wrong("too_many_rows", lambda lines: gz(_text(lines) + b"\n" * 2_000_001), filename="lines.gz"),
    "first line": Wrong("line_too_long", lambda _: gz(b"q" * (17 * _MEGA)), filename="line.csv.gz"),
    "bomb": Wrong("zip_bomb", _bomb, filename="bomb.csv.gz"),
    "expands": Wrong("too_large", _expands, filename="large.csv.gz"),
    "truncated": Wrong("truncated_archive", lambda lines: gz(_text(lines))[:-9], filename="heron.csv.gz"),
    "damaged": Wrong("corrupt_archive", lambda lines: gz(_text(lines))[:-8] + bytes(8), filename="heron.csv.gz"),
    "goes on": Wrong("trailing_data", lambda lines: gz(_text(lines)) + b"junk", filename="heron.csv.gz"),
    "zip of two": Wrong("zip_many_files", _zip("a.csv", "b.csv"), filename="two.zip"),
    "path": Wrong("zip_path", _zip("../a.csv"), filename="path.zip"),
    "encrypted": Wrong("zip_encrypted", _encrypted, filename="secret.zip"),
    "odd zip": Wrong("zip_method", _zip("a.csv", method=12), filename="odd.zip"),
    "nested": Wrong("nested_archive", lambda lines: gz(gz(_text(lines))), filename="twice.gz.gz"),
    "window": Wrong("large_window", _known(b"\x28\xb5\x2f\xfd\x00\xa0"), filename="heron.csv.zst"),
}
#: The same problem is an error in one format and a warning in the other.
_DEPTH: _Rows = {"short list": Wrong("short_rankings", _on_line(lambda ids: ids.split()[0]), competition="depth")}
#: Kinds that have a competition of their own.
_KINDS: _Rows = {
    "lines, no zip": Wrong("wrong_tracks", _text, competition="lines", filename="result.txt"),
    "json, cut": Wrong("bad_json", lambda lines: _text(lines)[:-4], competition="json", filename="heron.json"),
    "run, no number": Wrong("bad_scores", _raw(b" 0.5 ", b" high "), competition="run", filename="heron.run"),
    "run, ties": Wrong("tied_scores", _raw(b" 0.5 ", b" 1.0 "), competition="run", filename="heron.run"),
    "top, twice": Wrong("duplicate_labels", _on_line(lambda label: f"{label} {label}"), competition="top"),
}

WRONG: dict[str, Wrong] = {
    **{f"ranking, {name}": wrong for name, wrong in _RANKING.items()},
    **{f"labels, {name}": wrong for name, wrong in _LABELS.items()},
    **{f"unreadable, {name}": wrong for name, wrong in _UNREADABLE.items()},
    **{f"depth, {name}": wrong for name, wrong in _DEPTH.items()},
    **_KINDS,
    **{
        f"distances, {code}": Wrong(code, make, competition="distances", filename="heron.zip")
        for code, make in wrong_arrays.DISTANCES.items()
    },
    **{
        f"embeddings, {code}": Wrong(code, make, competition="embeddings", filename="heron.zip")
        for code, make in wrong_arrays.EMBEDDINGS.items()
    },
}
#: Files that look odd and are not: their check is silent.
RIGHT: dict[str, Callable[[Lines], bytes]] = {
    "byte order mark": lambda lines: b"\xef\xbb\xbf" + _text(lines),
    "carriage returns": lambda lines: _text(lines).replace(b"\n", b"\r\n"),
    "gz": lambda lines: gz(_text(lines)),
    "to be submitted": lambda lines: _text(lines) + b"\n",
    "zip": _zip("results/heron.csv"),
}
#: Codes that do not stop a file; `short_rankings` only where the format has a depth.
WARNINGS = frozenset({"extra_spaces", "same_ranking", "same_label", "tied_scores"}) | wrong_arrays.WARNINGS


def is_warning(wrong: Wrong) -> bool:
    """Say whether a file with this problem alone can be submitted."""
    return wrong.code in WARNINGS or wrong.competition == "depth"
