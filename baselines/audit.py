"""Hold a trained network against the two bars of AG-Synth's audit that need one.

1. Its rank-1 is at least 10 points above that of `colour_texture`: colours alone do not solve the data.
2. Where its first answer is wrong, that answer is in most cases of the query's group of look-alikes or of its session: what
   is hard is what was meant to be hard. Beside the share stands the one that chance would give.

Both need the hidden labels, so this is for whoever made the release.
"""

from __future__ import annotations

import csv
import math
from argparse import Namespace
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from baselines.catalogue import RecipeError, recipe
from baselines.commands import found_by, guarded_learning
from baselines.comparing import rounded, told
from baselines.images import DataError, read_images
from baselines.inference.answer import ranked
from baselines.inference.scores import PROTOCOL, read_annotations, score
from baselines.ranking import Order, rank
from baselines.training.errors import RunError
from baselines.training.folder import find_run
from baselines.training.journal import Journal
from challenges.audit.figures import Estimate, mean_difference
from scoring import Annotations, Result
from scoring.comparison import Entry, compare

MARGIN, MOST = 0.10, 0.5
"""Least difference of rank-1 to colours, and least share of first errors within group or session."""


Facts = Mapping[str, Mapping[str, str]]
"""The hidden row of each image."""


@dataclass(frozen=True)
class Errors:
    """Count wrong first answers, and those within the query's group of look-alikes, its session, and either.

    `share` is that of the last among the wrong, with its 95 % interval over identities, the galleries fixed; 0 if none is
    wrong. `chance` is the share that the same queries would have, were the wrong answer any wrong image of their gallery.
    """

    wrong: int
    group: int
    session: int
    share: Estimate
    chance: float


def audit_command(options: Namespace) -> int:
    """Tell both bars as events; the status is 1 if one is missed."""
    journal = Journal()
    return guarded_learning(journal, lambda: _audit(options, journal))


def _audit(options: Namespace, journal: Journal) -> None:
    path = options.data / "hidden" / "annotations.csv"
    annotations, facts = read_annotations(path), read_facts(path)
    folder, (_, plan) = options.data / "public" / "test", find_run(options.run)
    if not plan.recipe.learns:
        raise RecipeError(f"{options.run}: the audit is of a trained network")
    images = read_images(folder)
    colours = list(rank(recipe("colour_texture"), images, seed=0, progress=journal.progress("extract")))
    options = Namespace(**{**vars(options), "data": folder})
    orders = list(ranked(images.manifest, found_by(options.run, options, journal)))
    own, other = score(orders, annotations), score(colours, annotations)
    found = compare_rank_1(own, other, annotations)
    errors = first_errors(orders, facts)
    journal.say("audit", bar="rank-1 above colour", least=MARGIN, **found)
    journal.say("audit", bar="first errors in group or session", least=MOST, **shares_of(errors))
    missed = [] if found["difference"] >= MARGIN else ["rank-1 above colour"]
    missed += [] if errors.share.value > MOST else ["first errors in group or session"]
    if missed:
        raise RunError(f"missed: {', '.join(missed)}", resumable=False)


def compare_rank_1(own: Result, other: Result, annotations: Annotations) -> dict[str, Any]:
    """Return rank-1 of both (mean of the tracks), their difference with its 95 % interval and the sign-flip test's p."""
    difference = compare(
        Entry.of(own), Entry.of(other), annotations=annotations, protocol=PROTOCOL, metric="rank-1", split="all"
    )
    found = told(difference)
    return {"network": found.pop("first"), "colour": found.pop("second"), **found}


def read_facts(path: Path) -> Facts:
    """Return the row of each image; DataError if groups or sessions are not told."""
    with path.open(encoding="utf-8", newline="") as file:
        rows: dict[str, Mapping[str, str]] = {row["image_id"]: row for row in csv.DictReader(file)}
    lacking = {"track", "role", "group", "session", "pid", "camid"} - set(next(iter(rows.values()), {}))
    if lacking:
        raise DataError(f"{path}: the column {sorted(lacking)[0]} is missing; this is no release of AG-Synth")
    return rows


def first_errors(orders: Iterable[Order], facts: Facts) -> Errors:
    """Return where the wrong first answers lie; what the query's own camera saw of the query is no answer."""
    firsts = [
        (facts[query], next(row for row in map(facts.__getitem__, gallery) if not _is_junk(facts[query], row)))
        for query, gallery in orders
    ]
    wrong = [(query, item) for query, item in firsts if query["pid"] != item["pid"]]
    if not wrong:
        return Errors(0, 0, 0, Estimate(0.0), 0.0)
    group = np.array([_in_group(query, item) for query, item in wrong])
    session = np.array([_in_session(query, item) for query, item in wrong])
    pids = np.array([query["pid"] for query, _ in wrong])
    share = mean_difference((group | session).astype(np.float64), np.zeros(len(wrong)), pids)
    chance = math.fsum(_shares_by_chance([query for query, _ in wrong], facts)) / len(wrong)
    return Errors(len(wrong), int(group.sum()), int(session.sum()), share, chance)


def shares_of(errors: Errors) -> dict[str, Any]:
    """Return the counts and shares as an event tells them."""
    return {
        "wrong": errors.wrong,
        "group": errors.group,
        "session": errors.session,
        "share": rounded(errors.share.value),
        "low": rounded(errors.share.low),
        "high": rounded(errors.share.high),
        "chance": rounded(errors.chance),
    }


def _shares_by_chance(queries: Sequence[Mapping[str, str]], facts: Facts) -> Iterator[float]:
    """Yield for each query the share of its track's wrong gallery images that are of its group or session."""
    galleries: dict[str, Counter[tuple[str, str, str]]] = defaultdict(Counter)
    for row in facts.values():
        if row["role"] == "gallery":
            galleries[row["track"]][row["pid"], row["group"], row["session"]] += 1
    for query in queries:
        near = total = 0
        for (pid, group, session), count in galleries[query["track"]].items():
            if pid != query["pid"]:
                item = {"group": group, "session": session}
                near += count * (_in_group(query, item) or _in_session(query, item))
                total += count
        yield near / total


def _is_junk(query: Mapping[str, str], item: Mapping[str, str]) -> bool:
    return query["pid"] == item["pid"] and query["camid"] == item["camid"]


def _in_group(query: Mapping[str, str], item: Mapping[str, str]) -> bool:
    return bool(query["group"]) and query["group"] == item["group"]


def _in_session(query: Mapping[str, str], item: Mapping[str, str]) -> bool:
    return query["session"] == item["session"]
