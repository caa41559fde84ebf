"""Score a submission: read it once, then sum the queries' values over tracks and splits."""

from __future__ import annotations

from dataclasses import replace
from typing import Any, BinaryIO, Final

import numpy as np
import numpy.typing as npt

from scoring.aggregation import MACRO, MICRO, Cells, aggregate
from scoring.annotations import SPLITS, Annotations
from scoring.answers import PER_QUERY, RESPLIT, Job
from scoring.chance import chance_mean_average_precision, chance_rank_k
from scoring.counts import count_groups, count_ranked
from scoring.draws import query_rows
from scoring.errors import InvalidSubmissionError, ProtocolError
from scoring.formats.context import Context
from scoring.formats.description import Limits, SubmissionFormat
from scoring.metrics import KERNEL_ROWS, cmc, values_of_queries
from scoring.metrics.definition import LABELS, RANKINGS, Found
from scoring.metrics.label_accuracy import right_ranks
from scoring.metrics.verification import rows_of_rates
from scoring.protocol import Protocol
from scoring.result import Result, Score
from scoring.revision import SCORER_REVISION
from scoring.submission import read_submission
from scoring.truth import build_truth, new_job, sampled_units

TWO_ROLES: Final = "gallery and query"
QUERY_ROLE: Final = "gallery fixed"


def evaluate(
    file: BinaryIO,
    *,
    annotations: Annotations,
    submission_format: SubmissionFormat,
    protocol: Protocol,
    limits: Limits | None = None,
) -> Result:
    """Check and score a submitted file in one pass.

    Parameters
    ----------
    file : binary file
        The upload as received, at its beginning; see `check`.

    Returns
    -------
    Result
        Scores are fractions in [0, 1], better when higher; a function of the file's bytes, the annotations, the
        protocol, the format and the scorer revision alone.

    Raises
    ------
    InvalidSubmissionError
        With the complete report, when the file has errors.
    ProtocolError
        When the annotations lack a column that the protocol needs, or the protocol cannot score files of this kind.

    References
    ----------
    Every definition stands in scoring/README.md.
    """
    is_labels = submission_format.kind == "labels"
    if is_labels and protocol.draw in ("per_query", "resplit"):
        raise ProtocolError(f'Labels name no image of a gallery, so the draw "{protocol.draw}" cannot score them.')
    depth = _depth_in_force(submission_format, protocol)
    two_roles = not is_labels and depth is None
    identities = annotations.identities
    context = Context(
        manifest=annotations.manifest,
        submission_format=submission_format,
        limits=limits or Limits(),
        gallery_identities=identities if protocol.gallery_labels == "released" else None,
    )
    job = new_job(
        build_truth(annotations, protocol, depth=depth, two_roles=two_roles),
        cells=len(annotations.manifest.tracks) * len(SPLITS),
        units=len(annotations.columns["cluster"].values) if two_roles else 0,
        largest_gallery=max(annotations.manifest.n_gallery(track) for track in annotations.manifest.tracks),
        top=submission_format.top,
    )
    names = [pid for pid in annotations.columns["pid"].values if pid in identities]
    report = read_submission(file, context, cut=protocol.depth, job=job, labels=names)
    if not report.ok:
        raise InvalidSubmissionError(report)
    values = values_of_queries(_found_labels(job, annotations, names) if is_labels else _found(job, depth))
    result = _result(job, annotations, (protocol, submission_format), values, report.sha256)
    rates = rows_of_rates(context.rates, micro=MICRO, macro=MACRO)
    return replace(result, scores=(*result.scores, *(Score(*row, None, None) for row in rates)))


def _depth_in_force(described: SubmissionFormat, protocol: Protocol) -> int | None:
    """Return the smaller cut of protocol and format, or None where neither cuts."""
    depths = [depth for depth in (described.depth, protocol.depth) if depth is not None]
    return min(depths) if depths else None


def _found(job: Job, depth: int | None) -> Found:
    """Return what the kernel found for the queries of a ranking."""
    outcome = job.outcome
    return Found(
        family=RANKINGS,
        depth=depth,
        relevant=job.truth.draws.relevant,
        first=outcome.first,
        last=outcome.last,
        found=outcome.found,
        average_precision=outcome.average_precision,
        inverse_negative_penalty=outcome.inverse_negative_penalty,
        hits=outcome.hits if job.truth.draws.kind == PER_QUERY else None,
        draws=job.truth.draws.number if job.truth.draws.kind == PER_QUERY else 1,
    )


def _found_labels(job: Job, annotations: Annotations, names: list[str]) -> Found:
    """Return the rank of the right label of each query; the codes of labels are those of the released list."""
    code_of = {pid: code for code, pid in enumerate(annotations.columns["pid"].values)}
    codes = np.array([code_of[name] for name in names] + [-1], dtype=np.int64)
    labels = job.outcome.label
    job.outcome.first[:] = np.where(job.truth.relevant > 0, right_ranks(codes[labels], job.truth.query_pid), 0)
    return replace(_found(job, labels.shape[1]), family=LABELS)


