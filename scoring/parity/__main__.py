"""Print what a public evaluator would: ``python -m scoring.parity PRESET --annotations FILE --submission FILE``.

Exit status: 0 fine, 1 the submission is invalid (its problems are printed), 2 the call is wrong.
"""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Final

from scoring.annotations import Annotations
from scoring.errors import InvalidSubmissionError, ScoringError
from scoring.formats.description import SubmissionFormat
from scoring.parity.catalogue import PRESETS
from scoring.parity.preset import ParityResult

_FINE, _INVALID, _WRONG_CALL = 0, 1, 2
_FORMAT: Final = '{"kind": "ranking"}'


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command and return the exit status."""
    options = _parser().parse_args(arguments)
    try:
        found = _evaluate(options)
    except InvalidSubmissionError as error:
        for problem in error.report.errors:
            sys.stderr.write(f"{problem.title} {problem.mend}\n")
        return _INVALID
    except (ScoringError, OSError, ValueError) as error:
        sys.stderr.write(f"{error}\n")
        return _WRONG_CALL
    if options.json:
        options.json.write_text(json.dumps(found.to_mapping(), indent=1, ensure_ascii=False) + "\n", encoding="utf-8")
    for track, values in found.values.items():
        for name, value in values.items():
            print(f"{track}\t{name}\t{value:.6f}")
    preset = PRESETS[options.preset]
    print(f"{preset.name} ({preset.status}): {', '.join(preset.sources)}", file=sys.stderr)
    return _FINE


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m scoring.parity", description="Score as a public evaluator does.")
    parser.add_argument("preset", choices=sorted(PRESETS), metavar="PRESET", help=", ".join(PRESETS))
    for name, words in (("annotations", "the ground truth, CSV or Parquet"), ("submission", "the file to score")):
        parser.add_argument(f"--{name}", type=Path, required=True, metavar="FILE", help=words)
    parser.add_argument("--format", default=_FORMAT, metavar="JSON", help=f"of the file; {_FORMAT} if left out")
    parser.add_argument("--json", type=Path, metavar="FILE", help="write all that was found here too")
    return parser


def _evaluate(options: argparse.Namespace) -> ParityResult:
    described = SubmissionFormat.from_mapping(json.loads(options.format))
    with options.annotations.open("rb") as truth, options.submission.open("rb") as file:
        annotations = Annotations.read(truth)
        return PRESETS[options.preset].evaluate(file, annotations=annotations, submission_format=described)


if __name__ == "__main__":
    sys.exit(main())
