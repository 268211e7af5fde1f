# %% [markdown] data="mnist"
# # Week 4 · MNIST and the bag of tricks
#
# Seventy thousand handwritten digits, a network, and the tricks that people use to train it: momentum, schedules,
# weight decay, dropout, batch normalisation, averaging, pruning. Each of them is a few lines. We write these lines
# ourselves, compare them with PyTorch's, and then measure what each of them is worth here. Some are worth
# less than their fame.
#
# | exercise | | points |
# | --- | --- | --- |
# | 1 · Matrix products | what a network spends its time on, measured properly | 1 |
# | 2 · SGD with its tricks | momentum, schedule, weight decay, the best parameters kept | 3 |
# | 3 · A multi-layer perceptron | validation error below 1.9% | 4 |
# | 4 · A ConvNet | test error below 1.5% | 2 |
# | 5 · Dropout | a layer of your own | 2 |
# | 6 · Augmentation | new images in each epoch | 1 |
# | 7 · Batch normalisation | a layer with a memory | 1 |
# | 8 · Norm constraints | projected weights | 1 |
# | 9 · Polyak averaging | the mean of the last networks | 1 |
# | 10 · Random search | let the machine tune | 1 |
# | 11 · Pruning | most weights are not needed | 1 |
# | 12 · An extreme learning machine | random features, solved in closed form | 2 |
# | 13 · Double descent | more parameters than examples | 1 |
# | 14 · A scaling law | error against the number of examples | 1 |
# | 15 · Other tricks | your own | 1 bonus |
#
# There are 22 points and 1 bonus point; **marks above 16 do not count**. Exercises 2 to 4 come first, then choose.
#
# The checks under an exercise run in your notebook and look at one or two small inputs; the grader asks the same with
# other inputs. Training cells save a checkpoint, a file of a megabyte or so that is handed in with the notebook:
# grading loads it, trains nothing, and counts the errors on test images, as they are and slightly turned and shifted.
# On two processor cores no training takes more than three minutes; a GPU is used when there is one.

# %%
import contextlib
import copy
import io
from time import perf_counter

import matplotlib.pyplot as plt
import numpy as np
import torch
import torch.nn.functional as F
from torch import nn

from common.checkpoints import save_checkpoint
from common.data import load_mnist, normalize
from common.device import best_device
from common.live import LiveCurves
from common.loaders import InMemDataLoader
from common.pictures import show_images
from common.plotting import COLORS
from common.progress import progress
from common.results import ResultsTable
from common.seeding import seed_everything
from common.training import compute_error_rate

device = best_device()
(X_train, Y_train), (X_valid, Y_valid), (X_test, Y_test) = load_mnist()


def loader_of(X, Y, batch_size=128, shuffle=False, augment=None):
    """Mini-batches of normalised images (B, 1, 28, 28) and labels (B,), on the device where we compute."""
    return InMemDataLoader((normalize(X), Y), batch_size, shuffle, augment=augment).to(device)


def make_loaders(augment=None):
    """The data_loaders of this week: "train" shuffled in batches of 128, "valid" and "test" in batches of 1,000."""
    return {"train": loader_of(X_train, Y_train, shuffle=True, augment=augment),
            "valid": loader_of(X_valid, Y_valid, 1000), "test": loader_of(X_test, Y_test, 1000)}


# %% show="digits"
seed_everything(0)
rows = torch.randint(len(X_train), (12,))
show_images([X_train[i].float() / 255 for i in rows], [str(int(Y_train[i])) for i in rows], size=1.2, columns=6)
plt.show()

# %% [markdown]
# 50,000 images are for training, 10,000 for validation (to choose between networks), and 10,000 for the test (to say
# how good the chosen one is). Choose by the test set, and its error is no longer honest.

# %% [markdown]
# ### Exercise 1 · Matrix products · 1 point · about 30 minutes
#
# A network is a chain of matrix products. How long does one take, and how much does it matter how we write it?
#
# Measuring a program that runs for microseconds needs some care. The first calls are slow (memory is allocated, code
# is loaded), so they are thrown away. Single calls are disturbed by whatever else the machine does, so we take the
# **median** of several. On a GPU a call returns before the work is done, so the clock is read only after waiting for
# it.
#
# Write the product in three nested loops, and a stop-watch.
#
# <details><summary>Hint: waiting for the GPU</summary>
#
# `torch.cuda.synchronize()` waits until everything is done; `torch.cuda.is_available()` says whether there is anything
# to wait for.
#
# </details>


# %% exercise="matrix-products"
def matmul_loops(A, B):
    """The matrix product of the arrays A (I, K) and B (K, J), element by element -> array (I, J)."""
    ### BEGIN SOLUTION
    # TODO: three nested loops
    C = np.zeros((A.shape[0], B.shape[1]))
    for i in range(A.shape[0]):
        for j in range(B.shape[1]):
            for k in range(A.shape[1]):
                C[i, j] += A[i, k] * B[k, j]
    return C
    ### END SOLUTION


def median_time(function, repeats=7, warmup=2):
    """Call `function()` warmup + repeats times -> the median duration of the last `repeats` calls, in seconds."""
    ### BEGIN SOLUTION
    # TODO: the calls that are not timed, then those that are; on a GPU wait for the end of each
    durations = []
    for call in range(warmup + repeats):
        start = perf_counter()
        function()
        if torch.cuda.is_available():
            torch.cuda.synchronize()
        if call >= warmup:
            durations.append(perf_counter() - start)
    return float(np.median(durations))
    ### END SOLUTION


# %% test="matrix-products" points=0.5
A, B = np.arange(6.0).reshape(2, 3), np.arange(12.0).reshape(3, 4)
assert matmul_loops(A, B).shape == (2, 4), f"(2, 3) times (3, 4) is (2, 4), not {matmul_loops(A, B).shape}"
assert np.allclose(matmul_loops(A, B), A @ B), f"this should be\n{A @ B}\nand is\n{matmul_loops(A, B)}"
calls = []
seconds = median_time(lambda: calls.append(1), repeats=5, warmup=3)
assert len(calls) == 8, f"3 calls to warm up and 5 to measure are 8, not {len(calls)}"
assert 0 <= seconds < 0.01, f"appending to a list takes well below a millisecond, not {seconds:.3g} s"
print(f"matrix-products: appending to a list takes {seconds * 1e6:.2f} microseconds")
### BEGIN HIDDEN TESTS
ns = student.run(HELPERS)
with part("loops", points=0.25):
    for rows, inner, columns in [(3, 4, 2), (1, 5, 1), (4, 1, 3)]:
        A, B = rng.normal(size=(rows, inner)), rng.normal(size=(inner, columns))
        check.close(student.matmul_loops(A, B), A @ B, hint=f"({rows}, {inner}) times ({inner}, {columns})")
    check.avoids(source, "einsum", "dot", "matmul", "tensordot", hint="the product element by element, in loops")
with part("median", points=0.25):
    seconds, calls = ns.timed([0.4, 0.4, 0.7, 0.03, 0.03, 0.03, 0.7], 5, 2)
    check.equal(calls, 7, hint="2 calls to warm up and 5 to measure")
    check.between(seconds, 0.02, 0.25, hint="calls of 0.7, 0.03, 0.03, 0.03 and 0.7 s after two slow ones to warm up: "
                                            "the median is near 0.03 s")
### END HIDDEN TESTS

# %% show="matrix-product-times"
size = 300
A, B = np.random.rand(size, size).astype(np.float32), np.random.rand(size, size).astype(np.float32)
tA, tB = torch.from_numpy(A), torch.from_numpy(B)
small = 40  # loops over 300 x 300 x 300 would take a minute
rows = {"loops": median_time(lambda: matmul_loops(A[:small, :small], B[:small, :small]), 3, 1) * (size / small) ** 3,
        "np.einsum": median_time(lambda: np.einsum("ik,kj->ij", A, B)),
        "NumPy": median_time(lambda: A @ B), "PyTorch": median_time(lambda: tA @ tB)}
if device.type == "cuda":
    gA, gB = tA.to(device), tB.to(device)
    rows["PyTorch, GPU"] = median_time(lambda: gA @ gB)
fig, (left, right) = plt.subplots(1, 2, figsize=(11, 3.2))
bars = left.barh(list(rows), [1e3 * seconds for seconds in rows.values()], color=COLORS[0])
left.bar_label(bars, [f"{1e3 * seconds:,.1f} ms" for seconds in rows.values()], padding=3)
left.set(xscale="log", xlabel="milliseconds", title=f"{size} x {size} by {size} x {size}, float32")
left.set_xlim(right=30 * 1e3 * max(rows.values()))
left.invert_yaxis()
size = 1000
A, B = torch.rand(size, size), torch.rand(size, size)
forms = {"A B": lambda: A @ B, "Aᵀ B": lambda: A.T @ B, "A Bᵀ": lambda: A @ B.T, "Aᵀ Bᵀ": lambda: A.T @ B.T}
times = [1e3 * median_time(form) for form in forms.values()]
right.bar_label(right.bar(list(forms), times, color=COLORS[1]), [f"{ms:.1f} ms" for ms in times])
right.set(ylabel="milliseconds", title=f"{size} x {size}, PyTorch on the CPU, threads: {torch.get_num_threads()}")
right.margins(y=0.15)
fig.tight_layout()
plt.show()

# %% [markdown] answer="fastest-product" points=0.5
# Which way of writing the product is fastest, and why are the others slower? Which of $AB$, $A^\top B$, $AB^\top$ and
# $A^\top B^\top$ is fastest here, how large is the difference, and what has it to do with the order of the numbers in
# memory?
#
# ### BEGIN SOLUTION
# PyTorch and NumPy call the same kind of library (BLAS): it cuts the matrices into blocks that fit the caches and
# uses the processor's vector instructions and all its cores. `einsum` without `optimize` is a plain loop in C, on one
# core and without blocks: 10 to 20 times longer; Python's loops interpret each product: some 20,000 times. A is stored
# row by row. An inner product of a row of A with a column of B reads A in the order of the memory and B in steps of a
# whole row; $AB^\top$ reads both in order, $A^\top B$ neither. A good library copies blocks into the order it wants
# first, so that for large matrices the four differ little, hardly more than two measurements do; for loops of one's
# own and for small or narrow matrices the order matters.
# ### END SOLUTION

# %% [markdown]
# ### Exercise 2 · SGD with its tricks · 3 points · about 75 minutes
#
# The loop below trains any network of this week. Four things are missing in it.
#
# **Momentum.** Each parameter $w$ has a velocity $v$ of its own, which begins at zero and remembers old gradients:
# $v \leftarrow \epsilon\, v + g$, then $w \leftarrow w - \alpha\, v$. (PyTorch's `SGD` does the same.)
#
# **A schedule.** In step $t = 0, 1, 2 \dots$ the learning rate is `alpha * schedule(t)`; without a schedule it
# stays at `alpha`. The velocity does not know of it.
#
# **Weight decay.** Before the velocity is updated, `decay` times the parameter is added to its gradient. It
# pulls weights towards zero. Biases (parameters with one dimension) are left alone: they don't make a function steep.
#
# **The best parameters.** Whenever the validation error is the lowest so far, keep a **copy** of the network's
# state, parameters and buffers; at the end the network gets it back. Early stopping by patience is written
# already: each new best allows `patience_expansion` times as many epochs as have passed.
#
# <details><summary>Hint: names of parameters</summary>
#
# `model.parameters()` gives them in the same order each time, so a list of velocities in this order is enough.
#
# </details>
# <details><summary>Hint: the best is always the last</summary>
#
# `model.state_dict()` holds the live tensors, not copies: in the next step they change. `copy.deepcopy` makes a copy.
#
# </details>


