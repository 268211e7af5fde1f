"""Gradients over time."""

# %% wrong="backwards" exercise="gradient-norms" loses="gradient-norms/one state, gradient-norms/a state of two parts"
# From the last to the first.
def gradient_norms(step, state, X, v):
    """Norms of the gradient of (h_T * v).sum() for the states after 0, 1, …, T steps.

    step: as in `unroll`.  state: a tensor h (B, H), or a tuple whose first part is h.  X (T, B, D), v (B, H).
    Returns a float array (T + 1,).
    """
    states = [state if isinstance(state, tuple) else (state,)]
    states[0] = tuple(part.detach().requires_grad_() for part in states[0])
    for x in X:
        new = step(x, states[-1] if isinstance(state, tuple) else states[-1][0])
        states.append(new if isinstance(new, tuple) else (new,))
    parts = [part for one in states for part in one]
    gradients = torch.autograd.grad((states[-1][0] * v).sum(), parts, allow_unused=True)
    squares = [0.0 if gradient is None else float(gradient.square().sum()) for gradient in gradients]
    return np.sqrt(np.array(squares).reshape(len(states), -1).sum(axis=1))[::-1].copy()

# %% wrong="squares" exercise="gradient-norms" loses="gradient-norms/one state, gradient-norms/a state of two parts"
# The root is missing.
def gradient_norms(step, state, X, v):
    """Norms of the gradient of (h_T * v).sum() for the states after 0, 1, …, T steps.

    step: as in `unroll`.  state: a tensor h (B, H), or a tuple whose first part is h.  X (T, B, D), v (B, H).
    Returns a float array (T + 1,).
    """
    states = [state if isinstance(state, tuple) else (state,)]
    states[0] = tuple(part.detach().requires_grad_() for part in states[0])
    for x in X:
        new = step(x, states[-1] if isinstance(state, tuple) else states[-1][0])
        states.append(new if isinstance(new, tuple) else (new,))
    parts = [part for one in states for part in one]
    gradients = torch.autograd.grad((states[-1][0] * v).sum(), parts, allow_unused=True)
    squares = [0.0 if gradient is None else float(gradient.square().sum()) for gradient in gradients]
    return np.array(squares).reshape(len(states), -1).sum(axis=1)

# %% wrong="h-alone" exercise="gradient-norms" loses="gradient-norms/a state of two parts"
# c is left out.
def gradient_norms(step, state, X, v):
    """Norms of the gradient of (h_T * v).sum() for the states after 0, 1, …, T steps.

    step: as in `unroll`.  state: a tensor h (B, H), or a tuple whose first part is h.  X (T, B, D), v (B, H).
    Returns a float array (T + 1,).
    """
    states = [state if isinstance(state, tuple) else (state,)]
    states[0] = tuple(part.detach().requires_grad_() for part in states[0])
    for x in X:
        new = step(x, states[-1] if isinstance(state, tuple) else states[-1][0])
        states.append(new if isinstance(new, tuple) else (new,))
    parts = [part for one in states for part in one]
    gradients = torch.autograd.grad((states[-1][0] * v).sum(), parts, allow_unused=True)
    squares = [0.0 if gradient is None else float(gradient.square().sum()) for gradient in gradients]
    return np.sqrt(np.array(squares).reshape(len(states), -1)[:, 0])

# %% right="summed-norms" exercise="gradient-norms"
# Norms of norms.
def gradient_norms(step, state, X, v):
    """Norms of the gradient of (h_T * v).sum() for the states after 0, 1, …, T steps.

    step: as in `unroll`.  state: a tensor h (B, H), or a tuple whose first part is h.  X (T, B, D), v (B, H).
    Returns a float array (T + 1,).
    """
    states = [state if isinstance(state, tuple) else (state,)]
    states[0] = tuple(part.detach().requires_grad_() for part in states[0])
    for x in X:
        new = step(x, states[-1] if isinstance(state, tuple) else states[-1][0])
        states.append(new if isinstance(new, tuple) else (new,))
    parts = [part for one in states for part in one]
    gradients = torch.autograd.grad((states[-1][0] * v).sum(), parts, allow_unused=True)
    squares = [0.0 if gradient is None else float(gradient.norm()) ** 2 for gradient in gradients]
    return np.sqrt(np.array(squares).reshape(len(states), -1).sum(axis=1))

# %% right="dot" exercise="gradient-norms"
# The sum as an inner product.
def gradient_norms(step, state, X, v):
    """Norms of the gradient of (h_T * v).sum() for the states after 0, 1, …, T steps.

    step: as in `unroll`.  state: a tensor h (B, H), or a tuple whose first part is h.  X (T, B, D), v (B, H).
    Returns a float array (T + 1,).
    """
    states = [state if isinstance(state, tuple) else (state,)]
    states[0] = tuple(part.detach().requires_grad_() for part in states[0])
    for x in X:
        new = step(x, states[-1] if isinstance(state, tuple) else states[-1][0])
        states.append(new if isinstance(new, tuple) else (new,))
    parts = [part for one in states for part in one]
    gradients = torch.autograd.grad(torch.dot(states[-1][0].flatten(), v.flatten()), parts, allow_unused=True)
    squares = [0.0 if gradient is None else float(gradient.square().sum()) for gradient in gradients]
    return np.sqrt(np.array(squares).reshape(len(states), -1).sum(axis=1))
