# %% [markdown]
# # Week 3 · A neural network in NumPy
#
# PyTorch computes gradients for us, and that is a good reason to do it once by hand. This week we write a
# network, its gradients and its training from nothing but matrix products. The task is tiny, so that
# everything can be looked at: XOR, the little function that a net without a hidden layer can not learn.
#
# | exercise | | points |
# | --- | --- | --- |
# | 1 · Forward pass | from inputs to probabilities and a loss; weights set by hand | 2 |
# | 2 · Backward pass | from the loss back to every parameter, checked numerically | 2 |
# | 3 · Gradient descent | training, XOR in three dimensions, how often training succeeds | 2 |
# | 4 · ReLU | another non-linearity | 1 |
# | 5 · A second hidden layer | one more step of the chain rule | 1 |
# | 6 · Any number of hidden layers | how deep can we go? | 2 |
# | 7 · Feedback alignment | learning without the exact gradient | 2 |
#
# There are 12 points; **marks above 8 do not count**. Exercises 1 to 3 come first, then choose.
#
# Under each exercise some checks run in your notebook. They are there to help: they look at one or two
# inputs. The grader asks the same of your functions with other inputs, shapes and weights, so write for any
# batch size and any number of inputs. Classes and functions keep the names and arguments given; add helpers
# as you like. NumPy is all that is needed. PyTorch's tensors in place of arrays are welcome too, but not its
# autograd: the gradients are what we write ourselves, from the chain rule.

# %%
from functools import partial

import matplotlib.pyplot as plt
import numpy as np

from common.gradients import check_grad
from common.plotting import COLORS, plot_boundary
from common.progress import progress
from common.seeding import seed_everything

# %% [markdown]
# ## The task and the shapes
#
# XOR is 1 when exactly one of its two inputs is 1. Four examples are the whole data set. The shapes are those
# of PyTorch:
#
# - a batch of $N$ examples with $D$ features has shape $(N, D)$: **each example is a row**;
# - a layer with $I$ inputs and $O$ outputs has weights of shape $(O, I)$: **each unit is a row**;
# - a bias is a vector of shape $(O,)$; broadcasting adds it to every row.

# %%
X = np.array([[0, 0], [0, 1], [1, 0], [1, 1]], dtype=np.float64)  # (4, 2)
Y = np.array([[0], [1], [1], [0]], dtype=np.float64)  # (4, 1)

# %% show="xor-data"
fig, ax = plt.subplots(figsize=(3.2, 3.2))
for label, marker in [(0, "o"), (1, "s")]:
    rows = Y[:, 0] == label
    ax.scatter(*X[rows].T, s=140, marker=marker, color=COLORS[label], label=f"y = {label}")
ax.set(xlabel="$x_1$", ylabel="$x_2$", xlim=(-0.3, 1.3), ylim=(-0.3, 1.3), title="No straight line separates it")
ax.legend(loc="center")
plt.show()

# %% [markdown]
# Whichever straight line we draw, a circle and a square end up on the same side. A hidden layer has to bend
# the line.
#
# ![The network's two layers, forward and backward](network.png)

# %% [markdown]
# ### Exercise 1 · Forward pass · 2 points · about 45 minutes
#
# Our network has one hidden layer of $H$ sigmoid units and one sigmoid output,
# $\sigma(a) = 1 / (1 + e^{-a})$:
#
# $$A_1 = X W_1^\top + b_1 \qquad O_1 = \sigma(A_1) \qquad A_2 = O_1 W_2^\top + b_2 \qquad O_2 = \sigma(A_2)$$
#
# We read $O_2$ as the probability that $y = 1$. The loss is the cross-entropy, **summed over the batch and
# divided by its size** $N$, so that it does not grow with the number of examples:
#
# $$L = -\frac1N \sum_{n=1}^{N} \Big( y_n \log p_n + (1 - y_n) \log (1 - p_n) \Big)$$
#
# Fill in the four gaps below. `init_params` runs when a net is made and draws the random values with which
# training starts (exercise 2 says why they are random, and counts them). Without labels there is no loss:
# return `nan`.
#
# <details><summary>Hint: shapes that do not fit</summary>
#
# Write the shape of every array beside its line: X is (N, D), W1 is (H, D), so one of them has to be
# transposed to give (N, H).
#
# </details>
# <details><summary>Hint: the batch size</summary>
#
# It is the number of rows of X. `loss.mean()` over an (N, 1) array agrees with sum / N; over an (N, N) array
# it does not, and that is what comes out when labels of shape (N,) meet probabilities of shape (N, 1).
#
# </details>


# %% exercise="forward"
def sigmoid(A):
    """The logistic function of every element of A; the same shape."""
    ### BEGIN SOLUTION
    # TODO: compute the logistic function of every element
    return 1 / (1 + np.exp(-A))
    ### END SOLUTION


def cross_entropy(P, Y):
    """P, Y (N, 1): probabilities and labels -> the cross-entropy, summed and divided by N."""
    ### BEGIN SOLUTION
    # TODO: sum the cross-entropy over the batch and divide it by the number of rows
    return -(Y * np.log(P) + (1 - Y) * np.log(1 - P)).sum() / len(P)
    ### END SOLUTION


class SmallNet:
    """A hidden layer of sigmoid units and a sigmoid output.

    W1 (H, D), b1 (H,), W2 (1, H), b2 (1,): parameters for D inputs and H hidden units, of type `dtype`.
    """

    def __init__(self, in_features, num_hidden, dtype=np.float32):
        self.W1 = np.zeros((num_hidden, in_features), dtype=dtype)
        self.b1 = np.zeros((num_hidden,), dtype=dtype)
        self.W2 = np.zeros((1, num_hidden), dtype=dtype)
        self.b2 = np.zeros((1,), dtype=dtype)
        self.init_params()

    def init_params(self):
        """Replace the zeros by random values around zero, N(0, 0.5²), of the same shapes."""
        ### BEGIN SOLUTION
        # TODO: draw W1, b1, W2 and b2 from a normal distribution of mean 0 and standard deviation 0.5
        for param in (self.W1, self.b1, self.W2, self.b2):
            param[:] = np.random.normal(0, 0.5, param.shape)
        ### END SOLUTION

    def forward(self, X, Y=None, do_backward=False):
        """X (N, D), Y (N, 1) of zeros and ones -> (O2, loss).

        O2 (N, 1) are the probabilities of y = 1; loss is a number, nan without Y.
        With do_backward the gradients are kept as W1_grad, b1_grad, W2_grad, b2_grad (exercise 2).
        """
        ### BEGIN SOLUTION
        # TODO: compute O1 (N, H), O2 (N, 1) and the loss
        O1 = sigmoid(X @ self.W1.T + self.b1)  # (N, H)
        O2 = sigmoid(O1 @ self.W2.T + self.b2)  # (N, 1)
        loss = np.nan if Y is None else cross_entropy(O2, Y)
        ### END SOLUTION
        if do_backward:
            backward(self, X, Y, O1, O2)  # exercise 2
        return O2, loss


# %% [markdown]
# Two cases can be computed on paper. With all parameters zero every probability is 1/2, and the loss is
# $\log 2 \approx 0.693$. With the weights below, the first probability is $0.6281$ and the loss $0.7236$.

# %% test="forward" points=1.25
net = SmallNet(2, 3, dtype=np.float64)
net.W1, net.b1, net.W2, net.b2 = np.zeros((3, 2)), np.zeros(3), np.zeros((1, 3)), np.zeros(1)
O2, loss = net.forward(X, Y)
assert np.ndim(loss) == 0, f"the loss is one number, not an array of shape {np.shape(loss)}"
assert O2.shape == (4, 1), f"one probability for each row of X: (4, 1), not {O2.shape}"
assert np.allclose(O2, 0.5), f"all parameters are 0, so all probabilities are 0.5, not {O2.ravel()}"
assert not np.allclose(loss, 4 * np.log(2)), "the loss is summed, but not divided by the number of examples"
assert np.allclose(loss, np.log(2), atol=1e-4), f"the loss is {loss:.4f}, it should be log 2 = 0.6931"

net.W1, net.b1 = np.array([[1.0, -2.0], [0.5, 1.5], [-1.0, 1.0]]), np.array([0.2, -0.3, 0.0])
net.W2, net.b2 = np.array([[2.0, -1.0, 0.5]]), np.array([-0.4])
O2, loss = net.forward(X, Y)
p = O2[0, 0]
assert np.allclose(p, 0.6281, atol=1e-3), f"the first probability is {p:.4f}, not 0.6281: are b1 and b2 added?"
assert np.allclose(loss, 0.7236, atol=1e-3), f"the loss is {loss:.4f}, it should be 0.7236"
assert np.isnan(net.forward(X)[1]), "without Y the loss is nan"
print("forward: probabilities and loss are as expected")
### BEGIN HIDDEN TESTS
cases = [(5, 4, 3), (1, 2, 2), (9, 1, 4), (6, 3, 1)]  # N, D, H
ns = student.run(HELPERS)
with part("probabilities", points=0.5):
    for N, *sizes in cases:
        ours, theirs, X5, Y5 = twins(ns, rng, "SmallNet", N, *sizes)
        check.close(results(theirs, X5, Y5)[0], ours.forward(X5)[0],
                    hint=f"O2 for {N} rows of {sizes[0]} features, {sizes[1]} hidden units: "
                         "are both biases added, and is the sigmoid applied in both layers?")
with part("loss", points=0.5):
    for N, *sizes in cases:
        ours, theirs, X5, Y5 = twins(ns, rng, "SmallNet", N, *sizes)
        check.close(scalar(results(theirs, X5, Y5)[1]), ours.forward(X5, Y5)[1], rtol=1e-3,
                    hint=f"the cross-entropy of {N} examples, summed and divided by {N}")