# %% exercise="sgd"
def SGD(model, data_loaders, alpha=1e-4, epsilon=0.0, decay=0.0, num_epochs=1, max_num_epochs=np.nan,
        patience_expansion=1.5, log_every=100, device="cpu", schedule=None):
    """Train `model` on data_loaders["train"] and leave it with the parameters of the lowest error on "valid".

    alpha: learning rate; epsilon: momentum; decay: weight decay; schedule: function of the step, a factor of alpha.
    num_epochs: epochs at least; max_num_epochs: at most, nan for no limit; log_every: steps between two drawings.
    Interrupt the cell to stop: the best so far is kept. Returns the history: losses and error rates.
    """
    model.to(device)
    history = {"train_losses": [], "train_errs": [], "val_errs": []}
    step, epoch, best_error, best_state = 0, 0, np.inf, None
    live = LiveCurves(history, log_every)
    ### BEGIN SOLUTION
    # TODO: make the velocities, one for each parameter
    velocities = [torch.zeros_like(param) for param in model.parameters()]
    ### END SOLUTION
    try:
        while epoch < num_epochs and not epoch >= max_num_epochs:
            epoch += 1
            model.train()
            for x, y in progress(data_loaders["train"], f"epoch {epoch}", leave=False):
                x, y = x.to(device), y.to(device)
                logits = model(x)
                loss = F.cross_entropy(logits, y)
                model.zero_grad()
                loss.backward()
                with torch.no_grad():
                    ### BEGIN SOLUTION
                    # TODO: one step: learning rate, weight decay, velocities, parameters
                    lr = alpha if schedule is None else alpha * schedule(step)
                    for param, velocity in zip(model.parameters(), velocities, strict=True):
                        gradient = param.grad + decay * param if param.dim() > 1 else param.grad
                        velocity.mul_(epsilon).add_(gradient)
                        param -= lr * velocity
                    ### END SOLUTION
                step += 1
                history["train_losses"].append(loss.item())
                history["train_errs"].append((logits.argmax(dim=1) != y).float().mean().item())
                live.update()
            error = compute_error_rate(model, data_loaders["valid"], device)
            history["val_errs"].append((step, error))
            if error < best_error:
                best_error, num_epochs = error, max(num_epochs, int(epoch * patience_expansion) + 1)
                ### BEGIN SOLUTION
                # TODO: best_state: a copy of the model's state
                best_state = copy.deepcopy(model.state_dict())
                ### END SOLUTION
    except KeyboardInterrupt:
        print(f"interrupted in epoch {epoch}")
    ### BEGIN SOLUTION
    # TODO: give the model its best state back
    if best_state is not None:
        model.load_state_dict(best_state)
    ### END SOLUTION
    live.finish()
    print(f"{epoch} epochs, {step} steps, best validation error {best_error:.2%}")
    return history


# %% test="sgd" points=3
seed_everything(0)
points = torch.randn(60, 2)
toy = [(points[i : i + 20], (points[i : i + 20, 0] > 0).long()) for i in (0, 20, 40)]
net, rival = nn.Linear(2, 2), nn.Linear(2, 2)
rival.load_state_dict(net.state_dict())
SGD(net, {"train": toy, "valid": toy}, alpha=0.1, epsilon=0.9, max_num_epochs=1, log_every=1000)
optimizer = torch.optim.SGD(rival.parameters(), lr=0.1, momentum=0.9)
for x, y in toy:
    optimizer.zero_grad()
    F.cross_entropy(rival(x), y).backward()
    optimizer.step()
difference = (net.weight - rival.weight).abs().max().item()
assert difference < 1e-5, f"after three steps the weights are {difference:.2g} away from those of PyTorch's SGD"
error = compute_error_rate(net, toy)
history = SGD(net, {"train": toy, "valid": toy}, alpha=50.0, epsilon=0.99, num_epochs=3, log_every=1000)
best = min(error for _, error in history["val_errs"])
assert compute_error_rate(net, toy) == best, "at the end the net has the parameters of the lowest validation error"
print("sgd: three steps with momentum agree with PyTorch's, and the best parameters come back")
### BEGIN HIDDEN TESTS
ns = student.run(HELPERS)
with part("momentum", points=1):
    for num_steps, epsilon in [(1, 0.9), (6, 0.9), (5, 0.5), (3, 0.0)]:
        check_steps(ns, rng, num_steps, dict(alpha=0.3, epsilon=epsilon),
                    f"momentum {epsilon}: v = epsilon v + g for each parameter, then w = w - alpha v")
with part("weight decay", points=0.75):
    for num_steps, epsilon in [(1, 0.0), (5, 0.9)]:
        check_steps(ns, rng, num_steps, dict(alpha=0.2, epsilon=epsilon, decay=0.1),
                    "decay times the parameter is added to the gradient of weights, not of biases")
with part("schedule", points=0.5):
    schedulers = torch.optim.lr_scheduler
    for make in (lambda optimizer: schedulers.StepLR(optimizer, 2, gamma=0.3),
                 lambda optimizer: schedulers.CosineAnnealingLR(optimizer, 6),
                 lambda optimizer: schedulers.LambdaLR(optimizer, [0.0, 1.0, 2.0, 3.0, 0.0, 1.0, 1.0].__getitem__)):
        check_steps(ns, rng, 6, dict(alpha=0.2, epsilon=0.9),
                    "alpha * schedule(t) in step t = 0, 1, 2, …; the velocity knows nothing of it", make)
with part("the best parameters", points=0.75):
    after, errors_found = ns.best_kept([0.4, 0.2, 0.3, 0.5])
    check.equal(errors_found, [0.4, 0.2, 0.3, 0.5], hint="four epochs, and the validation error after each")
    check.equal(after, 2, hint="of four epochs the second was the best: the net should have its parameters and buffers")
    check.equal(ns.best_kept([0.1, 0.3])[0], 1, hint="of two epochs the first was the best: is the best a copy?")
    check.equal(ns.best_kept([0.3, 0.1, 0.2, 0.5], interrupted=4)[0], 2,
                hint="interrupted in the fourth epoch: the net should have the parameters of the second, the best")
### END HIDDEN TESTS

# %% [markdown]
# The loop prints what it reached, and draws its curves while it runs. All trainings below use it.

# %%
def one_cycle(num_steps, warm=0.3):
    """A schedule for SGD: from 0.04 up to 1 in the first `warm` of the steps, then down to 0, both along a cosine."""
    def schedule(t):
        if t < warm * num_steps:
            return 1 - 0.48 * (1 + np.cos(np.pi * t / (warm * num_steps)))
        return 0.5 * (1 + np.cos(np.pi * min(1, (t / num_steps - warm) / (1 - warm))))

    return schedule


def train_net(net, num_epochs, loaders, alpha=0.1, **settings):
    """Train with momentum and one cycle -> history; net.seconds counts the time, for the table at the end."""
    start = perf_counter()
    net.to(memory_format=torch.channels_last)  # convolutions on a CPU are faster then
    steps = num_epochs * len(loaders["train"])
    history = SGD(net, loaders, alpha, 0.9, num_epochs=num_epochs, max_num_epochs=num_epochs, device=device,
                  schedule=one_cycle(steps), **settings)
    net.seconds = getattr(net, "seconds", 0.0) + perf_counter() - start
    return history


# %% [markdown]
# `one_cycle` is Smith's (2018) schedule: a short warm-up, then down to zero. With it the MLP of exercise 3 gets to a
# validation error of 1.6% in eight epochs; a constant learning rate of 0.1 hangs at 2.6% (exercise 9 plots it).

# %% [markdown]
# ### Exercise 3 · A multi-layer perceptron · 4 points · about 60 minutes
#
# Tune a network without convolutions: 2 to 4 layers of weights, 100 to 5,000 hidden units in each hidden layer, and
# any of the tricks that you like. **The validation error has to be below 1.9%, the test error below 2%.** And it has
# to be earned by looking: the grader also turns and shifts the images a little. A network of this kind then gets
# some 3% of them wrong, one that has learned the images by heart gets nine of ten wrong and no points.
#
# Write `make_mlp`, then train in the next cell. Choose by the validation error. Two hidden layers of 300 units, eight
# epochs of one cycle and a decay of 1e-4 are enough: a quarter of a minute. (A checkpoint has room for 8 million
# weights.)


# %% exercise="make-mlp"
def make_mlp():
    """A new network from images (N, 1, 28, 28) to logits (N, 10), without convolutions."""
    ### BEGIN SOLUTION
    # TODO: nn.Flatten, linear layers and ReLUs
    return nn.Sequential(nn.Flatten(), nn.Linear(784, 300), nn.ReLU(), nn.Linear(300, 300), nn.ReLU(),
                         nn.Linear(300, 10))
    ### END SOLUTION


# %% train="mlp"
### BEGIN SOLUTION
# TODO: mlp = make_mlp(), trained below 1.9% validation error (train_net helps), then save_checkpoint(mlp, "mlp")
seed_everything(0)
mlp = make_mlp()
train_net(mlp, 8, make_loaders(), alpha=0.1, decay=1e-4)
save_checkpoint(mlp, "mlp")
### END SOLUTION

# %% test="make-mlp" points=4 timeout=60
net = make_mlp()
assert tuple(net(torch.rand(3, 1, 28, 28)).shape) == (3, 10), "ten logits for each image"
layers = [param for param in net.parameters() if param.dim() == 2]
assert 2 <= len(layers) <= 4, f"2 to 4 layers of weights, not {len(layers)}"
error = compute_error_rate(mlp.to(device), loader_of(X_valid, Y_valid, 1000))
assert error < 0.019, f"the validation error is {error:.2%}, it should be below 1.9%"
print(f"make-mlp: validation error {error:.2%}")
### BEGIN HIDDEN TESTS
ns = student.run(HELPERS)
wrong = errors_of(ns, "mlp")
with part("layers", points=0.5):
    check_mlp(ns.shapes_of("make_mlp"))
with part("validation error", points=1.5):
    check_mlp(ns.shapes_of("mlp"))
    check_error(wrong, "valid", 0.019)
    check_error(wrong, "moved", MOVED["mlp"])
with part("test error", points=2):
    check_mlp(ns.shapes_of("mlp"))
    check_error(wrong, "test", 0.02)
    check_error(wrong, "moved", MOVED["mlp"])
### END HIDDEN TESTS

# %% show="mlp-mistakes"
with torch.no_grad():
    p = mlp.to(device)(normalize(X_valid).to(device)).softmax(dim=1).cpu()
wrong = torch.nonzero(p.argmax(dim=1) != Y_valid).ravel()
worst = wrong[p[wrong].max(dim=1).values.argsort(descending=True)][:12]
titles = [f"{Y_valid[i]}, taken for {p[i].argmax()}" for i in worst]
show_images([X_valid[i].float() / 255 for i in worst], titles, size=1.9, columns=6)
plt.show()

# %% [markdown]
# Its surest mistakes. Some of these digits we would not bet on either.

# %% [markdown]
# ### Exercise 4 · A ConvNet · 2 points · about 30 minutes
#
# Weights that look at a small window, the same everywhere: a convolutional network. Two layers of 5 × 5 convolutions
# with pooling and one linear layer, **no dropout**, get **below 1.5% on the test images** within three epochs.


# %% exercise="make-convnet"
def make_convnet():
    """A new convolutional network from images (N, 1, 28, 28) to logits (N, 10), without dropout."""
    ### BEGIN SOLUTION
    # TODO: convolutions, pooling, and linear layers at the end
    return nn.Sequential(nn.Conv2d(1, 8, 5, padding=2), nn.ReLU(), nn.MaxPool2d(2),
                         nn.Conv2d(8, 16, 5, padding=2), nn.ReLU(), nn.MaxPool2d(2), nn.Flatten(), nn.Linear(784, 10))
    ### END SOLUTION


# %% train="convnet"
### BEGIN SOLUTION
# TODO: convnet = make_convnet(), trained; then save_checkpoint(convnet, "convnet")
seed_everything(0)
convnet = make_convnet()
train_net(convnet, 3, make_loaders())
save_checkpoint(convnet, "convnet")
### END SOLUTION

# %% test="make-convnet" points=2 timeout=120
assert tuple(make_convnet()(torch.rand(3, 1, 28, 28)).shape) == (3, 10), "ten logits for each image"
assert any(isinstance(layer, nn.Conv2d) for layer in make_convnet().modules()), "there is no nn.Conv2d in it"
error = compute_error_rate(convnet.to(device), loader_of(X_valid, Y_valid, 1000))
assert error < 0.016, f"the validation error is {error:.2%}; for a test error below 1.5% it should be below 1.6%"
print(f"make-convnet: validation error {error:.2%}")
### BEGIN HIDDEN TESTS
ns = student.run(HELPERS)
with part("layers", points=0.5):
    check.true(any(len(shape) == 4 and shape[-1] > 1 for shape in ns.shapes_of("make_convnet")),
               hint="no weights of a convolution")
    check.true(not ns.drops("make_convnet"), hint="in training the same images give different logits: this network is "
                                                  "without dropout")
