"""Describe the shape of a submitted file and the bounds within which it is read."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass, fields
from typing import Final

from scoring.canonical import unknown_choice, unknown_keys
from scoring.errors import FormatError

MEBIBYTE: Final = 1024 * 1024
KINDS: Final = ("labels", "ranking", "ranking_lines", "ranking_json", "run", "embeddings", "distances")
INDEX_BASES: Final = ("names", "0", "1")
METRICS: Final = ("cosine", "euclidean")
#: Kinds that have each setting; the columns of a header are settings as well.
_KINDS_WITH: Final[Mapping[str, tuple[str, ...]]] = {
    "depth": ("ranking", "ranking_lines", "ranking_json", "run"),
    "index_base": ("ranking", "ranking_lines", "ranking_json"),
    "top": ("labels",),
    "metric": ("embeddings",),
    "rerank": ("embeddings",),
    "query_column": ("labels", "ranking"),
    "value_column": ("labels", "ranking"),
    "ignored_columns": ("labels", "ranking"),
}
_COLUMNS: Final = {"labels": ("image_id", "person_id"), "ranking": ("query_id", "gallery_ids")}


@dataclass(frozen=True, kw_only=True)
class SubmissionFormat:
    """Declare what a submitted file looks like; nothing is guessed from the file.

    Parameters
    ----------
    kind : str
        ``labels`` (predicted identities per query), ``ranking`` (CSV, gallery items per query, best first),
        ``ranking_lines`` (text, line i answers query i), ``ranking_json``, ``run`` (TREC), ``embeddings`` or ``distances``.
    query_column, value_column : str
        Names in the header; empty for the usual names of the kind, and for kinds without a header.
    depth : int or None
        Rankings: the largest number of items per query, None for full rankings. Other kinds have no depth.
    ignored_columns : tuple of str
        Columns that must be in the header and whose content is not read.
    index_base : str
        Rankings: ``names`` (gallery items are named by their ids), ``0`` or ``1`` (by their position in the published
        gallery list of the query's track, which begins with this number).
    top : int
        ``labels``: the largest number of distinct identities per query.
    metric : str
        ``embeddings``: ``cosine`` or ``euclidean``.
    rerank : str
        ``embeddings``: the variant of `scoring.reranking` that the challenge re-ranks with; empty for none.
    """

    kind: str = "ranking"
    query_column: str = ""
    value_column: str = ""
    depth: int | None = None
    ignored_columns: tuple[str, ...] = ()
    index_base: str = "names"
    top: int = 1
    metric: str = "cosine"
    rerank: str = ""

    def __post_init__(self) -> None:
        problems = _problems(self)
        if problems:
            raise FormatError(" ".join(problems))
        usual = _COLUMNS.get(self.kind, ("", ""))
        object.__setattr__(self, "query_column", self.query_column or usual[0])
        object.__setattr__(self, "value_column", self.value_column or usual[1])
        if len(set(self.columns)) != len(self.columns):
            raise FormatError(f"A format names a column twice: {', '.join(self.columns)}.")

    @classmethod
    def from_mapping(cls, mapping: Mapping[str, object]) -> SubmissionFormat:
        """Read a format from a mapping; fields left out have their defaults.

        Raises
        ------
        FormatError
            For unknown fields and for values that a field cannot have.
        """
        unknown = unknown_keys(mapping, [field.name for field in fields(cls)], "A submission format")
        if unknown:
            raise FormatError(" ".join(unknown))
        values = {key: tuple(value) if isinstance(value, list) else value for key, value in mapping.items()}
        return cls(**values)  # type: ignore[arg-type]

    def to_mapping(self) -> dict[str, object]:
        """Return the fields as plain JSON values; a field that was added later is left out while it has its default."""
        mapping = asdict(self)
        mapping["ignored_columns"] = list(self.ignored_columns)
        for name, default in _ADDED_LATER.items():
            if mapping[name] == default:
                del mapping[name]
        return mapping

    @property
    def has_header(self) -> bool:
        """Tell whether files are CSV with a first line that names the columns."""
        return self.kind in _COLUMNS

    @property
    def columns(self) -> tuple[str, ...]:
        """Return the header as the sample file writes it: ignored columns, query, value; nothing where there is none."""
        return (*self.ignored_columns, self.query_column, self.value_column) if self.has_header else ()

    @property
    def is_ranking(self) -> bool:
        """Tell whether files list gallery items, best first."""
        return self.kind in _KINDS_WITH["depth"]

    @property
    def is_per_track(self) -> bool:
        """Tell whether a file holds one track: it names no query, so several tracks are a zip of ``<track>.<ext>`` each."""
        if self.kind == "ranking_json":
            return self.index_base != "names"
        return self.kind in ("ranking_lines", "embeddings", "distances")


#: Fields that older stored mappings do not have, with the defaults at which they are left out.
_ADDED_LATER: Final[Mapping[str, object]] = {"depth": None, "top": 1, "metric": "cosine", "rerank": ""}


@dataclass(frozen=True, kw_only=True)
class Limits:
    """Bound what reading one file may cost.

    Parameters
    ----------
    max_bytes : int
        Received bytes, before expansion.
    max_expanded_bytes : int
        Bytes after expansion of a .gz or a zip.
    max_ratio : int
        Expanded bytes per received byte; applies beyond `ratio_free_bytes`.
    ratio_free_bytes : int
        Expanded bytes up to which no ratio is suspicious: a small file of equal rows packs very well.
    max_rows : int
        Lines, the header included.
    max_run_rows : int
        Lines of a run, which lists one item per line; each may cost 40 bytes of memory.
    max_line_bytes : int
        Bytes of one line; also bounds the memory of the reader.
    max_problem_items : int
        Items listed per kind of problem; all are counted.
    """

    max_bytes: int = 2048 * MEBIBYTE
    max_expanded_bytes: int = 4096 * MEBIBYTE
    max_ratio: int = 200
    ratio_free_bytes: int = 64 * MEBIBYTE
    max_rows: int = 2_000_000
    max_run_rows: int = 20_000_000
    max_line_bytes: int = 16 * MEBIBYTE
    max_problem_items: int = 1000

    def __post_init__(self) -> None:
        for field in fields(self):
            value = getattr(self, field.name)
            if not isinstance(value, int) or isinstance(value, bool) or value < 1:
                raise FormatError(f'"{field.name}" must be a whole number of at least 1, not {value!r}.')

    @classmethod
    def from_mapping(cls, mapping: Mapping[str, object]) -> Limits:
        """Read limits from a mapping; fields left out have their defaults.

        Raises
        ------
        FormatError
            For unknown fields and for values below 1.
        """
        unknown = unknown_keys(mapping, [field.name for field in fields(cls)], "The limits")
        if unknown:
            raise FormatError(" ".join(unknown))
        return cls(**mapping)  # type: ignore[arg-type]

    def to_mapping(self) -> dict[str, object]:
        """Return the fields as plain JSON values."""
        return asdict(self)


def _problems(described: SubmissionFormat) -> list[str]:
    """Return one sentence for every field with a value that it cannot have."""
    problems = [
        unknown_choice("kind", described.kind, KINDS),
        unknown_choice("index_base", described.index_base, INDEX_BASES),
        unknown_choice("metric", described.metric, METRICS),
        _number_problem("depth", described.depth, is_optional=True),
        _number_problem("top", described.top, is_optional=False),
        _rerank_problem(described.rerank),
    ]
    columns: list[object] = [described.query_column, described.value_column]
    if not isinstance(described.ignored_columns, tuple):
        problems.append(f'"ignored_columns" must be a list of names, not {described.ignored_columns!r}.')
    else:
        columns.extend(described.ignored_columns)
    problems.extend(_column_problem(column) for column in columns)
    if not any(problems):
        problems.extend(_place_problem(described, name) for name in _KINDS_WITH)
    return [problem for problem in problems if problem]


def _place_problem(described: SubmissionFormat, name: str) -> str | None:
    """Refuse a setting that the kind does not have."""
    kinds = _KINDS_WITH[name]
    default = SubmissionFormat.__dataclass_fields__[name].default
    if described.kind in kinds or getattr(described, name) == default:
        return None
    words = ", ".join(f'"{kind}"' for kind in kinds)
    return f'A "{described.kind}" file has no "{name}"; it is a setting of {words}.'


def _number_problem(name: str, value: object, *, is_optional: bool) -> str | None:
    if value is None and is_optional:
        return None
    if not isinstance(value, int) or isinstance(value, bool) or value < 1:
        return f'"{name}" must be a whole number of at least 1, not {value!r}.'
    return None


def _rerank_problem(rerank: object) -> str | None:
    if rerank == "":
        return None
    from scoring.reranking import VARIANTS  # noqa: PLC0415 (few challenges re-rank, and its kernels take time to load)

    return unknown_choice("rerank", rerank, VARIANTS)


def _column_problem(column: object) -> str | None:
    if isinstance(column, str) and not set(column) & set('",\r\n\0') and column == column.strip():
        return None
    return f"{column!r} cannot be the name of a column."