with part("without labels", points=0.25):
    ours, theirs, X5, Y5 = twins(ns, rng, "SmallNet", 7, 3, 2)
    P, loss = results(theirs, X5)
    check.close(P, ours.forward(X5)[0], hint="without labels forward still returns the probabilities")
    check.close(scalar(loss), np.nan, hint="without labels the loss is nan")
    same_arrays(ns.after_forward(theirs, X5, Y5, False), [X5, Y5], "forward changes the arrays it is given")
### END HIDDEN TESTS

# %% [markdown]
# Now we are the learning algorithm. Choose the weights of a net with two hidden units so that it solves XOR:
# all four probabilities should be within 0.2 of their labels. Assign arrays: `xor_net.W1 = np.array(…)` and
# so on.
#
# <details><summary>Hint: what can one hidden unit do?</summary>
#
# One unit with large weights is a soft threshold: it says "is $w_1 x_1 + w_2 x_2$ above $-b$?". OR is one
# such question, and AND is another one.
#
# </details>
# <details><summary>Hint: putting two questions together</summary>
#
# XOR is "OR, but not AND". How would an output unit say that of its two inputs?
#
# </details>
# <details><summary>Hint: all probabilities are near one half</summary>
#
# The sigmoid is a threshold only when its input is large. Multiply all weights by 10.
#
# </details>

# %% exercise="xor-by-hand"
xor_net = SmallNet(2, 2, dtype=np.float64)
### BEGIN SOLUTION
# TODO: set xor_net.W1, xor_net.b1, xor_net.W2 and xor_net.b2 so that the net solves XOR
xor_net.W1 = np.array([[10.0, 10.0], [10.0, 10.0]])
xor_net.b1 = np.array([-5.0, -15.0])  # the first unit is OR, the second is AND
xor_net.W2 = np.array([[10.0, -10.0]])
xor_net.b2 = np.array([-5.0])
### END SOLUTION

# %% test="xor-by-hand" points=0.75
for x, y, p in zip(X, Y[:, 0], np.ravel(xor_net.forward(X)[0]), strict=True):
    print(f"x = {x}   p = {p:.3f}   y = {y:.0f}")
    assert (p > 0.5) == (y > 0.5), f"for {x} the probability is {p:.3f}: the wrong side of one half"
    assert abs(p - y) < 0.2, f"for {x} the side is right, but {p:.3f} is far from {y:.0f}: larger weights?"
print("xor-by-hand: solved")
### BEGIN HIDDEN TESTS
names = ["W1", "b1", "W2", "b2"]
by_hand = {name: check.numbers(getattr(student.xor_net, name)).astype(float) for name in names}
by_hand |= {name: by_hand[name].ravel() for name in ["b1", "b2"]}  # a bias written as a row works as well
judged = reference.SmallNet(2, len(by_hand["W1"]), np.float64)
for name, value in by_hand.items():
    check.shape(value, getattr(judged, name).shape, hint=f"xor_net.{name}")
    setattr(judged, name, value)
with np.errstate(over="ignore"):
    P = judged.forward(reference.X)[0]
with part("right side of one half", points=0.5):
    check.true(bool(np.all((P > 0.5) == (reference.Y > 0.5))), hint="with these weights XOR is not solved")
with part("confident", points=0.25):
    check.less(np.abs(P - reference.Y), 0.2, hint="not all probabilities are within 0.2 of their labels")
### END HIDDEN TESTS

# %% show="xor-by-hand"
fig, axes = plt.subplots(1, 2, figsize=(9, 3.6))
plot_boundary(lambda points: xor_net.forward(points)[0], X, Y, ax=axes[0])
axes[0].set(title="probability of the net set by hand", xlabel="$x_1$", ylabel="$x_2$")
hidden = sigmoid(X @ np.transpose(xor_net.W1) + xor_net.b1)
for label, marker in [(0, "o"), (1, "s")]:
    points = hidden[Y[:, 0] == label]
    axes[1].scatter(*points.T, s=140, marker=marker, color=COLORS[label], label=f"y = {label}", alpha=0.7)
axes[1].set(title="the same four points in the hidden layer", xlabel="hidden unit 1", ylabel="hidden unit 2")
axes[1].legend()
fig.tight_layout()
plt.show()

# %% [markdown]
# On the left the net bends its boundary into a band. On the right we see how: the hidden layer moves the four
# points, and two of them to the same place. There, one straight line is enough for the output unit.
#
# How much of this is the size of the weights? The slider multiplies all of them by a factor.

# %% show="xor-slider"
from ipywidgets import FloatSlider, interact


@interact(factor=FloatSlider(value=0.3, min=0.0, max=1.5, step=0.05, continuous_update=False))
def scaled_net(factor):
    net = SmallNet(2, 2, dtype=np.float64)
    net.W1, net.b1 = factor * np.array(xor_net.W1), factor * np.array(xor_net.b1)
    net.W2, net.b2 = factor * np.array(xor_net.W2), factor * np.array(xor_net.b2)
    fig, ax = plt.subplots(figsize=(4.2, 3.4))
    plot_boundary(lambda points: net.forward(points)[0], X, Y, ax=ax)
    title = f"all weights × {factor:.2f}: loss {net.forward(X, Y)[1]:.3f}"
    ax.set(title=title, xlabel="$x_1$", ylabel="$x_2$")
    plt.show()


# %% [markdown]
# Small weights make the net nearly linear, and nearly undecided: the loss is near $\log 2$. Remember this
# picture. Training starts there, with small random weights, and has to find its way out.

# %% [markdown]
# ### Exercise 2 · Backward pass · 2 points · about 60 minutes
#
# Gradient descent needs the derivative of the loss with respect to every parameter. The chain rule gives them
# from the last layer to the first, each from the one after it: the forward pass, read backwards. We write
# `A2_grad` for $\partial L / \partial A_2$, an array of the shape of $A_2$, and so on.
#
# Add `backward`, which the forward pass of exercise 1 calls when `do_backward` is set. It returns nothing, it
# keeps four gradients, and **each has the shape of its parameter**. It works out all of them from one forward
# pass; trying out changed weights, as the check below does, takes one or two passes for every number in them,
# and counts as a check only. (When your `forward` already computes the
# gradients itself, as one class for everything would, leave this cell as it is: nobody calls it then.)
#
# The gradients of a call replace those of the call before. They don't add up.
#
# <details><summary>Hint 1: where to start</summary>
#
# Differentiate $-y \log \sigma(a) - (1 - y) \log (1 - \sigma(a))$ with respect to $a$ on paper, with
# $\sigma'(a) = \sigma(a) (1 - \sigma(a))$. Nearly everything cancels. Don't forget the $1/N$ of the loss.
#
# </details>
# <details><summary>Hint 2: a linear layer</summary>
#
# For $A = O W^\top + b$ three gradients are needed: of W, of b, and of O to go on. Two are matrix products
# with `A_grad`; shapes leave one way to write each. The bias was broadcast to all rows, so its gradient is
# collected from all rows.
#
# </details>
# <details><summary>Hint 3: through the sigmoid</summary>
#
# It works element by element, so its derivative is multiplied element by element. It can be written with
# $O_1$ alone.
#
# </details>


# %% exercise="backward"
def backward(net, X, Y, O1, O2):
    """Keep the gradients of the loss: net.W1_grad (H, D), net.b1_grad (H,), net.W2_grad (1, H), net.b2_grad (1,).

    X (N, D), Y (N, 1), O1 (N, H) and O2 (N, 1) are those of the forward pass.
    """
    ### BEGIN SOLUTION
    # TODO: go from A2_grad back to the gradients of W2, b2, O1, A1, W1 and b1
    A2_grad = (O2 - Y) / len(X)  # (N, 1)
    net.W2_grad = A2_grad.T @ O1
    net.b2_grad = A2_grad.sum(axis=0)
    O1_grad = A2_grad @ net.W2  # (N, H)
    A1_grad = O1_grad * O1 * (1 - O1)
    net.W1_grad = A1_grad.T @ X
    net.b1_grad = A1_grad.sum(axis=0)
    ### END SOLUTION


# %% [markdown]
# Is it right? A derivative is a limit of differences, and differences we can compute with the forward pass
# alone:
#
# $$\frac{\partial L}{\partial w} \approx \frac{L(w + \varepsilon) - L(w - \varepsilon)}{2 \varepsilon}$$
#
# `check_grad(net, "W1", X, Y, eps=1e-5)` does so for every number in `W1` and returns both gradients. They
# should differ by about 1e-11 in `float64`.
#
# A net of zeros is no test: there, many mistakes give the same gradients. It is no start for training either.
# With equal weights all hidden units compute the same, get the same gradient, and stay equal for ever. Random
# values break the symmetry, and this is what `init_params` is for.

# %% test="backward" points=2
seed_everything(0)
W1 = np.asarray(SmallNet(12, 40).W1)
assert W1.shape == (40, 12), f"init_params keeps the shapes: W1 should be (40, 12), not {W1.shape}"
assert len(np.unique(W1)) > 400, "init_params: the 480 random numbers in W1 should differ"
assert abs(W1.mean()) < 0.1 and 0.1 < W1.std() < 1, f"not N(0, 0.5²): mean {W1.mean():.2f}, std {W1.std():.2f}"
net = SmallNet(2, 3, dtype=np.float64)
for name in ["W2", "b2", "W1", "b1"]:
    net.forward(X, Y, do_backward=True)
    grad = getattr(net, name + "_grad", None)
    assert grad is not None, f"there is no {name}_grad after forward(X, Y, do_backward=True)"
    shape = getattr(net, name).shape
    assert grad.shape == shape, f"{name}_grad has shape {grad.shape}, but {name} has {shape}"
    numerical, grad = check_grad(net, name, X, Y)
    print(f"{name}: the numerical gradient differs by at most {np.abs(numerical - grad).max():.0e}")