with part("test error", points=1.5):
    wrong = errors_of(ns, "convnet")
    check_error(wrong, "test", 0.015)
    check_error(wrong, "moved", MOVED["convnet"])
### END HIDDEN TESTS

# %% [markdown]
# ### Exercise 5 · Dropout · 2 points · about 40 minutes
#
# In training, dropout sets each input to zero with probability `p`, anew for each call and each element; in
# evaluation it does nothing (Srivastava et al., 2014). So that the next layer sees the same mean in both, what is
# left is multiplied by $1 / (1 - p)$ in training.
#
# Write the layer, and a network that uses it: **below 1.5% on the test images without convolutions, or below 1% with
# them**. (A network with `nn.Dropout` in place of a layer of your own gets 1.5 of the 2 points.)
#
# <details><summary>Hint: training or evaluation?</summary>
#
# `model.train()` and `model.eval()` set `self.training` in every module.
#
# </details>


# %% exercise="dropout"
class Dropout(nn.Module):
    """Zero each element with probability p while training, scale the others by 1 / (1 - p); the same shape."""

    def __init__(self, p=0.5):
        super().__init__()
        self.p = p

    def forward(self, x):
        ### BEGIN SOLUTION
        # TODO: in training a random mask and the scale, in evaluation x itself
        if not self.training:
            return x
        return x * (torch.rand_like(x) >= self.p) / (1 - self.p)
        ### END SOLUTION


def make_dropout_net():
    """A new network with dropout, from images (N, 1, 28, 28) to logits (N, 10)."""
    ### BEGIN SOLUTION
    # TODO: a network that uses Dropout
    return nn.Sequential(nn.Conv2d(1, 16, 5, padding=2), nn.BatchNorm2d(16), nn.ReLU(), nn.MaxPool2d(2),
                         nn.Conv2d(16, 32, 5, padding=2), nn.BatchNorm2d(32), nn.ReLU(), nn.MaxPool2d(2),
                         nn.Flatten(), Dropout(0.3), nn.Linear(1568, 10))
    ### END SOLUTION


# %% train="dropout-net"
### BEGIN SOLUTION
# TODO: dropout_net = make_dropout_net(), trained; then save_checkpoint(dropout_net, "dropout-net")
seed_everything(0)
dropout_net = make_dropout_net()
train_net(dropout_net, 4, make_loaders())
save_checkpoint(dropout_net, "dropout-net")
### END SOLUTION

# %% test="dropout" points=2 timeout=120
seed_everything(0)
layer, ones = Dropout(0.25), torch.ones(100, 100)
values = layer(ones)
assert values.shape == ones.shape, f"the shape stays, it is {tuple(values.shape)}"
kept = (values != 0).float().mean().item()
assert 0.7 < kept < 0.8, f"Dropout(0.25) keeps 75% of the elements, not {kept:.0%}"
assert abs(values.max() - 4 / 3) < 1e-3, f"what is kept is multiplied by 1 / 0.75 = 1.333, not by {values.max():.3f}"
assert not torch.equal(values, layer(ones)), "each call draws a new mask"
assert torch.equal(layer.eval()(ones), ones), "in evaluation nothing happens"
print("dropout: masks and scale are as expected")
### BEGIN HIDDEN TESTS
ns = student.run(HELPERS)
with part("training", points=0.5):
    for p, size in [(0.2, (300, 50)), (0.7, (40, 6, 8, 8))]:
        values, other, untouched, gradient = ns.dropped(p, size)
        check.shape(values, size, hint="the shape stays")
        check.true(bool(untouched), hint="the layer changes the tensor that it is given")
        x = np.asarray(values)
        kept, n = float((x != 0).mean()), x.size
        check.between(kept, 1 - p - 6 * np.sqrt(p * (1 - p) / n), 1 - p + 6 * np.sqrt(p * (1 - p) / n),
                      hint=f"Dropout({p}) keeps {1 - p:.0%} of the elements")
        check.close(x[x != 0], np.full(int((x != 0).sum()), 3 / (1 - p)), hint=f"what is kept times 1 / (1 - {p})")
        check.true(bool(np.any(x != np.asarray(other))), hint="each call draws a new mask")
        check.true(bool(np.all((x.reshape(len(x), -1) != 0).std(axis=0) > 0)),
                   hint="each example has a mask of its own")
        check.close(gradient, (x != 0) / (1 - p), hint="the gradient goes through the same mask")
with part("evaluation", points=0.25):
    check.true(bool(ns.undropped(0.6)), hint="in evaluation mode the layer gives back what it gets")
with part("a layer of your own", points=0.5):
    check.avoids(source, "nn.Dropout", "nn.Dropout2d", "F.dropout", "torch.dropout", "nn.functional.dropout",
                 "nn.AlphaDropout", hint="PyTorch's dropout is used")
    check.true(ns.has_own(), hint="make_dropout_net has no Dropout of yours in it")
with part("test error", points=0.75):
    check.true(ns.drops("make_dropout_net"), hint="make_dropout_net has no dropout in it: in training the same images "
                                                  "give the same logits")
    wrong = errors_of(ns, "dropout_net")
    convolutions = any(len(shape) == 4 for shape in ns.shapes_of("dropout_net"))
    check_error(wrong, "test", 0.01 if convolutions else 0.015)
    check_error(wrong, "moved", MOVED["convnet" if convolutions else "mlp"])
### END HIDDEN TESTS

# %% [markdown]
# ### Exercise 6 · Augmentation · 1 point · about 20 minutes
#
# A digit that moves by two pixels is still the same digit. Shown a new variant in every epoch, the network can't
# learn the images by heart. Write `augment`: for a batch of images it gives a batch of changed images. Move **each
# image by its own random** number of pixels (2 at most in each direction); rotate, scale or add noise if you like,
# but a person should still read the digits. Nothing that leaves the image on one side comes in on the other.
#
# `make_loaders(augment)` applies it anew in each epoch.


# %% exercise="augment"
def augment(images):
    """Randomly changed copies of the normalised images (B, 1, 28, 28); the same shape. The background is at -0.4242."""
    ### BEGIN SOLUTION
    # TODO: move each image by its own random number of pixels
    batch, background = len(images), (0 - 0.1307) / 0.3081
    padded = F.pad(images, (2, 2, 2, 2), value=background)  # (B, 1, 32, 32)
    dy, dx = torch.randint(0, 5, (2, batch, 1), device=images.device)
    rows, columns = (torch.arange(28, device=images.device) + d for d in (dy, dx))  # (B, 28)
    numbers = torch.arange(batch, device=images.device)
    return padded[numbers[:, None, None], 0, rows[:, :, None], columns[:, None]][:, None]
    ### END SOLUTION


# %% test="augment" points=1
images = normalize(X_train[:200])
first, second = augment(images), augment(images)
assert first.shape == images.shape, f"the shape stays (200, 1, 28, 28), it is {tuple(first.shape)}"
assert not torch.equal(first, second), "each call should draw new variants"
assert first[:, :, 0].max() < 0, "ink has come in at the top: does the image wrap around?"
changed = (first - images).abs().amax(dim=(1, 2, 3)) > 0.1
print(f"augment: {changed.float().mean():.0%} of the images are changed")
### BEGIN HIDDEN TESTS
ns = student.run(HELPERS)
images = digit_like(rng, 300)
with part("new variants", points=0.5):
    first, second, untouched = ns.augmented(images)
    check.shape(first, images.shape, hint="the shape stays")
    check.finite(first, hint="no nan, nothing infinite")
    check.true(bool(untouched), hint="augment changes the tensor that it is given")
    first, second, clean = (np.asarray(x, dtype=float)[:, 0] for x in (first, second, images))
    check.less(0.8, float((np.abs(first - clean).max(axis=(1, 2)) > 0.1).mean()), hint="most images should change")
    check.less(0.8, float((np.abs(first - second).max(axis=(1, 2)) > 0.1).mean()), hint="each call draws anew")
    moves = centres(first) - centres(clean)
    check.less(0.3, float(moves.std(axis=0).max()), hint="each image should move by its own random amount")
with part("still the same digits", points=0.5):
    first = np.asarray(ns.augmented(images)[0], dtype=float)[:, 0]
    clean = np.asarray(images, dtype=float)[:, 0]
    moves = centres(first) - centres(clean)
    check.less(float(np.abs(moves).max()), 6, hint="an image moves by more than 6 pixels: does it wrap around?")
    check.less(float(np.abs(moves.mean(axis=0)).max()), 1, hint="as often to the left as to the right")
    edge = np.concatenate([first[:, 0], first[:, -1], first[:, :, 0], first[:, :, -1]], axis=1)
    check.between(float(edge.mean()), -0.5, -0.35, hint="what comes in at the edges should be background, -0.4242")
    ink = (first + 0.4242).sum(axis=(1, 2)) / (clean + 0.4242).sum(axis=(1, 2))
    check.between(float(np.median(ink)), 0.6, 1.7, hint="the images get much darker or lighter")
    check.less(0.5, float(np.median(likeness(first, clean))), hint="a person could not read these digits")
### END HIDDEN TESTS

# %% show="augmented-digits"
show_images([*(X_train[:6].float() / 255), *(augment(normalize(X_train[:6])) * 0.3081 + 0.1307).clamp(0, 1)], columns=6,
            size=1.4)
plt.show()

# %% [markdown]
# ### Do they help?
#
# Both tricks are said to be worth a lot. We measure it where it should show: on few images. The same MLP is trained
# for ten epochs on 5,000 images, without tricks, with 20% of the pixels dropped, with augmentation, and with both,
# each with three seeds.

# %% show="do-they-help"
few, names = make_loaders() | {"train": None}, ["neither", "dropout", "augmentation", "both"]
errors_found = np.zeros((4, 3))
for i, seed in progress([(i, seed) for i in range(4) for seed in range(3)], "trainings"):
    seed_everything(seed)
    few["train"] = loader_of(X_train[:5000], Y_train[:5000], shuffle=True, augment=augment if i > 1 else None)
    net = nn.Sequential(Dropout(0.2), make_mlp()) if i % 2 else make_mlp()
    with contextlib.redirect_stdout(io.StringIO()):
        train_net(net, 10, few, log_every=10**6)
    errors_found[i, seed] = 100 * compute_error_rate(net, few["valid"])
fig, ax = plt.subplots(figsize=(6, 2.4))
for i, row in enumerate(errors_found):
    ax.plot(row, [i] * 3, "o", color=COLORS[i], alpha=0.8)
    ax.annotate(f"{row.mean():.2f}", (row.mean(), i), (0, 7), textcoords="offset points", ha="center")
ax.set(yticks=range(4), yticklabels=names, ylim=(3.5, -0.7), xlabel="validation error (%)",
       title="An MLP, 5,000 images, ten epochs: three seeds and their mean")
plt.show()

# %% [markdown]
# We measured 4.9% without tricks, 4.5% with dropout, 4.0% with augmentation, and 4.1% with both, where the seeds of one
# row lie 0.1 to 0.9 points apart. On all 50,000 images and in trainings as short as ours it is another story: four
# MLPs with dropout had test errors of 1.63 to 1.68% after eight epochs, four without it 1.53 to 1.62% after five.
# Dropout makes training slower, and pays where a network has the time and the need. What would you say of your rows:
# which differences are larger than those between seeds?

# %% [markdown]
# ### Exercise 7 · Batch normalisation · 1 point · about 40 minutes
#
# While training, each feature is normalised by the mean and variance of its batch, then scaled by a learned $\gamma$
# and shifted by a learned $\beta$ (Ioffe and Szegedy, 2015):
#
# $$y = \gamma\,\frac{x - \mu_B}{\sqrt{\sigma_B^2 + \varepsilon}} + \beta$$
#
# In evaluation there may be one image only, so **running** statistics take the place of the batch's. They are updated
# in each training call: $r \leftarrow 0.9\, r + 0.1\, s$, with the batch's mean, and with its **unbiased** variance
# (divided by $N - 1$; in the formula above it is divided by $N$). Write the layer for inputs $(N, D)$ so that it
# agrees with `nn.BatchNorm1d`.
#
# <details><summary>Hint: parameters and buffers</summary>
#
# $\gamma$ and $\beta$ are learned: `nn.Parameter`. The running statistics are not, but they belong to the
# state of the network and move with it to a GPU: `self.register_buffer("running_mean", torch.zeros(D))`.
#
# </details>


