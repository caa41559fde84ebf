"""The losses as plain loops over one sample or pair at a time, in double precision."""

import math

import torch
from torch import Tensor


def cross_entropy(logits: Tensor, labels: Tensor, smoothing: float, form: str) -> Tensor:
    classes = logits.shape[1]
    total = logits.new_zeros(())
    for row, label in zip(logits, labels.tolist(), strict=True):
        log_sum = sum(torch.exp(value) for value in row).log()
        for place, value in enumerate(row):
            if form == "eps_over_c":
                target = smoothing / classes + (1 - smoothing) * (place == label)
            else:
                target = 1 - smoothing if place == label else smoothing / (classes - 1)
            total = total - target * (value - log_sum)
    return total / len(labels)


def _distance(first: Tensor, second: Tensor) -> Tensor:
    squared = sum((a - b) ** 2 for a, b in zip(first, second, strict=True))
    return squared.sqrt() if squared > 0 else squared * 0


def _weighted(distances: list[Tensor], sign: int) -> Tensor:
    shares = [torch.exp(sign * distance) for distance in distances]
    return sum(share * distance for share, distance in zip(shares, distances, strict=True)) / sum(shares)


def triplet(features: Tensor, labels: Tensor, mining: str, margin: float) -> Tensor:
    total = features.new_zeros(())
    for place, anchor in enumerate(features):
        own, other = [], []
        for vector, label in zip(features, labels, strict=True):
            (own if label == labels[place] else other).append(_distance(anchor, vector))
        if not other:
            continue
        gap = _weighted(own, 1) - _weighted(other, -1) if mining == "weighted" else max(own) - min(other)
        soft = mining == "soft" or margin == 0
        total = total + (torch.log1p(torch.exp(gap)) if soft else max(gap + margin, gap * 0))
    return total / len(labels)


def centroid_triplet(features: Tensor, labels: Tensor, margin: float) -> Tensor:
    identities = sorted(set(labels.tolist()))
    members = {
        one: [vector for vector, label in zip(features, labels, strict=True) if label == one] for one in identities
    }
    each = len(members[identities[0]])
    total = features.new_zeros(())
    for fold in range(each):
        vectors = [members[one][fold] for one in identities]
        vectors += [sum(v for k, v in enumerate(members[one]) if k != fold) / (each - 1) for one in identities]
        total = total + triplet(torch.stack(vectors), torch.tensor(identities * 2), "batch_hard", margin)
    return total / each


def circle_pairwise(features: Tensor, labels: Tensor, margin: float, gamma: float) -> Tensor:
    unit = [vector / sum(v**2 for v in vector).sqrt() for vector in features]
    positive, negative = [], []
    for i in range(len(unit)):
        for j in range(i + 1, len(unit)):
            cosine = sum(a * b for a, b in zip(unit[i], unit[j], strict=True))
            fixed = cosine.detach().item()
            if labels[i] == labels[j]:
                positive.append(torch.exp(-gamma * max(0, 1 + margin - fixed) * (cosine - (1 - margin))))
            else:
                negative.append(torch.exp(gamma * max(0, fixed + margin) * (cosine - margin)))
    if not positive or not negative:
        return features.sum() * 0
    return torch.log(1 + sum(positive) * sum(negative)) / len(unit)


def center(features: Tensor, labels: Tensor, centers: Tensor) -> Tensor:
    total = features.new_zeros(())
    for vector, label in zip(features, labels.tolist(), strict=True):
        total = total + sum((a - b) ** 2 for a, b in zip(vector, centers[label], strict=True))
    return total / len(labels)


def cosines(features: Tensor, weights: Tensor) -> Tensor:
    rows = []
    for vector in features:
        lengths = [vector.square().sum().sqrt() * weight.square().sum().sqrt() for weight in weights]
        rows.append(torch.stack([(vector * weight).sum() / n for weight, n in zip(weights, lengths, strict=True)]))
    return torch.stack(rows)


def circle_logits(cosines: Tensor, labels: Tensor, margin: float, scale: float) -> Tensor:
    """Return the logits of the softmax form of Circle (reference 1.1), the weights not differentiated."""
    rows = []
    for row, label in zip(cosines, labels.tolist(), strict=True):
        values = []
        for place, cosine in enumerate(row):
            if place == label:
                values.append(scale * max(0, 1 + margin - cosine.detach().item()) * (cosine - (1 - margin)))
            else:
                values.append(scale * max(0, cosine.detach().item() + margin) * (cosine - margin))
        rows.append(torch.stack(values))
    return torch.stack(rows)


def arc_logits(cosines: Tensor, labels: Tensor, margin: float, scale: float) -> Tensor:
    """Return the logits of ArcFace: the target's angle is widened by the margin."""
    rows = []
    for row, label in zip(cosines, labels.tolist(), strict=True):
        values = list(row * scale)
        values[label] = scale * (row[label] * math.cos(margin) - torch.sqrt(1 - row[label] ** 2) * math.sin(margin))
        rows.append(torch.stack(values))
    return torch.stack(rows)
