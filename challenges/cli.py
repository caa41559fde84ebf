"""Check, score and describe challenges offline: the commands of `python -m challenges`.

Exit status: 0 fine, 1 the submission or release is invalid or an audit missed a bar (its whole report is printed), 2 the
call is wrong.
"""

import argparse
import json
import sys
from collections.abc import Callable, Iterable, Sequence
from pathlib import Path
from typing import BinaryIO, TypeVar

from challenges.auditing import add_audit_options, audit_from
from challenges.converting import add_format_options, formats_of_options, write_converted
from challenges.describe_text import challenge_lines, release_lines
from challenges.errors import ChallengeError, did_you_mean
from challenges.galleries import GalleryError, read_gallery
from challenges.leakcheck import find_leaks
from challenges.registry import load, slugs
from challenges.release import ReleaseError, read_release
from challenges.report_text import report_lines
from challenges.result_text import result_lines, result_mapping
from challenges.spec import Challenge, Phase
from challenges.synthesizing import add_sheet_options, add_synthesis_options, sheet_from, synthesize_from
from challenges.verify import verify_release
from scoring import (
    Annotations,
    AnnotationsError,
    FormatError,
    InvalidSubmissionError,
    Manifest,
    ManifestError,
    Report,
    check,
    evaluate,
)

FINE, INVALID, WRONG_CALL = 0, 1, 2
INTERRUPTED = 130
"""The shell's status for a program that Ctrl-C ended: 128 + SIGINT."""

Value = TypeVar("Value")