# %% exercise="batch-norm"
class BatchNorm(nn.Module):
    """Batch normalisation of (N, D), as nn.BatchNorm1d: weight, bias (D,); buffers running_mean, running_var (D,)."""

    def __init__(self, num_features, eps=1e-5, momentum=0.1):
        super().__init__()
        ### BEGIN SOLUTION
        # TODO: weight of ones and bias of zeros (parameters), running_mean of zeros and running_var of ones (buffers)
        self.eps, self.momentum = eps, momentum
        self.weight, self.bias = nn.Parameter(torch.ones(num_features)), nn.Parameter(torch.zeros(num_features))
        self.register_buffer("running_mean", torch.zeros(num_features))
        self.register_buffer("running_var", torch.ones(num_features))
        ### END SOLUTION

    def forward(self, x):
        ### BEGIN SOLUTION
        # TODO: normalise with the batch's statistics and update the running ones; in evaluation use the running ones
        if self.training:
            mean, var = x.mean(dim=0), x.var(dim=0, unbiased=False)
            with torch.no_grad():
                self.running_mean.lerp_(mean, self.momentum)
                self.running_var.lerp_(x.var(dim=0, unbiased=True), self.momentum)
        else:
            mean, var = self.running_mean, self.running_var
        return (x - mean) / torch.sqrt(var + self.eps) * self.weight + self.bias
        ### END SOLUTION


# %% test="batch-norm" points=1
seed_everything(0)
ours, theirs = BatchNorm(3), nn.BatchNorm1d(3)
names = sorted(ours.state_dict())
assert names == ["bias", "running_mean", "running_var", "weight"], f"parameters and buffers are {names}"
x = 3 * torch.randn(20, 3) + 1
difference = (ours(x) - theirs(x)).abs().max().item()
assert difference < 1e-4, f"in training the outputs differ by {difference:.2g}: which variance is divided by N?"
difference = (ours.running_var - theirs.running_var).abs().max().item()
assert difference < 1e-4, f"the running variances differ by {difference:.2g}: unbiased, and 0.9 of the old one"
difference = (ours.eval()(x) - theirs.eval()(x)).abs().max().item()
assert difference < 1e-4, f"in evaluation the outputs differ by {difference:.2g}"
print("batch-norm: agrees with nn.BatchNorm1d in training and in evaluation")
### BEGIN HIDDEN TESTS
ns = student.run(HELPERS)
cases = [((16, 9, 33), 5, 1e-5, 0.1), ((4, 3, 2), 3, 1e-2, 0.3)]
with part("training", points=0.25):
    for sizes, D, eps, momentum in cases:
        ours, theirs = norm_pair(ns, rng, sizes, D, eps, momentum)
        check.close(theirs["outputs"], ours["outputs"], rtol=1e-3, atol=1e-4, hint="in training: the batch's mean, the "
                    "variance divided by N, weight and bias")
        check.close(theirs["x_grad"], ours["x_grad"], rtol=1e-2, atol=1e-4,
                    hint="the gradient goes through mean and variance of the batch too")
with part("running statistics", points=0.25):
    for sizes, D, eps, momentum in cases:
        ours, theirs = norm_pair(ns, rng, sizes, D, eps, momentum)
        check.close(theirs["running_mean"], ours["running_mean"], rtol=1e-3, atol=1e-4, hint="running_mean after three "
                    "batches")
        check.close(theirs["running_var"], ours["running_var"], rtol=1e-3, atol=1e-4, hint="running_var after three "
                    "batches: the unbiased variance, and 1 - momentum of the old one")
with part("evaluation", points=0.25):
    for sizes, D, eps, momentum in cases:
        ours, theirs = norm_pair(ns, rng, sizes, D, eps, momentum)
        check.close(theirs["eval_outputs"], ours["eval_outputs"], rtol=1e-3, atol=1e-4,
                    hint="in evaluation the running statistics are used, for one example too")
        check.close(theirs["after_eval"], ours["after_eval"], rtol=1e-3, atol=1e-4,
                    hint="evaluation must not change the running statistics")
with part("parameters and buffers", points=0.25):
    names, moved = ns.norm_state(7)
    check.equal(names, {"parameters": ["bias", "weight"], "buffers": ["running_mean", "running_var"],
                        "state": ["bias", "running_mean", "running_var", "weight"]},
                hint="weight and bias are parameters, running_mean and running_var are buffers; all are in state_dict")
    check.true(bool(moved), hint="layer.to(torch.float64) should move parameters and buffers")
### END HIDDEN TESTS

# %% [markdown]
# ### Exercise 8 · Norm constraints · 1 point · about 15 minutes
#
# Another way to keep weights from growing: after each step, every **row** of a weight matrix (the weights of one
# unit) whose Euclidean norm is above `max_norm` is scaled back to that norm (Srivastava et al., 2014, section 5.1).
# Rows inside the ball, biases, and everything else stay as they are. For a convolution a row is all that one output
# channel has: $(C, k, k)$.


# %% exercise="norm-constraint"
def constrain_norms(model, max_norm):
    """Project each unit's weights, in all parameters of two or more dimensions, in place: norms up to max_norm."""
    ### BEGIN SOLUTION
    # TODO: scale the rows that are too long
    with torch.no_grad():
        for param in model.parameters():
            if param.dim() > 1:
                rows = param.flatten(1)
                factors = (max_norm / rows.norm(dim=1).clamp(min=1e-12)).clamp(max=1)
                param.mul_(factors.view(-1, *[1] * (param.dim() - 1)))
    ### END SOLUTION


# %% test="norm-constraint" points=1
net = nn.Linear(2, 3)
with torch.no_grad():
    net.weight.copy_(torch.tensor([[3.0, 4.0], [0.3, 0.4], [0.0, 0.0]]))
    net.bias.fill_(10)
constrain_norms(net, 1.0)
norms = net.weight.detach().norm(dim=1)
assert torch.allclose(norms, torch.tensor([1.0, 0.5, 0.0])), f"norms 5, 0.5 and 0 should get 1, 0.5 and 0, not {norms}"
assert torch.allclose(net.weight[0], torch.tensor([0.6, 0.8])), "a row keeps its direction"
assert (net.bias == 10).all(), "biases stay"
print("norm-constraint: long rows are projected, short ones stay")
### BEGIN HIDDEN TESTS
ns = student.run(HELPERS)
with part("rows", points=0.5):
    for shape, bound in [((5, 3), 0.7), ((2, 6), 1.5)]:
        W, b = rng.normal(size=shape), 3 + rng.random(shape[0])
        W[0] *= 0.1  # a short row
        new_W, _ = ns.constrained(W, b, bound)
        expected = W * np.minimum(1, bound / np.linalg.norm(W, axis=1))[:, None]
        check.close(new_W, expected, rtol=1e-3, atol=1e-5,
                    hint="each row (the weights of one unit) longer than max_norm is scaled to it, the others stay")
with part("biases", points=0.25):
    W, b = rng.normal(size=(4, 3)), 3 + rng.random(4)
    check.close(ns.constrained(W, b, 0.5)[1], b, hint="biases stay")
with part("convolutions", points=0.25):
    W = rng.normal(size=(4, 3, 2, 2))
    W[0] *= 0.1
    norms = np.linalg.norm(W.reshape(4, -1), axis=1)
    expected = W * np.minimum(1, 2.5 / norms)[:, None, None, None]
    check.close(ns.constrained(W, np.zeros(4), 2.5)[0], expected, rtol=1e-3, atol=1e-5,
                hint="in a convolution a row is everything that one output channel has")
### END HIDDEN TESTS

# %% [markdown]
# ### Exercise 9 · Polyak averaging · 1 point · about 25 minutes
#
# SGD's last steps wander around the minimum. Their average is nearer to it (Polyak and Juditsky, 1992). We keep an
# exponential average of the parameters beside the network: at the start a copy of them, then after each step
# $a \leftarrow \beta\, a + (1 - \beta)\, w$. Training goes on with $w$; for predictions we use $a$.


# %% exercise="polyak"
class PolyakAverage:
    """An exponential average of a network's parameters: update(model) after each step, store_in(model) at the end."""

    def __init__(self, model, beta=0.99):
        ### BEGIN SOLUTION
        # TODO: copy the parameters
        self.beta = beta
        self.average = [param.detach().clone() for param in model.parameters()]
        ### END SOLUTION

    def update(self, model):
        """Move the average a step towards the parameters of `model`, which stay as they are."""
        ### BEGIN SOLUTION
        # TODO: beta times the old average, 1 - beta times the parameters
        for average, param in zip(self.average, model.parameters(), strict=True):
            average.lerp_(param.detach(), 1 - self.beta)
        ### END SOLUTION

    def store_in(self, model):
        """Write the average into the parameters of `model`; later updates don't change them."""
        ### BEGIN SOLUTION
        # TODO: copy the average into the parameters
        with torch.no_grad():
            for average, param in zip(self.average, model.parameters(), strict=True):
                param.copy_(average)
        ### END SOLUTION


# %% test="polyak" points=1
net = nn.Linear(1, 1, bias=False)
with torch.no_grad():
    net.weight.fill_(0.0)
average = PolyakAverage(net, beta=0.5)
values = []
for w in [1.0, 1.0, 3.0]:
    with torch.no_grad():
        net.weight.fill_(w)
    average.update(net)
assert net.weight.item() == 3, "updating the average must not change the network"
average.store_in(net)
assert abs(net.weight.item() - 1.875) < 1e-6, f"the average goes 0, 0.5, 0.75, 1.875, it is {net.weight.item():.4g}"
print("polyak: the average is as expected")
### BEGIN HIDDEN TESTS
ns = student.run(HELPERS)
path = rng.normal(size=(6, 4, 3))
with part("average", points=0.5):
    for beta in (0.9, 0.3):
        expected = path[0]
        for point in path[1:]:
            expected = beta * expected + (1 - beta) * point
        check.close(ns.averaged(path, beta)["stored"], expected, rtol=1e-4,
                    hint="it starts with the parameters; an update is beta times the old + (1 - beta) times the new")
with part("the network trains on", points=0.25):
    check.close(ns.averaged(path, 0.9)["before"], path[-1], hint="making or updating the average changes the network")
with part("copies", points=0.25):
    check.close(*ns.averaged(path, 0.9)["kept"], hint="later updates change what was stored: copy it")
### END HIDDEN TESTS

# %% show="averaging"
seed_everything(0)
loaders, net, rows = make_loaders(), make_mlp().to(device), []
average, shadow = PolyakAverage(net, 0.99), copy.deepcopy(net)
optimizer = torch.optim.SGD(net.parameters(), lr=0.1, momentum=0.9)
for _ in progress(range(4), "epochs"):
    for x, y in loaders["train"]:
        optimizer.zero_grad()
        F.cross_entropy(net(x), y).backward()
        optimizer.step()
        average.update(net)
    average.store_in(shadow)
    rows.append([100 * compute_error_rate(model, loaders["valid"]) for model in (net, shadow)])
fig, ax = plt.subplots(figsize=(5.5, 3.2))
for color, values, label in zip(COLORS, np.transpose(rows), ["last parameters", "their average"], strict=False):
    ax.plot(range(1, 5), values, "o-", color=color, label=label)
ax.set(xlabel="epoch", ylabel="validation error (%)", xticks=range(1, 5), title="Learning rate 0.1, momentum 0.9")
ax.legend()
plt.show()

# %% [markdown]
# With a constant learning rate the average is better in every epoch: 1.9% after four epochs in our run, the last
# parameters 2.7%. A schedule that goes down to zero gets there in another way: it makes the steps small at the end.

# %% [markdown]
# ### Exercise 10 · Random search · 1 point · about 40 minutes
#
# How large should the learning rate be, how strong the decay? Nobody knows, so let the machine try. Random search
# draws each setting at random and keeps the best; it is better than a grid, since each trial tries a new value of
# **every** setting (Bergstra and Bengio, 2012). Learning rates are drawn on a logarithmic scale.
#
# Write the search, let it look for settings on short trainings, then train one network of `make_tuned` with the best
# of them: **test error below 1.3%**, in 50 epochs at most altogether.


# %% exercise="random-search"
def log_uniform(rng, low, high):
    """A random number between low and high, uniform on a logarithmic scale; rng: NumPy's generator."""
    ### BEGIN SOLUTION
    # TODO: a uniform exponent
    return float(np.exp(rng.uniform(np.log(low), np.log(high))))
    ### END SOLUTION


