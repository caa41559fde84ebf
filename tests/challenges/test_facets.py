"""Facets are one vocabulary whose order never moves, because boards store it as bits."""

import pytest

from challenges import facets


def test_the_order_of_the_bits_is_pinned():
    assert facets.SLUGS == (
        "rerank",
        "tta",
        "ensemble",
        "transductive_train",
        "gallery_pooling",
        "camera_at_test",
        "attributes_at_test",
        "filename_metadata_at_test",
        "tuned_on_test",
        "extra_data",
    )


@pytest.mark.parametrize("mask", [0, 1, 5, 1023])
def test_masks_go_both_ways(mask):
    assert facets.to_mask(facets.from_mask(mask)) == mask


def test_no_facet_is_the_plain_protocol():
    assert facets.to_mask([]) == 0


def test_facets_are_put_in_order_and_counted_once():
    assert facets.in_order(["ensemble", "rerank", "ensemble"]) == ("rerank", "ensemble")


def test_an_unknown_facet_names_the_nearest_one():
    with pytest.raises(ValueError, match=r'unknown facet "re_rank" \(did you mean "rerank"\?\)'):
        facets.to_mask(["re_rank"])


@pytest.mark.parametrize("mask", [-1, 1024])
def test_a_mask_with_unknown_bits_is_refused(mask):
    with pytest.raises(ValueError, match="beyond the 10 known facets"):
        facets.from_mask(mask)
