"""Backward pass: the four gradients of SmallNet."""

# %% wrong="no-batch-size" exercise="backward" loses="backward/W2, backward/b2, backward/W1, backward/b1, backward/numerical check"
# The loss is divided by N, the gradients are not.
def backward(net, X, Y, O1, O2):
    A2_grad = O2 - Y
    net.W2_grad = A2_grad.T @ O1
    net.b2_grad = A2_grad.sum(axis=0)
    A1_grad = A2_grad @ net.W2 * O1 * (1 - O1)
    net.W1_grad = A1_grad.T @ X
    net.b1_grad = A1_grad.sum(axis=0)

# %% wrong="batch-of-four" exercise="backward" loses="backward/W2, backward/b2, backward/W1, backward/b1, backward/numerical check"
# Divides by the size of the visible batch.
def backward(net, X, Y, O1, O2):
    A2_grad = (O2 - Y) / 4
    net.W2_grad = A2_grad.T @ O1
    net.b2_grad = A2_grad.sum(axis=0)
    A1_grad = A2_grad @ net.W2 * O1 * (1 - O1)
    net.W1_grad = A1_grad.T @ X
    net.b1_grad = A1_grad.sum(axis=0)

# %% wrong="sign" exercise="backward" loses="backward/W2, backward/b2, backward/W1, backward/b1, backward/numerical check, descent/trains XOR"
# Y - O2: gradient descent climbs.
def backward(net, X, Y, O1, O2):
    A2_grad = (Y - O2) / len(X)
    net.W2_grad = A2_grad.T @ O1
    net.b2_grad = A2_grad.sum(axis=0)
    A1_grad = A2_grad @ net.W2 * O1 * (1 - O1)
    net.W1_grad = A1_grad.T @ X
    net.b1_grad = A1_grad.sum(axis=0)

# %% wrong="squared-error" exercise="backward" loses="backward/W2, backward/b2, backward/W1, backward/b1, backward/numerical check"
# The gradient of the squared error: the slope of the output's sigmoid does not cancel.
def backward(net, X, Y, O1, O2):
    A2_grad = 2 * (O2 - Y) * O2 * (1 - O2) / len(X)
    net.W2_grad = A2_grad.T @ O1
    net.b2_grad = A2_grad.sum(axis=0)
    A1_grad = A2_grad @ net.W2 * O1 * (1 - O1)
    net.W1_grad = A1_grad.T @ X
    net.b1_grad = A1_grad.sum(axis=0)

# %% wrong="no-bias-gradients" exercise="backward" loses="backward/b2, backward/b1, backward/numerical check, backward/called again, descent/trains XOR"
# Only the weights have gradients.
def backward(net, X, Y, O1, O2):
    A2_grad = (O2 - Y) / len(X)
    net.W2_grad = A2_grad.T @ O1
    A1_grad = A2_grad @ net.W2 * O1 * (1 - O1)
    net.W1_grad = A1_grad.T @ X

# %% wrong="bias-means" exercise="backward" loses="backward/b2, backward/b1, backward/numerical check"
# The mean over the batch, though the error is divided by N already.
def backward(net, X, Y, O1, O2):
    A2_grad = (O2 - Y) / len(X)
    net.W2_grad = A2_grad.T @ O1
    net.b2_grad = A2_grad.mean(axis=0)
    A1_grad = A2_grad @ net.W2 * O1 * (1 - O1)
    net.W1_grad = A1_grad.T @ X
    net.b1_grad = A1_grad.mean(axis=0)

# %% wrong="bias-from-first-row" exercise="backward" loses="backward/b2, backward/b1, backward/numerical check"
# Right for batches of one example.
def backward(net, X, Y, O1, O2):
    A2_grad = (O2 - Y) / len(X)
    net.W2_grad = A2_grad.T @ O1
    net.b2_grad = A2_grad[0]
    A1_grad = A2_grad @ net.W2 * O1 * (1 - O1)
    net.W1_grad = A1_grad.T @ X
    net.b1_grad = A1_grad[0]

