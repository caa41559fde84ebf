"""What each query would have without each unit, to the last bit, from counts alone."""

import io
import random

import numpy as np
import pytest

from scoring.annotations import Annotations
from scoring.answers import AP, INP, SCALE
from scoring.protocol import Protocol
from scoring.ranking import score_ranking
from scoring.truth import build_truth, new_job

MATCHES, JUNK = 6, 2


def one_query(people, items_of_each, with_clusters):
    """Return a query of person 0 and a gallery with its matches, its junk, and other people, some of its cluster."""
    lines = ["track,role,image_id,pid,camid,cluster", "t,query,q,p0,1,c0"]
    persons = [0] * (MATCHES + JUNK) + [1 + number % (people - 1) for number in range((people - 1) * items_of_each)]
    for number, person in enumerate(persons):
        camera = 1 if number < JUNK else 2
        cluster = person // 2 if with_clusters else person
        lines.append(f"t,gallery,g{number},p{person},{camera},c{cluster}")
    annotations = Annotations.read(io.BytesIO(("\n".join(lines) + "\n").encode()))
    return annotations, [None if number < JUNK else person for number, person in enumerate(persons)]


def without_each(ranked, units, own):
    """Return for each unit the sums without it in whole numbers, ranking the list anew each time."""
    precision, penalty = [], []
    for unit in range(max(units) + 1):
        rank = last = found = total = 0
        for person, its_unit in ranked:
            rank += its_unit != unit or person == 0
            if person == 0:
                found, last = found + 1, rank
                total += found / rank
        precision.append(0 if unit == own else int(total / MATCHES * SCALE + 0.5))
        penalty.append(0 if unit == own else int(MATCHES / last * SCALE + 0.5))
    return precision, penalty


@pytest.mark.parametrize("seed", range(12))
@pytest.mark.parametrize(
    ("people", "items_of_each", "with_clusters"),
    [(12, 3, False), (12, 3, True), (3, 40, False), (2, 60, True), (60, 1, False)],
)
def test_sums_without_a_unit_are_those_of_the_list_without_it(seed, people, items_of_each, with_clusters):
    annotations, persons = one_query(people, items_of_each, with_clusters)
    truth = build_truth(annotations, Protocol(), depth=None, two_roles=True)
    job = new_job(truth, cells=2, units=len(annotations.columns["cluster"].values), largest_gallery=len(persons))
    order = list(range(len(persons)))
    random.Random(seed).shuffle(order)
    job.work.order[:] = order

    score_ranking(job.work, len(order), 0, truth, job.outcome)

    own, units = int(truth.query_unit[0]), truth.gallery_unit.tolist()
    ranked = [(persons[item], units[item]) for item in order if persons[item] is not None]
    found = job.outcome.without[0] + job.outcome.everywhere[0][:, np.newaxis]
    precision, penalty = without_each(ranked, units, own)
    assert found[AP].tolist() == precision
    assert found[INP].tolist() == penalty