def random_search(evaluate, sample, num_trials, rng):
    """num_trials times settings = sample(rng), error = evaluate(settings) -> list of (error, settings), best first.

    An error that is nan (a training that went wrong) counts as the worst.
    """
    ### BEGIN SOLUTION
    # TODO: draw, evaluate, sort
    trials = []
    for _ in range(num_trials):
        settings = sample(rng)
        trials.append((evaluate(settings), settings))
    return sorted(trials, key=lambda trial: (np.isnan(trial[0]), trial[0]))
    ### END SOLUTION


def make_tuned():
    """A new network from images (N, 1, 28, 28) to logits (N, 10), for the settings that the search finds."""
    ### BEGIN SOLUTION
    # TODO: any network you like
    return nn.Sequential(nn.Conv2d(1, 8, 5, padding=2), nn.BatchNorm2d(8), nn.ReLU(), nn.MaxPool2d(2),
                         nn.Conv2d(8, 16, 5, padding=2), nn.BatchNorm2d(16), nn.ReLU(), nn.MaxPool2d(2),
                         nn.Flatten(), nn.Linear(784, 10))
    ### END SOLUTION


# %% train="tuned"
### BEGIN SOLUTION
# TODO: search with short trainings; tuned = make_tuned(), trained with the best; then save_checkpoint(tuned, "tuned")
few = {"train": loader_of(X_train[:10_000], Y_train[:10_000], shuffle=True), "valid": loader_of(X_valid, Y_valid, 1000)}


def sample_settings(rng):
    return {"alpha": log_uniform(rng, 0.005, 0.5), "decay": log_uniform(rng, 1e-6, 1e-2)}


def validation_error(settings):
    seed_everything(0)
    return train_net(make_tuned(), 1, few, **settings)["val_errs"][-1][1]


start = perf_counter()
trials = random_search(validation_error, sample_settings, 12, np.random.default_rng(0))
seconds = perf_counter() - start
fig, axes = plt.subplots(1, 2, figsize=(10, 3), sharey=True)
for ax, name in zip(axes, ["alpha", "decay"], strict=True):
    ax.scatter([settings[name] for _, settings in trials], [100 * error for error, _ in trials], color=COLORS[0])
    ax.set(xscale="log", yscale="log", xlabel=name)
axes[0].set(ylabel="validation error (%)", title="12 trials of one epoch on 10,000 images")
plt.show()
seed_everything(0)
tuned = make_tuned()
train_net(tuned, 5, make_loaders(augment), **trials[0][1])
tuned.seconds += seconds
save_checkpoint(tuned, "tuned")
### END SOLUTION

# %% test="random-search" points=1 timeout=120
trials = random_search(lambda settings: (settings["x"] - 0.3) ** 2, lambda rng: {"x": rng.random()}, 30,
                       np.random.default_rng(0))
assert len(trials) == 30, f"30 trials, not {len(trials)}"
errors_found = [error for error, _ in trials]
assert errors_found == sorted(errors_found), "the best trial comes first"
assert abs(trials[0][1]["x"] - 0.3) < 0.1, f"the best of 30 random numbers should be near 0.3, not {trials[0][1]}"
draws = [log_uniform(np.random.default_rng(i), 1e-4, 1) for i in range(200)]
assert 0.3 < np.mean(np.array(draws) < 1e-2) < 0.7, "half of the numbers between 1e-4 and 1 should be below 1e-2"
print("random-search: the best comes first, and log_uniform is even on a logarithmic scale")
### BEGIN HIDDEN TESTS
ns = student.run(HELPERS)
with part("search", points=0.5):
    values = list(rng.random(12))
    found, calls, settings = ns.searched([*values[:5], math.nan, *values[5:]])
    check.equal(calls, 13, hint="each of the num_trials settings is drawn and evaluated once")
    check.close(found, [*sorted(values), math.nan], hint="the trials in the order of their errors, nan last")
    check.equal(settings, sorted(range(12), key=lambda i: values[i]), hint="each error stands with its own settings")
    draws = np.array(ns.drawn(400, 1e-5, 10.0))
    check.between(draws, 1e-5, 10, hint="log_uniform(rng, low, high) lies between low and high")
    check.between(float(np.log10(draws).mean()), -2.4, -1.6, hint="the exponents should be uniform")
    check.between(float(np.log10(draws).std()), 1.55, 1.92, hint="the exponents should be uniform")
with part("tuned network", points=0.5):
    wrong = errors_of(ns, "tuned")
    check_error(wrong, "test", 0.013)
    check_error(wrong, "moved", MOVED["tuned"])
### END HIDDEN TESTS

# %% [markdown]
# ### Exercise 11 · Pruning · 1 point · about 40 minutes
#
# Most weights of a trained network are close to zero. Does it need them? Set the smallest of them to zero, whichever
# layer they are in, train the rest a little, and repeat (Han et al., 2015). Biases stay.
#
# `prune` sets weights to zero; `freeze_zeros` sees to it that they stay at zero in training. Then make the MLP of
# exercise 3 **as sparse as possible, at most 0.1 percentage points worse on the test images**: 80% of zeros give half
# of the points, 90% all.
#
# <details><summary>Hint: how can a weight stay at zero?</summary>
#
# When its gradient is zero in every step, its velocity stays zero, and so does the weight; decay of a zero is zero,
# too.
# `param.register_hook(lambda grad: grad * mask)` changes a gradient before it is used.
#
# </details>
# <details><summary>Hint: a little worse than allowed</summary>
#
# 0.1 points are ten images, and chance alone moves that many. Trained again on the same images, ours with 91% of zeros
# ended 0.09 points worse than the whole network; trained again on augmented images, 0.3 points better.
#
# </details>


# %% exercise="pruning"
def prune(model, sparsity):
    """Set the smallest weights to zero, in place: a fraction of all parameters of two or more dimensions together."""
    ### BEGIN SOLUTION
    # TODO: one threshold for all layers
    weights = [param for param in model.parameters() if param.dim() > 1]
    sizes = torch.cat([weight.detach().abs().flatten() for weight in weights])
    count = round(sparsity * len(sizes))
    with torch.no_grad():
        if count:
            threshold = sizes.kthvalue(count).values
            for weight in weights:
                weight.mul_(weight.abs() > threshold)
    ### END SOLUTION


def freeze_zeros(model):
    """From now on, training leaves the weights at zero that are zero now (call it again after pruning more)."""
    ### BEGIN SOLUTION
    # TODO: no gradient where a weight is zero
    for param in model.parameters():
        if param.dim() > 1:
            mask = (param.detach() != 0).to(param.dtype)
            param.register_hook(lambda grad, mask=mask: grad * mask)
    ### END SOLUTION


def make_pruned():
    """A new network, as sparse as it likes later: that of exercise 3."""
    return make_mlp()


# %% train="pruned"
### BEGIN SOLUTION
# TODO: pruned: a copy of mlp, pruned in some rounds, trained after each; then save_checkpoint(pruned, "pruned")
seed_everything(0)
pruned, loaders, curve = copy.deepcopy(mlp).to(device), make_loaders(augment), []
for sparsity in [0.6, 0.8, 0.91]:
    prune(pruned, sparsity)
    freeze_zeros(pruned)
    train_net(pruned, 5, loaders, alpha=0.1, decay=1e-4, log_every=10**6)
    curve.append((sparsity, compute_error_rate(pruned, loaders["valid"])))
save_checkpoint(pruned, "pruned")
fig, ax = plt.subplots(figsize=(5.5, 3))
ax.plot([100 * s for s, _ in curve], [100 * e for _, e in curve], "o-", color=COLORS[0], label="pruned")
ax.axhline(100 * compute_error_rate(mlp.to(device), loaders["valid"]), color="grey", linestyle=":", label="all weights")
ax.set(xlabel="zeros (%)", ylabel="validation error (%)", title="Pruning the MLP, five epochs after each round")
ax.legend()
plt.show()
### END SOLUTION

# %% test="pruning" points=1 timeout=60
net = nn.Sequential(nn.Linear(2, 2), nn.Linear(2, 1))
with torch.no_grad():
    net[0].weight.copy_(torch.tensor([[0.1, -5.0], [0.4, -0.2]]))
    net[1].weight.copy_(torch.tensor([[0.3, 7.0]]))
prune(net, 0.5)
first, second = (layer.weight.detach() for layer in net)
assert torch.allclose(first, torch.tensor([[0.0, -5.0], [0.4, 0.0]])), f"three of six weights become 0:\n{first}"
assert torch.allclose(second, torch.tensor([[0.0, 7.0]])), f"0.3 is among the three smallest:\n{second}"
freeze_zeros(net)
net(torch.ones(1, 2)).sum().backward()
gradient = net[1].weight.grad
assert gradient[0, 0] == 0 and gradient[0, 1] != 0, f"zero where the weight is zero, and only there: {gradient}"
zeros = sum(int((p == 0).sum()) for p in pruned.parameters() if p.dim() > 1)
zeros = zeros / sum(p.numel() for p in pruned.parameters() if p.dim() > 1)
errors_found = [compute_error_rate(net.to(device), loader_of(X_valid, Y_valid, 1000)) for net in (mlp, pruned)]
print(f"pruning: {zeros:.1%} of zeros; validation error {errors_found[1]:.2%}, with all weights {errors_found[0]:.2%}")
### BEGIN HIDDEN TESTS
ns = student.run(HELPERS)
with part("the smallest weights", points=0.25):
    for sparsity, shapes in [(0.5, [(4, 3), (5, 4)]), (0.8, [(6, 2, 3, 3), (3, 54)]), (0.0, [(2, 2)])]:
        weights = [rng.normal(size=shape) * (1 + 3 * i) for i, shape in enumerate(shapes)]
        sizes = np.sort(np.abs(np.concatenate([w.ravel() for w in weights])))
        count = round(sparsity * len(sizes))
        found, biases = ns.pruned_weights(weights, sparsity)
        for ours, theirs in zip(weights, found, strict=True):
            expected = ours * (np.abs(ours) > (sizes[count - 1] if count else 0))
            check.close(theirs, expected,
                        hint="the weights of smallest absolute value, of all layers together, get 0; others stay")
        check.true(bool(biases), hint="biases stay")
with part("zeros stay", points=0.25):
    check.equal(ns.regrown(), 0, hint="after training with momentum and decay some weights are no longer zero")
before, after = errors_of(ns, "mlp"), errors_of(ns, "pruned")
with part("80% of zeros", points=0.25):
    check_sparse(ns, before, after, 0.8)
with part("90% of zeros", points=0.25):
    check_sparse(ns, before, after, 0.9)
### END HIDDEN TESTS

# %% [markdown]
# ### Exercise 12 · An extreme learning machine · 2 points · about 40 minutes
#
# A hidden layer of random weights that are never trained, and an output layer that is not trained either but
# computed: least squares with a little ridge (Huang et al., 2006). With the hidden layer's outputs $H$ (N,
# num_hidden), one-hot labels $T$ (N, 10) and the ridge $\lambda$,
#
# $$\beta = (H^\top H + \lambda I)^{-1} H^\top T$$
#
# Use ReLU or any other non-linearity, a scale of the random weights that suits it, and `float64` for solving. With
# 20,000 images the error should be some 12% for 300 hidden units, 6% for 1,000 and 4% for 2,000.
#
# <details><summary>Hint: no inverse</summary>
#
# `torch.linalg.solve(A, B)` is faster and more precise than `torch.linalg.inv(A) @ B`.
#
# </details>


# %% exercise="elm"
class ELM:
    """Random features of flat images (N, num_inputs), a linear output layer in closed form."""

    def __init__(self, num_inputs, num_hidden, num_classes=10):
        ### BEGIN SOLUTION
        # TODO: draw the hidden layer's weights and biases
        self.W = torch.randn(num_inputs, num_hidden, dtype=torch.float64) / np.sqrt(num_inputs)
        self.b = torch.randn(num_hidden, dtype=torch.float64)
        self.num_classes = num_classes
        ### END SOLUTION

    def features(self, X):
        """X (N, num_inputs) -> H (N, num_hidden), float64."""
        ### BEGIN SOLUTION
        # TODO: the hidden layer's outputs
        return (X.double() @ self.W + self.b).relu()
        ### END SOLUTION

    def fit(self, X, Y, ridge=1e-3):
        """Compute the output layer for X (N, num_inputs) and labels Y (N,)."""
        ### BEGIN SOLUTION
        # TODO: solve for beta
        H, T = self.features(X), F.one_hot(Y, self.num_classes).double()
        self.beta = torch.linalg.solve(H.T @ H + ridge * torch.eye(H.shape[1], dtype=H.dtype), H.T @ T)
        ### END SOLUTION

    def predict(self, X):
        """X (N, num_inputs) -> outputs (N, num_classes); the largest one says the class."""
        ### BEGIN SOLUTION
        # TODO: features times beta
        return self.features(X) @ self.beta
        ### END SOLUTION


