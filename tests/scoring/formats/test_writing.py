"""What is written and read again are the same answers; what a conversion would have to invent is refused."""

import io

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from scoring import FormatError, SubmissionFormat
from scoring.formats.answers import read_answers
from scoring.formats.conversion import convert
from scoring.formats.writing import ENDINGS, PACKINGS, write_answers
from tests.scoring.formats.canonical import Truth
from tests.scoring.formats.fuzzing import CASES
from tests.scoring.sets import random_answers, random_set, ranking_csv, read_manifest, report, score, values
from tests.scoring.vectors.arrays import distance_file, random_distances, random_embeddings, sorted_answers
from tests.scoring.vectors.arrays import written as array_file

ROWS = random_set(11, identities=6)
MANIFEST = read_manifest(ROWS)
QUERIES = [query for track in MANIFEST.tracks for query in MANIFEST.queries(track)]
ANSWERS = {query: random_answers(ROWS, 12)[query] for query in QUERIES}
PEOPLE = {row["image_id"]: row["pid"] for row in ROWS if row["role"] == "gallery"}
RANKINGS = [
    SubmissionFormat(kind=kind, index_base=base)
    for kind in ("ranking", "ranking_lines", "ranking_json")
    for base in ("names", "0", "1")
] + [SubmissionFormat(kind="run"), SubmissionFormat(ignored_columns=("row_id",), query_column="a", value_column="b c")]


def name(described):
    return f"{described.kind}-{described.index_base}"


def packing_of(described, packing="plain"):
    return "zip" if described.is_per_track else packing


def written(answers, described, packing="plain"):
    out = io.BytesIO()
    write_answers(out, answers.items(), manifest=MANIFEST, submission_format=described, packing=packing)
    return out.getvalue()


def converted(content, given_format, wanted, **more):
    out = io.BytesIO()
    convert(io.BytesIO(content), out, manifest=MANIFEST, given=given_format, wanted=wanted, **more)
    return out.getvalue()


@pytest.mark.parametrize("described", RANKINGS, ids=name)
def test_a_written_file_is_right_and_has_the_same_score(described):
    content = written(ANSWERS, described, packing_of(described))
    assert report(ROWS, content, described=described).problems == ()
    assert values(score(ROWS, content, described=described)) == values(score(ROWS, ranking_csv(ANSWERS)))


@settings(max_examples=40, deadline=None)
@given(st.sampled_from(RANKINGS), st.sampled_from(PACKINGS), st.data())
def test_reading_is_the_inverse_of_writing(described, packing, data):
    answers = {query: data.draw(st.permutations(items)) for query, items in ANSWERS.items()}
    content = written(answers, described, packing_of(described, packing))
    assert written(answers, described, packing_of(described, packing)) == content
    assert dict(read_answers(io.BytesIO(content), manifest=MANIFEST, submission_format=described)) == answers


@pytest.mark.parametrize(
    "case",
    [case for kind, cases in CASES.items() if kind != "embeddings" for case in cases],
    ids=lambda case: name(case.described),
)
def test_answers_are_what_a_file_means(case):
    """The reader of conversions agrees with the independent one on every right file."""
    manifest = read_manifest(case.rows)
    found = dict(read_answers(io.BytesIO(case.seeds[0]), manifest=manifest, submission_format=case.described))
    assert found == case.means(case.seeds[0], case.described, Truth(manifest))


@pytest.mark.parametrize("wanted", RANKINGS, ids=name)
@pytest.mark.parametrize("given_format", RANKINGS[::2], ids=name)
def test_every_ranking_becomes_every_other(given_format, wanted):
    content = converted(
        written(ANSWERS, given_format, packing_of(given_format)), given_format, wanted, packing=packing_of(wanted)
    )
    assert content == written(ANSWERS, wanted, packing_of(wanted))


def test_distances_become_a_ranking_in_the_scorers_order():
    distances = random_distances(ROWS, 13, levels=5)
    content = distance_file(distances)
    given_format = SubmissionFormat(kind="distances")
    assert converted(content, given_format, SubmissionFormat()) == ranking_csv(sorted_answers(ROWS, distances))


