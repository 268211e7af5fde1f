"""Gradients checked by finite differences: of any function of an array, and of a net's parameters."""

import numpy as np


def numerical_gradient(function, array, eps=1e-5):
    """Gradient of a scalar function by central differences, (f(x + eps) - f(x - eps)) / (2 eps) for each entry x.

    The error is of order eps² from the formula and 1e-16 / eps from rounding in float64: some 1e-11 for eps = 1e-5.

    Args:
        function: callable without arguments; it must read `array`, whose entries we change in place.
        array: floating-point array of any shape; it is left as it was.
    Returns:
        float64 array of the same shape.
    """
    gradient = np.empty(array.shape)
    for index in np.ndindex(array.shape):
        value = array[index].copy()
        try:
            array[index] = value + eps
            upper = np.asarray(function()).item()
            array[index] = value - eps
            lower = np.asarray(function()).item()
        finally:
            array[index] = value
        gradient[index] = (upper - lower) / (2 * eps)
    return gradient


def check_grad(net, param_name, X, Y, eps=1e-5):
    """Check the gradient that a net computes for one of its parameters against finite differences.

    Args:
        net: has `forward(X, Y, do_backward=False)`, which returns (outputs, loss) and, with do_backward, leaves the
            gradient of the parameter `W1` in `W1_grad`; the same for every other name. Arrays or tensors of float64.
        param_name: str, "W1".
        X, Y: a batch, as `forward` takes it.
        eps: the step.
    Returns:
        (numerical, gradient): the two float64 arrays.
    Raises:
        AssertionError: they differ in shape, or by more than 1e-5 of the gradient's largest entry; the message shows
            where, and why if the reason is a common one.
    """
    param = as_array(getattr(net, param_name))
    assert param.dtype == np.float64, (
        f"{param_name} holds {param.dtype}: use float64 here, in less precise numbers rounding drowns the differences")
    net.forward(X, Y, do_backward=True)
    gradient = getattr(net, f"{param_name}_grad", None)
    assert gradient is not None, f"forward(X, Y, do_backward=True) leaves no {param_name}_grad in the net"
    gradient = np.array(as_array(gradient), dtype=np.float64)
    assert gradient.shape == param.shape, (
        f"{param_name}_grad has shape {gradient.shape}, but {param_name} has shape {param.shape}")
    numerical = numerical_gradient(lambda: as_array(net.forward(X, Y)[1]), param, eps)
    assert np.isfinite(gradient).all() and np.isfinite(numerical).all(), (
        f"{param_name}: a gradient is not finite: yours\n{gradient}\nby finite differences\n{numerical}")
    largest = max(np.abs(gradient).max(initial=0), np.abs(numerical).max(initial=0))
    difference = np.abs(gradient - numerical).max(initial=0)
    assert difference <= 1e-5 * largest + 1e-9, _diagnosis(param_name, gradient, numerical, len(X))
    return numerical, gradient


def _diagnosis(param_name, gradient, numerical, batch_size):
    """What differs, where most, and the usual reason when one gradient is a multiple of the other."""
    worst = np.unravel_index(np.abs(gradient - numerical).argmax(), gradient.shape)
    lines = [f"{param_name}_grad differs from finite differences, most at {list(map(int, worst))}: "
             f"{gradient[worst]:.6g}, by finite differences {numerical[worst]:.6g}"]
    squares = np.square(numerical).sum()
    factor = (gradient * numerical).sum() / squares if squares else 0.0
    if not gradient.any():
        lines.append("all of it is zero")
    elif factor and np.allclose(gradient, factor * numerical, rtol=1e-3, atol=1e-3 * np.abs(gradient).max()):
        reasons = {-1.0: "is a sign the wrong way round?", float(batch_size): "is the loss divided by the batch size?",
                   1 / batch_size: "is it divided by the batch size twice?"}
        reason = next((text for value, text in reasons.items() if np.isclose(factor, value, rtol=1e-2)), None)
        lines.append(f"all of it is {factor:.4g} times what it should be" + (f": {reason}" if reason else ""))
    return "\n".join(lines)


def as_array(values):
    """Values as an array that shares their memory, be they an array or a tensor that needs gradients."""
    return np.asarray(values.detach() if hasattr(values, "detach") else values)