# %% wrong="slope-twice" exercise="backward" loses="backward/W1, backward/b1, backward/numerical check"
# The sigmoid's slope is multiplied in two lines.
def backward(net, X, Y, O1, O2):
    A2_grad = (O2 - Y) / len(X)
    net.W2_grad = A2_grad.T @ O1
    net.b2_grad = A2_grad.sum(axis=0)
    O1_grad = A2_grad @ net.W2 * O1 * (1 - O1)
    A1_grad = O1_grad * O1 * (1 - O1)
    net.W1_grad = A1_grad.T @ X
    net.b1_grad = A1_grad.sum(axis=0)

# %% wrong="no-slope" exercise="backward" loses="backward/W1, backward/b1, backward/numerical check"
# The sigmoid is forgotten on the way back.
def backward(net, X, Y, O1, O2):
    A2_grad = (O2 - Y) / len(X)
    net.W2_grad = A2_grad.T @ O1
    net.b2_grad = A2_grad.sum(axis=0)
    A1_grad = A2_grad @ net.W2
    net.W1_grad = A1_grad.T @ X
    net.b1_grad = A1_grad.sum(axis=0)

# %% wrong="bias-before-slope" exercise="backward" loses="backward/b1, backward/numerical check"
# b1_grad from O1_grad in place of A1_grad.
def backward(net, X, Y, O1, O2):
    A2_grad = (O2 - Y) / len(X)
    net.W2_grad = A2_grad.T @ O1
    net.b2_grad = A2_grad.sum(axis=0)
    O1_grad = A2_grad @ net.W2
    A1_grad = O1_grad * O1 * (1 - O1)
    net.W1_grad = A1_grad.T @ X
    net.b1_grad = O1_grad.sum(axis=0)

# %% wrong="kept-dimensions" exercise="backward" loses="backward/b1, backward/numerical check, descent/trains XOR"
# b1_grad of shape (1, H).
def backward(net, X, Y, O1, O2):
    A2_grad = (O2 - Y) / len(X)
    net.W2_grad = A2_grad.T @ O1
    net.b2_grad = A2_grad.sum(axis=0)
    A1_grad = A2_grad @ net.W2 * O1 * (1 - O1)
    net.W1_grad = A1_grad.T @ X
    net.b1_grad = A1_grad.sum(axis=0, keepdims=True)

# %% wrong="adds-up" exercise="backward" loses="backward/called again, backward/numerical check"
# The gradients of all calls are summed, as PyTorch does.
def backward(net, X, Y, O1, O2):
    A2_grad = (O2 - Y) / len(X)
    A1_grad = A2_grad @ net.W2 * O1 * (1 - O1)
    for name, grad in [("W1", A1_grad.T @ X), ("b1", A1_grad.sum(0)), ("W2", A2_grad.T @ O1), ("b2", A2_grad.sum(0))]:
        setattr(net, name + "_grad", getattr(net, name + "_grad", 0) + grad)

# %% wrong="changes-probabilities" exercise="backward" loses="backward/called again"
# Subtracts the labels in the array that forward returns.
def backward(net, X, Y, O1, O2):
    A2_grad = O2
    A2_grad -= Y
    A2_grad /= len(X)
    net.W2_grad = A2_grad.T @ O1
    net.b2_grad = A2_grad.sum(axis=0)
    A1_grad = A2_grad @ net.W2 * O1 * (1 - O1)
    net.W1_grad = A1_grad.T @ X
    net.b1_grad = A1_grad.sum(axis=0)

# %% wrong="steps-too" exercise="backward" loses="backward/called again"
# Moves the parameters as well.
def backward(net, X, Y, O1, O2):
    A2_grad = (O2 - Y) / len(X)
    A1_grad = A2_grad @ net.W2 * O1 * (1 - O1)
    net.W2_grad, net.b2_grad = A2_grad.T @ O1, A2_grad.sum(axis=0)
    net.W1_grad, net.b1_grad = A1_grad.T @ X, A1_grad.sum(axis=0)
    for name in ["W1", "b1", "W2", "b2"]:
        setattr(net, name, getattr(net, name) - 0.1 * getattr(net, name + "_grad"))

