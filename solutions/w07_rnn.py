# %% [markdown] data="polish_words pronunciations"
# # Week 7 · Recurrent networks
#
# A recurrent network reads one symbol after another and keeps a state: what it knows of all that came before. This
# week we write its cells from their equations, carry gradients back through time and watch them vanish, invent Polish
# words, pronounce English ones, and forecast chaos with a network that is hardly trained at all. Where a simpler
# method exists we write that too, and let the numbers decide.
#
# | exercise | | points |
# | --- | --- | --- |
# | 1 · Cells | RNN, LSTM and GRU from their equations; sequences of different lengths | 2 |
# | 2 · Back-propagation through time | by hand, in NumPy | 1 |
# | 3 · Truncated | long sequences in pieces | 1 |
# | 4 · Gradients over time | vanishing, exploding, clipping | 1.5 |
# | 5 · Counting letters | an n-gram model of your own | 1 |
# | 6 · A language model | an LSTM that predicts the next letter | 2 |
# | 7 · Invented words | sampling with temperature and top-k | 1.5 |
# | 8 · When does recurrence pay? | two splits, equal time, equal size | 0.5 |
# | 9 · From spelling to sound | encoder, decoder, attention | 2.5 |
# | 10 · Decoding | greedy and beam search, error rates | 1.5 |
# | 11 · An echo-state network | random weights and a closed form | 1.5 |
#
# There are 16 points; **marks above 12 do not count**. Exercise 1 comes first; 5 to 8, 9 and 10, and 11 are
# independent of each other.
#
# The checks under an exercise run in your notebook and look at one or two small inputs; the grader asks the same with
# other inputs. Training cells save a checkpoint, a file of one or two megabytes that is handed in with the notebook:
# grading loads it and trains nothing. On two processor cores no training takes more than three minutes; a GPU is used
# when there is one.

# %%
import math
from time import perf_counter

import matplotlib.pyplot as plt
import numpy as np
import torch
import torch.nn.functional as F
from torch import nn
from torch.nn.utils.rnn import pack_padded_sequence, pad_packed_sequence

from common.checkpoints import save_checkpoint
from common.device import best_device
from common.plotting import COLORS, MARKERS
from common.progress import progress
from common.seeding import seed_everything
from common.sequences import fit
from common.series import mackey_glass
from common.words import END, PAD, Vocabulary, load_polish_dictionary, load_polish_words, load_pronunciations, shifted

device = best_device()

# %% [markdown]
# ### Exercise 1 · Cells · 2 points · about 75 minutes
#
# A cell makes the next state of an input and the last state. With inputs $x_t$ of $D$ numbers and states of $H$, the
# plain RNN (Elman, 1990) is one line:
#
# $$h_t = \tanh(W_x x_t + b_x + W_h h_{t-1} + b_h)$$
#
# The LSTM (Hochreiter and Schmidhuber, 1997) keeps a second state $c$ that is changed by adding. Gates, numbers from 0
# to 1, say what comes in, what stays and what is shown:
#
# $$i, f, o = \sigma(\dots) \qquad g = \tanh(\dots) \qquad c_t = f \odot c_{t-1} + i \odot g
# \qquad h_t = o \odot \tanh(c_t)$$
#
# where each $\dots$ is a sum as above with weights of its own. PyTorch stacks them: `W_ih` has shape $(4H, D)$, `W_hh`
# $(4H, H)$, both biases $(4H,)$, **in the order $i, f, g, o$**. The GRU (Cho et al., 2014) does with one state and
# three blocks, **in the order $r, z, n$**; here the reset gate $r$ stands between the two halves of $n$:
#
# $$r, z = \sigma(\dots) \qquad n = \tanh\big(W_{xn} x_t + b_{xn} + r \odot (W_{hn} h_{t-1} + b_{hn})\big)
# \qquad h_t = (1 - z) \odot n + z \odot h_{t-1}$$
#
# Write one step of each for a batch, then `unroll`, which takes any of them along a sequence. Sequences of a batch may
# differ in length. Then the shorter ones are **frozen**: beyond its length a sequence keeps its state, and its
# output is zero.
#
# <details><summary>Hint: four blocks at once</summary>
#
# One matrix product gives all of them, (B, 4H); `.chunk(4, dim=1)` cuts it.
#
# </details>
# <details><summary>Hint: freezing</summary>
#
# `torch.where(t < lengths, new, old)` chooses element by element; `lengths` needs one more dimension to go with
# (B, H). For a state that is a tuple, choose in each of its parts.
#
# </details>


# %% exercise="cells"
def rnn_step(x, h, W_ih, W_hh, b_ih, b_hh):
    """One step of a plain RNN: x (B, D), h (B, H), weights (H, D), (H, H), (H,), (H,) -> the next h (B, H)."""
    ### BEGIN SOLUTION
    # TODO: the equation of the plain RNN
    return torch.tanh(x @ W_ih.T + b_ih + h @ W_hh.T + b_hh)
    ### END SOLUTION


def lstm_step(x, state, W_ih, W_hh, b_ih, b_hh):
    """One step of an LSTM: state = (h, c), weights (4H, D), (4H, H), (4H,), (4H,) in blocks i, f, g, o -> (h, c)."""
    ### BEGIN SOLUTION
    # TODO: the three gates and the candidate g, the next c, the next h
    h, c = state
    i, f, g, o = (x @ W_ih.T + b_ih + h @ W_hh.T + b_hh).chunk(4, dim=1)
    c = torch.sigmoid(f) * c + torch.sigmoid(i) * torch.tanh(g)
    return torch.sigmoid(o) * torch.tanh(c), c
    ### END SOLUTION


def gru_step(x, h, W_ih, W_hh, b_ih, b_hh):
    """One step of a GRU: weights (3H, D), (3H, H), (3H,), (3H,) in blocks r, z, n -> the next h (B, H)."""
    ### BEGIN SOLUTION
    # TODO: the two gates, the candidate n, the next h
    r_x, z_x, n_x = (x @ W_ih.T + b_ih).chunk(3, dim=1)
    r_h, z_h, n_h = (h @ W_hh.T + b_hh).chunk(3, dim=1)
    r, z = torch.sigmoid(r_x + r_h), torch.sigmoid(z_x + z_h)
    return (1 - z) * torch.tanh(n_x + r * n_h) + z * h
    ### END SOLUTION


def unroll(step, X, state, lengths=None, batch_first=False):
    """Take a cell along sequences.

    step: function of x (B, D) and a state to the next state: a tensor h (B, H), or a tuple whose first part is h.
    X: (T, B, D), with batch_first (B, T, D).  lengths: int64 (B,), or None when all sequences have T steps.
    Returns outputs, the h after each step, (T, B, H) or (B, T, H), zero beyond a length; and the last state.
    """
    ### BEGIN SOLUTION
    # TODO: step through time; beyond its length a sequence keeps its state and puts out zeros
    outputs, is_tuple = [], isinstance(state, tuple)
    for t, x in enumerate(X.transpose(0, 1) if batch_first else X):
        new, old = step(x, state), state
        if lengths is not None:
            going = (t < lengths)[:, None]
            pairs = zip(new, old, strict=True) if is_tuple else [(new, old)]
            chosen = tuple(torch.where(going, after, before) for after, before in pairs)
            new = chosen if is_tuple else chosen[0]
        h = new[0] if is_tuple else new
        outputs.append(h if lengths is None else h * going)
        state = new
    return torch.stack(outputs, dim=1 if batch_first else 0), state
    ### END SOLUTION


# %% test="cells" points=2
seed_everything(0)
X, h0, c0 = torch.randn(5, 2, 3), torch.randn(2, 4), torch.randn(2, 4)
for kind, own, state in [(nn.RNN, rnn_step, h0), (nn.LSTM, lstm_step, (h0, c0)), (nn.GRU, gru_step, h0)]:
    layer = kind(3, 4)
    weights = [layer.weight_ih_l0, layer.weight_hh_l0, layer.bias_ih_l0, layer.bias_hh_l0]
    theirs, _ = layer(X, tuple(s[None] for s in state) if isinstance(state, tuple) else state[None])
    ours, _ = unroll(lambda x, s, own=own, weights=weights: own(x, s, *weights), X, state)
    assert ours.shape == theirs.shape, f"{own.__name__}: outputs of shape {tuple(ours.shape)}, not (5, 2, 4)"
    difference = (ours - theirs).abs().max().item()
    assert difference < 1e-5, f"{own.__name__}: differs from nn.{kind.__name__} by {difference:.2g}: which block?"
    print(f"cells: {own.__name__} agrees with nn.{kind.__name__}, the difference is {difference:.1e}")
short, last = unroll(lambda x, h: h + x, torch.ones(4, 2, 1), torch.zeros(2, 1), torch.tensor([4, 2]))
assert last.ravel().tolist() == [4, 2], f"1 added in each of 4 and of 2 steps is 4 and 2, not {last.ravel().tolist()}"
assert short[:, 1].ravel().tolist() == [1, 2, 0, 0], "beyond its length the output is zero"
### BEGIN HIDDEN TESTS
ns = student.run(HELPERS)
with part("plain RNN", points=0.25):
    check_cell(ns, rng, "rnn_step", nn.RNN, 1, "h = tanh(W_ih x + b_ih + W_hh h + b_hh)")
with part("LSTM", points=0.5):
    check_cell(ns, rng, "lstm_step", nn.LSTM, 4, "the blocks are i, f, g, o; c = f c + i g; h = o tanh(c), the next c")
with part("GRU", points=0.5):
    check_cell(ns, rng, "gru_step", nn.GRU, 3, "blocks r, z, n; r multiplies W_hn h + b_hn; h = (1 - z) n + z h")
with part("sequences", points=0.25):
    for T, B, batch_first, pair in [(4, 3, False, False), (3, 2, True, True), (1, 1, True, False), (5, 2, False, True)]:
        check_unroll(ns, rng, T, B, None, batch_first, pair, "all the outputs in order, and the last state; "
                                                             "batch first or not, a state of one tensor or of two")
with part("lengths", points=0.5):
    for lengths, batch_first, pair in [([4, 1, 3], False, False), ([2, 5], True, True), ([3, 3, 1], True, False)]:
        check_unroll(ns, rng, max(lengths), len(lengths), lengths, batch_first, pair,
                     "beyond its length a sequence keeps all parts of its state, and its output is zero")
### END HIDDEN TESTS

# %% [markdown]
# PyTorch does the same with `pack_padded_sequence`: no step is computed in vain there, which is faster, and the results
# are equal. From here on we use `nn.LSTM`.

# %% show="packed"
seed_everything(0)
layer, X, lengths = nn.LSTM(3, 4), torch.randn(6, 3, 3), torch.tensor([6, 2, 4])
weights = [layer.weight_ih_l0, layer.weight_hh_l0, layer.bias_ih_l0, layer.bias_hh_l0]
theirs, _ = pad_packed_sequence(layer(pack_padded_sequence(X, lengths, enforce_sorted=False))[0])
ours, _ = unroll(lambda x, s: lstm_step(x, s, *weights), X, (torch.zeros(3, 4), torch.zeros(3, 4)), lengths)
print(f"three sequences of lengths {lengths.tolist()}: the largest difference is {(ours - theirs).abs().max():.1e}")

# %% [markdown]
# ### Exercise 2 · Back-propagation through time · 1 point · about 50 minutes
#
# Unrolled, a recurrent network is a deep one whose layers share their weights. So the gradient of a weight is a **sum
# over time**, and the gradient of a state has two sources: what the loss says of this state directly, and what comes
# back from the next step. For the plain RNN with one bias, $h_t = \tanh(a_t)$, $a_t = W_x x_t + W_h h_{t-1} + b$:
#
# $$\delta_t = \Big(\frac{\partial L}{\partial h_t}\Big|_{\text{direct}} + W_h^\top \delta_{t+1}\Big) \odot (1 - h_t^2)
# \qquad \frac{\partial L}{\partial W_h} = \sum_t \delta_t\, h_{t-1}^\top$$
#
# Write both passes in NumPy, without autograd. `rnn_backward` gets the direct part for each step.
#
# <details><summary>Hint: shapes</summary>
#
# δ is (B, H): each example is a row. `delta.T @ H[t]` is (H, H) and sums over the batch by itself; going back to
# the last state is `delta @ W_h`.
#
# </details>


# %% exercise="bptt"
def rnn_forward(X, h0, W_x, W_h, b):
    """X (T, B, D), h0 (B, H), W_x (H, D), W_h (H, H), b (H,) -> H (T + 1, B, H): h0, then the state after each step."""
    ### BEGIN SOLUTION
    # TODO: the states, one after another
    H = [h0]
    for x in X:
        H.append(np.tanh(x @ W_x.T + H[-1] @ W_h.T + b))
    return np.stack(H)
    ### END SOLUTION


def rnn_backward(dH, X, H, W_x, W_h):
    """Gradients of a loss, back through time.

    dH (T, B, H): the loss's direct gradient for the state after each step.  X, H, W_x, W_h as in rnn_forward.
    Returns a dict of arrays: "W_x", "W_h", "b", "X", "h0", each in the shape of what it belongs to.
    """
    ### BEGIN SOLUTION
    # TODO: from the last step to the first: delta, the sums for the weights, what goes back to the step before
    dW_x, dW_h, db = np.zeros_like(W_x), np.zeros_like(W_h), np.zeros(len(W_h))
    dX, carried = np.zeros_like(X), np.zeros_like(H[0])
    for t in reversed(range(len(X))):
        delta = (dH[t] + carried) * (1 - H[t + 1] ** 2)
        dW_x += delta.T @ X[t]
        dW_h += delta.T @ H[t]
        db += delta.sum(axis=0)
        dX[t] = delta @ W_x
        carried = delta @ W_h
    return {"W_x": dW_x, "W_h": dW_h, "b": db, "X": dX, "h0": carried}
    ### END SOLUTION


