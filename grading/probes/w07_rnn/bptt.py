"""Back-propagation through time."""

# %% wrong="no-slope" exercise="bptt" loses="bptt/weights, bptt/inputs and initial state"
# The slope of tanh is left out.
def rnn_forward(X, h0, W_x, W_h, b):
    """X (T, B, D), h0 (B, H), W_x (H, D), W_h (H, H), b (H,) -> H (T + 1, B, H): h0, then the state after each step."""
    H = [h0]
    for x in X:
        H.append(np.tanh(x @ W_x.T + H[-1] @ W_h.T + b))
    return np.stack(H)


def rnn_backward(dH, X, H, W_x, W_h):
    """Gradients of a loss, back through time.

    dH (T, B, H): the loss's direct gradient for the state after each step.  X, H, W_x, W_h as in rnn_forward.
    Returns a dict of arrays: "W_x", "W_h", "b", "X", "h0", each in the shape of what it belongs to.
    """
    dW_x, dW_h, db = np.zeros_like(W_x), np.zeros_like(W_h), np.zeros(len(W_h))
    dX, carried = np.zeros_like(X), np.zeros_like(H[0])
    for t in reversed(range(len(X))):
        delta = (dH[t] + carried)
        dW_x += delta.T @ X[t]
        dW_h += delta.T @ H[t]
        db += delta.sum(axis=0)
        dX[t] = delta @ W_x
        carried = delta @ W_h
    return {"W_x": dW_x, "W_h": dW_h, "b": db, "X": dX, "h0": carried}

# %% wrong="nothing-carried" exercise="bptt" loses="bptt/weights, bptt/inputs and initial state"
# Nothing comes back from the next step.
def rnn_forward(X, h0, W_x, W_h, b):
    """X (T, B, D), h0 (B, H), W_x (H, D), W_h (H, H), b (H,) -> H (T + 1, B, H): h0, then the state after each step."""
    H = [h0]
    for x in X:
        H.append(np.tanh(x @ W_x.T + H[-1] @ W_h.T + b))
    return np.stack(H)


def rnn_backward(dH, X, H, W_x, W_h):
    """Gradients of a loss, back through time.

    dH (T, B, H): the loss's direct gradient for the state after each step.  X, H, W_x, W_h as in rnn_forward.
    Returns a dict of arrays: "W_x", "W_h", "b", "X", "h0", each in the shape of what it belongs to.
    """
    dW_x, dW_h, db = np.zeros_like(W_x), np.zeros_like(W_h), np.zeros(len(W_h))
    dX, carried = np.zeros_like(X), np.zeros_like(H[0])
    for t in reversed(range(len(X))):
        delta = dH[t] * (1 - H[t + 1] ** 2)
        dW_x += delta.T @ X[t]
        dW_h += delta.T @ H[t]
        db += delta.sum(axis=0)
        dX[t] = delta @ W_x
        carried = delta @ W_h
    return {"W_x": dW_x, "W_h": dW_h, "b": db, "X": dX, "h0": carried}

# %% wrong="last-step-only" exercise="bptt" loses="bptt/weights"
# The weights of the last step, no sum over time.
def rnn_forward(X, h0, W_x, W_h, b):
    """X (T, B, D), h0 (B, H), W_x (H, D), W_h (H, H), b (H,) -> H (T + 1, B, H): h0, then the state after each step."""
    H = [h0]
    for x in X:
        H.append(np.tanh(x @ W_x.T + H[-1] @ W_h.T + b))
    return np.stack(H)


def rnn_backward(dH, X, H, W_x, W_h):
    """Gradients of a loss, back through time.

    dH (T, B, H): the loss's direct gradient for the state after each step.  X, H, W_x, W_h as in rnn_forward.
    Returns a dict of arrays: "W_x", "W_h", "b", "X", "h0", each in the shape of what it belongs to.
    """
    dW_x, dW_h, db = np.zeros_like(W_x), np.zeros_like(W_h), np.zeros(len(W_h))
    dX, carried = np.zeros_like(X), np.zeros_like(H[0])
    for t in reversed(range(len(X))):
        delta = (dH[t] + carried) * (1 - H[t + 1] ** 2)
        dW_x = delta.T @ X[t]
        dW_h = delta.T @ H[t]
        db += delta.sum(axis=0)
        dX[t] = delta @ W_x
        carried = delta @ W_h
    return {"W_x": dW_x, "W_h": dW_h, "b": db, "X": dX, "h0": carried}