print("backward: all gradients agree (differences near 1e-11)")
### BEGIN HIDDEN TESTS
cases = [(6, 4, 3), (1, 3, 5), (8, 2, 1)]  # N, D, H
names = ["W1", "b1", "W2", "b2"]
ns = student.run(HELPERS)
with part("random initial values", points=0.25):
    drawn = []
    for _ in range(2):
        fresh = ns.make("SmallNet", [12, 40])
        W1, W2 = check.numbers(fresh.W1), check.numbers(fresh.W2)
        for name, shape in [("W1", (40, 12)), ("b1", (40,)), ("W2", (1, 40)), ("b2", (1,))]:
            check.shape(getattr(fresh, name), shape, hint=f"{name} after init_params")
        check.between([float(W1.std()), float(W2.std())], 0.005, 3, hint="W1 and W2 should be random, of moderate size")
        check.less(float(abs(W1.mean())), W1.std() / 2, hint="draw around zero: np.random.rand is positive only")
        check.more(W1.std(axis=0).min(), 1e-6, hint="all hidden units have the same weights, and keep them so")
        drawn.append(W1)
    check.true(not np.allclose(*drawn), hint="two new nets are equal: is a seed set inside init_params?")
with part("W2", points=0.25):
    same_gradients(ns, rng, "SmallNet", cases, ["W2"], "from the gradient of A2 and O1, with the 1/N of the loss")
with part("b2", points=0.25):
    same_gradients(ns, rng, "SmallNet", cases, ["b2"], "the gradient of A2, summed over the rows, with 1/N")
with part("W1", points=0.5):
    same_gradients(ns, rng, "SmallNet", cases, ["W1"], "does the error pass W2 and the sigmoid's slope just once?")
with part("b1", points=0.25):
    same_gradients(ns, rng, "SmallNet", cases, ["b1"], "the gradient of A1 (not of O1), summed over the rows")
with part("numerical check", points=0.25):
    ours, theirs, X5, Y5 = twins(ns, rng, "SmallNet", 5, 3, 4)
    for name in names:
        numerical = check.numbers(ns.numerical_gradient(theirs, name, X5, Y5, 1e-5))
        theirs.forward(X5, Y5, do_backward=True)
        check.close(getattr(theirs, name + "_grad"), numerical, rtol=1e-4, atol=1e-7,
                    hint=f"{name}_grad differs from the slope of your own loss in float64")
with part("called again", points=0.25):
    ours, theirs, X5, Y5 = twins(ns, rng, "SmallNet", 6, 3, 4)
    once = copy_of(ns, ours, "SmallNet", 3, 4)
    P, _ = results(once, X5, Y5, do_backward=True)
    check.close(P, results(once, X5, Y5)[0], hint="with do_backward forward gives other probabilities: is O2 changed?")
    theirs.forward(*batch(rng, 9, 3), do_backward=True)
    after = ns.after_forward(theirs, X5, Y5, True)
    for name in names:
        check.close(getattr(theirs, name + "_grad"), getattr(once, name + "_grad"),
                    hint=f"after a second call {name}_grad is not that of this call alone: do the calls add up?")
        check.close(getattr(theirs, name), getattr(ours, name),
                    hint=f"the backward pass changes {name}: leave that to gradient descent")
    same_arrays(after, [X5, Y5], "the backward pass changes the arrays it is given")
### END HIDDEN TESTS

# %% [markdown]
# Why `float64`? With a large $\varepsilon$ the difference is not yet the derivative; with a small one two
# nearly equal numbers are subtracted, and what is left are rounding errors. The picture shows how far
# numerical and exact gradient are apart.


# %% show="gradient-precision"
def gradient_error(dtype, eps):
    """The largest difference between numerical and exact W1_grad of one fixed net."""
    seed_everything(1)
    net, exact = SmallNet(2, 3, dtype), SmallNet(2, 3, np.float64)
    exact.W1, exact.b1, exact.W2, exact.b2 = (np.array(p, np.float64) for p in (net.W1, net.b1, net.W2, net.b2))
    exact.forward(X, Y, do_backward=True)
    error = 0
    for index in np.ndindex(*net.W1.shape):
        losses = []
        for step in (eps, -eps):
            net.W1[index] += dtype(step)
            losses.append(net.forward(X.astype(dtype), Y.astype(dtype))[1])
            net.W1[index] -= dtype(step)
        error = max(error, abs((losses[0] - losses[1]) / (2 * eps) - exact.W1_grad[index]))
    return error


steps = 10.0 ** np.arange(-10, 0.1, 0.5)
fig, ax = plt.subplots(figsize=(6, 3.4))
for color, dtype in zip(COLORS, [np.float64, np.float32], strict=False):
    ax.loglog(steps, [gradient_error(dtype, eps) for eps in steps], "o-", color=color, label=dtype.__name__)
ax.axvline(1e-5, color="grey", linestyle=":", label="eps of check_grad")
ax.set(xlabel="eps", ylabel="error of the numerical gradient", title="Why we check gradients in float64")
ax.legend(loc="lower right")
plt.show()

# %% [markdown]
# The largest number in this gradient is 0.016. In `float64` there is a wide valley, and $10^{-5}$ lies at its
# bottom, with nine digits right. In `float32` the bottom is at $10^{-2}$, four digits deep, and at $10^{-5}$
# hardly the first digit is right: a small mistake can't be told from rounding. For training, `float32` is enough.

# %% [markdown]
# ### Exercise 3 · Gradient descent · 2 points · about 75 minutes
#
# We have the slope in every direction; now we walk down. One step of gradient descent moves every parameter
# against its gradient:
#
# $$w \leftarrow w - \mathrm{lr} \cdot \frac{\partial L}{\partial w}$$
#
# The data set is so small that each step uses all of it. The networks of the later exercises have more
# layers, so we don't write down the names of the parameters but ask for them:


# %%
def param_names(net):
    """["W1", "b1", "W2", "b2", …]: as many layers as the net has."""
    names, layer = [], 1
    while hasattr(net, f"W{layer}"):
        names += [f"W{layer}", f"b{layer}"]
        layer += 1
    return names


# %% [markdown]
# Fill in the loop. Every step needs one forward and backward pass, then all parameters move at once.
#
# <details><summary>Hint: the loss does not change at all</summary>
#
# `param = param - lr * grad` only lets the variable `param` point to a new array; the net keeps the old one.
# Change the array in place (`param -= …` or `param[:] = …`), or put the new one into the net with
# `setattr(net, name, …)`.
#
# </details>


# %% exercise="descent"
def gradient_descent(net, X, Y, lr=1.0, num_steps=3000):
    """Train `net` on all of X and Y for `num_steps` steps.

    Returns the list of the `num_steps` losses, each measured before its step.
    """
    losses = []
    ### BEGIN SOLUTION
    # TODO: repeat num_steps times: forward and backward pass, remember the loss, step against every gradient
    for _ in range(num_steps):
        _, loss = net.forward(X, Y, do_backward=True)
        losses.append(loss)
        for name in param_names(net):
            param = getattr(net, name)
            param -= lr * getattr(net, name + "_grad")
    ### END SOLUTION
    return losses


# %% [markdown]
# With 10 hidden units and a learning rate of 1, XOR is solved within some 1000 steps, and the loss after 3000
# is near 0.002.

# %% test="descent" points=0.75
seed_everything(0)
net = SmallNet(2, 10, dtype=np.float64)
first = net.forward(X, Y)[1]
losses = gradient_descent(net, X, Y, lr=1.0, num_steps=3000)
assert len(losses) == 3000, f"one loss for each step: 3000, not {len(losses)}"
assert losses[-1] != losses[0], "the loss does not change: do the steps reach the arrays inside the net?"
assert np.isclose(losses[0], first), f"losses[0] is {losses[0]:.4f}, but before the first step it was {first:.4f}"
assert losses[1] < losses[0], f"the first step goes up, from {losses[0]:.4f} to {losses[1]:.4f}: the sign?"
assert losses[-1] < 0.1, f"the loss is still {losses[-1]:.3f} after 3000 steps, it should be near 0.002"
print(f"descent: the loss falls from {losses[0]:.3f} to {losses[-1]:.3f}")
print("probabilities:", np.ravel(net.forward(X)[0]).round(2))
### BEGIN HIDDEN TESTS
# A net that is a bowl, 0.5 |M p - t|^2 of all its parameters p: what gradient descent does to it is known exactly.
M, t = np.eye(11) + 0.2 * rng.normal(size=(11, 11)), rng.normal(size=11)
path, lr = [rng.normal(size=11)], 0.1
for _ in range(7):
    path.append(path[-1] - lr * M.T @ (M @ path[-1] - t))
X5, Y5 = batch(rng, 4, 3)
bowls = student.run(BOWL)
with part("steps", points=0.25):
    for num_steps in (1, 7):
        bowl = bowls.Bowl(M, t, path[0])
        student.gradient_descent(bowl, X5, Y5, lr=lr, num_steps=num_steps)
        check.close(bowls.flat(bowl), path[num_steps], rtol=1e-5,
                    hint=f"after {num_steps} step(s) the parameters are not where w - lr · gradient leads")
with part("losses", points=0.25):
    found = student.gradient_descent(bowls.Bowl(M, t, path[0]), X5, Y5, lr=lr, num_steps=7)
    expected = [0.5 * np.sum((M @ p - t) ** 2) for p in path[:7]]
    hint = "the list holds one loss for each step, measured before the step"
    check.close(check.numbers(found, hint).reshape(-1), expected, rtol=1e-5, hint=hint)
