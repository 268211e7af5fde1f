"""EfficientNet-Lite0, written out: the pretrained network that the course can have without the internet.

A stem, sixteen inverted residual blocks, a head. Each block widens its channels (1×1 convolution), filters each
channel by itself (depthwise convolution), and projects to few channels again (1×1, no ReLU after it).
Sources: M. Tan and Q. V. Le, EfficientNet, ICML 2019; M. Sandler et al., MobileNetV2, CVPR 2018. The Lite variant has
no squeeze-and-excitation, and ReLU6 in place of swish.
"""

from collections import OrderedDict

import torch.nn.functional as F
from torch import nn

# Blocks, kernel size, stride of the first block, factor of widening, channels out.
STAGES = [(1, 3, 1, 1, 16), (2, 3, 2, 6, 24), (2, 5, 2, 6, 40), (3, 3, 2, 6, 80), (3, 5, 1, 6, 112), (4, 5, 2, 6, 192),
          (1, 3, 1, 6, 320)]
MEAN, STD = (127 / 255,) * 3, (128 / 255,) * 3


class SameConv2d(nn.Conv2d):
    """A convolution padded as TensorFlow does it: the output has ceil(size / stride) pixels, and when the padding is
    odd, the right and the bottom get one more."""

    def forward(self, x):
        pads = []
        for size, kernel, stride in zip(x.shape[:1:-1], self.kernel_size, self.stride):
            total = max((-(-size // stride) - 1) * stride + kernel - size, 0)
            pads += [total // 2, total - total // 2]
        return super().forward(F.pad(x, pads))


def conv_bn(in_channels, out_channels, kernel_size, stride=1, groups=1):
    """Convolution without bias, and batch norm."""
    return [SameConv2d(in_channels, out_channels, kernel_size, stride, groups=groups, bias=False),
            nn.BatchNorm2d(out_channels, eps=1e-3)]


class InvertedResidual(nn.Module):
    """x (N, C, H, W) -> (N, out_channels, H / stride, W / stride); x is added where the shape allows it."""

    def __init__(self, in_channels, out_channels, kernel_size, stride, widen):
        super().__init__()
        hidden = widen * in_channels
        layers = [*conv_bn(in_channels, hidden, 1), nn.ReLU6()] if widen > 1 else []
        layers += [*conv_bn(hidden, hidden, kernel_size, stride, groups=hidden), nn.ReLU6(),
                   *conv_bn(hidden, out_channels, 1)]
        self.layers, self.adds = nn.Sequential(*layers), stride == 1 and in_channels == out_channels

    def forward(self, x):
        return x + self.layers(x) if self.adds else self.layers(x)


def efficientnet_lite0():
    """The layers by name: stem, block1 … block16, head, pool, logits; images of any size from 32 pixels on."""
    layers = OrderedDict(stem=nn.Sequential(*conv_bn(3, 32, 3, stride=2), nn.ReLU6()))
    channels = 32
    for count, kernel_size, stride, widen, out_channels in STAGES:
        for number in range(count):
            block = InvertedResidual(channels, out_channels, kernel_size, stride if number == 0 else 1, widen)
            layers[f"block{len(layers)}"], channels = block, out_channels
    layers["head"] = nn.Sequential(*conv_bn(channels, 1280, 1), nn.ReLU6())
    layers["pool"] = nn.Sequential(nn.AdaptiveAvgPool2d(1), nn.Flatten())
    layers["logits"] = nn.Linear(1280, 1000)
    return layers


def load_by_order(layers, state):
    """Fill layers from a state dict of another module of the same architecture: entries correspond by their order."""
    module = nn.Sequential(layers)
    ours = module.state_dict()
    shapes = [tuple(value.shape) for value in ours.values()], [tuple(value.shape) for value in state.values()]
    if shapes[0] != shapes[1]:
        raise ValueError("these are the weights of another architecture: their shapes differ from the layers'")
    module.load_state_dict(dict(zip(ours, state.values(), strict=True)))