class CallError(Exception):
    """Say in words what is wrong with a call; the status is then 2."""


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command and return its exit status."""
    options = _parser().parse_args(arguments)
    command: Callable[[argparse.Namespace], int] = options.command
    try:
        return command(options)
    except (CallError, ChallengeError) as error:
        _say((f"challenges: {line}" for line in str(error).splitlines()), to_error=True)
        return WRONG_CALL


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m challenges", description="Check and score submissions offline.")
    commands = parser.add_subparsers(required=True, metavar="COMMAND")
    for name, command, words in (
        ("evaluate", _evaluate, "score a submission against annotations"),
        ("check", _check, "check a submission against a list of images, without labels"),
        ("convert", _convert, "write a submission in another format, where that invents nothing"),
        ("synthesize", _synthesize, "make a synthetic challenge's data"),
        ("audit", _audit, "ask whether synthetic data are fair: cheats, difficulty, nuisances; renders its own"),
        ("sheet", _sheet, "show what a synthetic challenge varies, as one labelled picture"),
        ("verify", _verify, "check a release: whole, fitting its challenge, and without leaks"),
        ("describe", _describe, "say what a challenge asks and how it scores"),
        ("list", _list, "list the challenges"),
    ):
        sub = commands.add_parser(name, help=words, description=words.capitalize() + ".")
        sub.set_defaults(command=command)
        if name != "list":
            sub.add_argument("challenge", metavar="CHALLENGE", help="slug of a pack, or a folder with challenge.toml")
        _add_options(name, sub)
    return parser


def _add_options(name: str, sub: argparse.ArgumentParser) -> None:
    if name in ("evaluate", "check", "convert"):
        sub.add_argument(
            "--submission", type=Path, required=True, metavar="FILE", help="plain, .gz, .zst or a zip of one file"
        )
        sub.add_argument("--phase", metavar="SLUG", help="phase of the challenge; the first if left out")
    if name in ("evaluate", "check"):
        sub.add_argument("--json", type=Path, metavar="FILE", help="write the result here too, in fractions")
    if name == "evaluate":
        sub.add_argument(
            "--annotations", type=Path, required=True, metavar="FILE", help="track,role,image_id,pid,camid[,split]"
        )
    if name in ("check", "convert"):
        sub.add_argument("--images", type=Path, required=True, metavar="FILE", help="track,role,image_id")
        sub.add_argument(
            "--gallery",
            type=Path,
            metavar="FILE",
            help="image_id,person_id, where the gallery's identities are released",
        )
    if name == "convert":
        add_format_options(sub)
        sub.add_argument("--out", type=Path, required=True, metavar="FILE", help="packed as its ending says")
    if name == "verify":
        sub.add_argument("--data", type=Path, required=True, metavar="DIR", help="folder with public/ and hidden/")
    if name == "synthesize":
        add_synthesis_options(sub)
    if name == "audit":
        add_audit_options(sub)
    if name == "sheet":
        add_sheet_options(sub)


def _evaluate(options: argparse.Namespace) -> int:
    challenge = load(options.challenge)
    phase = _phase(challenge, options.phase)
    _check_writable(options.json)
    annotations = _read(options.annotations, "--annotations", Annotations.read)
    _check_tracks(annotations.manifest, challenge, path=options.annotations)
    with _opened(options.submission, "--submission") as file:
        try:
            result = evaluate(file, annotations=annotations, submission_format=phase.format, protocol=phase.protocol)
        except InvalidSubmissionError as error:
            return _show_report(error.report, options)
    _say(_size_notes(annotations.manifest, challenge), to_error=True)
    _say(result_lines(result, challenge=challenge, phase=phase))
    _write_json(options.json, result_mapping(result, challenge=challenge, phase=phase))
    return FINE


def _check(options: argparse.Namespace) -> int:
    challenge = load(options.challenge)
    phase = _phase(challenge, options.phase)
    _check_writable(options.json)
    manifest = _read(options.images, "--images", Manifest.read)
    _check_tracks(manifest, challenge, path=options.images)
    identities = None
    if options.gallery is not None:
        if phase.protocol.gallery_labels != "released":
            raise CallError(f"--gallery: phase {phase.slug} does not release the gallery's identities")
        identities = frozenset(_read(options.gallery, "--gallery", read_gallery).values())
    with _opened(options.submission, "--submission") as file:
        report = check(
            file,
            manifest=manifest,
            submission_format=phase.format,
            protocol=phase.protocol,
            gallery_identities=identities,
        )
    return _show_report(report, options)


def _convert(options: argparse.Namespace) -> int:
    challenge = load(options.challenge)
    phase = _phase(challenge, options.phase)
    manifest = _read(options.images, "--images", Manifest.read)
    _check_tracks(manifest, challenge, path=options.images)
    identities = None if options.gallery is None else _read(options.gallery, "--gallery", read_gallery)
    options.json = None
    try:
        formats = formats_of_options(options, phase.format)
        with _opened(options.submission, "--submission") as file:
            report = check(file, manifest=manifest, submission_format=formats[0], protocol=phase.protocol)
            if not report.ok:
                return _show_report(report, options)
            file.seek(0)
            write_converted(file, options.out, manifest=manifest, formats=formats, identities=identities)
    except FormatError as error:
        raise CallError(str(error)) from error
    except OSError as error:
        raise CallError(f"--out {options.out}: {error.strerror}") from error
    _say([f"{options.out}: {formats[0].kind} as {formats[1].kind}"])
    return FINE


def _synthesize(options: argparse.Namespace) -> int:
    challenge = _made(options.challenge)
    try:
        _say([synthesize_from(options, challenge)])
    except KeyboardInterrupt:
        _say([f"\nStopped. The same command goes on where it stopped; nothing is in {options.out} yet."], to_error=True)
        return INTERRUPTED
    except ValueError as error:  # of an option, or of the renderer, whose own class is not loaded here
        raise CallError(str(error)) from error
    except OSError as error:
        raise CallError(f"--out {options.out}: {error.strerror or error}") from error
    return FINE


def _audit(options: argparse.Namespace) -> int:
    challenge = load(options.challenge)
    if challenge.synthesis is None:
        raise CallError(f"{challenge.slug} has no generator: its data are collected, not made")
    _check_writable(options.json)
    try:
        audits = audit_from(options, challenge)
    except ValueError as error:
        raise CallError(str(error)) from error
    # The table stands beside what it is made of, which is loaded by this one command alone.
    from challenges.audit.report import audit_lines  # noqa: PLC0415

    _say(audit_lines(audits))
    _write_json(options.json, [audit.to_mapping() for audit in audits])
    return FINE if all(audit.passed for audit in audits) else INVALID


def _sheet(options: argparse.Namespace) -> int:
    challenge = _made(options.challenge)
    try:
        _say([sheet_from(options, challenge)])
    except ValueError as error:
        raise CallError(str(error)) from error
    except OSError as error:
        raise CallError(f"--out {options.out}: {error.strerror or error}") from error
    return FINE


def _made(slug: str) -> Challenge:
    """Return a challenge whose data are made."""
    challenge = load(slug)
    if challenge.synthesis is None:
        raise CallError(f"{challenge.slug} has no generator: its data are collected, not made")
    return challenge


def _verify(options: argparse.Namespace) -> int:
    challenge = load(options.challenge)
    try:
        release = read_release(options.data, challenge)
    except ReleaseError as error:
        _say([f"{options.data} is no release of {challenge.slug}:", *error.problems])
        return INVALID
    _say(release_lines(release))
    problems = (*verify_release(release, challenge), *find_leaks(release, challenge))
    _say(problems or ["The release is whole, fits the challenge, and no leak was found."])
    return INVALID if problems else FINE


def _describe(options: argparse.Namespace) -> int:
    _say(challenge_lines(load(options.challenge)))
    return FINE


def _list(_: argparse.Namespace) -> int:
    packs = [load(slug) for slug in slugs()]
    width = max(len(pack.slug) for pack in packs)
    _say(f"{pack.slug.ljust(width)}  {pack.sentence}" for pack in packs)
    return FINE


def _phase(challenge: Challenge, slug: str | None) -> Phase:
    if slug is None:
        return challenge.phases[0]
    known = tuple(phase.slug for phase in challenge.phases)
    if slug not in known:
        raise CallError(f"--phase {slug}: {challenge.slug} has {', '.join(known)}{did_you_mean(slug, known)}")
    return challenge.phase(slug)


def _opened(path: Path, option: str) -> BinaryIO:
    try:
        return path.open("rb")
    except OSError as error:
        raise CallError(f"{option} {path}: {error.strerror}") from error


def _read(path: Path, option: str, read: Callable[[BinaryIO], Value]) -> Value:
    with _opened(path, option) as file:
        try:
            return read(file)
        except (AnnotationsError, ManifestError, GalleryError) as error:
            raise CallError("\n".join(f"{option} {path}: {problem}" for problem in error.problems)) from error


def _check_tracks(manifest: Manifest, challenge: Challenge, *, path: Path) -> None:
    known = tuple(track.slug for track in challenge.tracks)
    for track in manifest.tracks:
        if track not in known:
            raise CallError(f'{path}: track "{track}" is none of {", ".join(known)}{did_you_mean(track, known)}')


def _size_notes(manifest: Manifest, challenge: Challenge) -> Iterable[str]:
    for track in challenge.tracks:
        if track.queries is None or track.gallery is None:
            continue
        here = track.slug in manifest.tracks
        found = (len(manifest.queries(track.slug)), manifest.n_gallery(track.slug)) if here else (0, 0)
        if found != (track.queries, track.gallery):
            yield (
                f"Note: {track.slug} has {found[0]:,} queries and {found[1]:,} gallery images here, the challenge "
                f"{track.queries:,} and {track.gallery:,}: the score cannot be compared with published ones."
            )


def _show_report(report: Report, options: argparse.Namespace) -> int:
    _say(report_lines(report, name=options.submission.name))
    _write_json(options.json, report.to_mapping())
    return FINE if report.ok else INVALID


def _check_writable(path: Path | None) -> None:
    """Refuse a place that cannot be written before the work is done, not after it."""
    if path is not None and (path.is_dir() or not path.absolute().parent.is_dir()):
        raise CallError(f"--json {path}: {'is a folder' if path.is_dir() else 'its folder does not exist'}")


def _write_json(path: Path | None, mapping: object) -> None:
    if path is None:
        return
    try:
        path.write_text(json.dumps(mapping, ensure_ascii=False, allow_nan=False, indent=2) + "\n", encoding="utf-8")
    except OSError as error:
        raise CallError(f"--json {path}: {error.strerror}") from error


def _say(lines: Iterable[str], *, to_error: bool = False) -> None:
    stream = sys.stderr if to_error else sys.stdout
    stream.writelines(f"{line}\n" for line in lines)