with part("trains XOR", points=0.25):
    theirs = copy_of(student.run(HELPERS), reference.SmallNet(2, 10, np.float64), "SmallNet", 2, 10)
    student.gradient_descent(theirs, reference.X, reference.Y, lr=1.0, num_steps=2500)
    params = [getattr(theirs, name) for name in ["W1", "b1", "W2", "b2"]]
    check.equal(successes([params], "SmallNet", [2, 10], reference.X, reference.Y), 1,
                hint="a net with 10 hidden units has not learned XOR after 2500 steps with lr = 1")
### END HIDDEN TESTS

# %% show="descent"
seed_everything(0)
net = SmallNet(2, 10, dtype=np.float64)
snapshots, losses = {0: net.forward}, []
fig, axes = plt.subplots(1, 4, figsize=(13, 3.1))
for ax, num_steps in zip(axes[1:], [100, 700, 2200], strict=True):
    losses += gradient_descent(net, X, Y, lr=1.0, num_steps=num_steps)
    plot_boundary(lambda points: net.forward(points)[0], X, Y, ax=ax)
    ax.set(title=f"after {len(losses)} steps", xlabel="$x_1$", ylabel="$x_2$")
axes[0].semilogy(losses, color=COLORS[0])
axes[0].axhline(np.log(2), color="grey", linestyle=":", label="log 2")
axes[0].set(xlabel="step", ylabel="loss", title="Learning XOR")
axes[0].legend()
fig.tight_layout()
plt.show()

# %% [markdown]
# For a long time nothing seems to happen: the net sits on a plateau near $\log 2$, where it answers "one
# half" to everything. Then the hidden units find out how to differ, and the loss falls within a few hundred
# steps. What if the learning rate is another?

# %% show="learning-rate"
from ipywidgets import IntSlider, SelectionSlider


@interact(lr=SelectionSlider(options=[0.1, 0.3, 1.0, 3.0, 10.0, 30.0], value=3.0, description="lr"),
          seed=IntSlider(value=0, min=0, max=9, continuous_update=False))
def learning_curve(lr, seed):
    seed_everything(seed)
    losses = gradient_descent(SmallNet(2, 10, np.float64), X, Y, lr=lr, num_steps=2000)
    fig, ax = plt.subplots(figsize=(5, 2.8))
    ax.semilogy(losses, color=COLORS[0])
    ax.set(xlabel="step", ylabel="loss", ylim=(1e-3, 5), title=f"lr = {lr:g}, seed {seed}")
    plt.show()


# %% [markdown]
# ### XOR in three dimensions
#
# With more inputs, XOR is 1 when an **odd number** of them are 1. There are $2^D$ examples, and each differs
# in its answer from all its neighbours: a hard task, for which $D = 3$ is enough for us.

# %% exercise="xor-data"
def make_xor(num_features, dtype=np.float64):
    """All 2^D rows of D zeros and ones, in any order, and their labels -> X (2^D, D), Y (2^D, 1)."""
    ### BEGIN SOLUTION
    # TODO: list all rows of zeros and ones, and label each by the parity of its sum
    X = np.stack(np.meshgrid(*[[0, 1]] * num_features, indexing="ij"), axis=-1).reshape(-1, num_features)
    return X.astype(dtype), (X.sum(axis=1, keepdims=True) % 2).astype(dtype)
    ### END SOLUTION


X3, Y3 = make_xor(3)

# %% test="xor-data" points=0.25
assert X3.shape == (8, 3) and Y3.shape == (8, 1), f"X3 is (8, 3), Y3 is (8, 1), not {X3.shape} and {Y3.shape}"
assert len(np.unique(X3, axis=0)) == 8, "every row appears once"
assert np.array_equal(Y3[:, 0], X3.sum(axis=1) % 2), "y is 1 when the number of ones in the row is 1 or 3"
print("xor-data: 8 rows,", int(Y3.sum()), "of them with y = 1")
### BEGIN HIDDEN TESTS
with part("xor-data", points=0.25):
    for D in (1, 2, 3, 5):
        found, labels = student.make_xor(D)
        found, labels = check.numbers(found), check.numbers(labels)
        check.shape(found, (2**D, D), hint=f"X of make_xor({D})")
        check.shape(labels, (2**D, 1), hint=f"Y of make_xor({D})")
        check.close(found[np.lexsort(found.T[::-1])], reference.make_xor(D)[0],
                    hint="every row of zeros and ones should appear once")
        check.close(labels[:, 0], found.sum(axis=1) % 2,
                    hint=f"labels of make_xor({D}): 1 for an odd number of ones in the row")
### END HIDDEN TESTS

# %% [markdown]
# Training starts from random values, so it does not always end well. We call a training a success when every
# example is on the right side of one half, and ask: **which fraction of trainings succeeds?**


# %%
def solved(net, X, Y):
    """True when the net puts every row of X on the right side of one half."""
    return bool(np.all((np.asarray(net.forward(X)[0]) > 0.5) == (Y > 0.5)))


# %% [markdown]
# `make_net` is a function without arguments that makes a new net, such as
# `lambda: SmallNet(3, 5, np.float64)`.


# %% exercise="success-rate"
def success_rate(make_net, X, Y, num_trials=20, lr=1.0, num_steps=3000):
    """Train `num_trials` new nets with gradient_descent -> the fraction of them that solve X, Y."""
    ### BEGIN SOLUTION
    # TODO: train num_trials new nets and return the fraction of them that are solved afterwards
    count = 0
    for _ in range(num_trials):
        net = make_net()
        gradient_descent(net, X, Y, lr=lr, num_steps=num_steps)
        count += solved(net, X, Y)
    return count / num_trials
    ### END SOLUTION


# %% test="success-rate" points=0.25
seed_everything(0)
rate = success_rate(lambda: SmallNet(2, 1, np.float64), X, Y, num_trials=4, num_steps=200)
assert rate == 0, f"one hidden unit can not solve XOR, the fraction is 0 and not {rate}"
rate = success_rate(lambda: SmallNet(2, 10, np.float64), X, Y, num_trials=4, num_steps=2000)
assert 0.5 <= rate <= 1, f"10 hidden units nearly always solve XOR; the fraction should be near 1, not {rate}"
print(f"success-rate: {rate:.0%} of the trainings with 10 hidden units succeed")
### BEGIN HIDDEN TESTS
X5, Y5 = reference.make_xor(3)
right = 0.05 + 0.9 * Y5
wrong = np.where(np.arange(8)[:, None] == 5, 1 - right, right)
fakes = student.run(FAKES)
with part("success-rate", points=0.25):
    fakes.prepare([right, wrong, right, right, wrong, wrong, right, wrong, wrong, wrong], 0.0)
    rate = student.success_rate(fakes.make, X5, Y5, num_trials=10, lr=1.0, num_steps=2)
    check.close(scalar(rate), 0.4, hint="4 successes in 10 trainings; one wrong example is enough to fail")
    for lr, num_steps, expected in [(0.2, 10, 1), (0.2, 2, 0), (0.01, 10, 0)]:
        fakes.prepare([right], 1.0)
        rate = student.success_rate(fakes.make, X5, Y5, num_trials=4, lr=lr, num_steps=num_steps)
        check.close(scalar(rate), expected,
                    hint="each new net is trained with the given lr and num_steps, and judged afterwards")
### END HIDDEN TESTS

# %% [markdown]
# Now the experiment. Measure the fraction of successful trainings on `X3, Y3` for 2, 3, 5, 10 and 20 hidden
# units, and plot it. 20 trainings of 3000 steps for each size take some half a minute altogether; a fraction
# from 20 trials is uncertain by about 0.1. Label the axes.

# %% answer="hidden-sizes-plot" points=0.25
### BEGIN SOLUTION
# TODO: measure the success rate for 2, 3, 5, 10 and 20 hidden units on X3, Y3 and plot it against their number
seed_everything(0)
sizes = [2, 3, 5, 10, 20]
rates = []
for size in progress(sizes, "hidden sizes"):
    rates.append(success_rate(lambda H=size: SmallNet(3, H, np.float64), X3, Y3))
fig, ax = plt.subplots(figsize=(5.5, 3.2))
bars = ax.bar([str(size) for size in sizes], rates, color=COLORS[0])
ax.bar_label(bars, [f"{rate:.0%}" for rate in rates], padding=2)
ax.set(xlabel="hidden units", ylabel="fraction of successful trainings", ylim=(0, 1.1))
ax.set_title("3-D XOR, 20 trainings each")
plt.show()
### END SOLUTION

# %% [markdown] answer="small-or-large" points=0.5
# What is the least number of hidden units in your plot that **can** solve 3-D XOR (one training at least
# succeeds), and what is the least that does so **reliably** (nine of ten)? Which nets are easier to train, the
# small or the large ones, and why? (Five sentences are enough.)
#
# ### BEGIN SOLUTION
# Two hidden units can: a fraction of the trainings succeeds. (One can't: along the diagonal 000, 001, 011,
# 111 the answer has to change three times, and one sigmoid is monotone. With two sigmoids of different slope
# the sum goes up, down and up again.) Five units succeed in nearly all trainings, ten in all of them. Large
# nets are easier to train: of many random hidden units some start near a useful direction, and their output
# weights only have to pick them; a small net needs all its units in just the right place and stays on the
# plateau or in a poor minimum when they are not. A solution existing is one thing, gradient descent finding
# it is another. With more steps small nets succeed more often: part of their failure is slowness.
# ### END SOLUTION