# %% test="bptt" points=1
numbers = np.random.default_rng(0)
X, h0, W_x, W_h, b = (numbers.normal(size=size) for size in [(4, 2, 3), (2, 5), (5, 3), (5, 5), (5,)])
H = rnn_forward(X, h0, W_x, W_h, b)
assert H.shape == (5, 2, 5), f"h0 and four states are (5, 2, 5), not {H.shape}"
dH = numbers.normal(size=(4, 2, 5))
gradients = rnn_backward(dH, X, H, W_x, W_h)
leaves = {name: torch.tensor(value, requires_grad=True) for name, value in
          {"X": X, "h0": h0, "W_x": W_x, "W_h": W_h, "b": b}.items()}
states, _ = unroll(lambda x, h: torch.tanh(x @ leaves["W_x"].T + h @ leaves["W_h"].T + leaves["b"]),
                   leaves["X"], leaves["h0"])
(states * torch.tensor(dH)).sum().backward()
for name, leaf in leaves.items():
    difference = np.abs(gradients[name] - leaf.grad.numpy()).max()
    assert difference < 1e-9, f"the gradient of {name} differs from autograd's by {difference:.2g}"
print("bptt: all five gradients agree with autograd's, to some 1e-15")
### BEGIN HIDDEN TESTS
check.avoids(source, "torch", "autograd", "backward", hint="both passes in NumPy, without autograd")
cases = [bptt_case(rng, *sizes) for sizes in [(1, 2, 3, 4), (6, 3, 2, 5), (12, 1, 1, 2)]]
with part("forward", points=0.25):
    for inputs, states, _, _ in cases:
        check.close(student.rnn_forward(*inputs), states, hint="h0 first, then the state after each step")
with part("weights", points=0.5):
    for (X, _, W_x, W_h, _), states, dH, ours in cases:
        theirs = student.rnn_backward(dH, X, states, W_x, W_h)
        for name in ("W_x", "W_h", "b"):
            check.close(theirs[name], ours[name], hint=f"the gradient of {name}: a sum over time, of the direct "
                                                       "gradient and what comes back, times 1 - h²")
with part("inputs and initial state", points=0.25):
    for (X, _, W_x, W_h, _), states, dH, ours in cases:
        theirs = student.rnn_backward(dH, X, states, W_x, W_h)
        for name in ("X", "h0"):
            check.close(theirs[name], ours[name], hint=f"the gradient of {name}")
### END HIDDEN TESTS

# %% [markdown]
# ### Exercise 3 · Truncated back-propagation · 1 point · about 30 minutes
#
# For a sequence of a million steps the whole way back fits in no memory. So we cut it into chunks: the **state** goes
# on from chunk to chunk, the **gradient** stops at the cut (Williams and Peng, 1990). For that the state is *detached*:
# the same numbers, without their history.
#
# Write `detached`, and `train_truncated`: for each chunk the model's logits, the mean cross-entropy, one step of the
# optimizer.
#
# <details><summary>Hint: the last chunk</summary>
#
# When `chunk` does not divide T, the last one is shorter. Slices that go too far are cut by Python itself.
#
# </details>


# %% exercise="truncated"
def detached(state):
    """A state, a tensor or a tuple of tensors, with the same numbers and no history."""
    ### BEGIN SOLUTION
    # TODO: detach the tensor, or each of the tuple
    return tuple(part.detach() for part in state) if isinstance(state, tuple) else state.detach()
    ### END SOLUTION


def train_truncated(model, optimizer, X, Y, chunk):
    """One pass over long sequences in chunks of `chunk` steps, a step of the optimizer after each.

    model: function of X (B, t) and a state (None: the first) to logits (B, t, V) and the next state.
    X, Y: int64 (B, T), inputs and what is to be predicted.  Returns the list of the chunks' losses, floats.
    """
    ### BEGIN SOLUTION
    # TODO: chunk by chunk: logits, loss, step; hand the state on, without its history
    state, losses = None, []
    for start in range(0, X.shape[1], chunk):
        logits, state = model(X[:, start:start + chunk], state)
        state = detached(state)
        loss = F.cross_entropy(logits.flatten(0, 1), Y[:, start:start + chunk].flatten())
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        losses.append(loss.item())
    return losses
    ### END SOLUTION


# %%
class Tagger(nn.Module):
    """Reads numbers below `num_inputs`, says a class for each: an embedding, a GRU, a linear layer."""

    def __init__(self, num_inputs, num_classes, num_hiddens=32):
        super().__init__()
        self.embedding, self.head = nn.Embedding(num_inputs, 8), nn.Linear(num_hiddens, num_classes)
        self.rnn = nn.GRU(8, num_hiddens, batch_first=True)

    def forward(self, X, state=None):
        H, state = self.rnn(self.embedding(X), state)
        return self.head(H), state


# %% test="truncated" points=1
seed_everything(0)
X = torch.randint(0, 2, (4, 10))
losses = train_truncated(model := Tagger(2, 2), torch.optim.SGD(model.parameters(), lr=0.1), X, X, 4)
assert len(losses) == 3, f"10 steps in chunks of 4 are 3 chunks, not {len(losses)}"
before = torch.ones(2, requires_grad=True) * 2
after = detached((before, before))
assert isinstance(after, tuple) and not any(part.requires_grad for part in after), "the history is still there"
assert torch.equal(after[0], before), "the numbers stay"
print("truncated: three chunks, losses", [round(loss, 3) for loss in losses])
### BEGIN HIDDEN TESTS
ns = student.run(HELPERS)
with part("the graph is cut", points=0.5):
    for pair in (False, True):
        numbers, has_history = ns.detach_once(pair)
        check.close(numbers, np.arange(1.0, 7.0).reshape(2, 3), hint="the state keeps its numbers")
        check.true(not has_history, hint="a detached state has no history: each tensor of it")
        check.true(not any(ns.truncated_run(pair, 9, 3, 5)["histories"]),
                   hint="the state that a chunk begins with has no history")
with part("the state goes on", points=0.25):
    for pair in (False, True):
        found = ns.truncated_run(pair, 9, 3, 5)
        check.equal(found["first"], [True, False, False], hint="the first chunk begins without a state, the "
                                                               "others with the last one's")
        check.true(bool(found["continued"]), hint="a chunk begins with the state that the last one ended with")
with part("a step for each chunk", points=0.25):
    for T, chunk in [(9, 3), (10, 4), (3, 7)]:
        theirs, ours = ns.truncated_run(False, T, chunk, 6), truncated_run(False, T, chunk, 6)
        check.close(theirs["losses"], ours["losses"], hint="the mean cross-entropy of each chunk, of a shorter one too")
        check.close(theirs["parameters"], ours["parameters"], hint="after each chunk one step, with its gradient alone")
### END HIDDEN TESTS

# %% [markdown]
# What does the cut cost? We let a GRU repeat a random bit that it read eight steps ago, and train with chunks of
# different lengths, each on the same number of symbols.

# %% show="cost-of-truncation"
DELAY, lengths, right = 8, [2, 4, 8, 12, 16, 32], []
for chunk in progress(lengths, "lengths"):
    seed_everything(0)
    tagger = Tagger(2, 2).to(device)
    optimizer = torch.optim.Adam(tagger.parameters(), 0.01)
    for _ in range(12):
        bits = torch.randint(0, 2, (64, 288 + DELAY), device=device)
        train_truncated(tagger, optimizer, bits[:, DELAY:], bits[:, :-DELAY], chunk)
    bits = torch.randint(0, 2, (64, 300), device=device)
    with torch.no_grad():
        right.append((tagger(bits[:, DELAY:])[0].argmax(dim=2) == bits[:, :-DELAY])[:, DELAY:].float().mean().item())
fig, ax = plt.subplots()
ax.plot(lengths, [100 * share for share in right], "o-")
ax.axvline(DELAY + 1, color=COLORS[1], linestyle="--", label="the way back from answer to question")
ax.set(xlabel="length of a chunk", ylabel="right (%)", title="Repeat a bit read 8 steps ago", ylim=(45, 103))
ax.legend(loc="lower right")
plt.show()

# %% [markdown]
# In chunks of 8 or less no gradient ever reaches from an answer back to its question. Fifty of a hundred is
# guessing. Longer chunks hold some pairs of question and answer whole, and what is learned from these serves all.
# Chunks of 32 do less well again for another reason: they make fewer steps of the optimizer on the same symbols.

# %% [markdown]
# ### Exercise 4 · Gradients over time · 1.5 points · about 45 minutes
#
# How much of the gradient arrives from the last step at earlier ones? Each step backward multiplies by $W_h^\top$ and
# by $1 - h^2 \le 1$. The largest absolute eigenvalue of $W_h$, its **spectral radius**, decides what becomes of such a
# product over many steps (Bengio, Simard and Frasconi, 1994).
#
# Write `gradient_norms`: take the sum over the last $h$ times given numbers `v`, and the norm of its gradient for
# **each** state on the way, the first and the last too. If a state is a tuple, the norm is that of all its parts
# together. Then `clip_gradients`, the remedy against explosions (Pascanu, Mikolov and Bengio, 2013): when the norm of
# **all** gradients together is above a bound, all are scaled by the same factor, so that the direction stays.
#
# <details><summary>Hint: gradients of what is in the middle</summary>
#
# `retain_grad()` makes PyTorch keep the gradient of a tensor that is no leaf; `torch.autograd.grad(loss, tensors)`
# gives gradients for any of them at once (`allow_unused=True` for those that play no role).
#
# </details>


# %% exercise="gradient-norms"
def gradient_norms(step, state, X, v):
    """Norms of the gradient of (h_T * v).sum() for the states after 0, 1, …, T steps.

    step: as in `unroll`.  state: a tensor h (B, H), or a tuple whose first part is h.  X (T, B, D), v (B, H).
    Returns a float array (T + 1,).
    """
    ### BEGIN SOLUTION
    # TODO: keep all states, go back from the last, take the norms
    states = [state if isinstance(state, tuple) else (state,)]
    states[0] = tuple(part.detach().requires_grad_() for part in states[0])
    for x in X:
        new = step(x, states[-1] if isinstance(state, tuple) else states[-1][0])
        states.append(new if isinstance(new, tuple) else (new,))
    parts = [part for one in states for part in one]
    gradients = torch.autograd.grad((states[-1][0] * v).sum(), parts, allow_unused=True)
    squares = [0.0 if gradient is None else float(gradient.square().sum()) for gradient in gradients]
    return np.sqrt(np.array(squares).reshape(len(states), -1).sum(axis=1))
    ### END SOLUTION


# %% test="gradient-norms" points=0.5
norms = gradient_norms(lambda x, h: 0.5 * h + x, torch.ones(1, 1), torch.zeros(3, 1, 1), torch.ones(1, 1))
assert np.allclose(norms, [0.125, 0.25, 0.5, 1]), f"halved three times, the norms are 1/8, 1/4, 1/2, 1, not {norms}"
print("gradient-norms: 1/8, 1/4, 1/2 and 1")
### BEGIN HIDDEN TESTS
ns = student.run(HELPERS)
with part("one state", points=0.25):
    for T, B in [(1, 1), (7, 3)]:
        theirs, ours = (norms_of(rng_of(T), T, B, False) for norms_of in (norms_asked(ns), norms_known))
        check.close(theirs, ours, hint="T + 1 norms, from the first state's to the last one's, over the whole batch")
with part("a state of two parts", points=0.25):
    for T, B in [(2, 1), (6, 2)]:
        theirs, ours = (norms_of(rng_of(T), T, B, True) for norms_of in (norms_asked(ns), norms_known))
        check.close(theirs, ours, hint="the norm of the gradient for h and c together")
### END HIDDEN TESTS


# %% exercise="clipping"
def clip_gradients(parameters, max_norm):
    """Scale all gradients by one factor so that their norm together is at most max_norm -> the norm before, a float.

    Parameters whose grad is None are passed over; gradients below the bound stay as they are.
    """
    ### BEGIN SOLUTION
    # TODO: the norm of all gradients together; if it is too large, scale each of them
    gradients = [param.grad for param in parameters if param.grad is not None]
    norm = math.sqrt(sum(float(gradient.square().sum()) for gradient in gradients))
    if norm > max_norm:
        for gradient in gradients:
            gradient.mul_(max_norm / norm)
    return norm
    ### END SOLUTION


# %% test="clipping" points=0.5
a, b = nn.Parameter(torch.zeros(2)), nn.Parameter(torch.zeros(1))
a.grad, b.grad = torch.tensor([3.0, 0.0]), torch.tensor([4.0])
assert abs(clip_gradients([a, b], 1.0) - 5) < 1e-5, "3 and 4 together have the norm 5"
assert torch.allclose(torch.cat([a.grad, b.grad]), torch.tensor([0.6, 0.0, 0.8])), "scaled to the norm 1"
print("clipping: from norm 5 to norm 1, in the same direction")
### BEGIN HIDDEN TESTS
ns = student.run(HELPERS)
with part("one factor for all", points=0.25):
    for bound in (0.5, 2.0):
        gradients = [torch.from_numpy(3 * rng.normal(size=size)) for size in [(4, 3), (4,), (2, 2)]]
        norm, found = ns.clipped(gradients, bound)
        ours = torch.cat([gradient.flatten() for gradient in gradients])
        check.close(norm, float(ours.norm()), rtol=1e-3, hint="the norm of all gradients together, before clipping")
        check.close(found, ours * bound / ours.norm(), rtol=1e-3, hint="one factor for all, the direction stays")
with part("small and missing gradients", points=0.25):
    gradients = [0.01 * torch.from_numpy(rng.normal(size=3)), None, 0.01 * torch.from_numpy(rng.normal(size=(2, 2)))]
    ours = torch.cat([gradient.flatten() for gradient in gradients if gradient is not None])
    norm, found = ns.clipped(gradients, 5.0)
    check.close(found, ours, hint="below the bound nothing changes; a parameter may have no gradient")
    check.close(norm, float(ours.norm()), rtol=1e-3, hint="the norm is given back in any case")
### END HIDDEN TESTS