# %% wrong="state-missing" exercise="bptt" loses="bptt/forward"
# The initial state is left out of H.
def rnn_forward(X, h0, W_x, W_h, b):
    """X (T, B, D), h0 (B, H), W_x (H, D), W_h (H, H), b (H,) -> H (T + 1, B, H): h0, then the state after each step."""
    H = [h0]
    for x in X:
        H.append(np.tanh(x @ W_x.T + H[-1] @ W_h.T + b))
    return np.stack(H[1:])


def rnn_backward(dH, X, H, W_x, W_h):
    """Gradients of a loss, back through time.

    dH (T, B, H): the loss's direct gradient for the state after each step.  X, H, W_x, W_h as in rnn_forward.
    Returns a dict of arrays: "W_x", "W_h", "b", "X", "h0", each in the shape of what it belongs to.
    """
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

# %% wrong="transposed" exercise="bptt" loses="bptt/inputs and initial state"
# The state before gets its gradient only at the end, times two.
def rnn_forward(X, h0, W_x, W_h, b):
    """X (T, B, D), h0 (B, H), W_x (H, D), W_h (H, H), b (H,) -> H (T + 1, B, H): h0, then the state after each step."""
    H = [h0]
    for x in X:
        H.append(np.tanh(x @ W_x.T + H[-1] @ W_h.T + b))
    return np.stack(H)


def rnn_backward(dH, X, H, W_x, W_h):
    """Gradients of a loss, back through time.

    dH (T, B, H): the loss's direct gradient for the state after each step.  X, H, W_x, W_h as in rnn_forward.
    Returns a dict of arrays: "W_x", "W_h", "b", "X", "h0", each in the shape of what it belongs to.
    """
    dW_x, dW_h, db = np.zeros_like(W_x), np.zeros_like(W_h), np.zeros(len(W_h))
    dX, carried = np.zeros_like(X), np.zeros_like(H[0])
    for t in reversed(range(len(X))):
        delta = (dH[t] + carried) * (1 - H[t + 1] ** 2)
        dW_x += delta.T @ X[t]
        dW_h += delta.T @ H[t]
        db += delta.sum(axis=0)
        dX[t] = delta @ W_x
        carried = delta @ W_h
    return {"W_x": dW_x, "W_h": dW_h, "b": db, "X": dX, "h0": 2 * carried}

# %% right="einsum" exercise="bptt"
# Sums as einsum.
def rnn_forward(X, h0, W_x, W_h, b):
    """X (T, B, D), h0 (B, H), W_x (H, D), W_h (H, H), b (H,) -> H (T + 1, B, H): h0, then the state after each step."""
    H = [h0]
    for x in X:
        H.append(np.tanh(x @ W_x.T + H[-1] @ W_h.T + b))
    return np.stack(H)


def rnn_backward(dH, X, H, W_x, W_h):
    """Gradients of a loss, back through time.

    dH (T, B, H): the loss's direct gradient for the state after each step.  X, H, W_x, W_h as in rnn_forward.
    Returns a dict of arrays: "W_x", "W_h", "b", "X", "h0", each in the shape of what it belongs to.
    """
    dW_x, dW_h, db = np.zeros_like(W_x), np.zeros_like(W_h), np.zeros(len(W_h))
    dX, carried = np.zeros_like(X), np.zeros_like(H[0])
    for t in reversed(range(len(X))):
        delta = (dH[t] + carried) * (1 - H[t + 1] ** 2)
        dW_x += np.einsum("bh,bd->hd", delta, X[t])
        dW_h += np.einsum("bh,bk->hk", delta, H[t])
        db += delta.sum(axis=0)
        dX[t] = delta @ W_x
        carried = delta @ W_h
    return {"W_x": dW_x, "W_h": dW_h, "b": db, "X": dX, "h0": carried}

# %% right="written-into" exercise="bptt"
# States are written into an array.
def rnn_forward(X, h0, W_x, W_h, b):
    """X (T, B, D), h0 (B, H), W_x (H, D), W_h (H, H), b (H,) -> H (T + 1, B, H): h0, then the state after each step."""
    H = np.empty((len(X) + 1, *h0.shape))
    H[0] = h0
    for t in range(len(X)):
        H[t + 1] = np.tanh(X[t] @ W_x.T + H[t] @ W_h.T + b)
    return H


def rnn_backward(dH, X, H, W_x, W_h):
    """Gradients of a loss, back through time.

    dH (T, B, H): the loss's direct gradient for the state after each step.  X, H, W_x, W_h as in rnn_forward.
    Returns a dict of arrays: "W_x", "W_h", "b", "X", "h0", each in the shape of what it belongs to.
    """
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