# %% [markdown]
# ### Exercise 4 · ReLU · 1 point · about 30 minutes
#
# The sigmoid is flat on both sides, and its slope is never more than 1/4. The *rectified linear unit*,
# $\max(0, a)$, has slope 1 wherever it is active. Write a net with ReLU in the hidden layer; the output unit
# keeps its sigmoid, since it gives a probability.
#
# Then find a recipe that **reliably** learns 3-D XOR: at least 9 of 10 trainings, with at most 50 hidden
# units and at most 2000 steps. The defaults of exercise 3 are not good here: ReLUs are not bounded, and want
# a smaller learning rate.
#
# <details><summary>Hint: the derivative</summary>
#
# It is 1 where the input of the unit was positive, 0 where it was negative. At exactly 0 either will do.
#
# </details>
# <details><summary>Hint: some trainings always fail</summary>
#
# A unit whose input is negative for all examples gets no gradient, and never comes back: it is dead. More
# units, or smaller steps, leave enough of them alive. `init_params` may be changed too.
#
# </details>


# %% exercise="relu"
class ReLUNet(SmallNet):
    """SmallNet with max(0, a) in the hidden layer: the same parameters, the same gradients kept."""

    def forward(self, X, Y=None, do_backward=False):
        """X (N, D), Y (N, 1) or None -> (O2, loss), as in SmallNet."""
        ### BEGIN SOLUTION
        # TODO: forward pass with ReLU in the hidden layer; with do_backward keep the four gradients too
        O1 = np.maximum(X @ self.W1.T + self.b1, 0)
        O2 = sigmoid(O1 @ self.W2.T + self.b2)
        loss = np.nan if Y is None else cross_entropy(O2, Y)
        if do_backward:
            A2_grad = (O2 - Y) / len(X)
            self.W2_grad, self.b2_grad = A2_grad.T @ O1, A2_grad.sum(axis=0)
            A1_grad = (A2_grad @ self.W2) * (O1 > 0)
            self.W1_grad, self.b1_grad = A1_grad.T @ X, A1_grad.sum(axis=0)
        return O2, loss
        ### END SOLUTION


relu_recipe = dict(num_hidden=5, lr=1.0, num_steps=500)  # finds a solution in some four of ten trainings
### BEGIN SOLUTION
# TODO: give relu_recipe values with which at least 9 of 10 trainings succeed, then delete this line
relu_recipe = dict(num_hidden=20, lr=0.3, num_steps=1000)
### END SOLUTION

# %% test="relu" points=1
net = ReLUNet(2, 2, np.float64)
net.W1, net.b1 = np.array([[1.0, 1.0], [1.0, 1.0]]), np.array([0.0, -1.0])
net.W2, net.b2 = np.array([[4.0, -8.0]]), np.array([-2.0])
P = np.ravel(net.forward(X)[0])
assert np.allclose(P, [0.119, 0.881, 0.881, 0.119], atol=1e-3), f"here p should be 0.119 and 0.881, not {P}"
seed_everything(0)
net = ReLUNet(3, 4, np.float64)
points = np.random.normal(size=(6, 3))
labels = (points[:, :1] > 0).astype(float)
for name in ["W2", "b2", "W1", "b1"]:
    check_grad(net, name, points, labels)
settings = {key: relu_recipe[key] for key in ["lr", "num_steps"]}
rate = success_rate(lambda: ReLUNet(3, relu_recipe["num_hidden"], np.float64), X3, Y3, 10, **settings)
assert rate >= 0.9, f"with {relu_recipe} {rate:.0%} of 10 trainings succeed, it should be at least 90%"
print(f"relu: gradients agree, and {rate:.0%} of 10 trainings succeed")
### BEGIN HIDDEN TESTS
cases = [(6, 4, 5), (1, 3, 2), (9, 2, 7)]  # N, D, H
ns = student.run(HELPERS)
with part("forward", points=0.25):
    same_forward(ns, rng, "ReLUNet", cases, "ReLU in the hidden layer, a sigmoid at the output")
with part("gradients", points=0.5):
    same_gradients(ns, rng, "ReLUNet", cases, None, "the slope of ReLU is 1 where a unit is active and 0 elsewhere")
with part("reliable", points=0.25):
    lr, H, steps = (scalar(student.relu_recipe[key]).item() for key in ["lr", "num_hidden", "num_steps"])
    check.between(H, 1, 50, hint="relu_recipe: at most 50 hidden units")
    check.between(steps, 1, 2000, hint="relu_recipe: at most 2000 steps")
    trainings_succeed(ns, "ReLUNet", [3, int(H)], lr, int(steps), 20, at_least=15)
### END HIDDEN TESTS

# %% show="relu-or-sigmoid"
seed_everything(0)
fig, ax = plt.subplots(figsize=(6, 3.4))
for color, make_net, lr, label in [(COLORS[1], lambda: ReLUNet(3, 20, np.float64), 0.3, "ReLU, lr 0.3"),
                                   (COLORS[0], lambda: SmallNet(3, 20, np.float64), 1.0, "sigmoid, lr 1")]:
    for trial in range(5):
        losses = gradient_descent(make_net(), X3, Y3, lr=lr, num_steps=1500)
        ax.semilogy(losses, color=color, alpha=0.7, label=label if trial == 0 else None)
ax.set(xlabel="step", ylabel="loss", title="3-D XOR, 20 hidden units, 5 trainings each")
ax.legend()
plt.show()

# %% [markdown]
# With a learning rate three times smaller, the ReLU nets are done when the sigmoid nets begin: there is
# hardly a plateau. But they are not better in everything. With 5 hidden units sigmoid nets nearly always
# succeed, ReLU nets in about half of the trainings, whatever the number of steps: their dead units don't
# come back.

# %% [markdown]
# ### Exercise 5 · A second hidden layer · 1 point · about 40 minutes
#
# One more layer is one more turn of the same handle. With ReLU in both hidden layers:
#
# $$O_1 = \max(0, X W_1^\top + b_1) \qquad O_2 = \max(0, O_1 W_2^\top + b_2) \qquad O_3 = \sigma(O_2 W_3^\top + b_3)$$
#
# The parameters are `W1 (H1, D)`, `b1`, `W2 (H2, H1)`, `b2`, `W3 (1, H2)`, `b3`; draw them as you like, and
# keep six gradients.


# %% exercise="two-hidden"
class TwoHiddenNet:
    """Two hidden layers of ReLUs and a sigmoid output: W1 (H1, D), b1, W2 (H2, H1), b2, W3 (1, H2), b3."""

    def __init__(self, in_features, num_hidden1, num_hidden2, dtype=np.float32):
        ### BEGIN SOLUTION
        # TODO: make the six parameters with random initial values
        sizes = [in_features, num_hidden1, num_hidden2, 1]
        for layer in (1, 2, 3):
            fan_in, fan_out = sizes[layer - 1], sizes[layer]
            weights = np.random.normal(0, np.sqrt(2 / fan_in), (fan_out, fan_in))
            setattr(self, f"W{layer}", weights.astype(dtype))
            setattr(self, f"b{layer}", np.zeros(fan_out, dtype=dtype))
        ### END SOLUTION

    def forward(self, X, Y=None, do_backward=False):
        """X (N, D), Y (N, 1) or None -> (O3, loss); do_backward keeps W1_grad, b1_grad, …, W3_grad, b3_grad."""
        ### BEGIN SOLUTION
        # TODO: forward pass through three layers, then back through all of them
        O1 = np.maximum(X @ self.W1.T + self.b1, 0)
        O2 = np.maximum(O1 @ self.W2.T + self.b2, 0)
        O3 = sigmoid(O2 @ self.W3.T + self.b3)
        loss = np.nan if Y is None else cross_entropy(O3, Y)
        if do_backward:
            A3_grad = (O3 - Y) / len(X)
            A2_grad = (A3_grad @ self.W3) * (O2 > 0)
            A1_grad = (A2_grad @ self.W2) * (O1 > 0)
            self.W3_grad, self.b3_grad = A3_grad.T @ O2, A3_grad.sum(axis=0)
            self.W2_grad, self.b2_grad = A2_grad.T @ O1, A2_grad.sum(axis=0)
            self.W1_grad, self.b1_grad = A1_grad.T @ X, A1_grad.sum(axis=0)
        return O3, loss
        ### END SOLUTION


# %% test="two-hidden" points=1
seed_everything(0)
net = TwoHiddenNet(3, 4, 5, np.float64)
shapes = [np.shape(getattr(net, name)) for name in ["W1", "b1", "W2", "b2", "W3", "b3"]]
assert shapes == [(4, 3), (4,), (5, 4), (5,), (1, 5), (1,)], f"the shapes of W1, b1, W2, b2, W3, b3: {shapes}"
net.b1[:], net.b2[:] = 0.1, 0.1  # at exactly 0 ReLU has a corner, and no slope to compare with
points = np.random.normal(size=(6, 3))
labels = (points[:, :1] > 0).astype(float)
for name in param_names(net):
    check_grad(net, name, points, labels)
net = TwoHiddenNet(3, 20, 20, np.float64)
losses = gradient_descent(net, X3, Y3, lr=0.1, num_steps=800)
assert solved(net, X3, Y3), f"3-D XOR should be solved after 800 steps, the loss is {losses[-1]:.3f}"
print(f"two-hidden: six gradients agree, the loss falls from {losses[0]:.3f} to {losses[-1]:.3f}")
### BEGIN HIDDEN TESTS
cases = [(6, 4, 5, 3), (1, 3, 2, 2), (9, 2, 7, 6)]  # N, D, H1, H2
ns = student.run(HELPERS)
with part("forward", points=0.25):
    same_forward(ns, rng, "TwoHiddenNet", cases, "ReLU in both hidden layers, a sigmoid at the output")
with part("gradients", points=0.5):
    same_gradients(ns, rng, "TwoHiddenNet", cases, None, "does the error pass every W and every ReLU on its way?")
with part("trains", points=0.25):
    trainings_succeed(ns, "TwoHiddenNet", [3, 20, 20], 0.1, 1500, 4, at_least=3)