# %% show="gradients-over-time"
def of_radius(W, radius):
    """W scaled so that its largest absolute eigenvalue is `radius`."""
    return W * (radius / torch.linalg.eigvals(W).abs().max())


seed_everything(0)
T, B, H = 60, 16, 64
X, v, W = 0.1 * torch.randn(T, B, 8), torch.randn(B, H), torch.randn(H, H)
W_x, zero = torch.randn(H, 8) / math.sqrt(8), torch.zeros(B, H)
fig, ax = plt.subplots(figsize=(7.5, 4.2))
distance = np.arange(T, -1, -1)
for number, radius in enumerate([0.5, 0.9, 1.0, 1.1, 1.5]):
    W_h = of_radius(W, radius)
    norms = gradient_norms(lambda x, h, W_h=W_h: torch.tanh(x @ W_x.T + h @ W_h.T), zero, X, v)
    ax.plot(distance, norms / norms[-1], color=COLORS[number], label=f"plain RNN, radius {radius}")
for bias, style in [(0.0, ":"), (3.0, "-")]:
    layer = nn.LSTM(8, H)
    weights = [layer.weight_ih_l0, layer.weight_hh_l0, layer.bias_ih_l0, layer.bias_hh_l0]
    with torch.no_grad():
        layer.bias_ih_l0[H:2 * H] = bias
    norms = gradient_norms(lambda x, s, weights=weights: lstm_step(x, s, *weights), (zero, zero), X, v)
    ax.plot(distance, norms / norms[-1], style, color="black", label=f"LSTM, bias of the forget gate {bias:g}")
ax.set(yscale="log", xlabel="steps back in time", ylabel="norm of the gradient, relative", ylim=(1e-12, 1e4),
       title="What is left of the gradient")
ax.legend(loc="lower left", fontsize=8)
plt.show()

# %% [markdown]
# A straight line on this scale is a power: each step back multiplies by about the same factor. Below radius 1 the
# gradient fades, at 0.5 a million times within 20 steps. Above, it does not simply explode: the units saturate, and
# slopes below one hold the growth back, except near the beginning (right in the plot), where the state is
# still small. The LSTM fades fast when its forget gates stand half open, and hardly at all when they are open.

# %% [markdown] answer="why-vanish" points=0.5
# Why do gradients of a plain RNN vanish or explode over time, and why can't we just choose the spectral radius 1? What
# do the LSTM's gates do about it: which of them decides how fast its gradient fades, and what are the other two for?
# Why does clipping help against one of the two evils only? Use the plot.
#
# ### BEGIN SOLUTION
# Going one step back multiplies the gradient by the transposed Jacobian diag(1 - h²) W_h. Over k steps this is a
# product of k such matrices: its norm goes like a power, down when the radius (times the typical slope 1 - h²) is below
# one, up when it is above. At radius one it is balanced only as long as the units are near zero, where the slope is
# one: as soon as they carry a signal the slopes are below one and the product shrinks; and a random matrix of radius
# one stretches some directions for a while. Also training changes the radius. The LSTM's way back through c multiplies
# by f only, element by element, with no matrix and no tanh: f near one keeps the gradient for 1 / (1 - f) steps, and f
# is computed from the input, so the network learns for each unit when to keep and when to forget. The input gate keeps
# irrelevant inputs from overwriting c, the output gate keeps c from disturbing others as long as it is not needed.
# Clipping makes a gradient that is too large smaller and leaves its direction; a vanished gradient has lost the
# distant past's part among the recent past's, and scaling it up brings nothing back.
# ### END SOLUTION

# %% [markdown]
# ## Words that never were
#
# Exercises 5 to 8 model Polish words letter by letter. Polish builds words out of stems, prefixes and endings in such
# numbers that a list of four million forms is far from complete. We take 200,000 of them to train, and hold out
# 5,000 to validate and 5,000 to test.
#
# How words are held out matters. A word has dozens of forms; draw words at random, and for most held-out words some
# relative has been seen. So there are **two** sets to train, of the same size: `"random"` may hold other forms of the
# held-out words, `"stem"` holds no word whose stem is that of a held-out one. Validation and test words are the same
# for both. What is a stem? We take the first five letters, after *nie-* and *naj-*. That is crude: it also puts
# strangers together (which does no harm here), and it parts forms whose stem changes early (*robić, robimy*), so that a
# few relatives do remain.

# %%
words = load_polish_words()
letters = Vocabulary(words["random"])
valid_words = words["valid"][:2000]  # enough to compare models, and quick

# %% show="words"
for part, listed in words.items():
    print(f"{part:>6}: {len(listed):>7,} words: {', '.join(listed[:8])} …")

# %% [markdown]
# ### Exercise 5 · Counting letters · 1 point · about 50 minutes
#
# First the baseline, older than computers (Shannon, 1948): the next letter depends on the last few, and how is found
# by counting. In a model of order $n$ the longest context has $n - 1$ letters.
#
# A context that is rarely or never seen says little, so we **back off** to shorter ones. In the scheme of Witten and
# Bell (1991), for a context $h$ that was followed $N(h)$ times by $u(h)$ different letters,
#
# $$p(a \mid h) = \frac{N(h, a) + u(h)\; p(a \mid h')}{N(h) + u(h)}$$
#
# where $h'$ is $h$ without its first letter. The more different letters have followed, the more weight has the shorter
# context. If $h$ was never seen, $p(a \mid h) = p(a \mid h')$. For the empty context the shorter one is uniform:
# $1 / V$ for each of the $V$ symbols. Sums are one by construction.
#
# A word is read with `"^"` in front, as often as the longest context is long, and ends with `"$"`, which is predicted
# like a letter: *kot* in a model of order 3 is `^^kot$`, and gives four predictions, the first after the context `^^`.
#
# <details><summary>Hint: what to count</summary>
#
# `counts[n]` is a dict from contexts of n letters to a dict of what followed: at each place of a word all contexts that
# end there are counted, from the empty one to the longest.
#
# </details>
# <details><summary>Hint: without recursion</summary>
#
# Begin with 1 / V and go from the empty context to longer ones; at the first that was never seen you can stop: a longer
# one was not seen either.
#
# </details>


# %% exercise="ngrams"
def count_ngrams(words, order):
    """Count what follows which context -> list of `order` dicts, counts[n][context of n letters][symbol] = number."""
    ### BEGIN SOLUTION
    # TODO: for each place of each word, every context that ends there
    counts = [{} for _ in range(order)]
    for word in words:
        text = "^" * (order - 1) + word + "$"
        for place in range(order - 1, len(text)):
            symbol = text[place]
            for n, table in enumerate(counts):
                row = table.setdefault(text[place - n:place], {})
                row[symbol] = row.get(symbol, 0) + 1
    return counts
    ### END SOLUTION


def ngram_probability(counts, context, symbol, num_symbols):
    """p(symbol | context) by Witten and Bell; of `context`, a long enough str, the last order - 1 letters count."""
    ### BEGIN SOLUTION
    # TODO: from 1 / num_symbols up, one context after another, each one letter longer
    p = 1 / num_symbols
    for n, table in enumerate(counts):
        row = table.get(context[len(context) - n:])
        if row is None:
            break
        p = (row.get(symbol, 0) + len(row) * p) / (sum(row.values()) + len(row))
    return p
    ### END SOLUTION


def ngram_bits(counts, words, num_symbols):
    """Bits per symbol: the mean of -log2 p over all letters and ends of the words."""
    ### BEGIN SOLUTION
    # TODO: the mean over all predictions of all words
    order, bits, number = len(counts), 0.0, 0
    for word in words:
        text = "^" * (order - 1) + word + "$"
        for place in range(order - 1, len(text)):
            bits -= math.log2(ngram_probability(counts, text[:place], text[place], num_symbols))
            number += 1
    return bits / number
    ### END SOLUTION


# %% test="ngrams" points=1
counts = count_ngrams(["kot", "kos"], 3)
assert counts[0][""] == {"k": 2, "o": 2, "t": 1, "s": 1, "$": 2}, f"the empty context: {counts[0]['']}"
assert counts[2]["^^"] == {"k": 2} and counts[2]["ko"] == {"t": 1, "s": 1}, "contexts of two letters"
alphabet = "kots$"
total = sum(ngram_probability(counts, "^ko", symbol, 5) for symbol in alphabet)
assert abs(total - 1) < 1e-12, f"after ^ko the probabilities add up to {total}"
p = ngram_probability(count_ngrams(["aa"], 1), "", "a", 3)
assert abs(p - (2 + 2 / 3) / 5) < 1e-12, f"from aa: (2 + 2/3) / (3 + 2) = 0.5333, not {p:.4f}"
assert abs(ngram_bits(counts, ["kot"], 5) - 0.4600) < 1e-3, "kot takes 0.4600 bits per symbol"
print("ngrams: counts, probabilities and bits of a small example are right")
### BEGIN HIDDEN TESTS
toy = ["".join(rng.choice(list("abc"), size=rng.integers(1, 6))) for _ in range(40)]
with part("counts", points=0.25):
    for order in (1, 2, 4):
        check.equal(student.count_ngrams(toy, order), reference.count_ngrams(toy, order),
                    hint="each context that ends at a place, from the empty to the longest; ^ in front, $ at the end")
with part("probabilities", points=0.5):
    for order in (1, 3):
        counts = reference.count_ngrams(toy, order)
        for context in ("^^^", "^ab", "bca", "cdd", "ddd", "dda"):
            theirs = [student.ngram_probability(counts, context, symbol, 5) for symbol in "abcd$"]
            ours = [reference.ngram_probability(counts, context, symbol, 5) for symbol in "abcd$"]
            check.close(sum(theirs), 1.0, hint="the probabilities of all symbols add up to one in any context")
            check.close(theirs, ours, hint="(N(h, a) + u(h) p(a | h')) / (N(h) + u(h)); of a context that was "
                                           "never seen only the shorter ones count; unseen letters share in 1 / V")
with part("bits", points=0.25):
    for order in (1, 2, 4):
        counts = reference.count_ngrams(toy, order)
        for few in (["abca"], ["b", "acd", "ca"]):
            check.close(student.ngram_bits(counts, few, 5), reference.ngram_bits(counts, few, 5),
                        hint="the mean over all letters and the ends, in bits (logarithms to base 2)")
### END HIDDEN TESTS

# %% show="ngram-orders"
ngram_rows = {}  # (training set, order): bits on the validation words, seconds to count, numbers stored
for name in ("random", "stem"):
    for order in progress([1, 2, 3, 4, 5, 6], name):
        start = perf_counter()
        counts = count_ngrams(words[name], order)
        seconds = perf_counter() - start
        stored = sum(len(row) for table in counts for row in table.values())
        ngram_rows[name, order] = ngram_bits(counts, valid_words, len(letters) - 1), seconds, stored
        del counts
fig, ax = plt.subplots()
for number, (name, title) in enumerate([("random", "relatives seen"), ("stem", "no relative seen")]):
    orders = [order for kind, order in ngram_rows if kind == name]
    ax.plot(orders, [ngram_rows[name, order][0] for order in orders], MARKERS[number] + "-", label=f"{name}: {title}")
ax.set(xlabel="order", ylabel="bits per letter, validation", title="n-gram models of Polish words")
ax.legend()
plt.show()

# %% [markdown]
# Up to order 3 the two curves are nearly one. Longer contexts reach into the stem: they help where relatives of the
# word were seen, and mislead where none was. There the best order is 4, and from 5 on more memory makes it worse.

# %% [markdown]
# ### Exercise 6 · A language model · 2 points · about 60 minutes
#
# Now a network: an embedding, an LSTM, and a linear layer from its outputs to a logit for each symbol. It reads the
# word shifted by one (`shifted`: END, then the letters), so that at each place it says what comes next, of what came
# before.
#
# Words of a batch are padded to one length with PAD = 0. What the model says at padding is **no part of the loss**: the
# mean goes over the real symbols of the batch. Bits per character are the same mean in other units: divided by
# $\log 2$. The **perplexity**, $2^{\text{bits}}$, is the number of letters among which a model that throws a fair die
# would be as unsure. END counts as a symbol, as in exercise 5; PAD never occurs, so that there are 33 symbols for both.
#
# Write the model, the loss and the bits; then train one on each of the two sets. **On test words the model trained on
# `"random"` has to be below 2.6 bits, the one trained on `"stem"` below 2.65.** The grader shows your model
# test words letter by letter, and asks for the probabilities of the next one before it shows it.
#
# 128 hidden units, 32 numbers for a letter and 1,500 steps with `lr=5e-3` are enough: half a minute each on two idle
# cores.
#
# <details><summary>Hint: padding in the loss</summary>
#
# `F.cross_entropy` knows `ignore_index`. It wants (number, V) and (number,): flatten the first two dimensions.
#
# </details>
# <details><summary>Hint: training with fit</summary>
#
# `fit(model, batch_loss, len(Y), num_steps)` calls `batch_loss(rows)`. Cut `Y[rows]` to the longest word of the batch:
# a third of the time is saved.
#
# </details>


# %% exercise="language-model"
class CharLM(nn.Module):
    """Numbers X (B, T) and the LSTM's state (None: zeros) -> logits (B, T, num_symbols), the state after the last."""

    def __init__(self, num_symbols, num_hiddens=128, num_features=32):
        super().__init__()
        ### BEGIN SOLUTION
        # TODO: an embedding, an LSTM (batch first), a linear layer
        self.embedding = nn.Embedding(num_symbols, num_features)
        self.lstm = nn.LSTM(num_features, num_hiddens, batch_first=True)
        self.head = nn.Linear(num_hiddens, num_symbols)
        ### END SOLUTION

    def forward(self, X, state=None):
        ### BEGIN SOLUTION
        # TODO: logits for each place, and the state
        H, state = self.lstm(self.embedding(X), state)
        return self.head(H), state
        ### END SOLUTION


def sequence_loss(logits, Y):
    """logits (B, T, V), Y int64 (B, T) -> the mean cross-entropy over all places where Y is not PAD, in nats."""
    ### BEGIN SOLUTION
    # TODO: the cross-entropy without padding
    return F.cross_entropy(logits.flatten(0, 1), Y.flatten(), ignore_index=PAD)
    ### END SOLUTION


