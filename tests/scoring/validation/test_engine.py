"""The simulation ranks as a submission does, and its tables say what was counted."""

import dataclasses
import io

import numpy as np
import pytest

from scoring import Annotations, SubmissionFormat, evaluate
from scoring.validation.__main__ import main
from scoring.validation.engine import METRICS, PROTOCOL, score_embeddings
from scoring.validation.population import MAX_IMAGES, TRACK, draw_sample, embed, generator
from scoring.validation.shares import Share


def written(sample, embeddings):
    """Return ground truth and submission of a drawn test set as the files that the library reads."""
    manifest, names = sample.annotations.manifest, sample.annotations.columns["pid"].values
    lines = ["track,role,image_id,pid,camid"]
    people = iter(sample.person.tolist())
    lines += [f"{TRACK},query,{image},{names[next(people)]},query" for image in manifest.queries(TRACK)]
    lines += [f"{TRACK},gallery,{image},{names[next(people)]},gallery" for image in manifest.gallery(TRACK)]
    answers = ["query_id,gallery_ids"]
    for image, query in zip(manifest.queries(TRACK), embeddings.queries, strict=True):
        order = np.argsort(((embeddings.gallery - query) ** 2).sum(axis=1), kind="stable")
        answers.append(f"{image},{' '.join(manifest.gallery(TRACK)[item] for item in order)}")
    return ["\n".join(content).encode() + b"\n" for content in (lines, answers)]


@pytest.mark.parametrize("seed", [1, 2])
def test_scores_and_intervals_are_those_of_a_submitted_file(seed):
    draw = generator(seed)
    sample = draw_sample(draw, 30, name="drawn")
    embeddings = embed(draw, sample, 0.6)
    truth, submission = written(sample, embeddings)
    annotations = Annotations.read(io.BytesIO(truth))

    found = score_embeddings(sample, embeddings)

    expected = evaluate(
        io.BytesIO(submission), annotations=annotations, submission_format=SubmissionFormat(), protocol=PROTOCOL
    )
    for score in expected.scores:
        if (score.split, score.track) == ("all", TRACK) and score.metric in METRICS:
            assert dataclasses.astuple(found.two_roles[score.metric]) == dataclasses.astuple(score)
    for metric in METRICS:
        assert found.entry.values(metric).mean() == pytest.approx(found.query_role[metric].value)


def test_people_have_one_to_six_queries():
    sample = draw_sample(generator(3), 200, name="drawn")
    counts = np.bincount(sample.person[: sample.n_queries], minlength=200)
    assert (counts.min(), counts.max()) == (1, MAX_IMAGES)


def test_a_replicate_depends_on_its_numbers_alone():
    first, again, other = (generator(*numbers).random() for numbers in ((1, 2, 3), (1, 2, 3), (1, 2, 4)))
    assert first == again
    assert first != other


def test_shares():
    assert str(Share(30, 200, least=0.2)) == "15.0 ± 2.5 MISSED"
    assert str(Share(30, 200, least=0.1, most=0.15)) == "15.0 ± 2.5"
    assert not Share(31, 200, most=0.15).is_met


def test_the_script_prints_tables(capsys):
    status = main(["coverage", "test", "tiers", "--replicates", "4", "--identities", "50"])
    lines = capsys.readouterr().out.splitlines()
    assert len(lines) == (2 + 4 * 2) + 2 * (2 + 3 * 2)
    assert len({line.count("|") for line in lines[:10]}) == 1
    assert status == ("MISSED" in " ".join(lines))


def test_an_unknown_part_is_refused(capsys):
    with pytest.raises(SystemExit):
        main(["intervals"])
    assert "unknown part: intervals" in capsys.readouterr().err