# %% test="elm" points=2
seed_everything(0)
flat, labels = normalize(X_train[:2000]).flatten(1), Y_train[:2000]
elm = ELM(784, 300)
H = elm.features(flat)
assert H.shape == (2000, 300) and H.dtype == torch.float64, f"features: float64, (2000, 300), not {tuple(H.shape)}"
elm.fit(flat, labels, ridge=1e-3)
assert torch.equal(H, elm.features(flat)), "fitting must not change the hidden layer"
T = F.one_hot(labels, 10).double()
expected = H @ torch.linalg.solve(H.T @ H + 1e-3 * torch.eye(300, dtype=torch.float64), H.T @ T)
difference = (elm.predict(flat) - expected).abs().max().item()
assert difference < 1e-4, f"the outputs are {difference:.2g} away from those of the formula"
error = (elm.predict(normalize(X_valid[:2000]).flatten(1)).argmax(dim=1) != Y_valid[:2000]).float().mean()
print(f"elm: with 300 units and 2,000 images {error:.1%} of the validation images are wrong (about 16% is usual)")
### BEGIN HIDDEN TESTS
ns = student.run(HELPERS)
X, Y, X_new = rng.normal(size=(120, 12)), rng.integers(0, 4, 120), rng.normal(size=(30, 12))
with part("random features", points=0.5):
    H, again, other = (np.asarray(check.numbers(found)) for found in ns.elm_features(12, 25, X, Y))
    check.shape(H, (120, 25), hint="features of 120 rows, 25 hidden units")
    check.close(H, again, hint="the hidden layer changes when the output layer is computed")
    check.true(not np.allclose(H, other), hint="two machines have the same random weights: is a seed set inside?")
    check.less(1e-3, H.std(axis=0).max(), hint="the features don't depend on the inputs")
    check.less(np.abs(np.corrcoef(H[:, H.std(axis=0) > 0].T) - np.eye(int((H.std(axis=0) > 0).sum()))).max(), 0.9999,
               hint="hidden units are copies of each other")
    linear = np.linalg.lstsq(np.c_[X, np.ones(120)], H, rcond=None)[0]
    check.less(1e-3, float(np.abs(np.c_[X, np.ones(120)] @ linear - H).max()), hint="the hidden layer is linear")
with part("closed form", points=0.75):
    for ridge in (1e-2, 3.0):
        H, H_new, found = (np.asarray(check.numbers(one)) for one in ns.elm_outputs(12, 25, X, Y, X_new, ridge, 4))
        beta = np.linalg.solve(H.T @ H + ridge * np.eye(25), H.T @ np.eye(4)[Y])
        check.close(found, H_new @ beta, rtol=1e-3, atol=1e-4,
                    hint=f"the outputs for new rows with a ridge of {ridge:g}, from features and one-hot labels")
with part("digits", points=0.75):
    images, labels = trial("test")
    found = np.asarray(check.numbers(ns.elm_digits(500, 4000, images[:2000])))
    check.shape(found, (2000,), hint="one class for each image")
    error = float((found != labels[:2000]).mean())
    check.less(error, 0.17, hint=f"with 500 units and 4,000 images {error:.1%} of the test images are wrong, it should "
                                 "be below 17%: is the scale of the random weights sensible?")
### END HIDDEN TESTS

# %% show="elm-sizes"
seed_everything(0)
flat, flat_valid, rows = normalize(X_train[:20_000]).flatten(1), normalize(X_valid).flatten(1), []
for num_hidden in progress([100, 300, 1000, 2000], "hidden units"):
    start, elm = perf_counter(), ELM(784, num_hidden)
    elm.fit(flat, Y_train[:20_000])
    error = (elm.predict(flat_valid).argmax(dim=1) != Y_valid).float().mean().item()
    rows.append((num_hidden, 100 * error, perf_counter() - start))
fig, ax = plt.subplots(figsize=(5.5, 3))
ax.loglog(*np.transpose(rows)[:2], "o-", color=COLORS[0])
for num_hidden, error, seconds in rows:
    ax.annotate(f"{seconds:.1f} s", (num_hidden, error), textcoords="offset points", xytext=(6, 6))
ax.set(xlabel="hidden units", ylabel="validation error (%)", title="Extreme learning machines on 20,000 images")
ax.margins(0.15)
plt.show()

# %% [markdown]
# No gradient, no epochs, and 4.2% after some seconds. The trained network of exercise 3 has 600 hidden units and
# is at 1.6%: what is learned in the hidden layer is worth more than ten times its width.

# %% [markdown]
# ### Exercise 13 · Double descent · 1 point · about 40 minutes
#
# Statistics says: a model with as many parameters as examples can learn all the noise by heart, and more parameters
# only make it worse. Belkin et al. (2019) looked beyond that point. We take random ReLU features of 1,000 digits, 10%
# of them with a wrong label, and the least-squares solution. With fewer features than examples there is one; with
# more there are infinitely many that fit every example exactly, and we take the one of **minimum norm**.
#
# Write the fit for both cases in `float64`. (The pseudo-inverse does both; `torch.linalg.lstsq` with
# `driver="gelsd"`, too.)


# %% exercise="min-norm"
def min_norm_fit(H, T):
    """The least-squares solution of H beta = T with the smallest norm: H (N, P), T (N, K), float64 -> beta (P, K)."""
    ### BEGIN SOLUTION
    # TODO: least squares, of minimum norm where there are many solutions
    return torch.linalg.lstsq(H, T, driver="gelsd").solution
    ### END SOLUTION


# %% test="min-norm" points=0.5
H, T = torch.tensor([[1.0, 1.0]], dtype=torch.float64), torch.tensor([[2.0]], dtype=torch.float64)
beta = min_norm_fit(H, T)
assert tuple(beta.shape) == (2, 1), f"one row for each feature: (2, 1), not {tuple(beta.shape)}"
assert torch.allclose(H @ beta, T), "with more features than examples every example is fitted exactly"
assert torch.allclose(beta, torch.ones(2, 1).double()), f"a + b = 2 with the smallest norm is a = b = 1, not {beta}"
print("min-norm: the shortest of many solutions")
### BEGIN HIDDEN TESTS
with part("fewer features than examples", points=0.25):
    for N, P, K in [(30, 5, 3), (12, 12, 1)]:
        H, T = torch.from_numpy(rng.normal(size=(N, P))), torch.from_numpy(rng.normal(size=(N, K)))
        check.close(student.min_norm_fit(H, T), np.linalg.pinv(H.numpy()) @ T.numpy(), rtol=1e-3, atol=1e-5,
                    hint=f"least squares for {N} examples and {P} features")
with part("more features than examples", points=0.25):
    for N, P, K in [(8, 40, 2), (1, 3, 4)]:
        H, T = torch.from_numpy(rng.normal(size=(N, P))), torch.from_numpy(rng.normal(size=(N, K)))
        check.close(student.min_norm_fit(H, T), np.linalg.pinv(H.numpy()) @ T.numpy(), rtol=1e-3, atol=1e-5,
                    hint=f"the shortest solution for {N} examples and {P} features")
### END HIDDEN TESTS

# %% show="double-descent"
seed_everything(0)
flat, labels = normalize(X_train[:1000]).flatten(1).double(), Y_train[:1000].clone()
noisy = torch.rand(1000) < 0.1
labels[noisy] = (labels[noisy] + torch.randint(1, 10, (int(noisy.sum()),))) % 10
flat_test, T = normalize(X_test[:5000]).flatten(1).double(), F.one_hot(labels, 10).double()
W = torch.randn(784, 8000, dtype=torch.float64) / 28
H, H_test, rows = (flat @ W).relu(), (flat_test @ W).relu(), []
for P in progress([50, 100, 200, 400, 700, 900, 1000, 1100, 1300, 2000, 4000, 8000], "features"):
    beta = min_norm_fit(H[:, :P], T)
    wrong = [((h[:, :P] @ beta).argmax(dim=1) != y).double().mean().item()
             for h, y in [(H, labels), (H_test, Y_test[:5000])]]
    rows.append((P, *wrong, beta.norm().item()))
P, train_error, test_error, norm = np.transpose(rows)
fig, (left, right) = plt.subplots(1, 2, figsize=(11, 3.4))
left.semilogx(P, 100 * test_error, "o-", color=COLORS[1], label="test")
left.semilogx(P, 100 * train_error, "s-", color=COLORS[0], label="training")
right.loglog(P, norm, "o-", color=COLORS[2])
for ax in (left, right):
    ax.axvline(1000, color="grey", linestyle=":")
left.set(xlabel="features", ylabel="wrong (%)", title="1,000 examples, 10% of the labels wrong")
right.set(xlabel="features", ylabel="norm of the solution", title="Why: the solution explodes at 1,000")
left.legend()
plt.show()

# %% [markdown] answer="why-double-descent" points=0.5
# What happens at 1,000 features, and why? Why does the test error fall again with more features, although all of
# these solutions fit the wrong labels, too?
#
# ### BEGIN SOLUTION
# The test error falls to 27% (200 features), rises to 88% at 1,000, and falls to 20% (8,000). At 1,000 features there
# is exactly one solution that fits all 1,000 examples, wrong labels included. The matrix is
# nearly singular: some directions of feature space hardly occur, and to fit the noise there the coefficients have to
# be huge (the norm peaks), so that on new images the outputs are dominated by noise. With more features there is a
# whole space of exact solutions, and the shortest of them gets shorter the more there are to choose from: the wrong
# labels are fitted by many small coefficients, each a narrow bump around its example that does little elsewhere. A
# short solution is a smooth function. So the number of parameters does not measure complexity, the norm does better;
# with ridge the peak goes away.
# ### END SOLUTION

# %% [markdown]
# ### Exercise 14 · A scaling law · 1 point · about 40 minutes
#
# How much better does a network get with more data? Very often the error falls along a straight line in doubly
# logarithmic axes (Hestness et al., 2017): $\text{error} \approx c \cdot n^{-b}$. Write the fit: a straight line
# through $(\log n, \log \text{error})$ by least squares gives $b$ and $c$, and from the residuals follows how sure
# $b$ is. With $K$ points, $x = \log n$ and residuals $r$, the standard error of the slope is
#
# $$s = \sqrt{\frac{\sum r^2 / (K - 2)}{\sum (x - \bar x)^2}}$$
#
# and $b \pm t s$ a 95% interval, where $t$ is the 97.5% quantile of Student's distribution with $K - 2$ degrees of
# freedom (`scipy.stats.t.ppf(0.975, K - 2)`).


# %% exercise="scaling-law"
def fit_power_law(n, error):
    """Fit error = c · n^(-b): arrays n, error (K,), K > 2 -> (b, c, (low, high)), the last a 95% interval of b."""
    ### BEGIN SOLUTION
    # TODO: a straight line through the logarithms, and the interval of its slope
    from scipy.stats import t

    x, y = np.log(n), np.log(error)
    slope, intercept = np.polyfit(x, y, 1)
    residuals = y - intercept - slope * x
    s = np.sqrt((residuals**2).sum() / (len(x) - 2) / ((x - x.mean()) ** 2).sum())
    half = t.ppf(0.975, len(x) - 2) * s
    return -slope, np.exp(intercept), (-slope - half, -slope + half)
    ### END SOLUTION


