"""Checkpoints: what was saved comes back, and what cannot be loaded is said in one sentence.

    pytest tests/common/test_checkpoints.py
"""

import pytest
import torch
from torch import nn

from common.checkpoints import checkpoint_path, load_checkpoint, restoring, save_checkpoint


def make_net(width=3):
    return nn.Sequential(nn.Linear(2, width), nn.BatchNorm1d(width))


@pytest.fixture(autouse=True)
def folder(tmp_path, monkeypatch):
    monkeypatch.setenv("COURSE_CHECKPOINTS", str(tmp_path))
    return tmp_path


def test_parameters_and_buffers_come_back_in_evaluation_mode():
    net = make_net()
    net(torch.randn(8, 2))
    save_checkpoint(net, "small-net")
    loaded = load_checkpoint(make_net(), "small-net")
    assert not loaded.training
    assert all(torch.equal(value, loaded.state_dict()[name]) for name, value in net.state_dict().items())


def test_weights_in_another_memory_format_come_back():
    net = nn.Conv2d(3, 4, 3).to(memory_format=torch.channels_last)
    save_checkpoint(net, "conv")
    assert torch.equal(load_checkpoint(nn.Conv2d(3, 4, 3), "conv").weight, net.weight)


@pytest.mark.parametrize("content, kind, message", [
    (None, FileNotFoundError, "no checkpoint net.safetensors: run its training cell to the end"),
    (b"", ValueError, "checkpoint net.safetensors is broken: "),
    (b"hello", ValueError, "checkpoint net.safetensors is broken: "),
    ("other", ValueError, "checkpoint net.safetensors does not fit the model: size mismatch for 0.weight: "),
    ("fewer", ValueError, 'checkpoint net.safetensors does not fit the model: Missing key(s) in state_dict: "1.bias"'),
])
def test_what_cannot_be_loaded_is_said_in_one_line(folder, content, kind, message):
    if content == "other":
        save_checkpoint(make_net(width=4), "net")
    elif content == "fewer":
        state = make_net().state_dict()
        del state["1.bias"]
        from safetensors.torch import save_file

        save_file(state, checkpoint_path("net"))
    elif content is not None:
        checkpoint_path("net").write_bytes(content)
    with pytest.raises(kind) as raised:
        load_checkpoint(make_net(), "net")
    assert str(raised.value).startswith(message) and "\n" not in str(raised.value)


def test_a_checkpoint_that_is_too_large_is_not_written(folder):
    with pytest.raises(ValueError, match="would take 38 MB, the limit is 32"):
        save_checkpoint(nn.Linear(10_000, 1000, bias=False), "wide")
    assert not list(folder.iterdir())


def test_the_code_in_place_of_a_training_cell_loads_its_checkpoint():
    save_checkpoint(make_net(), "my-net")
    scope = {"make_my_net": make_net}
    exec(restoring("my-net"), scope)
    assert isinstance(scope["my_net"], nn.Sequential)
