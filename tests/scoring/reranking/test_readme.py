"""The README lists every variant, field and function, and each variant's row names what sets it apart."""

import dataclasses
import re
from pathlib import Path

import pytest

import scoring
from scoring import reranking
from scoring.reranking import VARIANTS, KReciprocal
from scoring.reranking.variants import CHOICES

TEXT = (Path(scoring.__file__).parent / "README.md").read_text(encoding="utf-8")
SECTION = TEXT.split("\n## Re-ranking\n", 1)[1].split("\n## ", 1)[0]


def table(head):
    """Return the rows of the table with this first header cell, by their first cell."""
    lines = SECTION.split(f"\n| {head} |", 1)[1].split("\n\n", 1)[0].splitlines()[2:]
    return {line.split("|")[1].strip(): line for line in lines}


def test_fields_and_their_choices():
    rows = table("field")
    named = {name for cell in rows for name in re.findall(r"`([^`]+)`", cell)}
    assert named == {field.name for field in dataclasses.fields(KReciprocal)}
    for field, choices in CHOICES.items():
        assert re.findall(r"`([^`]+)`", rows[f"`{field}`"].split("|")[2]) == list(choices)


def test_variants():
    assert {cell.strip("`") for cell in table("variant")} == set(VARIANTS)


@pytest.mark.parametrize("name", sorted(set(VARIANTS) - {"zhong_python", "fast_reid_rerank", "cluster_contrast"}))
def test_a_variant_differs_by_what_its_row_names(name):
    cell = table("variant")[f"`{name}`"].split("|")[3]
    usual, variant = dataclasses.asdict(VARIANTS["zhong_python"]), dataclasses.asdict(VARIANTS[name])
    changed = {variant[field] for field in CHOICES if variant[field] != usual[field]}
    assert set(re.findall(r"`([^`]+)`", cell)) == changed
    assert ("unit length" in cell) == variant["unit_length"]
    for field, label in (("k1", "k1"), ("k2", "k2"), ("lambda_value", "λ")):
        assert (f"{label} = {variant[field]:g}" in cell) == (variant[field] != usual[field])


def test_functions():
    functions = {name for name in reranking.__all__ if name[0].islower()}
    assert {name for name in functions if f"`{name}`" in SECTION or f"{name}(" in SECTION} == functions
