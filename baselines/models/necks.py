"""Turn maps into the vectors that losses and distances take: pooling and what stands behind it.

All of it runs in float32. A neck has `dimensions`, the length of each of its taps, in the order in which it makes them.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

import torch
from torch import Tensor, nn

from baselines.models.errors import ModelError
from baselines.models.output import Maps
from baselines.models.pools import POOLS

PARTS = 6
"""Stripes of `neck.pool = "stripes"`, as in Sun et al.: Beyond Part Models, ECCV 2018, section 3.1."""


class BatchNormNeck(nn.BatchNorm1d):
    """Batch normalisation of features (N, D), by default without the shift: classes are to be told by direction alone.

    References
    ----------
    Luo et al.: Bag of Tricks and a Strong Baseline for Deep Person Re-identification, CVPR-W 2019, section 3.5.
    """

    def __init__(self, width: int, *, bias: bool) -> None:
        super().__init__(width)
        if not bias:
            self.register_parameter("bias", None)


class Plain(nn.Module):
    """Pooling alone; the tap is `pooled`."""

    def __init__(self, pool: nn.Module, channels: int) -> None:
        super().__init__()
        self.pool = pool
        self.dimensions = {"pooled": channels}

    def forward(self, maps: Sequence[Maps]) -> dict[str, Tensor]:
        """Return the taps."""
        return {"pooled": self.pool(maps[0])}


class BnNeck(nn.Module):
    """fast-reid's head: pooling, a reduction without bias if it is wanted, batch normalisation.

    Taps: `pooled`, `pre_bn` (what is normalised) and `post_bn`.
    """

    def __init__(self, pool: nn.Module, channels: int, *, embed: int, bias: bool) -> None:
        super().__init__()
        width = embed or channels
        self.pool = pool
        self.reduce = reduction(channels, embed) if embed else nn.Identity()
        self.norm = BatchNormNeck(width, bias=bias)
        self.dimensions = {"pooled": channels, "pre_bn": width, "post_bn": width}

    def forward(self, maps: Sequence[Maps]) -> dict[str, Tensor]:
        """Return the taps."""
        pooled = self.pool(maps[0])
        reduced = self.reduce(pooled)
        return {"pooled": pooled, "pre_bn": reduced, "post_bn": self.norm(reduced)}


class FcBnDropout(nn.Module):
    """layumi's block: pooling, linear layer with bias, batch normalisation, dropout; no ReLU.

    Taps: `pooled` and `embedding`, which in training is what dropout leaves.
    """

    def __init__(self, pool: nn.Module, channels: int, *, embed: int, dropout: float) -> None:
        super().__init__()
        self.pool = pool
        self.linear = nn.Linear(channels, embed)
        self.norm = nn.BatchNorm1d(embed)
        self.dropout = nn.Dropout(dropout)
        self.dimensions = {"pooled": channels, "embedding": embed}
        nn.init.kaiming_normal_(self.linear.weight, mode="fan_out")
        nn.init.zeros_(self.linear.bias)
        nn.init.normal_(self.norm.weight, 1.0, 0.02)

    def forward(self, maps: Sequence[Maps]) -> dict[str, Tensor]:
        """Return the taps."""
        pooled = self.pool(maps[0])
        return {"pooled": pooled, "embedding": self.dropout(self.norm(self.linear(pooled)))}


class Part(NamedTuple):
    """Name the horizontal stripe `stripe` of `of` equal ones on one of the backbone's maps."""

    source: int
    stripe: int
    of: int


MGN_PARTS = tuple(
    Part(*part) for part in ((0, 0, 1), (1, 0, 1), (2, 0, 1), (1, 0, 2), (1, 1, 2), (2, 0, 3), (2, 1, 3), (2, 2, 3))
)
"""Three whole maps, two stripes of the second branch, three of the third: the order of fast-reid's vector."""


class StripedNeck(nn.Module):
    """Pool stripes and give each its own BNNeck.

    Taps: `branch_i` of part i, behind its batch normalisation; `stripes_n`, the n stripes of one map side by side;
    `concat`, all parts side by side.
    """

    def __init__(self, pool: str, channels: int, *, parts: Sequence[Part], embed: int, bias: bool) -> None:
        super().__init__()
        width = embed or channels
        self.parts = tuple(parts)
        self.necks = nn.ModuleList(BnNeck(POOLS[pool](), channels, embed=embed, bias=bias) for _ in self.parts)
        self.dimensions = {f"branch_{index}": width for index in range(len(self.parts))}
        self.dimensions |= {f"stripes_{count}": count * width for count in self._counts()}
        self.dimensions["concat"] = len(self.parts) * width

    def forward(self, maps: Sequence[Maps]) -> dict[str, Tensor]:
        """Return the taps; ModelError if a map has fewer rows than stripes."""
        vectors = [neck([_stripe(maps, part)])["post_bn"] for neck, part in zip(self.necks, self.parts, strict=True)]
        taps = {f"branch_{index}": vector for index, vector in enumerate(vectors)}
        for count in self._counts():
            own = [vector for vector, part in zip(vectors, self.parts, strict=True) if part.of == count]
            taps[f"stripes_{count}"] = torch.cat(own, dim=1)
        taps["concat"] = torch.cat(vectors, dim=1)
        return taps

    def _counts(self) -> list[int]:
        return sorted({part.of for part in self.parts if part.of > 1})


def reduction(channels: int, width: int) -> nn.Linear:
    """Return a linear layer without bias from `channels` to `width`, drawn as fast-reid draws its 1 × 1 convolution."""
    layer = nn.Linear(channels, width, bias=False)
    nn.init.kaiming_normal_(layer.weight, mode="fan_out")
    return layer


def build_neck(table: Mapping[str, Any], channels: int, *, branches: str) -> nn.Module:
    """Return the neck of `model.neck` for maps of this many channels.

    Raises
    ------
    ModelError for keys that do not go together.
    """
    pool, embed = table.get("pool", "avg"), table.get("embed", 0)
    bias, dropout = table.get("bn_bias", False), table.get("dropout", 0.0)
    if branches == "mgn":
        if pool in {"stripes", "cls"}:
            raise ModelError(f'neck.pool of MGN is how each part is pooled, such as "gem", not "{pool}"')
        return StripedNeck(pool, channels, parts=MGN_PARTS, embed=embed, bias=bias)
    if pool == "stripes":
        parts = [Part(0, stripe, PARTS) for stripe in range(PARTS)]
        return StripedNeck("avg", channels, parts=parts, embed=embed, bias=bias)
    if table.get("bnneck", False):
        if dropout:
            raise ModelError("neck.dropout belongs to an FC-BN-dropout block; give embed, dropout and bnneck = false")
        return BnNeck(POOLS[pool](), channels, embed=embed, bias=bias)
    if embed:
        return FcBnDropout(POOLS[pool](), channels, embed=embed, dropout=dropout)
    return Plain(POOLS[pool](), channels)


def _stripe(maps: Sequence[Maps], part: Part) -> Maps:
    whole = maps[part.source].map
    if whole.shape[2] < part.of:
        raise ModelError(f"a map of {whole.shape[2]} rows has no {part.of} stripes; use a larger picture")
    # Where rows do not divide, the upper stripes have one more.
    return Maps(whole.tensor_split(part.of, dim=2)[part.stripe])
