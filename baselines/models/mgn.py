"""MGN's three branches, as fast-reid modified them: the first keeps the recipe's last stride, the others have stride 1.

References
----------
Wang, Yuan, Chen, Li, Zhou: Learning Discriminative Features with Multiple Granularities for Person Re-Identification,
ACM MM 2018, section 3.1 (there the first branch has stride 2). JDAI-CV/fast-reid, fastreid/modeling/meta_arch/mgn.py.
"""

from __future__ import annotations

import copy
from typing import Any

from torch import Tensor, nn

from baselines.models.backbones import Backbone, set_stride_one
from baselines.models.errors import ModelError
from baselines.models.output import Maps

BRANCHES = 3


class MgnBackbone(nn.Module):
    """Share a ResNet up to the first block of its third stage; what follows is there three times.

    Branches begin as copies of one another, with the same weights.
    """

    def __init__(self, backbone: Backbone) -> None:
        super().__init__()
        net: Any = backbone.net
        if not hasattr(net, "layer4"):
            raise ModelError('branches = "mgn" is for ResNets')
        third = net.layer3
        if len(third) < 2:
            raise ModelError("MGN needs two blocks in the third stage; give backbone.depth 2 or more")
        self.trunk = nn.Sequential(net.conv1, net.bn1, net.act1, net.maxpool, net.layer1, net.layer2, third[0])
        tail = nn.Sequential(third[1:], net.layer4)
        self.branches = nn.ModuleList(copy.deepcopy(tail) for _ in range(BRANCHES))
        for branch in list(self.branches)[1:]:
            set_stride_one(branch[1][0])  # type: ignore[index]
        self.channels, self.signed, self.has_token = backbone.channels, backbone.signed, False
        self.mean, self.std, self.weights = backbone.mean, backbone.std, backbone.weights

    def forward(self, images: Tensor) -> tuple[Maps, ...]:
        """Return the maps of the branches, each (N, channels, H', W')."""
        shared = self.trunk(images)
        return tuple(Maps(branch(shared)) for branch in self.branches)
