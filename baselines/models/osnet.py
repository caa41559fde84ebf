"""OSNet: blocks that look at several scales at once and weigh them channel by channel.

Modules are named as in the authors' weights, so that a file of theirs loads.

References
----------
Zhou, Yang, Cavallaro, Xiang: Omni-Scale Feature Learning for Person Re-Identification, ICCV 2019, sections 3.1 to 3.3.
"""

from __future__ import annotations

from torch import Tensor, nn

from baselines.models.errors import ModelError

WIDTHS = {"osnet_x1_0": 64, "osnet_x0_75": 48, "osnet_x0_5": 32, "osnet_x0_25": 16}
"""Width of the stem; the three stages have 4, 6 and 8 times as many channels."""

_SQUEEZE = 4
_GATE_SQUEEZE = 16


class _Convolution(nn.Module):
    """Convolution without bias, batch normalisation and, unless it is linear, ReLU."""

    def __init__(self, channels: int, width: int, size: int = 1, *, stride: int = 1, linear: bool = False) -> None:
        super().__init__()
        self.conv = nn.Conv2d(channels, width, size, stride=stride, padding=size // 2, bias=False)
        self.bn = nn.BatchNorm2d(width)
        self.relu = nn.Identity() if linear else nn.ReLU(inplace=True)

    def forward(self, images: Tensor) -> Tensor:
        answer: Tensor = self.relu(self.bn(self.conv(images)))
        return answer


class _LightConvolution(nn.Module):
    """3 × 3 convolution in two: pointwise, then depthwise."""

    def __init__(self, width: int) -> None:
        super().__init__()
        self.conv1 = nn.Conv2d(width, width, 1, bias=False)
        self.conv2 = nn.Conv2d(width, width, 3, padding=1, groups=width, bias=False)
        self.bn = nn.BatchNorm2d(width)
        self.relu = nn.ReLU(inplace=True)

    def forward(self, images: Tensor) -> Tensor:
        answer: Tensor = self.relu(self.bn(self.conv2(self.conv1(images))))
        return answer


class _Gate(nn.Module):
    """Weigh channels by what the whole picture says of them; one gate serves all scales of a block."""

    def __init__(self, width: int) -> None:
        super().__init__()
        self.fc1 = nn.Conv2d(width, width // _GATE_SQUEEZE, 1)
        self.relu = nn.ReLU(inplace=True)
        self.fc2 = nn.Conv2d(width // _GATE_SQUEEZE, width, 1)

    def forward(self, images: Tensor) -> Tensor:
        weights: Tensor = self.fc2(self.relu(self.fc1(images.mean((2, 3), keepdim=True))))
        return images * weights.sigmoid()


class _Block(nn.Module):
    """Omni-scale residual block: streams of one to four light convolutions, gated and added."""

    def __init__(self, channels: int, width: int) -> None:
        super().__init__()
        inner = width // _SQUEEZE
        self.conv1 = _Convolution(channels, inner)
        self.conv2a = _LightConvolution(inner)
        for scale, letter in enumerate("bcd", start=2):
            setattr(self, f"conv2{letter}", nn.Sequential(*(_LightConvolution(inner) for _ in range(scale))))
        self.gate = _Gate(inner)
        self.conv3 = _Convolution(inner, width, linear=True)
        self.downsample = _Convolution(channels, width, linear=True) if channels != width else nn.Identity()
        self.relu = nn.ReLU(inplace=True)

    def forward(self, images: Tensor) -> Tensor:
        reduced = self.conv1(images)
        streams = [getattr(self, f"conv2{letter}")(reduced) for letter in "abcd"]
        gated = sum((self.gate(stream) for stream in streams[1:]), start=self.gate(streams[0]))
        answer: Tensor = self.relu(self.conv3(gated) + self.downsample(images))
        return answer


class OSNet(nn.Module):
    """Hold the convolutional part: (N, 3, H, W) to (N, num_features, H / 16, W / 16)."""

    def __init__(self, stem: int) -> None:
        super().__init__()
        if stem < _GATE_SQUEEZE:
            raise ModelError(f"backbone.width of an OSNet is {_GATE_SQUEEZE} or more, not {stem}")
        first, second, third = 4 * stem, 6 * stem, 8 * stem
        self.conv1 = _Convolution(3, stem, 7, stride=2)
        self.maxpool = nn.MaxPool2d(3, stride=2, padding=1)
        self.conv2 = _stage(stem, first, shrink=True)
        self.conv3 = _stage(first, second, shrink=True)
        self.conv4 = _stage(second, third, shrink=False)
        self.conv5 = _Convolution(third, third)
        self.num_features = third
        for module in self.modules():
            if isinstance(module, nn.Conv2d):
                nn.init.kaiming_normal_(module.weight, mode="fan_out", nonlinearity="relu")
                if module.bias is not None:
                    nn.init.zeros_(module.bias)

    def forward_features(self, images: Tensor) -> Tensor:
        """Return the last map."""
        stem = self.maxpool(self.conv1(images))
        answer: Tensor = self.conv5(self.conv4(self.conv3(self.conv2(stem))))
        return answer


def _stage(channels: int, width: int, *, shrink: bool) -> nn.Sequential:
    """Return two blocks and, where the map shrinks, a pointwise convolution and an average over 2 × 2."""
    stage = nn.Sequential(_Block(channels, width), _Block(width, width))
    if shrink:
        stage.append(nn.Sequential(_Convolution(width, width), nn.AvgPool2d(2, stride=2)))
    return stage
