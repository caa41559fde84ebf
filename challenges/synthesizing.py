"""Make a synthetic challenge's data: what `python -m challenges synthesize` is asked, and what it shows meanwhile."""

import argparse
import sys
import time
from collections.abc import Callable
from pathlib import Path

from challenges.spec import Challenge

_BAR = 24


class OptionError(ValueError):
    """Say which option cannot be read, and what it should look like."""


def add_synthesis_options(parser: argparse.ArgumentParser) -> None:
    """Add the options of `synthesize`."""
    parser.add_argument("--out", type=Path, required=True, metavar="DIR", help="folder to write; new or empty")
    parser.add_argument("--seed", type=int, required=True, metavar="S", help="equal seeds give equal bytes")
    _add_choices(parser)
    parser.add_argument(
        "--workers", type=int, metavar="N", help="processes that render; else as many as there are cores"
    )
    parser.add_argument(
        "--restart", action="store_true", help="throw away what a call with other settings left unfinished"
    )


def add_sheet_options(parser: argparse.ArgumentParser) -> None:
    """Add the options of `sheet`."""
    parser.add_argument("--out", type=Path, required=True, metavar="FILE", help="PNG file to write")
    parser.add_argument("--seed", type=int, default=1, metavar="S", help="1 if left out")
    _add_choices(parser)
    parser.add_argument("--close", action="store_true", help="show every pixel: pictures twice as large")


def _add_choices(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--size", default="small", metavar="NAME", help="small (the default) or agreid2023")
    parser.add_argument(
        "--identities",
        type=int,
        metavar="N",
        help="training identities, and as many for testing; else those of the size",
    )
    parser.add_argument("--preset", default="agreid", metavar="NAME", help="how hard it is; agreid is the default")
    parser.add_argument(
        "--fix", action="append", default=[], metavar="NUISANCE", help="hold it at its plain value; may be repeated"
    )
    parser.add_argument(
        "--scale", action="append", default=[], metavar="NUISANCE=FACTOR", help="let it vary more or less; repeatable"
    )


def synthesize_from(options: argparse.Namespace, challenge: Challenge) -> str:
    """Render what the options ask for, with progress on standard error, and return a sentence on it.

    Raises
    ------
    OptionError, SynthesisError, OSError
        For what cannot be read, made or written. KeyboardInterrupt leaves what is done for the next call.
    """
    # The renderer is loaded by these commands alone.
    from challenges.synth import synthesize  # noqa: PLC0415

    usual = challenge.synthesis.identities if challenge.synthesis and options.size == "small" else None
    made = synthesize(
        options.out,
        identities=usual if options.identities is None else options.identities,
        seed=options.seed,
        preset=options.preset,
        size=options.size,
        fixed=options.fix,
        scaled=_factors(options.scale),
        population=challenge.slug,
        workers=options.workers,
        restart=options.restart,
        progress=shown_progress(),
    )
    before = f", {made.resumed:,} of them made before" if made.resumed else ""
    return f"{made.images:,} images{before}, {made.size_bytes:,} bytes, in {made.folder}"


def sheet_from(options: argparse.Namespace, challenge: Challenge) -> str:
    """Write the contact sheet that the options ask for and return a sentence on it.

    Raises
    ------
    OptionError, SynthesisError, OSError
        For what cannot be read, made or written.
    """
    from challenges.synth.catalogue import POPULATIONS  # noqa: PLC0415
    from challenges.synth.populations import Settings  # noqa: PLC0415
    from challenges.synth.sheet import write_sheet  # noqa: PLC0415

    population = POPULATIONS[challenge.slug]
    scaled = tuple(sorted(_factors(options.scale).items()))
    settings = Settings(options.seed, options.identities, options.preset, options.size, tuple(options.fix), scaled)
    population.check(settings)
    if population.strips is None:
        raise OptionError(f"{challenge.slug} has no contact sheet")
    strips = population.strips(population.stream(settings), settings)
    note = f"{challenge.title}, synthetic: preset {options.preset}, seed {options.seed}, revision {population.revision}"
    write_sheet(options.out, strips, height=400 if options.close else 180, note=note)
    return f"{sum(len(strip.cells) for strip in strips)} pictures in {len(strips)} rows: {options.out}"


def _factors(texts: list[str]) -> dict[str, float]:
    factors = {}
    for text in texts:
        name, _, factor = text.partition("=")
        try:
            factors[name] = float(factor)
        except ValueError as error:
            raise OptionError(f"--scale {text}: write a nuisance and a factor, as in --scale blur=0.5") from error
    return factors


def shown_progress() -> Callable[[int, int], None]:
    """Return what shows progress: a bar on a terminal, else a line for each tenth of a long run."""
    began, first = time.monotonic(), -1

    def show(done: int, total: int) -> None:
        nonlocal first
        if first < 0:
            first = done - 1  # what was there before took no time now
        rate = (done - first) / max(1e-3, time.monotonic() - began)
        words = f"{done:,} of {total:,} images, {rate:.0f} a second, {_clock((total - done) / rate)} left"
        if sys.stderr.isatty():
            full = _BAR * done // total
            sys.stderr.write(f"\r[{'#' * full}{'.' * (_BAR - full)}] {words} " + ("\n" if done == total else ""))
            sys.stderr.flush()
        elif total >= 1000 and done * 10 // total > (done - 1) * 10 // total:
            sys.stderr.write(f"Rendered {words}\n")
            sys.stderr.flush()

    return show


def _clock(seconds: float) -> str:
    minutes = round(seconds) // 60
    return f"{minutes // 60}:{minutes % 60:02} h" if minutes >= 60 else f"{minutes}:{round(seconds) % 60:02} min"
