"""Overlapping patches for vision transformers: timm's own lie side by side.

References
----------
He et al.: TransReID, ICCV 2021, section 3.1 (patches of 16 every 12 pixels).
"""

from __future__ import annotations

import torch
from torch import Tensor, nn

from baselines.models.errors import ModelError


class OverlappingPatches(nn.Module):
    """Embed patches that start every `stride` pixels: (N, 3, H, W) to (N, tokens, D).

    Parameters
    ----------
    projection : nn.Conv2d
        Embedding of patches side by side; its weights are kept.
    size : (height, width)
        Of the pictures.
    stride : int
        At most the side of a patch.
    """

    def __init__(self, projection: nn.Conv2d, size: tuple[int, int], stride: int) -> None:
        super().__init__()
        patch = projection.kernel_size
        if not 0 < stride <= min(patch):
            raise ModelError(f"backbone.patch_stride is 1 to {min(patch)}, the side of a patch, not {stride}")
        self.proj = projection
        self.proj.stride = (stride, stride)
        # What timm reads when it brings position embeddings to another size.
        self.patch_size = patch
        self.grid_size = ((size[0] - patch[0]) // stride + 1, (size[1] - patch[1]) // stride + 1)
        self.num_patches = self.grid_size[0] * self.grid_size[1]

    def forward(self, images: Tensor) -> Tensor:
        """Return the tokens, row by row."""
        tokens: Tensor = self.proj(images)
        return tokens.flatten(2).transpose(1, 2)


def overlap_patches(net: nn.Module, size: tuple[int, int], stride: int) -> None:
    """Let the patches of a timm vision transformer overlap; its position embeddings are drawn anew for their number."""
    patches = OverlappingPatches(net.patch_embed.proj, size, stride)  # type: ignore[union-attr, arg-type]
    net.patch_embed = patches
    old: Tensor = net.pos_embed  # type: ignore[assignment]
    net.pos_embed = nn.Parameter(torch.empty(1, int(net.num_prefix_tokens) + patches.num_patches, old.shape[2]))  # type: ignore[arg-type]
    nn.init.trunc_normal_(net.pos_embed, std=0.02)
