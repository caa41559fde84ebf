"""What a format may declare: each setting belongs to some kinds, and defaults do not move stored mappings."""

import pytest

from scoring import FormatError, SubmissionFormat
from scoring.formats.description import KINDS
from scoring.submission import READERS


def test_every_kind_that_is_declared_has_a_reader():
    assert set(READERS) == set(KINDS)


@pytest.mark.parametrize(
    ("settings", "words"),
    [
        ({"kind": "labels", "depth": 3}, 'A "labels" file has no "depth"'),
        ({"kind": "labels", "index_base": "0"}, 'A "labels" file has no "index_base"'),
        ({"kind": "ranking", "top": 2}, 'it is a setting of "labels"'),
        ({"kind": "ranking", "metric": "euclidean"}, 'it is a setting of "embeddings"'),
        ({"kind": "ranking", "rerank": "spcl"}, 'it is a setting of "embeddings"'),
        ({"kind": "labels", "top": 0}, '"top" must be a whole number of at least 1'),
        ({"kind": "labels", "top": True}, '"top" must be a whole number of at least 1'),
        ({"kind": "ranking", "index_base": "2"}, '"index_base" cannot be'),
        ({"kind": "ranking", "index_base": 0}, '"index_base" cannot be 0'),
        ({"kind": "ranking", "rerank": "zhong"}, 'Did you mean "zhong_'),
    ],
)
def test_settings_that_do_not_fit(settings, words):
    with pytest.raises(FormatError, match=words):
        SubmissionFormat.from_mapping(settings)


def test_fields_that_were_added_later_are_left_out_at_their_defaults():
    mapping = SubmissionFormat().to_mapping()
    assert set(mapping) == {"kind", "query_column", "value_column", "ignored_columns", "index_base"}
    assert SubmissionFormat.from_mapping(mapping) == SubmissionFormat()
    top = SubmissionFormat(kind="labels", top=5)
    assert top.to_mapping()["top"] == 5
    assert SubmissionFormat.from_mapping(top.to_mapping()) == top
