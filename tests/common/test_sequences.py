"""pytest tests/common/test_sequences.py"""

import pytest
import torch
from torch import nn

from common.sequences import fit


def test_a_line_is_fitted_measured_and_clipped():
    torch.manual_seed(0)
    X, model, clipped = torch.randn(200, 1), nn.Linear(1, 1), []
    history = fit(model, lambda rows: (model(X[rows]) - 2 * X[rows] - 1).square().mean(), 200, 300, lr=0.05,
                  batch_size=20, clip=clipped.append, measure=lambda: model.weight, every=200)
    assert abs(model.weight.item() - 2) < 0.05 and abs(model.bias.item() - 1) < 0.05
    assert len(history["losses"]) == len(clipped) == 300
    assert [step for step, _, _ in history["measured"]] == [200, 300]
    assert not model.training


def test_a_loss_that_is_not_finite_is_reported():
    model = nn.Linear(1, 1)
    with pytest.raises(FloatingPointError, match="after 5 steps the loss is nan"):
        fit(model, lambda rows: model(torch.full((1, 1), torch.nan)).sum(), 10, 10, measure=lambda: 0, every=5)