### END HIDDEN TESTS

# %% [markdown]
# ### Exercise 6 · Any number of hidden layers · 2 points · about 90 minutes
#
# We don't want to write `FiveHiddenNet`. The layers differ in nothing but their numbers, so both passes
# become loops. `DeepNet(3, [20, 10])` has layers of 20 and 10 hidden units between 3 inputs and the output;
# `DeepNet(3, [])` has none and is logistic regression. The parameters are `W1`, `b1`, `W2`, `b2` … up to the
# output layer, so that `param_names`, `check_grad` and `gradient_descent` know them.
#
# All hidden layers use the same activation, `"relu"` or `"sigmoid"`. The scale of the initial weights matters
# more and more with depth. For ReLU layers with $n$ inputs He et al. (2015) derive a standard deviation of
# $\sqrt{2 / n}$; for sigmoid layers with $n$ inputs and $m$ outputs, Glorot and Bengio (2010) is usually used
# with $4 \sqrt{2 / (n + m)}$. Biases start at zero.
#
# Keep the two passes easy to change: in exercise 7 we need the same net with other matrices on the way back.
#
# <details><summary>Hint: names made of numbers</summary>
#
# `setattr(self, f"W{layer}", …)` and `getattr(self, f"W{layer}")` are all that is needed.
#
# </details>
# <details><summary>Hint: what to remember</summary>
#
# Keep the outputs of all layers in a list, beginning with X. Layer number `l` reads element `l - 1` and
# appends element `l`. On the way back the same list is read from its end.
#
# </details>


# %% exercise="deep-net"
class DeepNet:
    """Any number of hidden layers, all with the same activation, and a sigmoid output.

    W1 (H1, D), b1 (H1,), W2 (H2, H1), …: parameters, one pair for each layer, the output layer's included.
    num_hiddens: list with the number of units of each hidden layer; activation: "relu" or "sigmoid".
    """

    def __init__(self, in_features, num_hiddens, activation="relu", dtype=np.float32):
        ### BEGIN SOLUTION
        # TODO: make W1, b1, W2, b2, … with random weights of a scale fit for the activation
        self.sizes = [in_features, *num_hiddens, 1]
        self.num_layers = len(self.sizes) - 1
        self.activation, self.dtype = activation, dtype
        self.init_params()

    def draw_weights(self, layer):
        """Random weights (outputs, inputs): He et al. (2015), or four times Glorot and Bengio (2010)."""
        fan_in, fan_out = self.sizes[layer - 1 : layer + 1]
        scale = np.sqrt(2 / fan_in) if self.activation == "relu" else 4 * np.sqrt(2 / (fan_in + fan_out))
        return np.random.normal(0, scale, (fan_out, fan_in)).astype(self.dtype)

    def init_params(self):
        for layer in range(1, self.num_layers + 1):
            setattr(self, f"W{layer}", self.draw_weights(layer))
            setattr(self, f"b{layer}", np.zeros(self.sizes[layer], dtype=self.dtype))

    def carry_back(self, A_grad, layer):
        """The gradient of a layer's input, (N, inputs), from that of its A, (N, outputs)."""
        return A_grad @ getattr(self, f"W{layer}")
        ### END SOLUTION

    def forward(self, X, Y=None, do_backward=False):
        """X (N, D), Y (N, 1) or None -> (probabilities, loss); do_backward keeps W1_grad, b1_grad, … too."""
        ### BEGIN SOLUTION
        # TODO: a loop over the layers forward, and one back
        outputs = [X]
        for layer in range(1, self.num_layers + 1):
            A = outputs[-1] @ getattr(self, f"W{layer}").T + getattr(self, f"b{layer}")
            hidden_relu = self.activation == "relu" and layer < self.num_layers
            outputs.append(np.maximum(A, 0) if hidden_relu else sigmoid(A))
        P = outputs[-1]
        if do_backward:
            self.backward(outputs, (P - Y) / len(X))
        return P, np.nan if Y is None else cross_entropy(P, Y)

    def backward(self, outputs, A_grad):
        """Keep all gradients. outputs: X and each layer's output; A_grad (N, 1): the output layer's."""
        for layer in range(self.num_layers, 0, -1):
            inputs = outputs[layer - 1]
            setattr(self, f"W{layer}_grad", A_grad.T @ inputs)
            setattr(self, f"b{layer}_grad", A_grad.sum(axis=0))
            if layer > 1:
                slope = (inputs > 0) if self.activation == "relu" else inputs * (1 - inputs)
                A_grad = self.carry_back(A_grad, layer) * slope
        ### END SOLUTION


# %% test="deep-net" points=1.25
seed_everything(0)
net = DeepNet(3, [5, 4], "sigmoid", np.float64)
assert param_names(net) == ["W1", "b1", "W2", "b2", "W3", "b3"], f"the parameters are {param_names(net)}"
assert [net.W1.shape, net.W2.shape, net.W3.shape] == [(5, 3), (4, 5), (1, 4)], "the shape of W: (outputs, inputs)"
points = np.random.normal(size=(6, 3))
labels = (points[:, :1] > 0).astype(float)
logistic = DeepNet(3, [], dtype=np.float64)
assert param_names(logistic) == ["W1", "b1"], "without hidden layers only the output layer is left"
for name in param_names(logistic):
    check_grad(logistic, name, points, labels)
for activation in ["relu", "sigmoid"]:
    net = DeepNet(3, [5, 4, 3], activation, np.float64)
    net.b1[:], net.b2[:], net.b3[:] = 0.1, 0.1, 0.1  # away from the corner of ReLU
    differences = []
    for name in param_names(net):
        numerical, grad = check_grad(net, name, points, labels)
        differences.append(np.abs(numerical - grad).max())
    print(f"{activation}: {len(differences)} gradients agree, largest difference {max(differences):.0e}")
net = DeepNet(3, [20] * 5, "relu", np.float64)
losses = gradient_descent(net, X3, Y3, lr=0.1, num_steps=500)
assert solved(net, X3, Y3), f"five hidden layers should solve 3-D XOR here, the loss is {losses[-1]:.3f}"
print("deep-net: five hidden layers learn 3-D XOR")
### BEGIN HIDDEN TESTS
cases = [(6, 4, [5, 3], "relu"), (6, 4, [5, 3], "sigmoid"), (1, 3, [4], "relu"), (7, 2, [6] * 4, "relu"),
         (7, 2, [3, 4, 5, 2], "sigmoid"), (5, 3, [], "relu")]  # N, D, hidden layers
ns = student.run(HELPERS)
with part("parameters", points=0.25):
    for num_hiddens in ([], [4], [5, 2, 7]):
        theirs, units = ns.make("DeepNet", [3, num_hiddens, "relu"]), [3, *num_hiddens, 1]
        for layer in range(1, len(units)):
            hint = f"W{layer} or b{layer} of DeepNet(3, {num_hiddens})"
            check.shape(getattr(theirs, f"W{layer}"), (units[layer], units[layer - 1]), hint=hint)
            check.shape(getattr(theirs, f"b{layer}"), (units[layer],), hint=hint)
with part("forward", points=0.25):
    same_forward(ns, rng, "DeepNet", cases, "hidden layers with the activation, a sigmoid at the output")
with part("gradients", points=0.5):
    same_gradients(ns, rng, "DeepNet", cases, None, "does the error pass every W and every slope on its way?")
with part("five hidden layers train", points=0.25):
    trainings_succeed(ns, "DeepNet", [3, [20] * 5, "relu"], 0.1, 1000, 4, at_least=3)
### END HIDDEN TESTS

# %% [markdown]
# Does a deeper net learn better? Before the experiment, look at the gradients of untrained nets: how large is
# the gradient of each layer's weights, on the average, when there are ten hidden layers?

# %% show="vanishing-gradient"
seed_everything(0)
fig, ax = plt.subplots(figsize=(6, 3.4))
for color, activation in zip(COLORS, ["relu", "sigmoid"], strict=False):
    norms = []
    for _ in range(20):
        net = DeepNet(3, [20] * 10, activation, np.float64)
        net.forward(X3, Y3, do_backward=True)
        norms.append([np.sqrt(np.mean(getattr(net, f"W{layer}_grad") ** 2)) for layer in range(1, 12)])
    ax.semilogy(range(1, 12), np.median(norms, axis=0), "o-", color=color, label=activation)
ax.set(xlabel="layer (1 reads the inputs)", ylabel="size of the weights' gradient")
ax.set_title("Ten hidden layers before training")
ax.legend()
plt.show()

# %% [markdown]
# In the ReLU net the error arrives at the first layer nearly as strong as at the last. In the sigmoid net
# every layer takes its share, and at the first layer little is left: the gradient *vanishes*.
#
# Now measure it. Plot the fraction of successful trainings on 3-D XOR against the number of hidden layers (1,
# 2, 3, 5, 8 and 12 with 20 units each) for both activations. Say beside the plot which learning rates and how
# many steps you use: sigmoid nets like 1, ReLU nets 0.1. With 6 trainings of 1500 steps this takes about half
# a minute.

# %% answer="depth-plot" points=0.25
### BEGIN SOLUTION
# TODO: measure the success rate for 1, 2, 3, 5, 8 and 12 hidden layers, ReLU and sigmoid, and plot both against depth
seed_everything(0)
depths = [1, 2, 3, 5, 8, 12]
fig, ax = plt.subplots(figsize=(6, 3.4))
for color, activation, lr in [(COLORS[0], "relu", 0.1), (COLORS[1], "sigmoid", 1.0)]:
    rates = []
    for depth in progress(depths, activation):
        make_net = partial(DeepNet, 3, [20] * depth, activation, np.float64)
        rates.append(success_rate(make_net, X3, Y3, num_trials=6, lr=lr, num_steps=1500))
    ax.plot(depths, rates, "o-", color=color, label=f"{activation}, lr {lr:g}")
