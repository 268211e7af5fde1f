"""pytest tests/common/test_pretrained.py"""

from collections import OrderedDict

import pytest
import torch
import torch.nn.functional as F
from torch import nn

from common.efficientnet import SameConv2d, efficientnet_lite0, load_by_order
from common.pretrained import NamedNet, load_pretrained, small_net, vgg_layers


def test_the_layers_compute_what_the_network_computes():
    net, x = small_net(1), torch.rand(2, 3, 24, 20)
    logits = net.layers((x - net.mean) / net.std)
    torch.testing.assert_close(net(x), logits)
    torch.testing.assert_close(net.probabilities(x).sum(dim=1), torch.ones(2))


def test_several_layers_come_in_the_order_asked_for_and_from_one_forward_pass():
    net, x, calls = small_net(1), torch.rand(1, 3, 24, 20), []
    net.layers.conv1.register_forward_hook(lambda *args: calls.append("conv1"))
    net.layers.logits.register_forward_hook(lambda *args: calls.append("logits"))
    conv3, conv1 = net.multi_layer_activations(x, ["conv3", "conv1"])
    assert calls == ["conv1"], "conv1 was computed once, the layers after conv3 not at all"
    assert conv1.shape == (1, 8, 12, 10) and conv3.shape == (1, 16, 6, 5)
    torch.testing.assert_close(conv3, net.layer_activations(x, "conv3"))


def test_an_unknown_layer_is_named_with_those_that_there_are():
    with pytest.raises(KeyError, match="no layer conv9; there are conv1, conv2"):
        small_net().layer_activations(torch.rand(1, 3, 24, 24), "conv9")


def test_the_likeliest_classes_come_first():
    net, x = small_net(2), torch.rand(3, 3, 24, 24)
    for pairs, row in zip(net.predict(x, 3), net.probabilities(x)):
        assert [p for _, p in pairs] == pytest.approx(row.sort(descending=True).values[:3].tolist())
        assert pairs[0][0] == net.class_names[row.argmax()]


def test_parameters_are_frozen_and_images_are_not():
    net, x = small_net(), torch.rand(1, 3, 24, 24, requires_grad=True)
    assert not any(p.requires_grad for p in net.parameters()) and not net.training
    net(x)[0, 1].backward()
    assert x.grad.abs().sum() > 0


def test_the_same_seed_gives_the_same_small_net_and_leaves_the_global_generator_alone():
    torch.manual_seed(5)
    expected = torch.rand(3)
    torch.manual_seed(5)
    first, second, other = small_net(3), small_net(3), small_net(4)
    assert not torch.equal(first.layers.logits.weight, other.layers.logits.weight)
    assert torch.equal(first.layers.logits.weight, second.layers.logits.weight)
    assert torch.equal(torch.rand(3), expected), "making small nets uses no random numbers of ours"


@pytest.mark.parametrize(("size", "kernel", "stride"), [(7, 3, 2), (8, 3, 2), (9, 5, 2), (8, 5, 1)])
def test_same_padding_gives_the_size_divided_by_the_stride_and_pads_more_at_the_end(size, kernel, stride):
    conv, x = SameConv2d(1, 1, kernel, stride, bias=False), torch.randn(1, 1, size, size)
    out = -(-size // stride)
    total = max((out - 1) * stride + kernel - size, 0)
    before, after = total // 2, total - total // 2
    assert conv(x).shape[2:] == (out, out)
    expected = F.conv2d(F.pad(x, [before, after, before, after]), conv.weight, stride=stride)
    torch.testing.assert_close(conv(x), expected)


def test_efficientnet_has_the_published_number_of_parameters_and_named_layers():
    layers = efficientnet_lite0()
    assert sum(p.numel() for p in nn.Sequential(layers).parameters()) == 4_652_008
    assert list(layers) == ["stem", *(f"block{n}" for n in range(1, 17)), "head", "pool", "logits"]


def test_weights_are_loaded_by_their_order_and_others_are_refused():
    layers, module = OrderedDict(a=nn.Linear(3, 2), b=nn.Linear(2, 1)), nn.Sequential(nn.Linear(3, 2), nn.Linear(2, 1))
    load_by_order(layers, module.state_dict())
    x = torch.rand(4, 3)
    torch.testing.assert_close(nn.Sequential(layers)(x), module(x))
    with pytest.raises(ValueError, match="another architecture"):
        load_by_order(layers, nn.Linear(3, 2).state_dict())


@pytest.mark.parametrize(("name", "third_block"), [("vgg16", "relu3_3"), ("vgg19", "relu3_4")])
def test_vgg_with_its_imagenet_weights_has_the_same_interface(name, third_block, monkeypatch):
    from torchvision import models

    asked = []

    def get_model(name, weights):  # without the internet: the whole network, and no numbers in it
        asked.append(weights)
        with torch.device("meta"):
            return getattr(models, name)()

    monkeypatch.setattr(models, "get_model", get_model)
    net = load_pretrained(name, device="meta")
    assert asked == [models.get_model_weights(name).IMAGENET1K_V1]
    middle, logits = net.multi_layer_activations(torch.rand(2, 3, 224, 224, device="meta"), [third_block, "logits"])
    assert middle.shape == (2, 256, 56, 56) and logits.shape == (2, 1000) and len(net.class_names) == 1000
    assert net.layer_names[-4:] == ["pool", "fc6", "fc7", "logits"] and net.mean.shape == (1, 3, 1, 1)


def test_another_network_is_refused_with_the_names_of_those_that_there_are():
    with pytest.raises(ValueError, match="no network 'vgg11'; there are efficientnet-lite0, vgg16 and vgg19"):
        load_pretrained("vgg11")


def test_torchvisions_vgg_has_named_layers_that_compute_the_same():
    from torchvision.models import VGG

    features = nn.Sequential(nn.Conv2d(3, 4, 3, padding=1), nn.ReLU(inplace=True), nn.MaxPool2d(2),
                             nn.Conv2d(4, 512, 3, padding=1), nn.ReLU(inplace=True))
    vgg, x = VGG(features, num_classes=6).eval(), torch.rand(1, 3, 16, 16)
    net = NamedNet(vgg_layers(vgg), (0.0,) * 3, (1.0,) * 3, range(6))
    assert net.layer_names == ["conv1_1", "relu1_1", "pool1", "conv2_1", "relu2_1", "pool", "fc6", "fc7", "logits"]
    torch.testing.assert_close(net(x), vgg(x))
    conv, relu = net.multi_layer_activations(x, ["conv1_1", "relu1_1"])
    assert conv.min() < 0 <= relu.min(), "the ReLU has not overwritten what it was given"