def test_a_csv_matrix_becomes_a_ranking_whatever_the_order_of_its_lines_and_columns():
    rows = random_set(14, identities=6, tracks=("ag",))
    (track, found), *_ = (distances := random_distances(rows, 14, levels=5)).items()
    manifest = read_manifest(rows)
    queries, items = manifest.queries(track)[::-1], manifest.gallery(track)[::-1]
    lines = ["," + ",".join(items)]
    lines += [",".join([query, *map(str, row[::-1])]) for query, row in zip(queries, found[::-1].tolist(), strict=True)]
    content, out = ("\n".join(lines) + "\n").encode(), io.BytesIO()
    given_format = SubmissionFormat(kind="distances")
    convert(io.BytesIO(content), out, manifest=manifest, given=given_format, wanted=SubmissionFormat())
    assert out.getvalue() == ranking_csv(sorted_answers(rows, distances))


@pytest.mark.parametrize("metric", ["cosine", "euclidean"])
@pytest.mark.parametrize("rerank", ["", "zhong_python"])
def test_embeddings_become_a_ranking_of_the_same_score(metric, rerank):
    rows = random_set(15, identities=6, tracks=("ag",))
    given_format = SubmissionFormat(kind="embeddings", metric=metric, rerank=rerank)
    content, out = array_file(random_embeddings(rows, 15)), io.BytesIO()
    convert(io.BytesIO(content), out, manifest=read_manifest(rows), given=given_format, wanted=SubmissionFormat())
    assert values(score(rows, out.getvalue())) == values(score(rows, content, described=given_format))


def test_rankings_become_labels_where_the_identities_are_released():
    wanted = SubmissionFormat(kind="labels", top=2)
    content = converted(ranking_csv(ANSWERS), SubmissionFormat(), wanted, identities=PEOPLE)
    lines = content.decode().splitlines()[1:]
    for line, items in zip(lines, ANSWERS.values(), strict=True):
        assert line.split(",")[1].split() == list(dict.fromkeys(PEOPLE[item] for item in items))[:2]


CUT = SubmissionFormat(depth=3)
LABELS = SubmissionFormat(kind="labels")
REFUSED = {
    "numbers": (SubmissionFormat(), SubmissionFormat(kind="distances"), "holds an order and no numbers"),
    "a ranking of labels": (LABELS, SubmissionFormat(), "Labels name no gallery images"),
    "identities": (SubmissionFormat(), LABELS, "give the released list"),
    "fewer labels": (SubmissionFormat(kind="labels", top=2), LABELS, "may name 2 identities"),
    "a full ranking of a cut one": (CUT, SubmissionFormat(), "lists 3 of"),
    "no zip": (SubmissionFormat(), RANKINGS[3], "one zip"),
}


@pytest.mark.parametrize(("given_format", "wanted", "words"), REFUSED.values(), ids=REFUSED)
def test_what_would_be_invented_is_refused(given_format, wanted, words):
    answers = {query: items[: given_format.depth] for query, items in ANSWERS.items()}
    with pytest.raises(FormatError, match=words):
        converted(ranking_csv(answers), given_format, wanted)


def test_a_depth_cuts_and_a_missing_identity_is_named():
    content = converted(ranking_csv(ANSWERS), SubmissionFormat(), CUT)
    assert content == ranking_csv({query: items[:3] for query, items in ANSWERS.items()})
    with pytest.raises(FormatError, match="no identity for"):
        converted(ranking_csv(ANSWERS), SubmissionFormat(), LABELS, identities={})


def test_answers_must_be_those_of_the_manifest():
    for wrong in (dict(reversed(ANSWERS.items())), {**ANSWERS, "more": []}, dict(list(ANSWERS.items())[:-1])):
        with pytest.raises(FormatError):
            written(wrong, SubmissionFormat())
    with pytest.raises(FormatError, match="is no packing"):
        written(ANSWERS, SubmissionFormat(), "rar")


def test_every_text_kind_is_written():
    assert set(ENDINGS) == set(CASES) - {"distances", "embeddings"}
