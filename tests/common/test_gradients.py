"""pytest tests/common/test_gradients.py"""

import numpy as np
import pytest
import torch

from common.gradients import check_grad, numerical_gradient


class Net:
    """Linear regression, loss = mean of squares / 2; `spoil` alters the gradients."""

    def __init__(self, D=3, spoil=lambda grad: grad, make=np.array):
        self.W1, self.spoil = make(np.random.default_rng(0).normal(size=(1, D))), spoil

    def forward(self, X, Y=None, do_backward=False):
        residuals = X @ self.W1.T - Y
        if do_backward:
            self.W1_grad = self.spoil(residuals.T @ X / len(X))
        return residuals + Y, (residuals**2).sum() / (2 * len(X))


@pytest.fixture
def batch():
    rng = np.random.default_rng(1)
    return rng.normal(size=(4, 3)), rng.normal(size=(4, 1))


def message(net, batch):
    with pytest.raises(AssertionError) as error:
        check_grad(net, "W1", *batch)
    return str(error.value)


def test_the_numerical_gradient_agrees_with_autograd_and_leaves_the_array_alone():
    x = np.random.default_rng(0).normal(size=(2, 3))
    before, leaf = x.copy(), torch.tensor(x, requires_grad=True)
    (leaf.sin() * leaf.exp()).sum().backward()
    found = numerical_gradient(lambda: (np.sin(x) * np.exp(x)).sum(), x)
    np.testing.assert_allclose(found, leaf.grad, rtol=1e-8)  # the formula's error is of order eps² = 1e-10
    assert np.array_equal(x, before)


def test_the_array_is_restored_when_the_function_fails():
    x = np.ones(3)
    with pytest.raises(ZeroDivisionError):
        numerical_gradient(lambda: 1 / 0, x)
    assert np.array_equal(x, np.ones(3))


def test_a_right_gradient_passes_and_both_are_returned(batch):
    net = Net()
    numerical, gradient = check_grad(net, "W1", *batch)
    np.testing.assert_allclose(numerical, gradient, atol=1e-9)
    assert np.array_equal(gradient, net.W1_grad)


def test_nets_of_tensors_are_checked_too(batch):
    net = Net(make=lambda values: torch.nn.Parameter(torch.tensor(values)))
    numerical, gradient = check_grad(net, "W1", *map(torch.tensor, batch))
    np.testing.assert_allclose(numerical, gradient, atol=1e-9)


@pytest.mark.parametrize("spoil, said", [
    (lambda grad: -grad, "-1 times what it should be: is a sign"),
    (lambda grad: 4 * grad, "4 times what it should be: is the loss divided by the batch size"),
    (lambda grad: grad / 4, "0.25 times what it should be: is it divided by the batch size twice"),
    (lambda grad: 3 * grad, "3 times what it should be"),
    (lambda grad: 0 * grad, "all of it is zero"),
    (lambda grad: grad + np.array([[0, 1e-3, 0]]), r"most at [0, 1]"),
    (lambda grad: grad.T, "W1_grad has shape (3, 1), but W1 has shape (1, 3)"),
    (lambda grad: None, "leaves no W1_grad"),
    (lambda grad: grad * np.nan, "not finite"),
], ids=["sign", "not-normalised", "normalised-twice", "factor", "zero", "one-entry", "shape", "none", "nan"])
def test_a_wrong_gradient_is_diagnosed(batch, spoil, said):
    assert said in message(Net(spoil=spoil), batch)


def test_float32_is_refused_since_it_cannot_tell(batch):
    assert "float32: use float64" in message(Net(make=lambda values: values.astype(np.float32)), batch)


def test_a_gradient_that_is_zero_is_right_where_the_loss_does_not_change():
    net = Net(spoil=lambda grad: 0 * grad)
    numerical, gradient = check_grad(net, "W1", np.zeros((4, 3)), np.ones((4, 1)))
    assert not numerical.any() and not gradient.any()
