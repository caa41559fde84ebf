"""Say a submission format in sentences, for pages and for the command line."""

from scoring import SubmissionFormat


def format_rules(submission_format: SubmissionFormat) -> tuple[str, ...]:
    """Return the rules of a file as sentences, in the order in which a reader meets them."""
    if not submission_format.has_header:
        return (*_RULES[submission_format.kind](submission_format), *_packing(submission_format))
    header = ",".join(submission_format.columns)
    first = (
        "CSV text in UTF-8: plain, gzip (.gz), Zstandard (.zst) or a zip that holds one file.",
        f"The first line is the header `{header}`.",
    )
    ignored = submission_format.ignored_columns
    skipped = (f"What stands under {', '.join(f'`{name}`' for name in ignored)} is not read.",) if ignored else ()
    return (*first, *_rows(submission_format), *skipped)


def _rows(submission_format: SubmissionFormat) -> tuple[str, ...]:
    query, value = submission_format.query_column, submission_format.value_column
    each = f"`{query}`: every query image of every track exactly once, all tracks in one file, in any order."
    if submission_format.kind == "labels":
        if submission_format.top > 1:
            most = f"up to {submission_format.top} identities of the gallery"
            return (each, f"`{value}`: {most}, best first, separated by single spaces, none twice.")
        return (each, f"`{value}`: one identity of the gallery, the one you give your best match.")
    return (
        each,
        f"`{value}`: {_length(submission_format)}, best first, separated by single spaces, none twice.",
        *_base(submission_format),
    )


def _length(submission_format: SubmissionFormat) -> str:
    depth = submission_format.depth
    return "every gallery image of the query's track" if depth is None else f"the first {depth} gallery images"


def _base(submission_format: SubmissionFormat) -> tuple[str, ...]:
    """Say what gallery images are called."""
    if submission_format.index_base == "names":
        return ()
    where = "Gallery images are written as their position in the published list of the track"
    return (f"{where}, the first being {submission_format.index_base}.",)


def _packing(submission_format: SubmissionFormat) -> tuple[str, ...]:
    each = (
        " With several tracks, a zip that holds exactly one file for each, named after it."
        if submission_format.is_per_track
        else ""
    )
    return (f"Plain, gzip (.gz), Zstandard (.zst) or a zip that holds one file.{each}",)


def _line_rules(submission_format: SubmissionFormat) -> tuple[str, ...]:
    return (
        "Text without a header: line i answers query i of the published list of the track.",
        f"Each line: {_length(submission_format)}, best first, separated by single spaces, none twice.",
        *_base(submission_format),
    )


def _json_rules(submission_format: SubmissionFormat) -> tuple[str, ...]:
    return (
        'JSON: `{"reid_result":[{"query_id":…,"ans_ids":[…]},…]}`, one entry for every query, in any order.',
        f"`ans_ids`: {_length(submission_format)}, best first, none twice.",
        *(f"{rule} Queries are written likewise." for rule in _base(submission_format)),
    )


def _run_rules(submission_format: SubmissionFormat) -> tuple[str, ...]:
    return (
        "A TREC run: query id, Q0, gallery id, rank, score and tag, separated by spaces or tabs, one line for each gallery image.",
        f"Each query: {_length(submission_format)}, none twice. The score decides, the highest first; the rank is not read.",
        "Equal scores go to the earlier gallery image of the published list.",
    )


def _embedding_rules(submission_format: SubmissionFormat) -> tuple[str, ...]:
    length = "cosine similarity" if submission_format.metric == "cosine" else "Euclidean distance"
    reranked = f", re-ranked by `{submission_format.rerank}`" if submission_format.rerank else ""
    return (
        "Vectors of every query and gallery image with their ids: `.npz`, safetensors or Parquet, float16 or float32.",
        f"The scorer ranks the gallery by {length}{reranked}.",
    )


def _distance_rules(_: SubmissionFormat) -> tuple[str, ...]:
    return (
        "A `.npy` array of distances, float32 or float64: a row for each query, a column for each gallery image.",
        "Rows and columns are in the published order.",
        "Lower is nearer; equal distances go to the earlier gallery image.",
    )


_RULES = {
    "ranking_lines": _line_rules,
    "ranking_json": _json_rules,
    "run": _run_rules,
    "embeddings": _embedding_rules,
    "distances": _distance_rules,
}