@torch.no_grad()
def bits_per_character(model, Y, batch_size=1000):
    """Bits per symbol of the words Y (N, T), padded: the mean over all their letters and ends, a float."""
    ### BEGIN SOLUTION
    # TODO: the sum over batches of any size, divided by the number of symbols
    nats = number = 0
    for batch in Y.split(batch_size):
        count = int((batch != PAD).sum())
        nats += count * float(sequence_loss(model(shifted(batch))[0], batch))
        number += count
    return nats / number / math.log(2)
    ### END SOLUTION


def make_lm():
    """A new model of Polish letters, for training."""
    ### BEGIN SOLUTION
    # TODO: a CharLM with a number of hidden units that you like
    return CharLM(len(letters))
    ### END SOLUTION


# %%
make_lm_random = make_lm_stem = make_lm
lm_histories = {}  # (training set, number of parameters): triples (steps, seconds, bits on validation words)


def train_lm(model, name, num_steps=1500, lr=5e-3, every=50):
    """Train `model` on words[name], with clipping; it stays where we compute, and its history in lm_histories."""
    Y, Y_valid = letters.encode(words[name]).to(device), letters.encode(valid_words).to(device)

    def batch_loss(rows):
        batch = Y[rows]
        batch = batch[:, :int((batch != PAD).sum(dim=1).max())]
        return sequence_loss(model(shifted(batch))[0], batch)

    history = fit(model.to(device), batch_loss, len(Y), num_steps, lr, clip=lambda params: clip_gradients(params, 1.0),
                  measure=lambda: bits_per_character(model, Y_valid), every=every)
    lm_histories[name, sum(param.numel() for param in model.parameters())] = history["measured"]


# %% train="lm-random"
### BEGIN SOLUTION
# TODO: lm_random = make_lm(), trained on "random" with train_lm; then save_checkpoint(lm_random, "lm-random")
seed_everything(0)
lm_random = make_lm()
train_lm(lm_random, "random")
save_checkpoint(lm_random, "lm-random")
### END SOLUTION

# %% train="lm-stem"
### BEGIN SOLUTION
# TODO: the same for lm_stem, trained on "stem"
seed_everything(0)
lm_stem = make_lm()
train_lm(lm_stem, "stem")
save_checkpoint(lm_stem, "lm-stem")
### END SOLUTION

# %% test="language-model" points=2 timeout=120
seed_everything(0)
model, Y = CharLM(len(letters), 16, 8), letters.encode(["kot", "kotem"])
logits, _ = model(shifted(Y))
assert logits.shape == (2, 6, len(letters)), f"logits of shape {tuple(logits.shape)}, not (2, 6, {len(letters)})"
both = sequence_loss(logits, Y)
alone = [sequence_loss(logits[n:n + 1, :k], Y[n:n + 1, :k]) for n, k in [(0, 4), (1, 6)]]
expected = (4 * alone[0] + 6 * alone[1]) / 10
assert torch.isclose(both, expected), f"over 4 + 6 symbols the mean is {expected:.4f}, not {both:.4f}: padding counted?"
bits = bits_per_character(model, Y, batch_size=1)
assert abs(bits - float(expected) / math.log(2)) < 1e-4, f"in bits: divided by log 2, not {bits:.4f}"
for name, model in [("random", lm_random), ("stem", lm_stem)]:
    bits = bits_per_character(model.cpu(), letters.encode(words["valid"][:1000]))
    print(f"language-model: {name}, 1,000 validation words: {bits:.3f} bits per character, perplexity {2**bits:.2f}")
### BEGIN HIDDEN TESTS
ns = student.run(HELPERS)
with part("the loss ignores padding", points=0.5):
    for N, T, V in [(3, 5, 7), (1, 2, 4), (6, 9, 30)]:
        logits, Y = padded_case(rng, N, T, V)
        ours = functional.cross_entropy(logits.flatten(0, 1), Y.flatten(), ignore_index=0)
        theirs, gradient = ns.loss_and_gradient(logits, Y)
        check.close(theirs, ours, hint="the mean over all symbols of the batch that are not padding")
        check.true(not bool(gradient[Y == 0].any()), hint="logits at padding have a gradient")
with part("bits per character", points=0.25):
    Y = lengths_case(rng, 7, 9, 12)
    ours, *theirs = ns.bits_of_table(Y, [1, 3, 7])
    ours = table_bits(Y)
    for found in theirs:
        check.close(found, ours, rtol=1e-3, hint="the mean over all symbols, whatever the batch size, in bits")
with part("one letter at a time", points=0.25):
    X = torch.from_numpy(rng.integers(2, len(letters_known()), size=(3, 6)))
    at_once, stepwise, changed = ns.stepwise(X, 4)
    check.shape(at_once, (3, 6, len(letters_known())), hint="logits for each place")
    check.close(stepwise, at_once, rtol=1e-3, atol=1e-4, hint="letter by letter, handing on the state, the model says "
                                                              "the same as for the whole word")
    check.close(changed, at_once[:, :4], rtol=1e-3, atol=1e-4, hint="a prediction changes with what comes after it")
with part("test words after random", points=0.5):
    bits = prequential_bits(ns, "lm_random", rng)
    check.less(bits, BOUNDS["random"], hint=f"{bits:.3f} bits per character on test words, it should be below "
                                            f"{BOUNDS['random']}")
with part("test words after stem", points=0.5):
    bits = prequential_bits(ns, "lm_stem", rng)
    check.less(bits, BOUNDS["stem"], hint=f"{bits:.3f} bits per character on test words, it should be below "
                                          f"{BOUNDS['stem']}")
### END HIDDEN TESTS

# %% [markdown]
# ### Exercise 7 · Invented words · 1.5 points · about 45 minutes
#
# A model of the next letter is a machine that writes: draw a letter, feed it back, until END comes. Two dials change
# what it draws. The **temperature** divides the logits: below one the likely becomes likelier, above one all get
# closer. **Top-k** leaves only the k largest logits and gives the others the probability zero. (Temperature first; the
# order does not matter.) PAD is never drawn.
#
# What comes out is one of three things: **repeated**, a word of the training set; **real**, a word of the dictionary
# that was not in the training set; or **new**.
#
# <details><summary>Hint: a batch of words</summary>
#
# Draw for all words in each step and hand on the state. A word that has ended may go on drawing: `letters.decode` stops
# at the first END. Stop when all have ended, or after `max_letters`.
#
# </details>


# %% exercise="sampling"
def next_probabilities(logits, temperature=1.0, top_k=None):
    """logits (B, V) -> probabilities of the next symbol (B, V): zero for PAD, and for all but the top_k largest."""
    ### BEGIN SOLUTION
    # TODO: PAD out, temperature, all but the k largest out, softmax
    logits = logits.clone()
    logits[:, PAD] = -torch.inf
    if top_k is not None:
        least = logits.topk(min(top_k, logits.shape[1])).values[:, -1:]
        logits[logits < least] = -torch.inf
    return (logits / temperature).softmax(dim=1)
    ### END SOLUTION


@torch.no_grad()
def sample(model, count, temperature=1.0, top_k=None, max_letters=25):
    """Draw `count` sequences from a model, X (B, t) and a state -> logits (B, t, V) and a state.

    The first input is END. Returns an int64 tensor (count, at most max_letters) of what was drawn.
    """
    ### BEGIN SOLUTION
    # TODO: draw symbol after symbol, feeding back what was drawn, until all have ended
    on = next(model.parameters()).device
    x, state, drawn = torch.full((count, 1), END, device=on), None, []
    ended = torch.zeros(count, dtype=torch.bool, device=on)
    while len(drawn) < max_letters and not ended.all():
        logits, state = model(x, state)
        x = torch.multinomial(next_probabilities(logits[:, -1], temperature, top_k), 1)
        ended |= x[:, 0] == END
        drawn.append(x)
    return torch.cat(drawn, dim=1)
    ### END SOLUTION


def shares(invented, known, dictionary):
    """Fractions of the words `invented` that are "repeated" (in the set `known`), "real" (in the set `dictionary`, not
    in `known`) and "new": a dict of three floats with the sum 1."""
    ### BEGIN SOLUTION
    # TODO: the three fractions
    repeated = sum(word in known for word in invented) / len(invented)
    real = sum(word in dictionary and word not in known for word in invented) / len(invented)
    return {"repeated": repeated, "real": real, "new": 1 - repeated - real}
    ### END SOLUTION


# %% test="sampling" points=1.5
p = next_probabilities(torch.log(torch.tensor([[0.5, 0.1, 0.1, 0.3]])))
assert torch.allclose(p, torch.tensor([[0, 0.2, 0.2, 0.6]])), f"without PAD this is 0, 0.2, 0.2, 0.6, not {p}"
p = next_probabilities(torch.tensor([[9.0, 1.0, 3.0, 2.0]]), temperature=0.5, top_k=2)
assert torch.allclose(p, torch.tensor([[0, 0, 0.8808, 0.1192]]), atol=1e-4), f"0, 0, 0.8808, 0.1192, not {p}"
seed_everything(0)
drawn = sample(CharLM(len(letters), 8, 8), 5, max_letters=7)
assert drawn.shape[0] == 5 and drawn.shape[1] <= 7, f"five words of at most 7 symbols, not {tuple(drawn.shape)}"
found = shares(["kot", "kos", "kor", "kot"], {"kot"}, {"kot", "kos"})
assert found == {"repeated": 0.5, "real": 0.25, "new": 0.25}, f"kot twice, kos, kor: {found}"
seed_everything(0)
print("sampling:", ", ".join("".join(word) for word in letters.decode(sample(lm_stem, 12))))
### BEGIN HIDDEN TESTS
ns = student.run(HELPERS)
with part("probabilities", points=0.5):
    for B, V, temperature, top_k in [(3, 6, 1.0, None), (2, 9, 0.5, 3), (4, 5, 2.0, 1), (1, 7, 0.8, 7)]:
        logits = torch.from_numpy(rng.normal(0, 2, size=(B, V)))
        theirs, ours = ns.probabilities(logits, temperature, top_k), probabilities(logits, temperature, top_k)
        check.close(theirs.sum(dim=1), np.ones(B), hint="probabilities add up to one")
        check.close(theirs, ours, hint=f"temperature {temperature}, the {top_k or 'whole'} largest; PAD is never drawn")
with part("frequencies", points=0.75):
    for temperature, top_k in [(1.0, None), (0.6, None), (1.5, 3)]:
        check_frequencies(ns.drawn(TABLE, 3000, temperature, top_k, 30), temperature, top_k)
    check.shape(ns.drawn(TABLE, 4, 1.0, None, 3), (4, 3), hint="at most max_letters symbols")
with part("shares", points=0.25):
    invented = ["".join(rng.choice(list("ab"), size=3)) for _ in range(40)]
    for known, dictionary in [({"aaa", "aba"}, {"aaa", "bbb", "bab"}), (set(), {"aab"}), ({"abb"}, set())]:
        check.close([student.shares(invented, known, dictionary)[name] for name in ("repeated", "real", "new")],
                    [reference.shares(invented, known, dictionary)[name] for name in ("repeated", "real", "new")],
                    hint="fractions of all invented words; a word in both sets is repeated")
### END HIDDEN TESTS

# %% show="invented"
dictionary = load_polish_dictionary()
seed_everything(0)
for temperature, top_k in [(0.3, None), (0.7, None), (1.0, None), (1.0, 5), (1.5, None)]:
    invented = ["".join(word) for word in letters.decode(sample(lm_random, 2000, temperature, top_k))]
    found = shares(invented, set(words["random"]), dictionary)
    print(f"temperature {temperature}, top-k {top_k}:", ", ".join(f"{kind} {part:.0%}" for kind, part in found.items()))
    print("   new:", ", ".join(list(dict.fromkeys(word for word in invented if word not in dictionary))[:8]))

# %% [markdown]
# At temperature 0.3 a quarter of the words are real ones that were not in the training set; at 1 nearly all are new,
# and most of them look like Polish; at 1.5 they no longer do. Hardly any is repeated: the model has learned how words
# are made, not the list.
#
# **Your own text.** Put a file `my_text.txt` (UTF-8) beside the notebook and run the next cell: a small model learns
# its words. Names of places, of medicines, of beetles: a few thousand different ones are enough.

# %% show="my-text"
import os
import re

if os.path.exists("my_text.txt"):
    with open("my_text.txt", encoding="utf-8") as file:
        mine = sorted(set(re.findall(r"[^\W\d_]+", file.read().lower())))
    my_letters = Vocabulary(mine)
    my_lm, my_Y = CharLM(len(my_letters), 128).to(device), my_letters.encode(mine).to(device)
    fit(my_lm, lambda rows: sequence_loss(my_lm(shifted(my_Y[rows]))[0], my_Y[rows]), len(mine), 600)
    invented = {"".join(word) for word in my_letters.decode(sample(my_lm, 200))}
    print(f"{len(mine):,} different words; invented:", ", ".join(sorted(invented - set(mine))[:40]))
else:
    print("there is no my_text.txt beside the notebook")

# %% [markdown]
# ### Exercise 8 · When does recurrence pay? · 0.5 points · about 30 minutes
#
# Counting takes seconds, and an n-gram can be looked into. When is the network worth its trouble? We compare them on
# both training sets, **at equal time**: the LSTM's validation bits against its seconds of training, the n-grams at the
# seconds of their counting; and **at equal size**: bits against the numbers stored, parameters or counts. Smaller LSTMs
# are trained for the second picture.

# %% show="comparison"
for name, num_hiddens in progress([(name, H) for name in ("random", "stem") for H in (32, 64)], "models"):
    seed_everything(1)
    train_lm(CharLM(len(letters), num_hiddens), name)
