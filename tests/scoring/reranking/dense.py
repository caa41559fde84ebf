"""Slow, independent definitions in dense float64 arrays and loops, written from scoring/README.md.

They share no code with the library: whole distance matrices, full sorts, Python sets.
"""

import math

import numpy as np


def as_double(embeddings, unit_length):
    vectors = np.asarray(embeddings, dtype=np.float32).astype(np.float64)
    if unit_length:
        vectors /= np.linalg.norm(vectors, axis=1, keepdims=True)
    return vectors


def squared_distances(vectors):
    return np.stack([((vectors - vector) ** 2).sum(axis=1) for vector in vectors])


def original_distances(vectors, distance, scaling):
    power = {"euclidean": 0.5, "squared": 1.0, "fourth_power": 2.0}[distance]
    result = squared_distances(vectors) ** power
    if scaling == "row_max":
        largest = result.max(axis=1, keepdims=True)
        result = np.divide(result, largest, out=np.zeros_like(result), where=largest > 0)
    return result


def neighbour_lists(vectors, has_self):
    """Return all images in the order of (distance, index); an image is first in its own list or not in it at all."""
    lists = []
    for image, row in enumerate(squared_distances(vectors)):
        order = [other for other in np.argsort(row, kind="stable") if other != image]
        lists.append([image, *order] if has_self else order)
    return lists


def reciprocal(lists, image, size):
    return [other for other in lists[image][:size] if image in lists[other][:size]]


def sizes(settings):
    k1 = settings.k1
    large = k1 + 1 if settings.neighbourhood == "self_and_k1" else k1
    half = {
        "half_to_even": int(np.around(k1 / 2)) + 1,
        "half_up": math.floor((k1 + 1) / 2 + 0.5),
        "floor": k1 // 2,
    }[settings.half]
    averaged = min(settings.k2, k1) if settings.neighbourhood == "k1_with_self" else settings.k2
    return large, min(half, large), averaged


def encodings(vectors, settings):
    lists = neighbour_lists(vectors, settings.neighbourhood != "k1_others")
    weights = np.exp(-original_distances(vectors, settings.distance, settings.scaling))
    large, half, averaged = sizes(settings)
    encoded = np.zeros_like(weights)
    for image in range(len(vectors)):
        core = set(reciprocal(lists, image, large))
        members = set(core)
        for candidate in core:
            joined = set(reciprocal(lists, candidate, half))
            shared = len(joined & core)
            if shared * 3 > len(joined) * 2 or (settings.overlap == "at_least" and shared * 3 == len(joined) * 2):
                members |= joined
        columns = sorted(members)
        encoded[image, columns] = weights[image, columns]
    if settings.weights == "unit_sum":
        encoded /= encoded.sum(axis=1, keepdims=True)
    if averaged == 1 and settings.neighbourhood != "k1_others":
        return encoded
    return np.stack([encoded[lists[image][:averaged]].mean(axis=0) for image in range(len(vectors))])


def jaccard_distances(vectors, settings, rows=None):
    encoded = encodings(vectors, settings)
    result = np.ones((len(vectors[:rows]), len(vectors)))
    for image, row in enumerate(encoded[:rows]):
        smaller, larger = np.minimum(encoded, row).sum(axis=1), np.maximum(encoded, row).sum(axis=1)
        result[image] = 1.0 - np.divide(smaller, larger, out=np.zeros_like(smaller), where=larger > 0)
    return result


def reranked_distances(queries, gallery, settings):
    vectors = as_double(np.concatenate([queries, gallery]), settings.unit_length)
    if settings.mixed == "cosine":
        original = 1.0 - vectors @ vectors.T
    else:
        original = original_distances(vectors, settings.distance, settings.scaling)
    share = settings.lambda_value
    mixed = (1.0 - share) * jaccard_distances(vectors, settings, len(queries)) + share * original[: len(queries)]
    return mixed[:, len(queries) :]


def propagated_distances(queries, gallery, settings):
    """Return the distances of graph propagation, with square matrices throughout."""
    vectors = as_double(np.concatenate([queries, gallery]), unit_length=True)
    lists = neighbour_lists(vectors, has_self=True)
    cosines = vectors @ vectors.T
    adjacency = np.zeros_like(cosines)
    for image, order in enumerate(lists):
        adjacency[image, order[: settings.k1]] = 1.0
    for _ in range(2):
        symmetric = adjacency + adjacency.T
        for image, order in enumerate(lists):
            adjacency[image] = sum(cosines[image, other] ** 2 * symmetric[other] for other in order[: settings.k2])
        adjacency /= np.linalg.norm(adjacency, axis=1, keepdims=True)
    share = settings.lambda_value
    scores = (1.0 - share) * adjacency @ adjacency.T + share * cosines
    return 1.0 - scores[: len(queries), len(queries) :]


def expanded(images, items, neighbours, alpha, *, own):
    """Return each image with its neighbours added; `own` tells whether images are the items."""
    images, items = as_double(images, unit_length=True), as_double(items, unit_length=True)
    result = []
    for number, image in enumerate(images):
        order = np.argsort(((items - image) ** 2).sum(axis=1), kind="stable")
        order = [other for other in order if not (own and other == number)][:neighbours]
        result.append(image + sum(max(0.0, items[other] @ image) ** alpha * items[other] for other in order))
    return np.stack([vector / np.linalg.norm(vector) for vector in result])
