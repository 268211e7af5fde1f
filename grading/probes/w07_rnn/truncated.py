"""Truncated back-propagation."""

# %% wrong="not-detached" exercise="truncated" loses="truncated/the graph is cut, truncated/the state goes on, truncated/a step for each chunk"
# The history stays: the second chunk goes back through the first.
def detached(state):
    """A state, a tensor or a tuple of tensors, with the same numbers and no history."""
    return state


def train_truncated(model, optimizer, X, Y, chunk):
    """One pass over long sequences in chunks of `chunk` steps, a step of the optimizer after each.

    model: function of X (B, t) and a state (None: the first) to logits (B, t, V) and the next state.
    X, Y: int64 (B, T), inputs and what is to be predicted.  Returns the list of the chunks' losses, floats.
    """
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

# %% wrong="state-forgotten" exercise="truncated" loses="truncated/the state goes on, truncated/a step for each chunk"
# Each chunk begins anew.
def detached(state):
    """A state, a tensor or a tuple of tensors, with the same numbers and no history."""
    return tuple(part.detach() for part in state) if isinstance(state, tuple) else state.detach()


def train_truncated(model, optimizer, X, Y, chunk):
    """One pass over long sequences in chunks of `chunk` steps, a step of the optimizer after each.

    model: function of X (B, t) and a state (None: the first) to logits (B, t, V) and the next state.
    X, Y: int64 (B, T), inputs and what is to be predicted.  Returns the list of the chunks' losses, floats.
    """
    state, losses = None, []
    for start in range(0, X.shape[1], chunk):
        logits, state = model(X[:, start:start + chunk], None)
        state = detached(state)
        loss = F.cross_entropy(logits.flatten(0, 1), Y[:, start:start + chunk].flatten())
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        losses.append(loss.item())
    return losses

# %% wrong="gradients-add-up" exercise="truncated" loses="truncated/a step for each chunk"
# zero_grad is missing.
def detached(state):
    """A state, a tensor or a tuple of tensors, with the same numbers and no history."""
    return tuple(part.detach() for part in state) if isinstance(state, tuple) else state.detach()


def train_truncated(model, optimizer, X, Y, chunk):
    """One pass over long sequences in chunks of `chunk` steps, a step of the optimizer after each.

    model: function of X (B, t) and a state (None: the first) to logits (B, t, V) and the next state.
    X, Y: int64 (B, T), inputs and what is to be predicted.  Returns the list of the chunks' losses, floats.
    """
    state, losses = None, []
    for start in range(0, X.shape[1], chunk):
        logits, state = model(X[:, start:start + chunk], state)
        state = detached(state)
        loss = F.cross_entropy(logits.flatten(0, 1), Y[:, start:start + chunk].flatten())
        loss.backward()
        optimizer.step()
        losses.append(loss.item())
    return losses

# %% wrong="half-of-the-tuple" exercise="truncated" loses="truncated/the graph is cut, truncated/the state goes on"
# Of a tuple only the first is detached.
def detached(state):
    """A state, a tensor or a tuple of tensors, with the same numbers and no history."""
    return (state[0].detach(), *state[1:]) if isinstance(state, tuple) else state.detach()


def train_truncated(model, optimizer, X, Y, chunk):
    """One pass over long sequences in chunks of `chunk` steps, a step of the optimizer after each.

    model: function of X (B, t) and a state (None: the first) to logits (B, t, V) and the next state.
    X, Y: int64 (B, T), inputs and what is to be predicted.  Returns the list of the chunks' losses, floats.
    """
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

# %% right="before-the-step" exercise="truncated"
# Detached before the model is called.
def detached(state):
    """A state, a tensor or a tuple of tensors, with the same numbers and no history."""
    return tuple(part.detach() for part in state) if isinstance(state, tuple) else state.detach()


def train_truncated(model, optimizer, X, Y, chunk):
    """One pass over long sequences in chunks of `chunk` steps, a step of the optimizer after each.

    model: function of X (B, t) and a state (None: the first) to logits (B, t, V) and the next state.
    X, Y: int64 (B, T), inputs and what is to be predicted.  Returns the list of the chunks' losses, floats.
    """
    state, losses = None, []
    for start in range(0, X.shape[1], chunk):
        if state is not None:
            state = detached(state)
        logits, state = model(X[:, start:start + chunk], state)
        loss = F.cross_entropy(logits.flatten(0, 1), Y[:, start:start + chunk].flatten())
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        losses.append(loss.item())
    return losses

# %% right="split" exercise="truncated"
# Chunks by split.
def detached(state):
    """A state, a tensor or a tuple of tensors, with the same numbers and no history."""
    return tuple(part.detach() for part in state) if isinstance(state, tuple) else state.detach()


def train_truncated(model, optimizer, X, Y, chunk):
    """One pass over long sequences in chunks of `chunk` steps, a step of the optimizer after each.

    model: function of X (B, t) and a state (None: the first) to logits (B, t, V) and the next state.
    X, Y: int64 (B, T), inputs and what is to be predicted.  Returns the list of the chunks' losses, floats.
    """
    state, losses = None, []
    for x, y in zip(X.split(chunk, dim=1), Y.split(chunk, dim=1)):
        logits, state = model(x, state)
        state = detached(state)
        loss = F.cross_entropy(logits.flatten(0, 1), y.flatten())
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        losses.append(loss.item())
    return losses
