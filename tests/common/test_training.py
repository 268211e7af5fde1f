"""pytest tests/common/test_training.py"""

import pytest
import torch
from torch import nn

from common.device import best_device
from common.loaders import InMemDataLoader
from common.seeding import seed_everything
from common.training import compute_error_rate, train


@pytest.fixture
def blobs():
    """Two well-separated clouds of points: X (200, 2), Y (200,)."""
    generator = torch.Generator().manual_seed(0)
    Y = torch.arange(200) % 2
    return torch.randn(200, 2, generator=generator) + 4 * Y[:, None], Y


def test_an_error_rate_is_a_fraction_of_the_examples_not_of_the_batches():
    model = nn.Identity()
    model.anchor = nn.Parameter(torch.zeros(1))
    logits = torch.eye(3)[[0, 1, 2, 0, 1]]
    labels = torch.tensor([0, 1, 2, 0, 0])  # the last is wrong, in a batch of its own
    assert compute_error_rate(model, InMemDataLoader((logits, labels), batch_size=4)) == pytest.approx(1 / 5)


@pytest.mark.parametrize("training", [True, False])
def test_an_error_rate_is_computed_in_evaluation_mode_and_the_mode_is_restored(training):
    model = nn.Sequential(nn.Linear(2, 2), nn.Dropout(1.0))
    nn.init.eye_(model[0].weight)
    nn.init.zeros_(model[0].bias)
    model.train(training)
    # With dropout at work all logits would be 0, and the class the first.
    assert compute_error_rate(model, [(torch.tensor([[0.0, 1.0]]), torch.tensor([1]))]) == 0
    assert model.training == training


def test_training_learns_and_records_every_step(blobs):
    seed_everything(0)
    loader, model = InMemDataLoader(blobs, batch_size=20, shuffle=True), nn.Linear(2, 2)
    optimizer = torch.optim.SGD(model.parameters(), lr=0.5)
    history = train(model, loader, optimizer, num_epochs=5, valid_loader=loader)
    assert len(history["train_losses"]) == len(history["train_errs"]) == 50
    assert [step for step, _ in history["val_errs"]] == [0, 10, 20, 30, 40, 50]
    assert history["val_errs"][-1][1] == compute_error_rate(model, loader) < 0.05
    assert history["train_losses"][-1] < history["train_losses"][0]


def test_training_makes_the_steps_of_plain_gradient_descent(blobs):
    X, Y = blobs
    model = nn.Linear(2, 2)
    weight, bias = (p.detach().clone().requires_grad_() for p in model.parameters())
    schedule = torch.optim.SGD(model.parameters(), lr=0.5)
    train(model, [(X, Y)], schedule, 3, scheduler=torch.optim.lr_scheduler.ExponentialLR(schedule, gamma=0.5))
    for lr in [0.5, 0.25, 0.125]:
        loss = nn.functional.cross_entropy(X @ weight.T + bias, Y)
        for parameter, grad in zip([weight, bias], torch.autograd.grad(loss, [weight, bias]), strict=True):
            parameter.data -= lr * grad
    torch.testing.assert_close(model.weight, weight)
    torch.testing.assert_close(model.bias, bias)


def test_the_same_seed_gives_the_same_training(blobs):
    def run():
        seed_everything(7)
        model = nn.Linear(2, 2)
        return train(model, InMemDataLoader(blobs, 20, shuffle=True), torch.optim.SGD(model.parameters(), 0.1), 2)

    assert run() == run()


def test_a_loss_that_is_not_finite_stops_the_training(blobs):
    model = nn.Linear(2, 2)
    nn.init.constant_(model.weight, float("nan"))
    with pytest.raises(FloatingPointError, match="try a smaller lr"):
        train(model, InMemDataLoader(blobs, 20), torch.optim.SGD(model.parameters(), 0.1), 1)


def test_the_best_device_can_compute():
    assert torch.ones(3, device=best_device()).sum().item() == 3
