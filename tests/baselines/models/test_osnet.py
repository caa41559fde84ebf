"""OSNet is the authors' network: the same count, the same names, scales that see one to four convolutions."""

import torch

from baselines.models.osnet import OSNet
from baselines.models.profile import profile
from tests.baselines.models.systems import BLOCK, FC, table


def test_the_authors_count_is_met() -> None:
    """torchreid prints 2,193,616 parameters and 978,878,352 multiplications.

    A gate counts each of the four times it is used, and a bias as a multiplication.
    """
    size = profile(table({"name": "osnet_x1_0"}, FC, BLOCK), classes=1, size=(256, 128))
    net = OSNet(64)
    gates = {name: p.numel() for name, p in net.named_parameters() if ".gate." in name}
    biases = sum(count for name, count in gates.items() if name.endswith("bias"))

    assert size.parameters + 3 * sum(gates.values()) == 2_193_616
    assert round(size.gmacs * 1e9) + 4 * biases + 512 == 978_878_352


def test_widths_follow_the_stem() -> None:
    with torch.device("meta"):
        shapes = [OSNet(width).forward_features(torch.empty(1, 3, 256, 128)).shape for width in (16, 32, 48)]

    assert [tuple(shape) for shape in shapes] == [(1, 128, 16, 8), (1, 256, 16, 8), (1, 384, 16, 8)]


def test_modules_are_named_as_in_the_published_weights() -> None:
    names = set(OSNet(16).state_dict())

    assert {
        "conv1.conv.weight",
        "conv2.0.conv2a.conv1.weight",
        "conv2.0.conv2d.3.bn.running_var",
        "conv3.1.gate.fc2.bias",
    } <= names
    assert {"conv2.2.0.conv.weight", "conv4.0.downsample.bn.weight", "conv5.bn.bias"} <= names
    assert not [name for name in names if name.startswith("conv4.2")]


def test_a_stream_of_n_light_convolutions_sees_2n_plus_1_places() -> None:
    block = OSNet(16).conv2[0]
    for scale, letter in enumerate("abcd", start=1):
        picture = torch.zeros(1, 16, 21, 21, requires_grad=True)
        getattr(block, f"conv2{letter}").eval()(picture + 1)[0, :, 10, 10].sum().backward()
        seen = picture.grad.abs().sum((0, 1)).nonzero()
        assert int(seen[:, 0].max() - seen[:, 0].min()) + 1 == 2 * scale + 1


def test_one_gate_weighs_the_streams_of_a_block_before_they_are_added() -> None:
    block = OSNet(32).conv2[0].eval().requires_grad_(requires_grad=False)
    torch.nn.init.normal_(block.gate.fc1.bias)
    torch.nn.init.normal_(block.gate.fc2.bias)
    pictures = torch.randn(2, 32, 6, 4)

    answer = block(pictures)

    reduced, total = block.conv1(pictures), 0
    for letter in "abcd":
        stream = getattr(block, f"conv2{letter}")(reduced)
        mean = stream.mean((2, 3))
        squeezed = (mean @ block.gate.fc1.weight[:, :, 0, 0].T + block.gate.fc1.bias).clamp(min=0)
        shares = 1 / (1 + torch.exp(-(squeezed @ block.gate.fc2.weight[:, :, 0, 0].T + block.gate.fc2.bias)))
        total = total + stream * shares[:, :, None, None]
    torch.testing.assert_close(answer, (block.conv3(total) + block.downsample(pictures)).clamp(min=0))