# %% test="scaling-law" points=0.5
n = np.array([100.0, 1000.0, 10_000.0])
b, c, (low, high) = fit_power_law(n, 2 * n**-0.5)
assert abs(b - 0.5) < 1e-6, f"the exponent of 2 / sqrt(n) is b = 0.5, not {b:.4g}"
assert abs(c - 2) < 1e-6, f"c should be 2, not {c:.4g}"
assert low <= b <= high and high - low < 1e-6, "three points on a line: the interval has no width"
b, c, (low, high) = fit_power_law(n, np.array([0.2, 0.07, 0.02]))
assert abs(high - low - 0.6466) < 1e-2, f"with these errors the interval is 0.647 wide, not {high - low:.3f}"
print(f"scaling-law: b = {b:.2f}, from {low:.2f} to {high:.2f}")
### BEGIN HIDDEN TESTS
with part("fit", points=0.25):
    for K, b, c in [(3, 0.7, 0.5), (8, 0.2, 3.0)]:
        n = np.sort(rng.uniform(50, 50_000, K))
        error = c * n**-b * np.exp(0.05 * rng.normal(size=K))
        found, expected = student.fit_power_law(n, error), reference.fit_power_law(n, error)
        check.close([found[0], found[1]], [expected[0], expected[1]], rtol=1e-3,
                    hint="b and c of the line through log n and log error by least squares")
with part("interval", points=0.25):
    for K in (4, 9):
        n = np.sort(rng.uniform(50, 50_000, K))
        error = 2 * n**-0.4 * np.exp(0.1 * rng.normal(size=K))
        found, expected = student.fit_power_law(n, error)[2], reference.fit_power_law(n, error)[2]
        check.close(list(found), list(expected), rtol=1e-2, atol=1e-3,
                    hint="b - t s and b + t s, with K - 2 degrees of freedom")
### END HIDDEN TESTS

