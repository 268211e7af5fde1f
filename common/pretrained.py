"""A network with named layers to look into, and pretrained ones: EfficientNet-Lite0 and torchvision's VGGs.

    net = load_pretrained()
    net.predict(x)                          names and probabilities of the likeliest classes
    net.layer_activations(x, "block5")      what a layer says of images x (N, 3, H, W) of 0…1
    net.multi_layer_activations(x, ["stem", "block5"])    several layers, in one forward pass

Images are RGB values 0…1; what the network was trained with (mean and deviation taken out) happens inside.
"""

from collections import OrderedDict

import torch
from torch import nn

from common.device import best_device
from common.fetching import fetch


class NamedNet(nn.Module):
    """Layers with names, run one after the other on normalised images.

    Args:
        layers: dict from name to nn.Module, in their order; the last one gives logits (N, K).
        mean, std: three numbers each, of the pixels 0…1 that the network was trained on.
        class_names: K texts.  size: height and width of the images that it was trained on.
    Its parameters are frozen, and it is in evaluation mode: we look at it, we don't train it. Gradients with respect
    to images, or to activations, work as ever.
    """

    def __init__(self, layers, mean, std, class_names, size=224):
        super().__init__()
        self.layers = nn.Sequential(OrderedDict(layers))
        self.class_names, self.size = list(class_names), size
        self.register_buffer("mean", torch.tensor(mean).view(1, -1, 1, 1), persistent=False)
        self.register_buffer("std", torch.tensor(std).view(1, -1, 1, 1), persistent=False)
        self.requires_grad_(False).eval()

    @property
    def layer_names(self):
        return [name for name, _ in self.layers.named_children()]

    def preprocess(self, x):
        """Images (N, 3, H, W) of 0…1, normalised as the network was trained."""
        x = (x - self.mean.to(x)) / self.std.to(x)
        return x.contiguous(memory_format=torch.channels_last)  # convolutions on a CPU are 1.6 times faster so

    def multi_layer_activations(self, x, names):
        """Activations of several layers in one forward pass, which ends at the last of them.

        Args: x: float tensor (N, 3, H, W) of 0…1.  names: layers' names, in any order.
        Returns: list of tensors (N, C, h, w), or (N, C) from "pool" on, in the order of `names`.
        Raises: KeyError for an unknown name.
        """
        if unknown := set(names) - set(self.layer_names):
            raise KeyError(f"no layer {', '.join(sorted(unknown))}; there are {', '.join(self.layer_names)}")
        found, x = {}, self.preprocess(x)
        for name, layer in self.layers.named_children():
            x = layer(x)
            if name in names:
                found[name] = x
            if len(found) == len(set(names)):
                break
        return [found[name] for name in names]

    def layer_activations(self, x, name):
        """The activations of one layer (see `multi_layer_activations`)."""
        return self.multi_layer_activations(x, [name])[0]

    def forward(self, x):
        """Logits (N, K)."""
        return self.layer_activations(x, self.layer_names[-1])

    def probabilities(self, x):
        """Probabilities (N, K)."""
        return self(x).softmax(dim=1)

    @torch.no_grad()
    def predict(self, x, k=5):
        """The k likeliest classes: for each image a list of pairs (class name, probability), the likeliest first."""
        best = self.probabilities(x).topk(k, dim=1)
        return [[(self.class_names[c], p) for c, p in zip(classes, values, strict=True)]
                for classes, values in zip(best.indices.tolist(), best.values.tolist(), strict=True)]


def imagenet_classes():
    """The names of ImageNet's 1,000 classes, in their order."""
    from torchvision.models import EfficientNet_B0_Weights

    return EfficientNet_B0_Weights.IMAGENET1K_V1.meta["categories"]


def load_pretrained(name="efficientnet-lite0", device=None):
    """A network trained on ImageNet, as a NamedNet on `device` (by default the fastest that is there).

    Args:
        name: "efficientnet-lite0", 18.8 MB, which `make data` fetches; or torchvision's "vgg16" or "vgg19", 528 and
            548 MB, which need the internet the first time. VGG's layers are called conv1_1, relu1_1, …, pool5, fc6, …
            as in its paper.
    Raises:
        ValueError: another name.
    """
    from common.efficientnet import MEAN, STD, efficientnet_lite0, load_by_order

    if name == "efficientnet-lite0":
        layers = efficientnet_lite0()
        path = fetch("efficientnet_lite0") / "efficientnet-lite0.pth"
        load_by_order(layers, torch.load(path, map_location="cpu", weights_only=True))
        net = NamedNet(layers, MEAN, STD, imagenet_classes())
    elif name in ("vgg16", "vgg19"):
        from torchvision import models

        weights = models.get_model_weights(name).IMAGENET1K_V1
        trained_on = weights.transforms()
        net = NamedNet(vgg_layers(models.get_model(name, weights=weights)), trained_on.mean, trained_on.std,
                       weights.meta["categories"])
    else:
        raise ValueError(f"there is no network {name!r}; there are efficientnet-lite0, vgg16 and vgg19")
    return net.to(device or best_device(), memory_format=torch.channels_last)


def vgg_layers(vgg):
    """The layers of one of torchvision's VGGs by name. ReLUs work in a copy, so that what we looked at stays."""
    layers, block, number = OrderedDict(), 1, 0
    for layer in vgg.features:
        if isinstance(layer, nn.Conv2d):
            number += 1
            layers[f"conv{block}_{number}"] = layer
        elif isinstance(layer, nn.ReLU):
            layers[f"relu{block}_{number}"] = nn.ReLU()
        elif isinstance(layer, nn.MaxPool2d):
            layers[f"pool{block}"], block, number = layer, block + 1, 0
    layers["pool"] = nn.Sequential(vgg.avgpool, nn.Flatten())
    for fc, relu, name in [(0, True, "fc6"), (3, True, "fc7"), (6, False, "logits")]:
        layers[name] = nn.Sequential(vgg.classifier[fc], nn.ReLU()) if relu else vgg.classifier[fc]
    return layers


def small_net(seed=0, num_classes=5):
    """A small NamedNet with random weights, the same for the same seed: for checks that take milliseconds.

    It is smooth (softplus), takes images of any size from 12 pixels on, and was trained on nothing. Layers: conv1 (8
    channels, a half of the image's height and width), conv2 (12, a quarter), conv3 (16, a quarter), pool, logits.
    """
    def conv(in_channels, out_channels, stride):
        return nn.Sequential(nn.Conv2d(in_channels, out_channels, 3, stride, padding=1), nn.Softplus(beta=4))

    with torch.random.fork_rng(devices=[]):  # layers are made with random weights, which we replace
        layers = OrderedDict(conv1=conv(3, 8, 2), conv2=conv(8, 12, 2), conv3=conv(12, 16, 1),
                             pool=nn.Sequential(nn.AdaptiveAvgPool2d(1), nn.Flatten()),
                             logits=nn.Linear(16, num_classes))
    generator = torch.Generator().manual_seed(seed)
    with torch.no_grad():
        for layer in nn.Sequential(layers).modules():
            if isinstance(layer, (nn.Conv2d, nn.Linear)):
                fan_in = layer.weight[0].numel()
                layer.weight.normal_(0, (4 if layer is layers["logits"] else 2) / fan_in**0.5, generator=generator)
                layer.bias.normal_(0, 0.3, generator=generator)
    names = ["circle", "square", "triangle", "star", "cross", "ring", "arrow", "heart"][:num_classes]
    return NamedNet(layers, (0.45, 0.5, 0.55), (0.2, 0.25, 0.3), names, size=32)