fig, axes = plt.subplots(2, 2, figsize=(11, 7.2), sharey=True)
for column, (name, title) in enumerate([("random", "relatives were seen"), ("stem", "no relative was seen")]):
    time, size = axes[:, column]
    trained = sorted((size, history) for (kind, size), history in lm_histories.items() if kind == name)
    for number, (parameters, measured) in enumerate(trained):
        label = f"LSTM, {parameters:,} parameters"
        time.plot([row[1] for row in measured], [row[2] for row in measured], color=COLORS[number], label=label)
        size.plot(parameters, measured[-1][2], MARKERS[number], color=COLORS[number], markersize=8)
    ngrams = [ngram_rows[name, order] for order in range(2, 7)]
    time.plot([row[1] for row in ngrams], [row[0] for row in ngrams], "k.--", label="n-grams, order 2 to 6")
    size.plot([row[2] for row in ngrams], [row[0] for row in ngrams], "k.--", label="n-grams, order 2 to 6")
    time.set(title=title, xscale="log", xlabel="seconds of training or counting", ylim=(1.9, 3.6))
    size.set(xscale="log", xlabel="numbers stored")
for ax in axes[:, 0]:
    ax.set_ylabel("bits per character, validation")
axes[0, 0].legend()
fig.tight_layout()
plt.show()

# %% [markdown] answer="when-recurrence-pays" points=0.5
# When does recurrence pay? Compare the two at equal time and at equal size, on both training sets; say what the numbers
# are, and why the split changes the answer. Which of the two splits would you use to choose a model for inventing
# words, and which for a keyboard that completes them?
#
# ### BEGIN SOLUTION
# Without relatives the n-grams end at about 2.67 bits (order 4), and an LSTM of 88,000 parameters reaches 2.50 after
# 1,500 steps: a longer context that was never seen is of no use to a table, while the network has learned rules of
# endings and prefixes that hold for new stems. With relatives seen the table of order 6 gets 2.08 and the LSTM 2.41:
# the table looks the stem up. So on "random" counting wins at equal time, and by far; but it stores 640,000 numbers for
# that. At equal size (order 4, 76,000 numbers: 2.50) the network is ahead on both sets. The split decides since it
# decides what can be looked up. For inventing words the stem split asks the right question, how well the model does
# where there is nothing to look up; a keyboard meets forms of known words all the time, so there the random split is
# the honest one.
# ### END SOLUTION

# %% [markdown]
# ## From spelling to sound
#
# English spelling is a poor guide to pronunciation: *though, through, tough*. CMUdict has 117,467 words with their
# phonemes. We train on 107,467, validate on 5,000 and test on 5,000. (The split is by word, so that a test word may
# have a plural among those to train: what we measure is how well unseen words are pronounced, not unseen stems.)

# %%
pairs_train, pairs_valid, pairs_test = load_pronunciations()
spelling = Vocabulary([word for word, _ in pairs_train])
phonemes = Vocabulary([sounds for _, sounds in pairs_train])


def encode_pairs(pairs):
    """Pairs of word and phonemes -> X int64 (N, S), spelling, and Y int64 (N, T), phonemes; both padded."""
    return spelling.encode([word for word, _ in pairs]), phonemes.encode([sounds for _, sounds in pairs])


# %% show="pairs"
for word, sounds in pairs_train[:6]:
    print(f"{word:>12}  {' '.join(sounds)}")

# %% [markdown]
# ### Exercise 9 · From spelling to sound · 2.5 points · about 100 minutes
#
# An **encoder** reads the letters, in both directions, and leaves a vector for each: the memory. A **decoder** says one
# phoneme after another. It begins with the encoder's last state, and in each step it reads the phoneme that was said
# last. In training this is the *right* last phoneme, whatever the model would have said (**teacher forcing**), so that
# all steps can be computed at once.
#
# Without more, a word of any length has to go through one vector. **Attention** (Bahdanau et al., 2015; here in the
# form of Luong et al., 2015) lets the decoder look back: for its state $q_t$ and the memory's vectors $m_s$,
#
# $$\alpha_{ts} = \operatorname{softmax}_s(q_t \cdot m_s) \qquad \text{context}_t = \sum_s \alpha_{ts}\, m_s$$
#
# over the letters of the word, not over padding: a score there is $-\infty$ and its weight **exactly zero**. State and
# context together give the logits.
#
# Fill in `attend`, `encode` and `decode`. Padding must not change anything: the encoder's backward half would begin in
# it, so pack the batch. With `attention=False` the context is left out and `weights` is None; all else is the same, so
# that we can see what attention adds.
#
# Then train both, 1,000 steps each. **The network with attention has to get fewer than half of the test words wrong**
# (the grader decodes greedily).
#
# <details><summary>Hint: packing</summary>
#
# `pack_padded_sequence(E, lengths.cpu(), batch_first=True, enforce_sorted=False)`, and `pad_packed_sequence(…,
# batch_first=True, total_length=X.shape[1])` for the way back.
#
# </details>
# <details><summary>Hint: two directions, one state</summary>
#
# The state of a bidirectional LSTM has shape (2, B, H / 2): the last of the way forward, the last of the way back. Side
# by side they are (1, B, H): `torch.cat([h[:1], h[1:]], dim=2)`.
#
# </details>


# %% exercise="attention"
def attend(queries, memory, mask):
    """Attention by inner products.

    queries (B, T, H), memory (B, S, H), mask bool (B, S): True where there is a letter (at least one in each row).
    Returns contexts (B, T, H) and weights (B, T, S), zero where the mask is False.
    """
    ### BEGIN SOLUTION
    # TODO: scores, the mask, softmax over the letters, weighted sums
    scores = queries @ memory.transpose(1, 2)
    weights = scores.masked_fill(~mask[:, None], -torch.inf).softmax(dim=2)
    return weights @ memory, weights
    ### END SOLUTION