ax.set(xlabel="hidden layers of 20 units", ylabel="fraction of successful trainings", xticks=depths)
ax.set(ylim=(-0.05, 1.05), title="3-D XOR, 6 trainings of 1500 steps")
ax.legend()
plt.show()
### END SOLUTION

# %% [markdown] answer="how-deep" points=0.5
# How deep do nets of sigmoids train here, and how deep nets of ReLUs? Explain the difference by what happens
# to the error on its way back, and say what the scale of the initial weights has to do with it.
#
# ### BEGIN SOLUTION
# Sigmoid nets train with up to about five hidden layers, seldom with eight and never with twelve; ReLU nets
# with twelve still do (wide enough, and with a small learning rate). On its way back the error is multiplied
# in each layer by the weights and by the slope of the activation. The sigmoid's slope is at most 1/4 and much
# less for large inputs, so unless the weights are large the error shrinks by a factor in every layer, and the
# first layers hardly move. The slope of an active ReLU is 1. About half of the units are active, so weights
# of variance 2/n keep the size of the error (and of the outputs) from layer to layer; with smaller weights
# ReLU nets have vanishing gradients too, with larger ones exploding gradients. For sigmoids larger initial
# weights help for a few layers, until the units saturate.
# ### END SOLUTION

# %% [markdown]
# ### Exercise 7 · Feedback alignment · 2 points · about 60 minutes
#
# Back-propagation sends the error back through the transposed weights of the way forward. Could a brain do
# that? A synapse works in one direction, so the connections back would have to know the strength of other
# connections. Lillicrap et al. (2016) asked what happens if they don't know: **fixed random matrices** $B_l$
# in place of $W_l$ on the way back,
#
# $$\text{instead of}\quad \delta O_{l-1} = \delta A_l\, W_l \quad\text{we use}\quad \delta O_{l-1} = \delta A_l\, B_l$$
#
# Everything else stays: the forward pass, the slopes, the products that give the gradients of weights and
# biases. `B2`, `B3` … have the shapes of `W2`, `W3` …, are drawn once when the net is made (as you draw
# weights), and never change. What is kept in `W1_grad` is then no gradient any more, but we use it as if it
# were one.
#
# <details><summary>Hint: little to write</summary>
#
# When your DeepNet carries the error back in a method of its own, this class only replaces that method and
# draws the matrices.
#
# </details>


# %% exercise="feedback"
class FeedbackNet(DeepNet):
    """DeepNet, but the error travels back through fixed random matrices B2, B3, … of the shapes of W2, W3, …

    Made and called as DeepNet: FeedbackNet(in_features, num_hiddens, activation="relu", dtype=np.float32).
    """

    ### BEGIN SOLUTION
    # TODO: draw B2, B3, … when the net is made, and use them in place of W2, W3, … on the way back
    def init_params(self):
        super().init_params()
        for layer in range(2, self.num_layers + 1):
            setattr(self, f"B{layer}", self.draw_weights(layer))

    def carry_back(self, A_grad, layer):
        return A_grad @ getattr(self, f"B{layer}")
    ### END SOLUTION


# %% test="feedback" points=1.5
seed_everything(0)
points = np.random.normal(size=(6, 3))
labels = (points[:, :1] > 0).astype(float)
net, exact = FeedbackNet(3, [5, 4], "sigmoid", np.float64), DeepNet(3, [5, 4], "sigmoid", np.float64)
assert net.B2.shape == net.W2.shape and net.B3.shape == net.W3.shape, "B2 and B3 have the shapes of W2 and W3"
for name in param_names(net):
    setattr(exact, name, getattr(net, name).copy())
exact.forward(points, labels, do_backward=True)
kept = net.B2.copy()
net.forward(points, labels, do_backward=True)
assert np.array_equal(net.B2, kept), "B2 changes during the passes: it is drawn once, when the net is made"
assert np.allclose(net.W3_grad, exact.W3_grad), "the last layer's gradient needs no way back: it stays exact"
assert not np.allclose(net.W2_grad, exact.W2_grad), "W2_grad is the exact gradient: is B3 used in place of W3?"
net.B2, net.B3 = net.W2.copy(), net.W3.copy()
net.forward(points, labels, do_backward=True)
assert np.allclose(net.W1_grad, exact.W1_grad), "with B2 = W2 and B3 = W3 we should get back-propagation"
rate = success_rate(lambda: FeedbackNet(3, [20], "relu", np.float64), X3, Y3, 4, lr=0.3, num_steps=800)
assert rate >= 0.5, f"with one hidden layer of 20 ReLUs most trainings should succeed, {rate:.0%} did"
print(f"feedback: {rate:.0%} of 4 trainings succeed without a true gradient")
### BEGIN HIDDEN TESTS
cases = [(6, 4, [5], "relu"), (6, 4, [5], "sigmoid"), (8, 3, [5, 4], "relu"), (7, 2, [3, 4, 5], "sigmoid")]
ns = student.run(HELPERS)
with part("forward", points=0.25):
    same_forward(ns, rng, "FeedbackNet", cases, "B2, B3, … play no role on the way forward")
with part("output layer", points=0.25):
    same_gradients(ns, rng, "FeedbackNet", cases, slice(-2, None), "the last layer's gradients are exact")
with part("hidden layers", points=0.5):
    same_gradients(ns, rng, "FeedbackNet", cases, slice(0, -2), "B in place of W on the way back, and only there")
with part("fixed and random", points=0.25):
    drawn = []
    for _ in range(2):
        theirs = ns.make("FeedbackNet", [4, [6, 5], "relu"])
        before = [check.numbers(theirs.B2), check.numbers(theirs.B3)]
        check.shape(before[0], (5, 6), hint="B2 has the shape of W2")
        check.shape(before[1], (1, 5), hint="B3 has the shape of W3")
        check.more(min(B.std() for B in before), 1e-3, hint="B2 and B3 should be random")
        check.true(not np.allclose(before[0], check.numbers(theirs.W2)),
                   hint="B2 is a copy of W2: that is back-propagation")
        ns.descend(theirs, ["W1", "b1", "W2", "b2", "W3", "b3"], *batch(rng, 6, 4), 0.1, 3)
        same_arrays([theirs.B2, theirs.B3], before, "B2 and B3 change in training: they should be fixed")
        drawn.append(before[0])
    check.true(not np.allclose(*drawn), hint="two new nets have equal matrices: is a seed set inside the class?")
with part("trains", points=0.25):
    trainings_succeed(ns, "FeedbackNet", [3, [20], "relu"], 0.3, 1500, 4, at_least=3)
### END HIDDEN TESTS

# %% [markdown]
# It learns! The error that a hidden unit hears has nothing to do with its effect on the output, at least at
# the start. The next picture shows what happens then: the angle between $B_l$ and $W_l$, taken as long
# vectors. Random vectors are at about 90°; in back-propagation the angle is 0.

# %% show="alignment"
def angle(A, B):
    """The angle between two arrays, read as vectors, in degrees."""
    return np.degrees(np.arccos(np.sum(A * B) / np.linalg.norm(A) / np.linalg.norm(B)))


seed_everything(0)
fig, axes = plt.subplots(1, 2, figsize=(10, 3.4))
for trial in range(5):
    net, exact = FeedbackNet(3, [20, 20], "relu", np.float64), DeepNet(3, [20, 20], "relu", np.float64)
    for name in param_names(net):
        setattr(exact, name, getattr(net, name).copy())
    angles, losses = {2: [], 3: []}, []
    for _ in range(150):
        for layer in angles:
            angles[layer].append(angle(getattr(net, f"W{layer}"), getattr(net, f"B{layer}")))
        losses += gradient_descent(net, X3, Y3, lr=0.1, num_steps=10)
    first = trial == 0
    for color, layer in zip(COLORS, angles, strict=False):
        name = f"W{layer} and B{layer}" if first else None
        axes[1].plot(range(0, 1500, 10), angles[layer], color=color, alpha=0.7, label=name)
    axes[0].semilogy(gradient_descent(exact, X3, Y3, lr=0.1, num_steps=1500), color=COLORS[2], alpha=0.7,
                     label="back-propagation" if first else None)
    axes[0].semilogy(losses, color=COLORS[0], alpha=0.7, label="feedback alignment" if first else None)
axes[0].set(xlabel="step", ylabel="loss", title="From the same initial weights, 5 trainings")
axes[1].axhline(90, color="grey", linestyle=":")
axes[1].set(xlabel="step", ylabel="angle (degrees)", title="The weights turn towards the feedback")
axes[0].legend()
axes[1].legend()
fig.tight_layout()
plt.show()

# %% [markdown] answer="why-align" points=0.5
# Describe what the two plots show. Why can a net learn although its error travels back through the wrong
# weights? What would happen with $B_l = 0$, and what with $B_l = -W_l$ kept so all the time?
#
# ### BEGIN SOLUTION
# The loss falls nearly as fast as with back-propagation from the same weights. The angle between W3 and B3
# falls from about 90° to some 35°: the forward weights turn towards the feedback, not the other way round.
# (W2 turns by a few degrees only.) The error that reaches a hidden unit is some fixed mixture of the output's
# error. It makes the unit active where this mixture is useful, and the output weights, which follow their
# exact gradient, learn to read the unit with just the sign that B gave it. When W and B are less than 90°
# apart, a step along the false gradient still goes downhill. With B = 0 the hidden layers get no error and
# keep their random weights; only the output layer learns. With 20 units random features are often enough
# (about 85% of the trainings), with 5 they never are. With B = -W the hidden layers go uphill all the time:
# the output layer can't make up for it, and training fails.
# ### END SOLUTION