# %% wrong="two-by-two" exercise="backward" loses="backward/W2, backward/b2, backward/W1, backward/b1, backward/numerical check, backward/called again, descent/trains XOR"
# A product that only fits a square W1, and is wrong there.
def backward(net, X, Y, O1, O2):
    A2_grad = (O2 - Y) / len(X)
    net.W2_grad = A2_grad.T @ O1
    net.b2_grad = A2_grad.sum(axis=0)
    A1_grad = A2_grad @ net.W2 * O1 * (1 - O1)
    net.b1_grad = A1_grad.sum(axis=0)
    net.W1_grad = np.zeros((2, 2)) + (X.T @ A1_grad)

# %% wrong="zeros" exercise="backward" loses="backward/W2, backward/b2, backward/W1, backward/b1, backward/numerical check, descent/trains XOR"
# Arrays of the right shapes.
def backward(net, X, Y, O1, O2):
    for name in ["W1", "b1", "W2", "b2"]:
        setattr(net, name + "_grad", np.zeros_like(getattr(net, name)))

# %% right="einsum" exercise="backward"
# Index notation, and other names.
def backward(net, X, Y, O1, O2):
    delta2 = np.einsum("no->no", O2 - Y) / Y.shape[0]
    net.W2_grad, net.b2_grad = np.einsum("no,nh->oh", delta2, O1), np.einsum("no->o", delta2)
    delta1 = np.einsum("no,oh,nh->nh", delta2, net.W2, O1 - O1**2)
    net.W1_grad, net.b1_grad = np.einsum("nh,nd->hd", delta1, X), np.einsum("nh->h", delta1)

# %% right="fractions" exercise="backward"
# Nothing cancelled: the derivative of the loss with respect to O2, then the sigmoid's slope; an eps in the divisor.
def backward(net, X, Y, O1, O2):
    O2_grad = (-Y / (O2 + 1e-12) + (1 - Y) / (1 - O2 + 1e-12)) / len(O2)
    A2_grad = O2_grad * O2 * (1 - O2)
    net.b2_grad = A2_grad.sum(0)
    net.W2_grad = np.dot(O1.T, A2_grad).T
    A1_grad = np.outer(A2_grad, net.W2) * (O1 * (1.0 - O1))
    net.b1_grad = np.ones(len(X)) @ A1_grad
    net.W1_grad = np.dot(X.T, A1_grad).T

# %% right="one-example-at-a-time" exercise="backward"
# A loop over the batch that adds outer products, and a helper.
def slope(O):
    return O * (1 - O)


def backward(net, X, Y, O1, O2):
    net.W1_grad, net.b1_grad = np.zeros(net.W1.shape), np.zeros(net.b1.shape)
    net.W2_grad, net.b2_grad = np.zeros(net.W2.shape), np.zeros(net.b2.shape)
    for x, y, o1, o2 in zip(X, Y, O1, O2):
        delta2 = (o2 - y) / X.shape[0]
        delta1 = delta2 @ net.W2 * slope(o1)
        net.W2_grad += np.outer(delta2, o1)
        net.b2_grad += delta2
        net.W1_grad += np.outer(delta1, x)
        net.b1_grad += delta1

# %% right="divided-at-the-end" exercise="backward"
# The batch size is divided out in each line.
def backward(net, X, Y, O1, O2):
    N = X.shape[0]
    error = O2 - Y
    net.W2_grad = (error.T @ O1) / N
    net.b2_grad = error.mean(axis=0)
    hidden = (error @ net.W2) * (O1 * (1 - O1))
    net.W1_grad = hidden.T @ X / N
    net.b1_grad = hidden.mean(axis=0)

# %% wrong="differences" exercise="backward" loses="backward/W2, backward/b2, backward/W1, backward/b1"
# Numerical gradients: right to ten digits, and no back-propagation.
def backward(net, X, Y, O1, O2):
    for name in ["W1", "b1", "W2", "b2"]:
        param = getattr(net, name)
        grad = np.zeros(param.shape)
        for index in np.ndindex(*param.shape):
            losses = []
            for step in (1e-5, -1e-5):
                param[index] += step
                losses.append(net.forward(X, Y)[1])
                param[index] -= step
            grad[index] = (losses[0] - losses[1]) / 2e-5
        setattr(net, name + "_grad", grad)