class Seq2Seq(nn.Module):
    """From spelling to phonemes: an encoder in two directions, a decoder, attention between them."""

    def __init__(self, num_letters, num_phonemes, num_hiddens=128, attention=True):
        super().__init__()
        self.letters, self.phonemes = nn.Embedding(num_letters, 64), nn.Embedding(num_phonemes, 64)
        self.encoder = nn.LSTM(64, num_hiddens // 2, batch_first=True, bidirectional=True)
        self.decoder = nn.LSTM(64, num_hiddens, batch_first=True)
        self.attention = attention
        self.combine = nn.Linear(2 * num_hiddens if attention else num_hiddens, num_hiddens)
        self.head = nn.Linear(num_hiddens, num_phonemes)

    def encode(self, X):
        """X int64 (B, S), padded -> memory (B, S, H), mask bool (B, S), state (h, c), each (1, B, H)."""
        ### BEGIN SOLUTION
        # TODO: the mask, the packed batch through the encoder, its two directions side by side
        mask = X != PAD
        packed = pack_padded_sequence(self.letters(X), mask.sum(dim=1).cpu(), batch_first=True, enforce_sorted=False)
        memory, state = self.encoder(packed)
        memory, _ = pad_packed_sequence(memory, batch_first=True, total_length=X.shape[1])
        return memory, mask, tuple(torch.cat([part[:1], part[1:]], dim=2) for part in state)
        ### END SOLUTION

    def decode(self, Y_in, memory, mask, state):
        """Y_in int64 (B, T), what the decoder reads -> logits (B, T, num_phonemes), the state after it, the weights."""
        ### BEGIN SOLUTION
        # TODO: the decoder's outputs, their contexts if there is attention, combine with tanh, head
        outputs, state = self.decoder(self.phonemes(Y_in), state)
        weights = None
        if self.attention:
            contexts, weights = attend(outputs, memory, mask)
            outputs = torch.cat([outputs, contexts], dim=2)
        return self.head(torch.tanh(self.combine(outputs))), state, weights
        ### END SOLUTION

    def forward(self, X, Y):
        """Teacher forcing: the logits (B, T, num_phonemes) for Y (B, T) when all right phonemes before are known."""
        return self.decode(shifted(Y), *self.encode(X))[0]


def make_with_attention():
    return Seq2Seq(len(spelling), len(phonemes))


def make_without_attention():
    return Seq2Seq(len(spelling), len(phonemes), attention=False)


# %%
pronouncer_histories = {}  # attention or not: triples (steps, seconds, bits per phoneme on validation words)


def train_pronouncer(model, num_steps=1000, lr=5e-3):
    """Train on the pairs with teacher forcing; the history goes to pronouncer_histories."""
    (X, Y), (X_valid, Y_valid) = (tuple(part.to(device) for part in encode_pairs(pairs))
                                  for pairs in (pairs_train, pairs_valid[:1000]))

    def loss_of(x, y):
        x, y = (part[:, :int((part != PAD).sum(dim=1).max())] for part in (x, y))
        return F.cross_entropy(model(x, y).flatten(0, 1), y.flatten(), ignore_index=PAD)

    history = fit(model.to(device), lambda rows: loss_of(X[rows], Y[rows]), len(X), num_steps, lr, every=100,
                  clip=lambda params: nn.utils.clip_grad_norm_(params, 1.0),
                  measure=lambda: loss_of(X_valid, Y_valid) / math.log(2))
    pronouncer_histories[model.attention] = history["measured"]


# %% train="with-attention"
### BEGIN SOLUTION
# TODO: with_attention = make_with_attention(), trained with train_pronouncer; save_checkpoint(…, "with-attention")
seed_everything(0)
with_attention = make_with_attention()
train_pronouncer(with_attention)
save_checkpoint(with_attention, "with-attention")
### END SOLUTION

# %% train="without-attention"
### BEGIN SOLUTION
# TODO: the same without attention
seed_everything(0)
without_attention = make_without_attention()
train_pronouncer(without_attention)
save_checkpoint(without_attention, "without-attention")
### END SOLUTION

# %% test="attention" points=2 timeout=120
seed_everything(0)
queries, memory = torch.randn(2, 3, 4), torch.randn(2, 5, 4)
mask = torch.tensor([[True] * 5, [True, True, False, False, False]])
contexts, weights = attend(queries, memory, mask)
assert weights.shape == (2, 3, 5), f"a weight for each query and letter, (2, 3, 5), not {tuple(weights.shape)}"
assert torch.allclose(weights.sum(dim=2), torch.ones(2, 3)), "the weights of a query add up to one"
assert not weights[1, :, 2:].any(), "the weight of padding is exactly zero"
model = Seq2Seq(len(spelling), len(phonemes), 16)
X, Y = encode_pairs([("cat", ["K", "AE", "T"]), ("at", ["AE", "T"])])
assert model(X, Y).shape == (2, 4, len(phonemes)), "logits for each phoneme"
difference = (model(X, Y)[1, :3] - model(X[1:, :3], Y[1:, :3])[0]).abs().max().item()
assert difference < 1e-5, f"'at' gets other logits when it is padded, by {difference:.2g}: is padding read?"
print("attention: weights are as expected, and padding changes nothing")
### BEGIN HIDDEN TESTS
ns = student.run(HELPERS)
with part("weights", points=0.5):
    for B, T, lengths in [(2, 3, [4, 2]), (1, 1, [3]), (3, 2, [1, 5, 3])]:
        check_attention(ns, rng, B, T, lengths)
with part("padding", points=0.5):
    for attention in (True, False):
        alone, beside, memory = ns.padded(attention)
        check.close(beside, alone, rtol=1e-3, atol=1e-5, hint="a word gets other logits when it is padded: the "
                                                              "encoder's way back begins there, or it is attended to")
with part("teacher forcing", points=0.5):
    for attention in (True, False):
        at_once, stepwise, changed, grads = ns.forced(attention)
        check.close(stepwise, at_once, rtol=1e-3, atol=1e-5, hint="phoneme by phoneme, handing on the state, the "
                                                                  "decoder says the same as for all at once")
        check.close(changed[:, :3], at_once[:, :3], rtol=1e-3, atol=1e-5, hint="logits change with later phonemes")
        check.true(not attention or bool(grads["memory"] > 0), hint="the logits don't depend on the memory")
        check.true(bool(grads["state"] > 0), hint="the logits don't depend on the state that the encoder left")
with part("test words", points=0.5):
    spelled, told = spoken_test(500)
    rate = word_errors(ns, "with_attention", spelled, told)
    check.less(rate, BOUNDS["words"], hint=f"{rate:.1%} of 500 test words are wrong, it should be below "
                                           f"{BOUNDS['words']:.0%}")
### END HIDDEN TESTS

# %% show="attention-training"
fig, ax = plt.subplots()
for number, (attention, measured) in enumerate(pronouncer_histories.items()):
    ax.plot([row[0] for row in measured], [row[2] for row in measured], MARKERS[number] + "-",
            label="with attention" if attention else "without")
ax.set(xlabel="step", ylabel="bits per phoneme, validation", title="Teacher forcing")
ax.set_ylim(bottom=0)
ax.legend()
plt.show()

# %% [markdown] answer="what-attention-adds" points=0.5
# What does attention add, in your numbers and in your own words? Where do the weights look while a phoneme is said (the
# next exercise draws them), and for which words would you expect the difference to be largest? Check it: compare error
# rates of short and of long words.
#
# ### BEGIN SOLUTION
# Without attention the whole word goes through one vector of 128 numbers, with it the decoder looks at the letters
# again. After 1,000 steps 44% of the test words are wrong with it and 54% without; the difference is largest for long
# words, whose letters the one vector holds least well. The weights move from left to right with the
# phonemes, and rest on pairs of letters that are one sound. Luong's form adds no parameters to the scores, only to the
# layer that combines state and context.
# ### END SOLUTION

# %% [markdown]
# ### Exercise 10 · Decoding · 1.5 points · about 75 minutes
#
# The model gives probabilities; we want one pronunciation. **Greedy** decoding takes the likeliest phoneme in each step
# and never looks back. **Beam search** keeps the `width` best beginnings: in each step all of them are continued by
# every symbol, and of all these the `width` with the largest sums of log-probabilities stay. One that has said END is
# put aside. At the end the best of those put aside wins (or, if none has ended within `max_steps`, the best beginning).
# With a width of one it is greedy decoding.
#
# `beam_search` knows no network: it gets a function `step`. It can be tried on a table of probabilities, by hand.
#
# How good are the pronunciations? The **edit distance** of two sequences is the least number of insertions, deletions
# and substitutions that turn one into the other (Levenshtein, 1966). The **phoneme error rate** is the sum of all edit
# distances, divided by the number of right phonemes; the **word error rate** is the fraction of words that are not
# entirely right.
#
# <details><summary>Hint: edit distance</summary>
#
# `D[i][j]`, the distance of the first i symbols of one and the first j of the other, is the least of `D[i-1][j] + 1`,
# `D[i][j-1] + 1` and `D[i-1][j-1]`, plus 1 if the two symbols differ.
#
# </details>


# %% exercise="decoding"
@torch.no_grad()
def greedy(model, X, max_steps=25):
    """Spelling X int64 (B, S) -> phonemes int64 (B, max_steps): after END, PAD.

    It uses model.encode(X) and model.decode(Y_in, memory, mask, state); the first that the decoder reads is END.
    """
    ### BEGIN SOLUTION
    # TODO: encode once; in each step decode one symbol, take the likeliest, feed it back; PAD after END
    memory, mask, state = model.encode(X)
    y = torch.full((len(X), 1), END, device=X.device)
    ended, said = torch.zeros_like(y, dtype=torch.bool), []
    for _ in range(max_steps):
        logits, state, _ = model.decode(y, memory, mask, state)
        y = logits[:, -1].argmax(dim=1, keepdim=True)
        said.append(y.masked_fill(ended, PAD))
        ended |= y == END
    return torch.cat(said, dim=1)
    ### END SOLUTION


def beam_search(step, state, width=5, max_steps=25):
    """Search for the likeliest sequence.

    step: function of the last symbol (an int; END at the beginning) and a state to the log-probabilities of the next,
    a float array (V,), and the next state.
    Returns (symbols, log_p): a list of int, END included if it has ended, and the sum of their log-probabilities.
    """
    ### BEGIN SOLUTION
    # TODO: continue each beginning by every symbol, keep the best `width`, put aside what has ended
    beams, finished = [(0.0, [], state)], []
    for _ in range(max_steps):
        candidates = []
        for total, symbols, state in beams:
            log_p, after = step(symbols[-1] if symbols else END, state)
            candidates += [(total + float(log_p[symbol]), [*symbols, int(symbol)], after)
                           for symbol in np.argsort(-np.asarray(log_p))[:width]]
        candidates.sort(key=lambda candidate: -candidate[0])
        finished += [candidate for candidate in candidates[:width] if candidate[1][-1] == END]
        beams = [candidate for candidate in candidates[:width] if candidate[1][-1] != END]
        if not beams or finished and max(done[0] for done in finished) >= beams[0][0]:
            break
    total, symbols, _ = max(finished or beams, key=lambda candidate: candidate[0])
    return symbols, total
    ### END SOLUTION


def edit_distance(a, b):
    """The least number of insertions, deletions and substitutions from sequence a to sequence b."""
    ### BEGIN SOLUTION
    # TODO: row by row of the table of distances
    row = list(range(len(b) + 1))
    for i, x in enumerate(a, 1):
        before, row = row, [i]
        for j, y in enumerate(b, 1):
            row.append(min(before[j] + 1, row[-1] + 1, before[j - 1] + (x != y)))
    return row[-1]
    ### END SOLUTION


def error_rates(predicted, right):
    """Two lists of sequences -> (phoneme error rate, word error rate), fractions."""
    ### BEGIN SOLUTION
    # TODO: edit distances over the number of right phonemes; the share of words that differ
    edits = sum(edit_distance(p, r) for p, r in zip(predicted, right, strict=True))
    wrong = sum(list(p) != list(r) for p, r in zip(predicted, right, strict=True))
    return edits / sum(map(len, right)), wrong / len(right)
    ### END SOLUTION


# %%
@torch.no_grad()
def stepper(model, word):
    """`step` and the first `state` of beam_search for a word's pronunciation."""
    where = next(model.parameters()).device
    memory, mask, state = model.encode(spelling.encode([word]).to(where))

    def step(symbol, state):
        with torch.no_grad():
            logits, state, _ = model.decode(torch.tensor([[symbol]], device=where), memory, mask, state)
        return logits[0, -1].log_softmax(dim=0).cpu().numpy(), state

    return step, state


def pronounce(model, listed, batch_size=500):
    """Words -> lists of phonemes, greedily."""
    where = next(model.parameters()).device
    batches = [listed[start:start + batch_size] for start in range(0, len(listed), batch_size)]
    return [sounds for batch in batches for sounds in phonemes.decode(greedy(model, spelling.encode(batch).to(where)))]


# %% test="decoding" points=1.5 timeout=60
TREE = {(): [0, 0.1, 0.5, 0.4], (2,): [0, 0.4, 0.3, 0.3], (3,): [0, 0.9, 0.05, 0.05]}


def tree_step(symbol, path):
    path = () if symbol == END and not path else (*path, symbol)
    with np.errstate(divide="ignore"):
        return np.log(TREE.get(path, [0, 1, 0, 0])), path


assert list(beam_search(tree_step, (), 1)[0]) == [2, 1], "greedy: first 2 (.5), then END (.4): .2 in all"
symbols, log_p = beam_search(tree_step, (), 2)
assert list(symbols) == [3, 1], f"with two beams 3, END is found, .4 times .9 = .36, not {symbols}"
assert abs(log_p - np.log(0.36)) < 1e-6, f"its log-probability is {np.log(0.36):.4f}, not {log_p:.4f}"
assert edit_distance("kitten", "sitting") == 3, "kitten, sitten, sittin, sitting: 3"
rates = error_rates([["K", "AE"], ["T"]], [["K", "AE", "T"], ["T"]])
assert np.allclose(rates, (0.25, 0.5)), f"one of four phonemes, one of two words: {rates}"
said = pronounce(with_attention.cpu(), [word for word, _ in pairs_valid[:300]])
per, wer = error_rates(said, [sounds for _, sounds in pairs_valid[:300]])
print(f"decoding: 300 validation words, with attention: phoneme error rate {per:.1%}, word error rate {wer:.1%}")
### BEGIN HIDDEN TESTS
ns = student.run(HELPERS)
with part("greedy", points=0.5):
    for case in range(3):
        theirs, encodings = ns.greedy_on_table(SPEECH[case], 3, 8)
        check.equal(theirs, np.array(greedy_known(SPEECH[case], 3, 8)), hint="the likeliest phoneme in each step; "
                    "after END only PAD, up to max_steps; END is read first")
        check.equal(encodings, 1, hint="the word is encoded once")
with part("beam search", points=0.5):
    for _ in range(6):
        table = rng.dirichlet(0.6 * np.ones(5), size=5)
        table[:, 0] = 0
        table /= table.sum(axis=1, keepdims=True)
        symbols, log_p = ns.beam(table, 1, 6)
        check.equal(list(symbols), greedy_path(table, 6), hint="a beam of 1 is greedy decoding")
        for width in (1, 3, 400):
            symbols, log_p = ns.beam(table, width, 4)
            check.close(log_p, path_log_p(table, symbols), hint="the log-probability is the sum along the sequence")
        best, best_log_p = exhaustive(table, 4)
        check.close(log_p, best_log_p, hint="with a beam as wide as the tree the likeliest sequence that ends is found")
    symbols, log_p = ns.tree_beam(2)
    check.equal(list(symbols), [3, 4, 1], hint="the second best beginning may win in the end")
with part("error rates", points=0.5):
    for _ in range(12):
        a, b = ("".join(rng.choice(list("abc"), size=rng.integers(0, 7))) for _ in range(2))
        check.equal(student.edit_distance(a, b), reference.edit_distance(a, b), hint=f"from {a!r} to {b!r}")
    predicted, right = ([list(rng.choice(list("abc"), size=rng.integers(1, 6))) for _ in range(9)] for _ in range(2))
    right[3] = predicted[3]
    check.close(student.error_rates(predicted, right), reference.error_rates(predicted, right),
                hint="the sum of distances over the number of right phonemes; the fraction of words not entirely right")
### END HIDDEN TESTS

# %% show="error-rates"
tested = [word for word, _ in pairs_test], [sounds for _, sounds in pairs_test]
print("5,000 test words       phoneme errors   word errors")
for name, model in [("with attention", with_attention.to(device)), ("without", without_attention.to(device))]:
    said = pronounce(model, tested[0])
    per, wer = error_rates(said, tested[1])
    print(f"{name + ', greedy':<22}      {per:6.1%}          {wer:6.1%}")
    few = progress(tested[0][:500], f"{name}, beam of 5")
    beams = phonemes.decode([(beam_search(*stepper(model, word), 5)[0] + [END] * 25)[:25] for word in few])
    for how, found in [("greedy", said[:500]), ("beam of 5", beams)]:
        per, wer = error_rates(found, tested[1][:500])
        print(f"   {how + ', first 500':<22}   {per:6.1%}          {wer:6.1%}")
    for low, high in [(2, 5), (6, 8), (9, 30)]:
        rows = [n for n, word in enumerate(tested[0]) if low <= len(word) <= high]
        wer = error_rates([said[n] for n in rows], [tested[1][n] for n in rows])[1]
        print(f"   words of {low} to {high} letters: {wer:.1%} of {len(rows):,} wrong")

# %% show="attention-matrices"
fig, axes = plt.subplots(1, 3, figsize=(12, 3.9))
for ax, word in zip(axes, ["thoughtful", "knightly", "xylophonist"], strict=True):
    X = spelling.encode([word]).to(device)
    said = greedy(with_attention, X)
    sounds = phonemes.decode(said)[0]
    with torch.no_grad():
        weights = with_attention.decode(shifted(said), *with_attention.encode(X))[2]
        weights = weights[0, :len(sounds) + 1, :len(word) + 1]
    ax.imshow(weights.cpu(), cmap="Blues", vmin=0, vmax=1, aspect="auto")
    ax.set_xticks(range(len(word) + 1), [*word, "."])
    ax.set_yticks(range(len(sounds) + 1), [*sounds, "."])
    ax.set_title(f"{word}: {' '.join(sounds)}", fontsize=9)
    ax.grid(False)
fig.suptitle("Weights: which letters (columns) are looked at while a phoneme (rows) is said")
fig.tight_layout()
plt.show()

# %% [markdown]
# Most rows have one dark cell: the phoneme comes from one place, and the places move from left to right. Letters that
# are written and not said, the *ugh* of *thoughtful*, are passed over. But look at *knightly*: for N the network looks
# at the silent k. The encoder has read both ways, so what it keeps at k knows the letters around it. A weight says
# where the network looked, not all that it saw there.

# %% [markdown]
# ### Exercise 11 · An echo-state network · 1.5 points · about 60 minutes
#
# If gradients through time are so much trouble, why not leave the recurrent weights as they were drawn? An **echo-state
# network** (Jaeger, 2001; Jaeger and Haas, 2004) has a large random *reservoir* that is never trained, and learns only
# the linear *readout*, in closed form:
#
# $$x_t = \tanh(W x_{t-1} + w_{in}\, u_t + w_b) \qquad \hat u_{t+1} = w_{out} \cdot [1, x_t]$$
#
# $W$ is sparse and scaled to a given **spectral radius**: below one or so, the reservoir forgets how it began. The
# readout is a ridge regression on all steps but the first, during which the start is forgotten:
#
# $$w_{out} = (X^\top X + \alpha I)^{-1} X^\top y$$
#
# To go on beyond the data the network hears itself: its forecast is the next input. Our series is that of Mackey and
# Glass (1977), a model of the number of blood cells with a delay, and chaotic: small errors grow exponentially. How far
# can we see?
#
# <details><summary>Hint: settings that work</summary>
#
# 300 to 500 units, radius 0.9, 10% of the weights not zero, input weights uniform from -1 to 1 (the series minus its
# mean, or as it is), α from 1e-8 to 1e-6, 100 steps thrown away.
#
# </details>


# %% exercise="echo-state"
def make_reservoir(num_units, radius, rng, density=0.1):
    """Random weights: W (num_units, num_units), a share `density` of them not zero, of the given spectral radius; w_in
    and w_b (num_units,). `rng` is a NumPy generator."""
    ### BEGIN SOLUTION
    # TODO: random sparse W, divided by its radius and multiplied by the wanted one; random w_in and w_b
    W = rng.uniform(-1, 1, size=(num_units, num_units)) * (rng.random((num_units, num_units)) < density)
    W *= radius / np.abs(np.linalg.eigvals(W)).max()
    return W, rng.uniform(-1, 1, size=num_units), rng.uniform(-0.2, 0.2, size=num_units)
    ### END SOLUTION


def run_reservoir(W, w_in, w_b, u, x):
    """Inputs u (T,), the first state x (H,) -> states (T, H), after each input."""
    ### BEGIN SOLUTION
    # TODO: the states, one after another
    states = []
    for value in u:
        x = np.tanh(W @ x + w_in * value + w_b)
        states.append(x)
    return np.stack(states)
    ### END SOLUTION


def ridge(X, y, alpha):
    """X (N, K), y (N,) -> the weights (K,) that minimise |X w - y|² + alpha |w|², in closed form."""
    ### BEGIN SOLUTION
    # TODO: solve the normal equations
    return np.linalg.solve(X.T @ X + alpha * np.eye(X.shape[1]), X.T @ y)
    ### END SOLUTION


def forecast(series, horizon, radius=0.9, seed=0):
    """Learn from a series (T,) and go on: the next `horizon` values (horizon,)."""
    ### BEGIN SOLUTION
    # TODO: reservoir, states, readout without the first steps; then feed each forecast back
    washout, mean = 100, series.mean()
    W, w_in, w_b = make_reservoir(400, radius, np.random.default_rng(seed))
    states = run_reservoir(W, w_in, w_b, series - mean, np.zeros(len(W)))
    features = np.column_stack([np.ones(len(states)), states])
    w_out = ridge(features[washout:-1], series[washout + 1:] - mean, 1e-7)
    x, found = states[-1], []
    for _ in range(horizon):
        found.append(w_out @ np.concatenate([[1.0], x]))
        x = np.tanh(W @ x + w_in * found[-1] + w_b)
    return np.array(found) + mean
    ### END SOLUTION


# %% test="echo-state" points=1.5 timeout=60
W, w_in, w_b = make_reservoir(50, 0.8, np.random.default_rng(0))
radius = np.abs(np.linalg.eigvals(W)).max()
assert abs(radius - 0.8) < 1e-6, f"the spectral radius is {radius:.4f}, not 0.8"
assert run_reservoir(W, w_in, w_b, np.ones(7), np.zeros(50)).shape == (7, 50), "a state after each of 7 inputs"
w = ridge(np.array([[1.0], [1.0], [2.0]]), np.array([1.0, 2.0, 3.0]), 3.0)
assert np.allclose(w, [1.0]), f"(1 + 2 + 6) / (1 + 1 + 4 + 3) is 1, not {w}"
series = mackey_glass(2600, seed=0)
found = forecast(series[:2500], 100)
error = np.sqrt(np.mean((found - series[2500:]) ** 2)) / series.std()
print(f"echo-state: over 100 steps the error is {error:.3f} standard deviations of the series; it should be below 0.1")
### BEGIN HIDDEN TESTS
with part("spectral radius", points=0.25):
    for size, radius, density in [(40, 0.5, 0.2), (80, 1.3, 0.1)]:
        ns = student.run(HELPERS)
        W, w_in, w_b = ns.reservoir(size, radius, 5, density)
        check.close(np.abs(np.linalg.eigvals(check.numbers(W))).max(), radius, rtol=1e-3,
                    hint="the largest absolute eigenvalue (not singular value) of W is the given radius")
        check.between(float((check.numbers(W) != 0).mean()), 0.6 * density, 1.4 * density,
                      hint="`density` is the share of weights that are not zero")
        check.shape(w_in, (size,), hint="w_in")
        check.true(bool(np.any(W != ns.reservoir(size, radius, 6, density)[0])), hint="another rng, other weights")
with part("states", points=0.25):
    for T, H in [(1, 3), (9, 5)]:
        W, w_in, w_b, u, x = (rng.normal(size=size) for size in [(H, H), H, H, T, H])
        check.close(student.run_reservoir(W, w_in, w_b, u, x), reference.run_reservoir(W, w_in, w_b, u, x),
                    hint="x = tanh(W x + w_in u + w_b), the state after each input, from the given first one")
with part("ridge", points=0.25):
    for N, K, alpha in [(20, 4, 0.1), (5, 8, 2.0)]:
        X, y = rng.normal(size=(N, K)), rng.normal(size=N)
        check.close(student.ridge(X, y, alpha), np.linalg.solve(X.T @ X + alpha * np.eye(K), X.T @ y), rtol=1e-3,
                    hint="(X'X + alpha I) w = X'y")
with part("forecasts", points=0.75):
    missed = []
    for seed in range(4):
        series = mackey_glass(2600, seed=[seed, int(rng.integers(10**6))])
        found = student.forecast(series[:2500], 84)
        check.shape(found, (84,), hint="as many values as asked for")
        missed.append(np.sqrt(np.mean((check.numbers(found) - series[2500:2584]) ** 2)) / series.std())
    error = float(np.median(missed))
    check.less(error, 0.1, hint=f"on four other stretches of the series the median error over 84 steps is {error:.2f} "
                                "standard deviations, it should be below 0.1")
### END HIDDEN TESTS

# %% show="horizon"
HORIZON, starts = 300, progress(range(20), "stretches")
errors = {radius: [] for radius in (0.3, 0.9, 1.25)}
last = []
for seed in starts:
    series = mackey_glass(2500 + HORIZON, seed=seed)
    for radius, found in errors.items():
        found.append((forecast(series[:2500], HORIZON, radius, seed) - series[2500:]) / series.std())
    last.append((series[2499] - series[2500:]) / series.std())
fig, (left, right) = plt.subplots(1, 2, figsize=(11.5, 3.8))
left.plot(series[2450:], color="black", label="series")
left.plot(np.arange(50, 50 + HORIZON), forecast(series[:2500], HORIZON), color=COLORS[1], label="forecast, radius 0.9")
left.axvline(50, color="#666666", linestyle=":")
left.set(title="The last of the stretches", xlabel="step", ylabel="value", ylim=(0.3, 1.6))
left.legend(loc="upper right", fontsize=8)
for number, (name, found) in enumerate([*errors.items(), ("the last value", last)]):
    rms = np.sqrt(np.median(np.square(found), axis=0))
    right.plot(np.arange(1, HORIZON + 1), rms, color=COLORS[number], label=f"radius {name}" if number < 3 else name)
right.set(yscale="log", xlabel="steps ahead", ylabel="median error (standard deviations)", title="20 stretches")
right.legend(fontsize=8, loc="lower right")
fig.tight_layout()
plt.show()

# %% [markdown]
# On this scale errors grow along a line, exponentially: that is chaos. The lines have about the same slope until an
# error is as large as the series itself; what the reservoir decides is where its line begins. With radius 0.9 300 steps
# ahead are still within a few hundredths; radius 0.3 forgets too fast, 1.25 too slowly.

# %% judge
import torch
import torch.nn.functional as functional
from torch import nn

from common.series import mackey_glass
from common.words import load_polish_words, load_pronunciations

# Bits per character on 1,000 test words, and word errors on 500: what honest networks get is in
# docs/w07_rnn.md.
BOUNDS = {"random": 2.6, "stem": 2.65, "words": 0.5}

# Helpers of the hidden tests. What stands in the text runs in the student's process, and holds no answer.
HELPERS = """
import copy
import numpy as np
import torch
from torch import nn

def written(name):
    if name not in globals():
        raise NameError(name + " is not defined")
    return globals()[name]

def cell_run(name, X, state, weights, G):
    leaves = [x.clone().requires_grad_() for x in (X, *state, *weights)]
    X, state, weights = leaves[0], leaves[1:1 + len(state)], leaves[1 + len(state):]
    state = tuple(state) if len(state) > 1 else state[0]
    outputs = []
    for x in X:
        state = written(name)(x, state, *weights)
        outputs.append(state[0] if isinstance(state, (tuple, list)) else state)
    last = tuple(state) if isinstance(state, (tuple, list)) else (state,)
    gradients = torch.autograd.grad((torch.stack(outputs) * G).sum() + last[-1].sum(), leaves)
    return torch.stack(outputs).detach(), [part.detach() for part in last], list(gradients)

def toy_step(pair):
    def one(x, h):
        return torch.tanh(0.5 * h + x)
    def two(x, state):
        h, c = state
        return torch.tanh(h + x - c), 0.9 * c + x
    return two if pair else one

def unrolled(X, state, lengths, batch_first, pair):
    lengths = None if lengths is None else torch.as_tensor(lengths)
    state = tuple(state) if pair else state[0]
    outputs, last = unroll(toy_step(pair), X, state, lengths, batch_first)
    return outputs, list(last) if pair else [last]

def detach_once(pair):
    leaf = torch.arange(1.0, 7.0).reshape(2, 3).requires_grad_()
    state = leaf * 1.0
    found = detached((state, state + 0.0) if pair else state)
    found = found if pair else (found,)
    return found[0].detach(), any(part.requires_grad for part in found)

class Spy(nn.Module):
    def __init__(self, pair, seed):
        super().__init__()
        torch.manual_seed(seed)
        self.rnn = (nn.LSTM if pair else nn.GRU)(3, 4, batch_first=True).double()
        self.head = nn.Linear(4, 3).double()
        self.pair, self.first, self.histories, self.left, self.continued = pair, [], [], None, True

    def forward(self, X, state=None):
        self.first.append(state is None)
        if state is not None:
            parts = state if self.pair else (state,)
            self.histories.append(any(part.requires_grad for part in parts))
            self.continued &= all(torch.equal(a.detach(), b) for a, b in zip(parts, self.left))
        H, state = self.rnn(torch.nn.functional.one_hot(X, 3).double(), state)
        self.left = [part.detach().clone() for part in (state if self.pair else (state,))]
        return self.head(H), state

def truncated_run(pair, T, chunk, seed):
    model = Spy(pair, seed)
    X = torch.randint(0, 3, (2, T))
    Y = (X + torch.arange(T)) % 3
    losses = train_truncated(model, torch.optim.SGD(model.parameters(), lr=0.5), X, Y, chunk)
    parameters = torch.cat([param.detach().flatten() for param in model.parameters()])
    return {"losses": [float(loss) for loss in losses], "parameters": parameters, "first": model.first,
            "histories": model.histories, "continued": model.continued}

def norms(X, state, v, A, pair):
    def one(x, h):
        return torch.tanh(h @ A + x)
    def two(x, state):
        h, c = state
        return torch.tanh(0.5 * c + h), 0.8 * c + torch.sin(h @ A) + x
    return gradient_norms(two if pair else one, tuple(state) if pair else state[0], X, v)

def clipped(gradients, bound):
    parameters = [nn.Parameter(torch.zeros(3) if g is None else torch.zeros_like(g)) for g in gradients]
    for param, gradient in zip(parameters, gradients):
        param.grad = None if gradient is None else gradient.clone()
    norm = clip_gradients(parameters, bound)
    return float(norm), torch.cat([param.grad.flatten() for param in parameters if param.grad is not None])

def loss_and_gradient(logits, Y):
    logits = logits.clone().requires_grad_()
    loss = sequence_loss(logits, Y)
    (gradient,) = torch.autograd.grad(loss, logits)
    return float(loss), gradient

class Table(nn.Module):
    def __init__(self, logits):
        super().__init__()
        self.logits = nn.Parameter(torch.as_tensor(np.asarray(logits)).float())

    def forward(self, X, state=None):
        return self.logits[X], state

def bits_of_table(Y, sizes):
    table = Table(np.sin(np.arange(144.0)).reshape(12, 12))
    return [0.0] + [float(bits_per_character(table, Y, size)) for size in sizes]

def stepwise(X, cut):
    torch.manual_seed(0)
    model = make_lm().eval()
    changed = X.clone()
    changed[:, cut:] = 2
    with torch.no_grad():
        state, found = None, []
        for t in range(X.shape[1]):
            logits, state = model(X[:, t:t + 1], state)
            found.append(logits)
        return model(X)[0], torch.cat(found, dim=1), model(changed)[0][:, :cut]

class Reader:
    pass

reader = Reader()

def begin_words(name, count):
    reader.model, reader.state = written(name).cpu().eval(), None
    return next_letters(torch.ones(count, 1, dtype=torch.long))

def next_letters(X):
    with torch.no_grad():
        logits, reader.state = reader.model(X, reader.state)
    return logits[:, -1].float()

def probabilities(logits, temperature, top_k):
    before = logits.clone()
    found = next_probabilities(logits, temperature, top_k)
    if not torch.equal(before, logits):
        raise ValueError("next_probabilities changes the logits that it is given")
    return found

def drawn(table, count, temperature, top_k, max_letters):
    return sample(Table(table), count, temperature, top_k, max_letters)

def attended(queries, memory, mask):
    memory = memory.clone().requires_grad_()
    contexts, weights = attend(queries, memory, mask)
    (gradient,) = torch.autograd.grad(contexts.sum(), memory)
    return contexts.detach(), weights.detach(), gradient

def small_model(attention):
    torch.manual_seed(1)
    return Seq2Seq(9, 7, 12, attention=attention).double().eval()

def padded(attention):
    model = small_model(attention)
    X, Y = torch.tensor([[3, 4, 2, 1]]), torch.tensor([[2, 5, 3, 1]])
    long = torch.tensor([[5, 6, 7, 8, 2, 3, 4, 1], [3, 4, 2, 1, 0, 0, 0, 0]])
    with torch.no_grad():
        alone = model(X, Y)[0]
        beside = model(long, Y.expand(2, -1))[1]
        return alone, beside, model.encode(X)[0]

def forced(attention):
    model = small_model(attention)
    X, Y = torch.tensor([[3, 4, 2, 1], [5, 2, 1, 0]]), torch.tensor([[1, 2, 5, 3, 4], [1, 6, 2, 2, 5]])
    memory, mask, state = model.encode(X)
    memory, state = memory.detach().requires_grad_(), tuple(part.detach().requires_grad_() for part in state)
    at_once = model.decode(Y, memory, mask, state)[0]
    grads = torch.autograd.grad(at_once.square().sum(), [memory, *state], allow_unused=True)
    grads = [0.0 if grad is None else float(grad.abs().sum()) for grad in grads]
    changed = Y.clone()
    changed[:, 3:] = 2
    with torch.no_grad():
        now, found = state, []
        for t in range(Y.shape[1]):
            logits, now, _ = model.decode(Y[:, t:t + 1], memory, mask, now)
            found.append(logits)
        changed = model.decode(changed, memory, mask, state)[0]
    return at_once.detach(), torch.cat(found, dim=1), changed, {"memory": grads[0], "state": min(grads[1:])}

def begin_speech(name, X):
    reader.model = written(name).cpu().eval()
    with torch.no_grad():
        *reader.memory, reader.state = reader.model.encode(X)
    return next_sounds(torch.ones(len(X), 1, dtype=torch.long))

def next_sounds(Y):
    with torch.no_grad():
        logits, reader.state, _ = reader.model.decode(Y, *reader.memory, reader.state)
    return logits[:, -1].float()

class Speech(nn.Module):
    def __init__(self, table):
        super().__init__()
        self.table, self.encodings = nn.Parameter(torch.as_tensor(np.asarray(table)).float()), 0

    def encode(self, X):
        self.encodings += 1
        state = torch.arange(len(X))[None, :, None].float()
        return torch.zeros(len(X), X.shape[1], 2), X != 0, (state, state)

    def decode(self, Y_in, memory, mask, state):
        logits = []
        for t in range(Y_in.shape[1]):
            logits.append(self.table[state[0][0, :, 0].long(), Y_in[:, t]])
        return torch.stack(logits, dim=1), state, None

def greedy_on_table(table, count, max_steps):
    model = Speech(table)
    found = greedy(model, torch.tensor([[2, 3, 1]] * count), max_steps)
    return found, model.encodings

def beam(table, width, max_steps):
    with np.errstate(divide="ignore"):
        logs = np.log(np.asarray(table))
    symbols, total = beam_search(lambda symbol, state: (logs[symbol], state), None, width, max_steps)
    return [int(symbol) for symbol in symbols], float(total)

def tree_beam(width):
    tree = {(): [0, 0.02, 0.53, 0.45, 0], (2,): [0, 0.3, 0.3, 0.2, 0.2], (3,): [0, 0.05, 0.05, 0, 0.9]}
    def step(symbol, path):
        path = path + (symbol,) if path is not None else ()
        with np.errstate(divide="ignore"):
            return np.log(np.array(tree.get(path, [0, 1, 0, 0, 0]))), path
    symbols, total = beam_search(step, None, width, 5)
    return [int(symbol) for symbol in symbols], float(total)

def reservoir(size, radius, seed, density):
    return make_reservoir(size, radius, np.random.default_rng(seed), density)
"""


def check_cell(ns, rng, name, kind, blocks, hint):
    """Three steps of the student's cell against PyTorch's layer with the same weights: values and gradients."""
    for B, D, H in [(2, 3, 4), (1, 1, 2), (5, 4, 3)]:
        X, G = (torch.from_numpy(rng.normal(size=size)) for size in [(3, B, D), (3, B, H)])
        state = [torch.from_numpy(rng.normal(size=(B, H))) for _ in range(2 if kind is nn.LSTM else 1)]
        weights = [torch.from_numpy(rng.normal(size=size)) for size in
                   [(blocks * H, D), (blocks * H, H), blocks * H, blocks * H]]
        layer = kind(D, H).double()
        with torch.no_grad():
            for param, values in zip(layer.parameters(), weights, strict=True):
                param.copy_(values)
        leaves = [x.clone().requires_grad_() for x in (X, *state)]
        first = tuple(part[None] for part in leaves[1:])
        outputs, last = layer(leaves[0], first if kind is nn.LSTM else first[0])
        last = last if kind is nn.LSTM else (last,)
        ours = torch.autograd.grad((outputs * G).sum() + last[-1].sum(), [*leaves, *layer.parameters()])
        found, theirs_last, gradients = ns.cell_run(name, X, state, weights, G)
        check.close(found, outputs.detach(), rtol=1e-3, atol=1e-5, hint=hint)
        for theirs, expected in zip(theirs_last, last, strict=True):
            check.close(theirs, expected[0].detach(), rtol=1e-3, atol=1e-5, hint=hint)
        for theirs, expected in zip(gradients, ours, strict=True):
            check.close(theirs, expected, rtol=1e-3, atol=1e-4, hint=f"a gradient differs: {hint}")


def check_unroll(ns, rng, T, B, lengths, batch_first, pair, hint):
    X = torch.from_numpy(rng.normal(size=(T, B, 3)))
    state = [torch.from_numpy(rng.normal(size=(B, 3))) for _ in range(2 if pair else 1)]
    outputs, now = torch.zeros_like(X), [part.clone() for part in state]
    for b in range(B):
        for t in range(lengths[b] if lengths else T):
            if pair:
                h, c = now[0][b].clone(), now[1][b].clone()
                now[0][b], now[1][b] = torch.tanh(h + X[t, b] - c), 0.9 * c + X[t, b]
            else:
                now[0][b] = torch.tanh(0.5 * now[0][b] + X[t, b])
            outputs[t, b] = now[0][b]
    theirs, last = ns.unrolled(X.transpose(0, 1) if batch_first else X, state, lengths, batch_first, pair)
    check.close(theirs, outputs.transpose(0, 1) if batch_first else outputs, rtol=1e-3, atol=1e-5, hint=hint)
    for found, expected in zip(last, now, strict=True):
        check.close(found, expected, rtol=1e-3, atol=1e-5, hint=hint)


def bptt_case(rng, T, B, D, H):
    """Inputs of rnn_forward, the states, direct gradients, and autograd's gradients."""
    X, h0, W_x, W_h, b = inputs = [rng.normal(size=size) for size in [(T, B, D), (B, H), (H, D), (H, H), (H,)]]
    dH = rng.normal(size=(T, B, H))
    leaves = [torch.tensor(value, requires_grad=True) for value in inputs]
    states = [leaves[1]]
    for x in leaves[0]:
        states.append(torch.tanh(x @ leaves[2].T + states[-1] @ leaves[3].T + leaves[4]))
    H = torch.stack(states)
    gradients = torch.autograd.grad((H[1:] * torch.from_numpy(dH)).sum(), leaves)
    named = dict(zip(("X", "h0", "W_x", "W_h", "b"), (gradient.numpy() for gradient in gradients), strict=True))
    return inputs, H.detach().numpy(), dH, named


def truncated_run(pair, T, chunk, seed):
    """What train_truncated must do, on the helpers' model."""
    names = {}
    exec(HELPERS, names)
    model = names["Spy"](pair, seed)
    X = torch.randint(0, 3, (2, T))
    Y, state, losses = (X + torch.arange(T)) % 3, None, []
    for start in range(0, T, chunk):
        logits, state = model(X[:, start:start + chunk], state)
        state = tuple(part.detach() for part in state) if pair else state.detach()
        loss = functional.cross_entropy(logits.flatten(0, 1), Y[:, start:start + chunk].flatten())
        gradients = torch.autograd.grad(loss, list(model.parameters()))
        with torch.no_grad():
            for param, gradient in zip(model.parameters(), gradients, strict=True):
                param -= 0.5 * gradient
        losses.append(loss.item())
    return {"losses": losses, "parameters": torch.cat([param.detach().flatten() for param in model.parameters()])}


def rng_of(seed):
    return np.random.default_rng([7, seed])


def norm_case(rng, T, B, pair):
    X, v, A = (torch.from_numpy(rng.normal(size=size)) for size in [(T, B, 3), (B, 3), (3, 3)])
    return X, [torch.from_numpy(rng.normal(size=(B, 3))) for _ in range(2 if pair else 1)], v, A


def norms_asked(ns):
    def asked(rng, T, B, pair):
        X, state, v, A = norm_case(rng, T, B, pair)
        return ns.norms(X, state, v, A, pair)

    return asked


def norms_known(rng, T, B, pair):
    """By the product of Jacobians, without autograd's way back through time."""
    X, state, v, A = norm_case(rng, T, B, pair)
    states = [torch.stack(state)]  # (parts, B, 3)
    gradient = torch.zeros_like(states[0])
    gradient[0] = v

    def step(x, state):
        if not pair:
            return torch.tanh(state[0] @ A + x)[None]
        h, c = state
        return torch.stack([torch.tanh(0.5 * c + h), 0.8 * c + torch.sin(h @ A) + x])

    for x in X:
        states.append(step(x, states[-1]))
    found = [gradient.norm()]
    for t in range(T - 1, -1, -1):
        _, gradient = torch.autograd.functional.vjp(lambda state, t=t: step(X[t], state), states[t], gradient)
        found.append(gradient.norm())
    return np.array([float(norm) for norm in reversed(found)])


def lengths_case(rng, N, T, V):
    """Int64 (N, T): sequences of several lengths of numbers from 2 to V - 1, each with its END, then padding."""
    Y = torch.zeros(N, T, dtype=torch.int64)
    for row, length in zip(Y, rng.permuted(np.arange(N)) % (T - 1) + 1, strict=True):
        row[:length] = torch.from_numpy(rng.integers(2, V, size=length))
        row[length] = 1
    return Y


def padded_case(rng, N, T, V):
    return torch.from_numpy(rng.normal(size=(N, T, V))), lengths_case(rng, N, T, V)


def table_bits(Y):
    table = torch.from_numpy(np.sin(np.arange(144.0)).reshape(12, 12)).log_softmax(dim=1)
    X = torch.cat([torch.ones_like(Y[:, :1]), Y[:, :-1]], dim=1)
    return -float(table[X[Y != 0], Y[Y != 0]].mean()) / math.log(2)


def letters_known():
    return reference.letters


def prequential_bits(ns, name, rng):
    """Bits per symbol of 1,000 test words: the model says its probabilities before it is shown the letter."""
    listed = load_polish_words()["test"]
    Y = reference.letters.encode([listed[n] for n in rng.choice(len(listed), size=1000, replace=False)])
    logits, nats = ns.begin_words(name, len(Y)), 0.0
    for t in range(Y.shape[1]):
        check.shape(logits, (len(Y), len(reference.letters)), hint="logits for each symbol")
        there = Y[:, t] != 0
        nats -= float(logits.double().log_softmax(dim=1)[there, Y[there, t]].sum())
        logits = ns.next_letters(Y[:, t:t + 1])
    return nats / int((Y != 0).sum()) / math.log(2)


def probabilities(logits, temperature, top_k):
    logits = logits.clone()
    logits[:, 0] = -torch.inf
    order = logits.argsort(dim=1, descending=True)
    for row, places in zip(logits, order, strict=True):
        if top_k is not None:
            row[places[top_k:]] = -torch.inf
    return (logits / temperature).softmax(dim=1)


TABLE = np.random.default_rng(77).normal(0, 1.2, size=(6, 6))  # logits of what follows each of six symbols
SPEECH = np.random.default_rng(78).normal(0, 1.5, size=(3, 3, 5, 5))  # three models: word, last phoneme, next phoneme
SPEECH[:, :, :, 0] = -9  # PAD is never said


def check_frequencies(drawn, temperature, top_k):
    """Chi-square of every transition, against the table's probabilities; one in a million honest samplers fails."""
    from scipy.stats import chi2

    rows = check.numbers(drawn)
    check.true(rows.ndim == 2 and len(rows) == 3000, hint="a row for each of the 3,000 sequences")
    check.between(rows, 0, 5, hint="numbers of symbols")
    expected = probabilities(torch.from_numpy(TABLE), temperature, top_k).numpy()
    counts = np.zeros((6, 6))
    for row in rows.astype(int):
        last = 1
        for symbol in row:
            counts[last, symbol] += 1
            last = symbol
            if symbol == 1:
                break
    check.true(not counts[expected == 0].any(), hint="a symbol was drawn whose probability is zero")
    statistic = freedom = 0
    for seen, p in zip(counts[1:], expected[1:], strict=True):
        usual = seen.sum() * p
        if seen.sum() and usual[p > 0].min() >= 5:
            statistic += (np.square(seen - usual)[p > 0] / usual[p > 0]).sum()
            freedom += int((p > 0).sum()) - 1
    check.less(statistic, chi2.isf(1e-6, max(freedom, 1)), hint=f"temperature {temperature}, top-k {top_k}: the "
               "symbols are not drawn as often as their probabilities say (chi-square)")


def check_attention(ns, rng, B, T, lengths):
    H, S = 4, max(lengths)
    queries, memory = torch.from_numpy(rng.normal(size=(B, T, H))), torch.from_numpy(rng.normal(size=(B, S, H)))
    mask = torch.arange(S)[None] < torch.tensor(lengths)[:, None]
    contexts, weights, gradient = ns.attended(queries, memory, mask)
    scores = torch.einsum("bth,bsh->bts", queries, memory)
    scores[~mask[:, None].expand_as(scores)] = -torch.inf
    expected = scores.softmax(dim=2)
    check.close(weights.sum(dim=2), np.ones((B, T)), hint="the weights of a query add up to one")
    check.true(not bool(weights[~mask[:, None].expand_as(weights)].any()), hint="the weight of padding is exactly zero")
    check.close(weights, expected, hint="the softmax, over the letters, of inner products")
    check.close(contexts, expected @ memory, hint="the context is the weighted sum of the memory")
    check.true(not bool(gradient[~mask].any()), hint="padding has a gradient")


def spoken_test(count):
    """(spelling (count, S), lists of phonemes) of test words: the sandbox has their phonemes in a random order."""
    pairs = load_pronunciations()[2][:count]
    return reference.spelling.encode([word for word, _ in pairs]), [sounds for _, sounds in pairs]


def word_errors(ns, name, X, right):
    """The fraction of words that a student's network gets wrong when its likeliest phonemes are fed back."""
    logits, said = ns.begin_speech(name, X), []
    for _ in range(25):
        check.shape(logits, (len(X), len(reference.phonemes)), hint="logits for each phoneme")
        said.append(logits.argmax(dim=1))
        logits = ns.next_sounds(said[-1][:, None])
    found = reference.phonemes.decode(torch.stack(said, dim=1))
    return sum(one != other for one, other in zip(found, right, strict=True)) / len(right)


def greedy_known(table, count, max_steps):
    rows = []
    for word in range(count):
        last, row = 1, []
        while len(row) < max_steps and not (row and row[-1] in (0, 1)):
            last = int(table[word, last].argmax())
            row.append(last)
        rows.append(row + [0] * (max_steps - len(row)))
    return rows


def greedy_path(table, max_steps):
    path = []
    while len(path) < max_steps and 1 not in path:
        path.append(int(table[path[-1] if path else 1].argmax()))
    return path


def path_log_p(table, symbols):
    with np.errstate(divide="ignore"):
        return float(sum(np.log(table[last, symbol]) for last, symbol in zip([1, *symbols[:-1]], symbols, strict=True)))


def exhaustive(table, max_steps):
    """The likeliest sequence that ends within max_steps."""
    best, level = (None, -np.inf), [([], 0.0)]
    for _ in range(max_steps):
        level = [([*path, symbol], total + np.log(table[path[-1] if path else 1, symbol]))
                 for path, total in level for symbol in range(1, len(table))
                 if table[path[-1] if path else 1, symbol] > 0]
        best = max([best, *((path, total) for path, total in level if path[-1] == 1)], key=lambda one: one[1])
        level = [(path, total) for path, total in level if path[-1] != 1]
    return best