def _result(
    job: Job,
    annotations: Annotations,
    terms: tuple[Protocol, SubmissionFormat],
    values: dict[str, npt.NDArray[np.float64]],
    submission_sha256: str,
) -> Result:
    truth, (protocol, described) = job.truth, terms
    cells = _cells(job, annotations, protocol)
    precision = [name for name in values if name.startswith("mAP")]
    chance = _chance(job, annotations, cells, precision[0] if precision else cmc.name(1))
    scores, counts = aggregate(
        cells, values, KERNEL_ROWS, job.outcome if truth.two_roles else None, draws=protocol.draws
    )
    return Result(
        scorer_revision=SCORER_REVISION,
        protocol=protocol.to_mapping(),
        protocol_hash=protocol.hash,
        submission_format=described.to_mapping(),
        submission_sha256=submission_sha256,
        annotations_sha256=annotations.sha256,
        scores=scores,
        counts=counts,
        interval=TWO_ROLES if truth.two_roles else QUERY_ROLE,
        warnings=_warnings(scores, chance),
        chance=chance,
        per_query=_per_query(job, annotations, cells, values),
    )


def _cells(job: Job, annotations: Annotations, protocol: Protocol) -> Cells:
    """Say where each result belongs."""
    truth, query = job.truth, job.truth.draws.query
    valid = truth.draws.relevant > 0
    return Cells(
        tracks=annotations.manifest.tracks,
        query_track=truth.query_track[query],
        query_split=truth.query_cell[query] % len(SPLITS),
        query_unit=truth.query_unit[query],
        query_pid=annotations.columns["pid"].codes[query_rows(annotations)].astype(np.int64)[query],
        valid=valid,
        counted=valid | (protocol.no_match == "zero"),
        sampled=sampled_units(annotations, protocol),
        query_draw=truth.draws.draw,
        draws=truth.draws.number if truth.draws.kind == RESPLIT else 1,
    )


def _chance(job: Job, annotations: Annotations, cells: Cells, name: str) -> dict[str, dict[str, float]]:
    """Return the expected scores of a random order for each track, over the queries that count."""
    truth = job.truth
    ranked = count_ranked(truth, [annotations.manifest.n_gallery(track) for track in cells.tracks])
    groups = count_groups(truth) if truth.draws.kind == PER_QUERY else None
    chance = {}
    for number, track in enumerate(cells.tracks):
        chosen = cells.counted & (cells.query_track == number)
        share = float(cells.valid[chosen].mean()) if chosen.any() else 0.0
        relevant, items = (numbers[chosen & cells.valid] for numbers in (truth.draws.relevant, ranked))
        # One image of each identity is drawn: one match among as many items as there are identities.
        ones = (relevant, items) if groups is None else (np.ones_like(relevant), groups[chosen & cells.valid])
        chance[track] = {cmc.name(1): share * chance_rank_k(*ones, 1)}
        if name != cmc.name(1):
            chance[track][name] = share * chance_mean_average_precision(
                relevant, items, definition=truth.definition, denominator=truth.denominator, depth=truth.depth
            )
    return chance


def _warnings(scores: tuple[Score, ...], chance: dict[str, dict[str, float]]) -> tuple[str, ...]:
    """Say which tracks score below a random order, from the public part alone where there is one."""
    split = "public" if any(score.split == "public" for score in scores) else "all"
    found = {(score.track, score.metric): score.value for score in scores if score.split == split}
    sentences = []
    for track, levels in chance.items():
        metric, level = list(levels.items())[-1]
        value = found.get((track, metric))
        if value is not None and value < level:
            sentences.append(
                f"{track}: {metric} of {value:.2%} is below the {level:.2%} of a random order; "
                "the answers are probably reversed or shifted."
            )
    return tuple(sentences)


def _per_query(
    job: Job, annotations: Annotations, cells: Cells, values: dict[str, npt.NDArray[np.float64]]
) -> dict[str, npt.NDArray[Any]]:
    """Return one row per query in the order of the annotations."""
    manifest, outcome, draws = annotations.manifest, job.outcome, job.truth.draws
    names = [query for track in manifest.tracks for query in manifest.queries(track)]
    rows = {
        "track": np.array(cells.tracks)[cells.query_track],
        "query_id": np.array(names)[draws.query],
        "pid": np.array(annotations.columns["pid"].values)[cells.query_pid],
        "split": np.array(SPLITS)[cells.query_split],
        "valid": cells.valid,
        "relevant": draws.relevant,
    }
    if draws.kind == RESPLIT:
        rows["draw"] = draws.draw + 1
    if not any(name.startswith("mAP") for name in values):
        place = {} if outcome.label.shape[1] == 1 else {"right_rank": outcome.first}
        return rows | {"right": values[cmc.name(1)] > 0} | place
    # Over draws, a query's hits cannot be told from one rank.
    hits = {name: values[name] for name in map(cmc.name, cmc.RANKS) if draws.kind == PER_QUERY and name in values}
    return rows | {
        "found": outcome.found,
        "first_match_rank": outcome.first,
        "last_match_rank": outcome.last,
        "ap": outcome.average_precision,
        "inp": outcome.inverse_negative_penalty,
        **hits,
    }