# %% [markdown]
# ## Before you hand in
#
# Restart the kernel and run all cells: every check should print its line. Exercises you leave out cost
# nothing but their points.
#
# **Sources.** X. Glorot and Y. Bengio, *Understanding the difficulty of training deep feedforward neural
# networks*, AISTATS 2010. K. He et al., *Delving deep into rectifiers*, ICCV 2015. T. P. Lillicrap, D.
# Cownden, D. B. Tweed and C. J. Akerman, *Random synaptic feedback weights support error backpropagation for
# deep learning*, Nature Communications 7, 2016. The problems follow the practical work of the course this
# repository rebuilds; text and code are new.

# %% judge
# Helpers of the hidden tests. What stands in the texts runs in the student's process, and holds no answer.
HELPERS = """
import numpy as np

def make(kind, args):
    if kind not in globals():
        raise NameError(kind + " is not defined")
    return globals()[kind](*args, dtype=np.float64)

def inside(net, name):
    value = getattr(net, name)
    return value.detach() if hasattr(value, "detach") else value

def put(net, params):
    for name, value in params.items():
        if tuple(np.shape(getattr(net, name, None))) != value.shape:
            setattr(net, name, value)
        elif hasattr(getattr(net, name), "detach"):
            inside(net, name)[...] = __import__("torch").from_numpy(value)
        else:
            getattr(net, name)[...] = value

def after_forward(net, X, Y, do_backward):
    net.forward(X, Y, do_backward=do_backward)
    return [X, Y]

def passes(net, X, Y):
    counts = {}
    def counted(name, function):
        def call(*args, **kwargs):
            counts[name] = counts.get(name, 0) + 1
            return function(*args, **kwargs)
        return call
    kind, loss = type(net), globals().get("cross_entropy")
    own = vars(kind).get("forward")
    try:
        kind.forward = counted("forward", kind.forward)
        if loss is not None:
            globals()["cross_entropy"] = counted("cross_entropy", loss)
        net.forward(X, Y, do_backward=True)
    finally:
        if own is None:
            del kind.forward
        else:
            kind.forward = own
        if loss is not None:
            globals()["cross_entropy"] = loss
    return max(counts.values())

def numerical_gradient(net, name, X, Y, eps):
    param, loss = inside(net, name), lambda: np.asarray(net.forward(X, Y)[1]).item()
    grad = np.zeros(tuple(param.shape))
    for index in np.ndindex(*grad.shape):
        value = float(param[index])
        param[index] = value + eps
        up = loss()
        param[index] = value - eps
        grad[index] = (up - loss()) / (2 * eps)
        param[index] = value
    return grad

def descend(net, names, X, Y, lr, num_steps):
    for step in range(num_steps):
        P, _ = net.forward(X, Y, do_backward=True)
        if step % 50 == 49 and np.all((np.asarray(P) > 0.5) == (Y > 0.5)):
            break
        for name in names:
            param = inside(net, name)
            param -= lr * getattr(net, name + "_grad")
    return [getattr(net, name) for name in names]

def descents(kind, args, names, X, Y, lr, num_steps, num_trials):
    return [descend(make(kind, args), names, X, Y, lr, num_steps) for _ in range(num_trials)]
"""
# A net whose loss is a bowl, and nets whose answers are told beforehand: to ask a training loop without a network.
BOWL = """
import numpy as np

SHAPES = {"W1": (2, 3), "b1": (2,), "W2": (1, 2), "b2": (1,)}

class Bowl:
    def __init__(self, M, t, start):
        self.M, self.t = M, t
        self.keep(start, "")

    def keep(self, vector, ending):
        for name, shape in SHAPES.items():
            size = int(np.prod(shape))
            setattr(self, name + ending, vector[:size].reshape(shape).copy())
            vector = vector[size:]

    def forward(self, X, Y=None, do_backward=False):
        rest = self.M @ flat(self) - self.t
        if do_backward:
            self.keep(self.M.T @ rest, "_grad")
        return np.full((len(X), 1), 0.5), 0.5 * rest @ rest

def flat(net):
    return np.concatenate([np.ravel(getattr(net, name)) for name in SHAPES])
"""
FAKES = """
import itertools
import numpy as np

class Fake:
    def __init__(self, P, start):
        self.P, self.slope = P, start
        self.W1, self.b1, self.W2, self.b2 = np.full((1, 3), start), np.zeros(1), np.zeros((1, 1)), np.zeros(1)

    def forward(self, X, Y=None, do_backward=False):
        P = self.P if self.W1[0, 0] <= 0 else 1 - self.P
        if do_backward:
            self.W1_grad, self.b1_grad = np.full((1, 3), self.slope), np.zeros(1)
            self.W2_grad, self.b2_grad = np.zeros((1, 1)), np.zeros(1)
        return P.copy(), np.nan if Y is None else -np.log(1 - np.abs(P - Y)).mean()

def prepare(answers, start):
    global waiting
    waiting = itertools.cycle([(P, start) for P in answers])

def make():
    return Fake(*next(waiting))
"""


def batch(rng, num_examples, num_features):
    """Random inputs and labels: X (N, D), Y (N, 1)."""
    return rng.normal(size=(num_examples, num_features)), rng.integers(0, 2, (num_examples, 1)).astype(float)


def names_of(net, letters="Wb"):
    """W1, b1, W2, b2 … of one of the reference's nets, or with "B" its feedback matrices."""
    layers = len(reference.param_names(net)) // 2
    names = [f"{letter}{layer}" for layer in range(1, layers + 1) for letter in letters]
    return [name for name in names if hasattr(net, name)]


def copy_of(ns, ours, kind, *args):
    """A net of the student's with the parameters of `ours`."""
    theirs = ns.make(kind, list(args))
    ns.put(theirs, {name: np.array(getattr(ours, name)) for name in names_of(ours) + names_of(ours, "B")})
    return theirs


def twins(ns, rng, kind, num_examples, *args):
    """A reference net, one of the student's with the same random parameters (biases too), and a batch for them."""
    ours = getattr(reference, kind)(*args, dtype=np.float64)
    for name in names_of(ours) + names_of(ours, "B"):
        shape = getattr(ours, name).shape
        setattr(ours, name, rng.normal(0, 1 if len(shape) == 1 else 1.5 / np.sqrt(shape[1]), shape))
    return ours, copy_of(ns, ours, kind, *args), *batch(rng, num_examples, args[0])


def results(net, *args, **kwargs):
    """The two things that forward returns."""
    found = net.forward(*args, **kwargs)
    check.true(isinstance(found, tuple | list) and len(found) == 2, hint="forward returns probabilities and the loss")
    return found


def scalar(value):
    """A loss or a rate as a number, also when it comes as an array with one element."""
    value = check.numbers(value, hint="this should be a number")
    return value.reshape(()) if value.size == 1 else value


def same_arrays(found, expected, hint):
    """A list of arrays of different shapes is as expected."""
    check.true(isinstance(found, list) and len(found) == len(expected), hint=hint)
    for theirs, ours in zip(found, expected, strict=True):
        check.close(theirs, ours, hint=hint)


def same_forward(ns, rng, kind, cases, hint):
    """Probabilities agree for every (N, *arguments) of `cases`; the loss is finite, and nan without labels.

    How the loss is computed is judged once, in exercise 1.
    """
    for num_examples, *args in cases:
        ours, theirs, X, Y = twins(ns, rng, kind, num_examples, *args)
        P, loss = results(theirs, X, Y)
        check.close(P, ours.forward(X)[0], hint=f"probabilities of {kind}: {hint}")
        check.finite(scalar(loss), hint="with labels the loss is a number")
    check.close(scalar(results(theirs, X)[1]), np.nan, hint="without labels the loss is nan")


def same_gradients(ns, rng, kind, cases, names, hint):
    """The gradients kept agree for every (N, *arguments) of `cases`; names: a list, a slice, or None for all.

    And they come from the chain rule: differences would need a pass or two for every number in the parameters.
    """
    _, theirs, X, Y = twins(ns, rng, kind, *cases[0])
    check.less(ns.passes(theirs, X, Y), 10, hint="gradients from one forward pass, by the chain rule: differences of "
                                                 "losses are for checking them")
    for num_examples, *args in cases:
        ours, theirs, X, Y = twins(ns, rng, kind, num_examples, *args)
        ours.forward(X, Y, do_backward=True)
        theirs.forward(X, Y, do_backward=True)
        for name in names if isinstance(names, list) else names_of(ours)[names or slice(None)]:
            found, expected = getattr(theirs, name + "_grad"), getattr(ours, name + "_grad")
            check.close(found, expected, rtol=1e-3, hint=f"{name}_grad of {kind}{tuple(args)}: {hint}")


def successes(trained, kind, args, X, Y):
    """How many of the trained parameter sets solve the task, by the reference's forward pass."""
    count = 0
    for params in trained:
        net = getattr(reference, kind)(*args, dtype=np.float64)
        for name, value in zip(names_of(net), params, strict=True):
            check.shape(value, getattr(net, name).shape, hint=name)
            setattr(net, name, check.numbers(value).astype(float))
        with np.errstate(all="ignore"):
            count += bool(np.all((net.forward(X)[0] > 0.5) == (Y > 0.5)))
    return count


def trainings_succeed(ns, kind, args, lr, num_steps, num_trials, at_least):
    """Gradient descent on the student's nets, as they start, solves 3-D XOR often enough."""
    X, Y = reference.make_xor(3)
    names = names_of(getattr(reference, kind)(*args))
    count = successes(ns.descents(kind, args, names, X, Y, lr, num_steps, num_trials), kind, args, X, Y)
    check.true(count >= at_least, hint=f"{count} of {num_trials} trainings of {kind} solve 3-D XOR "
                                       f"(lr {lr:g}, at most {num_steps} steps)")
