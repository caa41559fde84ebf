"""Audit a synthetic challenge from the command line: what `python -m challenges audit` is asked and answers."""

import argparse
from pathlib import Path
from typing import TYPE_CHECKING

from challenges.spec import Challenge
from challenges.synthesizing import shown_progress

if TYPE_CHECKING:
    from challenges.audit.auditor import Audit

LEAST_IDENTITIES = 5
"""Below 20 there are no intervals, below this no five bins."""


def add_audit_options(parser: argparse.ArgumentParser) -> None:
    """Add the options of `audit`."""
    parser.add_argument("--preset", default="agreid", metavar="NAME", help="how hard it is; agreid is the default")
    parser.add_argument(
        "--seeds", type=int, nargs="+", default=[1], metavar="S", help="one audit for each; 1 if left out"
    )
    parser.add_argument("--identities", type=int, default=400, metavar="N", help="test identities, 400 if left out")
    parser.add_argument(
        "--workers", type=int, metavar="N", help="processes that render; else as many as there are cores"
    )
    parser.add_argument(
        "--alone",
        type=int,
        default=0,
        metavar="N",
        help="also study each nuisance alone, on N identities of the preset plain",
    )
    parser.add_argument("--json", type=Path, metavar="FILE", help="write every figure here too, in fractions")


def audit_from(options: argparse.Namespace, challenge: Challenge) -> "list[Audit]":
    """Render and measure a test part for each seed, with progress on standard error.

    Raises
    ------
    ValueError
        For options that are out of range, and for a challenge whose pictures the audit cannot take apart.
    """
    # The renderer is loaded by the commands that render alone.
    from challenges.audit.auditor import audit  # noqa: PLC0415
    from challenges.audit.subjects import SUBJECTS  # noqa: PLC0415

    if challenge.slug not in SUBJECTS:
        raise ValueError(f"{challenge.slug} cannot be audited: there are audits of {', '.join(SUBJECTS)} alone")
    if options.identities < LEAST_IDENTITIES:
        raise ValueError(f"--identities must be {LEAST_IDENTITIES} or more; below 20 there are no intervals")
    if options.alone < 0:
        raise ValueError("--alone must be 0 or more")
    if options.workers is not None and options.workers < 1:
        raise ValueError("--workers must be 1 or more")
    return [
        audit(
            preset=options.preset,
            seed=seed,
            identities=options.identities,
            population=challenge.slug,
            workers=options.workers,
            alone=options.alone,
            progress=shown_progress(),
        )
        for seed in dict.fromkeys(options.seeds)
    ]
