"""Say a submission format in sentences, for pages and for the command line."""

from scoring import SubmissionFormat


def format_rules(submission_format: SubmissionFormat) -> tuple[str, ...]:
    """Return the rules of a file as sentences, in the order in which a reader meets them."""
    header = ",".join(submission_format.columns)
    first = (
        "CSV text in UTF-8: plain, gzip (.gz) or a zip that holds one file.",
        f"The first line is the header `{header}`.",
    )
    ignored = submission_format.ignored_columns
    skipped = (f"What stands under {', '.join(f'`{name}`' for name in ignored)} is not read.",) if ignored else ()
    return (*first, *_rows(submission_format), *skipped)


def _rows(submission_format: SubmissionFormat) -> tuple[str, ...]:
    query, value = submission_format.query_column, submission_format.value_column
    each = f"`{query}`: every query image of every track exactly once, all tracks in one file, in any order."
    if submission_format.kind == "labels":
        return (each, f"`{value}`: one identity of the gallery, the one you give your best match.")
    depth = submission_format.depth
    length = "every gallery image of the query's track" if depth is None else f"the first {depth} gallery images"
    return (each, f"`{value}`: {length}, best first, separated by single spaces, none twice.")