# %% show="scaling"
seed_everything(0)
sizes, errors_found, valid = [500, 1000, 2000, 5000, 10_000, 20_000, 50_000], [], make_loaders()
for size in progress(sizes, "examples"):
    loaders = valid | {"train": loader_of(X_train[:size], Y_train[:size], shuffle=True)}
    net = make_mlp()
    with contextlib.redirect_stdout(io.StringIO()):
        train_net(net, max(5, 20_000 // size), loaders, log_every=10**6)
    errors_found.append(compute_error_rate(net, valid["valid"]))
b, c, (low, high) = fit_power_law(np.array(sizes), np.array(errors_found))
fig, ax = plt.subplots(figsize=(5.5, 3.4))
ax.loglog(sizes, 100 * np.array(errors_found), "o", color=COLORS[0], label="MLP")
label = f"exponent {b:.2f}, 95% interval {low:.2f} to {high:.2f}"
ax.loglog(sizes, 100 * c * np.array(sizes) ** -b, color=COLORS[1], label=label)
ax.set(xlabel="training examples", ylabel="validation error (%)", title="A straight line")
ax.legend()
plt.show()

# %% [markdown] answer="scaling-question" points=0.5
# Which exponent do you find, and how many examples would an error of 0.5% need by this law? Why might the line not go
# on so for ever? What does the interval not include?
#
# ### BEGIN SOLUTION
# The exponent is 0.47, with an interval of 0.43 to 0.50: twice the data, some 28% fewer errors. From 1.8% at 50,000 to
# 0.5% the error has to fall by a factor of 3.6, which needs some 15 times as many examples. The line must end at the
# share of digits that nobody can read, and it is the law of this network and this training: a ConvNet has another
# one. The interval describes the scatter of the points around a line; it knows nothing of other seeds, of too short
# trainings of the largest sets, or of a curve that is no line.
# ### END SOLUTION

# %% [markdown]
# ### Exercise 15 · Other tricks · 1 bonus point · about 60 minutes

# %% [markdown] answer="other-tricks" points=1 bonus
# Try a trick of your own: label smoothing, mixup, an ensemble, another optimiser, a network that is trained against
# shifted images … Say what you expected, what you measured (on the validation set, with more than one seed), and what
# you conclude.
#
# ### BEGIN SOLUTION
# A person judges: an idea, a fair comparison (same time or same number of steps, three seeds), an honest conclusion.
# ### END SOLUTION

# %% [markdown]
# ## What did it bring?
#
# The table fills itself from the networks above.

# %% show="results"
results = ResultsTable(make_loaders())
for name, variable in [("MLP", "mlp"), ("MLP, pruned", "pruned"), ("ConvNet", "convnet"),
                       ("with dropout", "dropout_net"), ("tuned, augmented", "tuned")]:
    if net := globals().get(variable):  # an exercise may have been left out
        results.add(name, net.to(device), getattr(net, "seconds", float("nan")))
results.plot()
plt.show()
results

# %% [markdown]
# The bars are what counting errors among 10,000 images leaves open. Parameters are those that are not zero; the seconds
# of the pruned network include its first training, those of the tuned one the search. Which of the tricks made a
# difference that is larger than the bars?
#
# ## Before you hand in
#
# Restart the kernel and run all cells. The training cells together take some minutes; their checkpoints (in
# `checkpoints/`) are handed in with the notebook. An exercise that is left out costs only its points.
#
# **Sources.** M. Belkin et al., *Reconciling modern machine-learning practice and the classical bias–variance
# trade-off*, PNAS 2019. J. Bergstra and Y. Bengio, *Random search for hyper-parameter optimization*, JMLR 2012. S.
# Han et al., *Learning both weights and connections for efficient neural networks*, NIPS 2015. J. Hestness et al.,
# *Deep learning scaling is predictable, empirically*, arXiv:1712.00409. G.-B. Huang et al., *Extreme learning
# machine: theory and applications*, Neurocomputing 2006. S. Ioffe and C. Szegedy, *Batch normalization*, ICML 2015.
# B. T. Polyak and A. B. Juditsky, *Acceleration of stochastic approximation by averaging*, SIAM Journal on Control
# and Optimization 1992. L. N. Smith, *A disciplined approach to neural network hyper-parameters*, arXiv:1803.09820.
# N. Srivastava et al., *Dropout*, JMLR 2014. The problems follow the practical work of the course this repository
# rebuilds; text and code are new.

# %% judge
import copy
import functools

import torch
import torch.nn.functional as functional
from torch import nn

from common.data import load_mnist

# Bounds for the errors on test images that are turned and shifted a little. What honest networks get is in
# docs/w04_mnist.md; a table of the test set gets nine of ten wrong.
MOVED = {"mlp": 0.1, "convnet": 0.05, "tuned": 0.05}

# Helpers of the hidden tests. What stands in the text runs in the student's process, and holds no answer.
HELPERS = """
import copy
import functools
import time
import torch
from torch import nn
import torch.nn.functional as functional
from common.checkpoints import load_checkpoint
from common.data import load_mnist, normalize

def written(name):
    if name not in globals():
        raise NameError(name + " is not defined")
    return globals()[name]

def timed(seconds, repeats, warmup):
    left, calls = list(seconds), []
    def work():
        calls.append(1)
        time.sleep(left.pop(0) if left else 0)
    found = float(f"{median_time(work, repeats, warmup):.1g}")  # what a student reads must not change with the machine
    return found, len(calls)

def small_net(state):
    net = nn.Sequential(nn.Linear(3, 4), nn.Tanh(), nn.Linear(4, 3)).double()
    net.load_state_dict(state)
    return net

def after_steps(state, batches, settings, factors):
    net, path = small_net(state), []
    def remember(net, inputs):
        if net.training:
            path.append(copy.deepcopy(net.state_dict()))
    net.register_forward_pre_hook(remember)
    schedule = None if factors is None else (lambda t: factors[int(t)])
    loaders = {"train": batches, "valid": batches[:1]}
    SGD(net, loaders, num_epochs=1, max_num_epochs=1, log_every=10**6, schedule=schedule, **settings)
    return [{name: value.detach() for name, value in one.items()} for one in [*path[1:], net.state_dict()]]

class Epochs(nn.Module):
    def __init__(self, rates):
        super().__init__()
        self.rates, self.snapshots = rates, {}
        self.layer = nn.Linear(2, 2)
        self.register_buffer("epochs", torch.zeros((), dtype=torch.long))

    def forward(self, x):
        if self.training:
            self.epochs += 1
            return self.layer(x)
        epoch = int(self.epochs)
        self.snapshots[epoch] = self.layer.weight.detach().clone()
        right = round((1 - self.rates[min(epoch, len(self.rates)) - 1]) * len(x))
        logits = torch.zeros(len(x), 2)
        logits[:right, 0] = 1.0
        logits[right:, 1] = 1.0
        return logits

class Interrupting(list):
    def __init__(self, batches, epoch):
        super().__init__(batches)
        self.left = epoch

    def __iter__(self):
        self.left -= 1
        if self.left == 0:
            raise KeyboardInterrupt
        return super().__iter__()

def best_kept(rates, interrupted=-1):
    torch.manual_seed(0)
    net, x = Epochs(rates), torch.randn(10, 2)
    loaders = {"train": Interrupting([(x, torch.randint(0, 2, (10,)))], interrupted),
               "valid": [(x, torch.zeros(10, dtype=torch.long))]}
    try:
        history = SGD(net, loaders, alpha=0.2, num_epochs=len(rates), max_num_epochs=len(rates), log_every=10**6)
    except KeyboardInterrupt:
        raise RuntimeError("an interruption ends the training with an error") from None
    epoch, weight = int(net.epochs), net.layer.weight.detach()
    if not any(torch.equal(weight, kept) for number, kept in net.snapshots.items() if number == epoch):
        epoch = -1
    return epoch, [round(float(error), 6) for _, error in history["val_errs"]]

@functools.cache
def trained(name):
    # Loaded anew: no cell between can have changed it, and what is wrong with the checkpoint is said.
    return load_checkpoint(written("make_" + name)(), name.replace("_", "-"))

def shapes_of(name):
    net = written(name)() if name.startswith("make_") else trained(name)
    return [list(param.shape) for param in net.parameters()]

def drops(name):
    net, x = written(name)().train(), torch.rand(8, 1, 28, 28)
    with torch.no_grad():
        return not torch.equal(net(x), net(x))

def has_own():
    return any(isinstance(layer, Dropout) for layer in make_dropout_net().modules())

def predictions(name, images):
    net, found = trained(name).eval(), []
    net.to(memory_format=torch.channels_last)
    with torch.no_grad():
        for batch in images.split(500):
            found.append(net(normalize(batch)).argmax(dim=1))
    return torch.cat(found)

def dropout_layer(p):
    # The layer of the network: one's own, or PyTorch's where the network has that.
    layers = [type(layer) for layer in written("make_dropout_net")().modules()]
    return (nn.Dropout if nn.Dropout in layers and Dropout not in layers else Dropout)(p)

def dropped(p, size):
    torch.manual_seed(1)
    layer, x = dropout_layer(p).train(), torch.full(size, 3.0, requires_grad=True)
    first, second = layer(x), layer(x)
    untouched = bool((x == 3).all())
    (gradient,) = torch.autograd.grad(first.sum(), x)
    return first.detach(), second.detach(), untouched, gradient

def undropped(p):
    x = torch.randn(20, 30)
    return bool(torch.equal(dropout_layer(p).eval()(x), x))

def augmented(images):
    x = images.float().clone()
    first, second = augment(x).detach().clone(), augment(x).detach().clone()
    return first, second, bool(torch.equal(x, images.float()))

def norm_run(batches, weight, bias, new, eps, momentum):
    layer = BatchNorm(weight.shape[0], eps=eps, momentum=momentum).double().train()
    with torch.no_grad():
        layer.weight.copy_(weight)
        layer.bias.copy_(bias)
    outputs, gradients = [], []
    for batch in batches:
        x = batch.clone().requires_grad_()
        y = layer(x)
        outputs.append(y)
        gradients += torch.autograd.grad((y * torch.arange(y.numel()).view_as(y)).sum(), x)
    found = {"outputs": torch.cat(outputs), "x_grad": torch.cat(gradients),
             "running_mean": layer.running_mean.clone(), "running_var": layer.running_var.clone()}
    layer.eval()
    found["eval_outputs"] = torch.cat([layer(new), layer(new[:1])])
    found["after_eval"] = torch.stack([layer.running_mean, layer.running_var])
    return {name: value.detach().clone() for name, value in found.items()}

def norm_state(num_features):
    layer = BatchNorm(num_features)
    names = {"parameters": sorted(name for name, _ in layer.named_parameters()),
             "buffers": sorted(name for name, buffer in layer.named_buffers() if buffer.numel() == num_features),
             "state": sorted(name for name, value in layer.state_dict().items() if value.numel() == num_features)}
    state = layer.to(torch.float64).state_dict()
    return names, all(value.dtype == torch.float64 for value in state.values() if value.is_floating_point())

def constrained(W, b, max_norm):
    layer = stack_of([W])[0]
    with torch.no_grad():
        layer.bias.copy_(torch.as_tensor(b))
    constrain_norms(nn.Sequential(layer), max_norm)
    return layer.weight.detach().clone(), layer.bias.detach().clone()

def averaged(path, beta):
    net = nn.Linear(path.shape[2], path.shape[1], bias=False).double()
    def put(values):
        with torch.no_grad():
            net.weight.copy_(torch.as_tensor(values))
    put(path[0])
    average = PolyakAverage(net, beta)
    for point in path[1:]:
        put(point)
        average.update(net)
    before = net.weight.detach().clone()
    average.store_in(net)
    stored = net.weight.detach().clone()
    other = copy.deepcopy(net)
    with torch.no_grad():
        other.weight.fill_(100.0)
    average.update(other)
    after = net.weight.detach().clone()
    return {"before": before, "stored": stored, "kept": [after, stored]}

def searched(values):
    import numpy
    drawn = []
    def sample(rng):
        drawn.append(len(drawn))
        return {"number": drawn[-1]}
    calls = []
    def evaluate(settings):
        calls.append(settings)
        return values[settings["number"]]
    trials = list(random_search(evaluate, sample, len(values), numpy.random.default_rng(0)))
    finite = [number for number, value in enumerate(values) if value == value]
    numbers = [finite.index(settings["number"]) for error, settings in trials if error == error]
    return [float(error) for error, _ in trials], len(calls), numbers

def drawn(count, low, high):
    import numpy
    rng = numpy.random.default_rng(5)
    return [float(log_uniform(rng, low, high)) for _ in range(count)]

def stack_of(weights):
    layers = []
    for W in weights:
        W = torch.as_tensor(W)
        layer = nn.Linear(W.shape[1], W.shape[0]) if W.dim() == 2 else nn.Conv2d(W.shape[1], W.shape[0], W.shape[2])
        layer = layer.double()
        with torch.no_grad():
            layer.weight.copy_(W)
            layer.bias.fill_(0.001)
        layers.append(layer)
    return nn.Sequential(*layers)

def pruned_weights(weights, sparsity):
    net = stack_of(weights)
    prune(net, sparsity)
    weights = [getattr(layer, "weight").detach().clone() for layer in net]
    return weights, all(bool((layer.bias == 0.001).all()) for layer in net)

def regrown():
    torch.manual_seed(0)
    net = nn.Sequential(nn.Linear(6, 8), nn.ReLU(), nn.Linear(8, 3))
    prune(net, 0.5)
    zeros = [param.detach() == 0 for param in net.parameters() if param.dim() > 1]
    freeze_zeros(net)
    optimizer = torch.optim.SGD(net.parameters(), lr=0.1, momentum=0.9, weight_decay=0.01)
    for _ in range(10):
        optimizer.zero_grad()
        functional.cross_entropy(net(torch.randn(20, 6)), torch.randint(0, 3, (20,))).backward()
        optimizer.step()
    weights = [param for param in net.parameters() if param.dim() > 1]
    if not any(mask.any() for mask in zeros):
        return -1
    return sum(int((param[mask] != 0).sum()) for param, mask in zip(weights, zeros))

def zeros_of(name):
    weights = [param.detach() for param in trained(name).parameters() if param.dim() > 1]
    return sum(int((weight == 0).sum()) for weight in weights), sum(weight.numel() for weight in weights)

def elm_features(num_inputs, num_hidden, X, Y):
    torch.manual_seed(3)
    X, Y = torch.as_tensor(X).double(), torch.as_tensor(Y)
    first, second = ELM(num_inputs, num_hidden, 4), ELM(num_inputs, num_hidden, 4)
    H = first.features(X).clone()
    first.fit(X, Y, ridge=0.1)
    return H, first.features(X), second.features(X)

def elm_outputs(num_inputs, num_hidden, X, Y, X_new, ridge, num_classes):
    X, Y, X_new = torch.as_tensor(X).double(), torch.as_tensor(Y), torch.as_tensor(X_new).double()
    elm = ELM(num_inputs, num_hidden, num_classes)
    elm.fit(X, Y, ridge=ridge)
    return elm.features(X), elm.features(X_new), elm.predict(X_new)

def elm_digits(num_hidden, count, images):
    torch.manual_seed(0)
    X, Y = load_mnist()[0]
    elm = ELM(784, num_hidden)
    elm.fit(normalize(X[:count]).flatten(1), Y[:count], ridge=1e-3)
    return elm.predict(normalize(images).flatten(1)).argmax(dim=1)
"""


def check_steps(ns, rng, num_steps, settings, hint, make_scheduler=None):
    """After each step of SGD the parameters are those of torch.optim.SGD with a scheduler of PyTorch's."""
    generator = torch.Generator().manual_seed(int(rng.integers(2**31)))
    net = nn.Sequential(nn.Linear(3, 4), nn.Tanh(), nn.Linear(4, 3)).double()
    with torch.no_grad():
        for param in net.parameters():
            param.copy_(torch.randn(param.shape, generator=generator, dtype=torch.float64))
    start = copy.deepcopy(net.state_dict())
    batches = [(torch.randn(7, 3, generator=generator).double(), torch.randint(0, 3, (7,), generator=generator))
               for _ in range(num_steps)]
    groups = [{"params": [p for p in net.parameters() if (p.dim() > 1) == weights], "weight_decay": decay}
              for weights, decay in [(True, settings.get("decay", 0.0)), (False, 0.0)]]
    optimizer = torch.optim.SGD(groups, lr=settings["alpha"], momentum=settings.get("epsilon", 0.0))
    scheduler, factors, path = make_scheduler and make_scheduler(optimizer), [], []
    for x, y in batches:
        factors.append(optimizer.param_groups[0]["lr"] / settings["alpha"])
        optimizer.zero_grad()
        functional.cross_entropy(net(x), y).backward()
        optimizer.step()
        if scheduler:
            scheduler.step()
        path.append(copy.deepcopy(net.state_dict()))
    found = ns.after_steps(start, batches, settings, factors if scheduler else None)
    check.equal(len(found), num_steps, hint="one step for each batch")
    for number, (ours, theirs) in enumerate(zip(path, found, strict=True), 1):
        for name, value in ours.items():
            check.close(theirs[name], value, rtol=1e-5, atol=1e-7, hint=f"{name} after step {number}: {hint}")


@functools.cache
def trial(part):
    """Images uint8 (N, 1, 28, 28) in an order of our own, and labels (N,); "moved": 3,000 turned and shifted ones."""
    generator = torch.Generator().manual_seed(20)
    images, labels = load_mnist()[1 if part == "valid" else 2]
    order = torch.randperm(len(images), generator=generator)[: 3000 if part == "moved" else None]
    images, labels = images[order], labels[order].numpy()
    if part != "moved":
        return images, labels
    turn, down, right = 2 * torch.rand(3, len(images), generator=generator) - 1
    turn, down, right = turn * math.radians(8), down / 14, right / 14  # up to 8 degrees and one pixel
    rows = [torch.stack([turn.cos(), -turn.sin(), right], 1), torch.stack([turn.sin(), turn.cos(), down], 1)]
    grid = functional.affine_grid(torch.stack(rows, 1), images.shape, align_corners=False)
    return functional.grid_sample(images.float(), grid, align_corners=False).round().byte(), labels


def errors_of(ns, name):
    """A function from "valid", "test" or "moved" to the error rate of a trained network; each is asked once."""
    @functools.cache
    def error(part):
        images, labels = trial(part)
        found = check.numbers(ns.predictions(name, images))
        check.shape(found, labels.shape, hint="one class for each image")
        return float((found != labels).mean())

    return error


def check_error(error, part, bound):
    """An error rate is below its bound."""
    what = {"valid": "of the validation images", "test": "of the test images",
            "moved": "of test images that are slightly turned and shifted"}[part]
    check.less(error(part), bound, hint=f"{error(part):.2%} {what} are wrong, it should be below {bound:.1%}")


def check_mlp(shapes):
    """2 to 4 weight matrices, 100 to 5,000 hidden units in each hidden layer, no convolutions."""
    check.true(not any(len(shape) > 2 for shape in shapes), hint="this network is without convolutions")
    widths = [shape[0] for shape in shapes if len(shape) == 2]
    check.between(len(widths), 2, 4, hint="2 to 4 layers of weights")
    check.between(widths[:-1], 100, 5000, hint="100 to 5,000 units in each hidden layer")
    check.equal(widths[-1], 10, hint="ten logits")


def check_sparse(ns, before, after, least):
    """The pruned network is sparse enough, and on the test images at most 0.1 percentage points worse."""
    zeros, count = ns.zeros_of("pruned")
    check.true(isinstance(zeros, int) and isinstance(count, int) and count > 50_000, hint="weights of `pruned`")
    check.between(zeros / count, least, 1, hint=f"{zeros / count:.1%} of the weights are zero, not {least:.0%}")
    check.less(before("test"), 0.03, hint="the network of exercise 3 is not trained, there is nothing to compare with")
    check.less(after("test") - before("test"), 0.001 + 1e-9,
               hint=f"test error {after('test'):.2%}, with all weights {before('test'):.2%}: at most 0.1 percentage "
                    "points worse")
    check_error(after, "moved", MOVED["mlp"])


def norm_pair(ns, rng, sizes, D, eps, momentum):
    """nn.BatchNorm1d and the student's layer on batches of several sizes, then in evaluation."""
    batches = [torch.from_numpy(rng.normal(1, 2, size=(N, D))) for N in sizes]
    weight, bias, new = (torch.from_numpy(rng.normal(size=size)) for size in (D, D, (5, D)))
    layer = nn.BatchNorm1d(D, eps=eps, momentum=momentum).double()
    with torch.no_grad():
        layer.weight.copy_(weight)
        layer.bias.copy_(bias)
    outputs, gradients = [], []
    for batch in batches:
        x = batch.clone().requires_grad_()
        y = layer(x)
        outputs.append(y)
        gradients += torch.autograd.grad((y * torch.arange(y.numel()).view_as(y)).sum(), x)
    ours = {"outputs": torch.cat(outputs), "x_grad": torch.cat(gradients), "running_mean": layer.running_mean.clone(),
            "running_var": layer.running_var.clone()}
    layer.eval()
    ours["eval_outputs"] = torch.cat([layer(new), layer(new[:1])])
    ours["after_eval"] = torch.stack([layer.running_mean, layer.running_var])
    ours = {name: value.detach() for name, value in ours.items()}
    return ours, ns.norm_run(batches, weight, bias, new, eps, momentum)


def digit_like(rng, count):
    """Strokes like digits, normalised, away from the border: tensor (count, 1, 28, 28)."""
    images = np.zeros((count, 28, 28))
    for image in images:
        x, y = rng.uniform(9, 18, size=(2, 4))
        for t in np.linspace(0, 1, 60):
            weights = [(1 - t) ** 3, 3 * t * (1 - t) ** 2, 3 * t**2 * (1 - t), t**3]
            i, j = int(round(x @ weights)), int(round(y @ weights))
            image[i - 1 : i + 2, j - 1 : j + 2] = 1.0
    return torch.from_numpy((images[:, None] - 0.1307) / 0.3081).float()


def centres(images):
    """The centre of mass of each image's ink, rows and columns: (N, 2)."""
    ink = images - np.quantile(images, 0.05, axis=(1, 2), keepdims=True)
    ink = np.where(ink > 0.5, ink, 0) + 1e-9
    total = ink.sum(axis=(1, 2))
    i, j = np.mgrid[:28, :28]
    return np.stack([(ink * i).sum(axis=(1, 2)) / total, (ink * j).sum(axis=(1, 2)) / total], axis=1)


def likeness(images, clean):
    """The best correlation of each image with its clean version, over shifts of up to 6 pixels."""
    best = np.full(len(images), -1.0)
    a = images - images.mean(axis=(1, 2), keepdims=True)
    for dy in range(-6, 7):
        for dx in range(-6, 7):
            b = np.roll(clean, (dy, dx), axis=(1, 2))
            b = b - b.mean(axis=(1, 2), keepdims=True)
            norm = np.sqrt((a**2).sum(axis=(1, 2)) * (b**2).sum(axis=(1, 2))) + 1e-9
            best = np.maximum(best, (a * b).sum(axis=(1, 2)) / norm)
    return best
