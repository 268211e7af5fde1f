"""Cells and sequences."""

# %% wrong="no-hidden-bias" exercise="cells" loses="cells/plain RNN"
# The second bias is left out.
def rnn_step(x, h, W_ih, W_hh, b_ih, b_hh):
    """One step of a plain RNN: x (B, D), h (B, H), weights (H, D), (H, H), (H,), (H,) -> the next h (B, H)."""
    return torch.tanh(x @ W_ih.T + b_ih + h @ W_hh.T)


def lstm_step(x, state, W_ih, W_hh, b_ih, b_hh):
    """One step of an LSTM: state = (h, c), weights (4H, D), (4H, H), (4H,), (4H,) in blocks i, f, g, o -> (h, c)."""
    h, c = state
    i, f, g, o = (x @ W_ih.T + b_ih + h @ W_hh.T + b_hh).chunk(4, dim=1)
    c = torch.sigmoid(f) * c + torch.sigmoid(i) * torch.tanh(g)
    return torch.sigmoid(o) * torch.tanh(c), c


def gru_step(x, h, W_ih, W_hh, b_ih, b_hh):
    """One step of a GRU: weights (3H, D), (3H, H), (3H,), (3H,) in blocks r, z, n -> the next h (B, H)."""
    r_x, z_x, n_x = (x @ W_ih.T + b_ih).chunk(3, dim=1)
    r_h, z_h, n_h = (h @ W_hh.T + b_hh).chunk(3, dim=1)
    r, z = torch.sigmoid(r_x + r_h), torch.sigmoid(z_x + z_h)
    return (1 - z) * torch.tanh(n_x + r * n_h) + z * h


def unroll(step, X, state, lengths=None, batch_first=False):
    """Take a cell along sequences.

    step: function of x (B, D) and a state to the next state: a tensor h (B, H), or a tuple whose first part is h.
    X: (T, B, D), with batch_first (B, T, D).  lengths: int64 (B,), or None when all sequences have T steps.
    Returns outputs, the h after each step, (T, B, H) or (B, T, H), zero beyond a length; and the last state.
    """
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

# %% wrong="block-order" exercise="cells" loses="cells/LSTM"
# The blocks in the order i, f, o, g.
def rnn_step(x, h, W_ih, W_hh, b_ih, b_hh):
    """One step of a plain RNN: x (B, D), h (B, H), weights (H, D), (H, H), (H,), (H,) -> the next h (B, H)."""
    return torch.tanh(x @ W_ih.T + b_ih + h @ W_hh.T + b_hh)


def lstm_step(x, state, W_ih, W_hh, b_ih, b_hh):
    """One step of an LSTM: state = (h, c), weights (4H, D), (4H, H), (4H,), (4H,) in blocks i, f, g, o -> (h, c)."""
    h, c = state
    i, f, o, g = (x @ W_ih.T + b_ih + h @ W_hh.T + b_hh).chunk(4, dim=1)
    c = torch.sigmoid(f) * c + torch.sigmoid(i) * torch.tanh(g)
    return torch.sigmoid(o) * torch.tanh(c), c


def gru_step(x, h, W_ih, W_hh, b_ih, b_hh):
    """One step of a GRU: weights (3H, D), (3H, H), (3H,), (3H,) in blocks r, z, n -> the next h (B, H)."""
    r_x, z_x, n_x = (x @ W_ih.T + b_ih).chunk(3, dim=1)
    r_h, z_h, n_h = (h @ W_hh.T + b_hh).chunk(3, dim=1)
    r, z = torch.sigmoid(r_x + r_h), torch.sigmoid(z_x + z_h)
    return (1 - z) * torch.tanh(n_x + r * n_h) + z * h


def unroll(step, X, state, lengths=None, batch_first=False):
    """Take a cell along sequences.

    step: function of x (B, D) and a state to the next state: a tensor h (B, H), or a tuple whose first part is h.
    X: (T, B, D), with batch_first (B, T, D).  lengths: int64 (B,), or None when all sequences have T steps.
    Returns outputs, the h after each step, (T, B, H) or (B, T, H), zero beyond a length; and the last state.
    """
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

# %% wrong="old-cell-shown" exercise="cells" loses="cells/LSTM"
# h from the c before.
def rnn_step(x, h, W_ih, W_hh, b_ih, b_hh):
    """One step of a plain RNN: x (B, D), h (B, H), weights (H, D), (H, H), (H,), (H,) -> the next h (B, H)."""
    return torch.tanh(x @ W_ih.T + b_ih + h @ W_hh.T + b_hh)


def lstm_step(x, state, W_ih, W_hh, b_ih, b_hh):
    """One step of an LSTM: state = (h, c), weights (4H, D), (4H, H), (4H,), (4H,) in blocks i, f, g, o -> (h, c)."""
    h, c = state
    i, f, g, o = (x @ W_ih.T + b_ih + h @ W_hh.T + b_hh).chunk(4, dim=1)
    new = torch.sigmoid(f) * c + torch.sigmoid(i) * torch.tanh(g)
    return torch.sigmoid(o) * torch.tanh(c), new


def gru_step(x, h, W_ih, W_hh, b_ih, b_hh):
    """One step of a GRU: weights (3H, D), (3H, H), (3H,), (3H,) in blocks r, z, n -> the next h (B, H)."""
    r_x, z_x, n_x = (x @ W_ih.T + b_ih).chunk(3, dim=1)
    r_h, z_h, n_h = (h @ W_hh.T + b_hh).chunk(3, dim=1)
    r, z = torch.sigmoid(r_x + r_h), torch.sigmoid(z_x + z_h)
    return (1 - z) * torch.tanh(n_x + r * n_h) + z * h


def unroll(step, X, state, lengths=None, batch_first=False):
    """Take a cell along sequences.

    step: function of x (B, D) and a state to the next state: a tensor h (B, H), or a tuple whose first part is h.
    X: (T, B, D), with batch_first (B, T, D).  lengths: int64 (B,), or None when all sequences have T steps.
    Returns outputs, the h after each step, (T, B, H) or (B, T, H), zero beyond a length; and the last state.
    """
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

# %% wrong="gate-swapped" exercise="cells" loses="cells/GRU"
# z and 1 - z the wrong way round.
def rnn_step(x, h, W_ih, W_hh, b_ih, b_hh):
    """One step of a plain RNN: x (B, D), h (B, H), weights (H, D), (H, H), (H,), (H,) -> the next h (B, H)."""
    return torch.tanh(x @ W_ih.T + b_ih + h @ W_hh.T + b_hh)


def lstm_step(x, state, W_ih, W_hh, b_ih, b_hh):
    """One step of an LSTM: state = (h, c), weights (4H, D), (4H, H), (4H,), (4H,) in blocks i, f, g, o -> (h, c)."""
    h, c = state
    i, f, g, o = (x @ W_ih.T + b_ih + h @ W_hh.T + b_hh).chunk(4, dim=1)
    c = torch.sigmoid(f) * c + torch.sigmoid(i) * torch.tanh(g)
    return torch.sigmoid(o) * torch.tanh(c), c


def gru_step(x, h, W_ih, W_hh, b_ih, b_hh):
    """One step of a GRU: weights (3H, D), (3H, H), (3H,), (3H,) in blocks r, z, n -> the next h (B, H)."""
    r_x, z_x, n_x = (x @ W_ih.T + b_ih).chunk(3, dim=1)
    r_h, z_h, n_h = (h @ W_hh.T + b_hh).chunk(3, dim=1)
    r, z = torch.sigmoid(r_x + r_h), torch.sigmoid(z_x + z_h)
    return z * torch.tanh(n_x + r * n_h) + (1 - z) * h


def unroll(step, X, state, lengths=None, batch_first=False):
    """Take a cell along sequences.

    step: function of x (B, D) and a state to the next state: a tensor h (B, H), or a tuple whose first part is h.
    X: (T, B, D), with batch_first (B, T, D).  lengths: int64 (B,), or None when all sequences have T steps.
    Returns outputs, the h after each step, (T, B, H) or (B, T, H), zero beyond a length; and the last state.
    """
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

# %% wrong="batch-first-ignored" exercise="cells" loses="cells/sequences, cells/lengths"
# batch_first is not looked at.
def rnn_step(x, h, W_ih, W_hh, b_ih, b_hh):
    """One step of a plain RNN: x (B, D), h (B, H), weights (H, D), (H, H), (H,), (H,) -> the next h (B, H)."""
    return torch.tanh(x @ W_ih.T + b_ih + h @ W_hh.T + b_hh)


def lstm_step(x, state, W_ih, W_hh, b_ih, b_hh):
    """One step of an LSTM: state = (h, c), weights (4H, D), (4H, H), (4H,), (4H,) in blocks i, f, g, o -> (h, c)."""
    h, c = state
    i, f, g, o = (x @ W_ih.T + b_ih + h @ W_hh.T + b_hh).chunk(4, dim=1)
    c = torch.sigmoid(f) * c + torch.sigmoid(i) * torch.tanh(g)
    return torch.sigmoid(o) * torch.tanh(c), c


def gru_step(x, h, W_ih, W_hh, b_ih, b_hh):
    """One step of a GRU: weights (3H, D), (3H, H), (3H,), (3H,) in blocks r, z, n -> the next h (B, H)."""
    r_x, z_x, n_x = (x @ W_ih.T + b_ih).chunk(3, dim=1)
    r_h, z_h, n_h = (h @ W_hh.T + b_hh).chunk(3, dim=1)
    r, z = torch.sigmoid(r_x + r_h), torch.sigmoid(z_x + z_h)
    return (1 - z) * torch.tanh(n_x + r * n_h) + z * h


def unroll(step, X, state, lengths=None, batch_first=False):
    """Take a cell along sequences.

    step: function of x (B, D) and a state to the next state: a tensor h (B, H), or a tuple whose first part is h.
    X: (T, B, D), with batch_first (B, T, D).  lengths: int64 (B,), or None when all sequences have T steps.
    Returns outputs, the h after each step, (T, B, H) or (B, T, H), zero beyond a length; and the last state.
    """
    outputs, is_tuple = [], isinstance(state, tuple)
    for t, x in enumerate(X):
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

# %% wrong="state-runs-on" exercise="cells" loses="cells/lengths"
# Outputs are zeroed, the state runs on.
def rnn_step(x, h, W_ih, W_hh, b_ih, b_hh):
    """One step of a plain RNN: x (B, D), h (B, H), weights (H, D), (H, H), (H,), (H,) -> the next h (B, H)."""
    return torch.tanh(x @ W_ih.T + b_ih + h @ W_hh.T + b_hh)


def lstm_step(x, state, W_ih, W_hh, b_ih, b_hh):
    """One step of an LSTM: state = (h, c), weights (4H, D), (4H, H), (4H,), (4H,) in blocks i, f, g, o -> (h, c)."""
    h, c = state
    i, f, g, o = (x @ W_ih.T + b_ih + h @ W_hh.T + b_hh).chunk(4, dim=1)
    c = torch.sigmoid(f) * c + torch.sigmoid(i) * torch.tanh(g)
    return torch.sigmoid(o) * torch.tanh(c), c


def gru_step(x, h, W_ih, W_hh, b_ih, b_hh):
    """One step of a GRU: weights (3H, D), (3H, H), (3H,), (3H,) in blocks r, z, n -> the next h (B, H)."""
    r_x, z_x, n_x = (x @ W_ih.T + b_ih).chunk(3, dim=1)
    r_h, z_h, n_h = (h @ W_hh.T + b_hh).chunk(3, dim=1)
    r, z = torch.sigmoid(r_x + r_h), torch.sigmoid(z_x + z_h)
    return (1 - z) * torch.tanh(n_x + r * n_h) + z * h


def unroll(step, X, state, lengths=None, batch_first=False):
    """Take a cell along sequences.

    step: function of x (B, D) and a state to the next state: a tensor h (B, H), or a tuple whose first part is h.
    X: (T, B, D), with batch_first (B, T, D).  lengths: int64 (B,), or None when all sequences have T steps.
    Returns outputs, the h after each step, (T, B, H) or (B, T, H), zero beyond a length; and the last state.
    """
    outputs, is_tuple = [], isinstance(state, tuple)
    for t, x in enumerate(X.transpose(0, 1) if batch_first else X):
        new, old = step(x, state), state
        if lengths is not None:
            going = (t < lengths)[:, None]
            pairs = zip(new, old, strict=True) if is_tuple else [(new, old)]
            chosen = tuple(after for after, before in pairs)
            new = chosen if is_tuple else chosen[0]
        h = new[0] if is_tuple else new
        outputs.append(h if lengths is None else h * going)
        state = new
    return torch.stack(outputs, dim=1 if batch_first else 0), state

# %% wrong="outputs-run-on" exercise="cells" loses="cells/lengths"
# The state is frozen, the outputs repeat it.
def rnn_step(x, h, W_ih, W_hh, b_ih, b_hh):
    """One step of a plain RNN: x (B, D), h (B, H), weights (H, D), (H, H), (H,), (H,) -> the next h (B, H)."""
    return torch.tanh(x @ W_ih.T + b_ih + h @ W_hh.T + b_hh)


def lstm_step(x, state, W_ih, W_hh, b_ih, b_hh):
    """One step of an LSTM: state = (h, c), weights (4H, D), (4H, H), (4H,), (4H,) in blocks i, f, g, o -> (h, c)."""
    h, c = state
    i, f, g, o = (x @ W_ih.T + b_ih + h @ W_hh.T + b_hh).chunk(4, dim=1)
    c = torch.sigmoid(f) * c + torch.sigmoid(i) * torch.tanh(g)
    return torch.sigmoid(o) * torch.tanh(c), c


def gru_step(x, h, W_ih, W_hh, b_ih, b_hh):
    """One step of a GRU: weights (3H, D), (3H, H), (3H,), (3H,) in blocks r, z, n -> the next h (B, H)."""
    r_x, z_x, n_x = (x @ W_ih.T + b_ih).chunk(3, dim=1)
    r_h, z_h, n_h = (h @ W_hh.T + b_hh).chunk(3, dim=1)
    r, z = torch.sigmoid(r_x + r_h), torch.sigmoid(z_x + z_h)
    return (1 - z) * torch.tanh(n_x + r * n_h) + z * h


def unroll(step, X, state, lengths=None, batch_first=False):
    """Take a cell along sequences.

    step: function of x (B, D) and a state to the next state: a tensor h (B, H), or a tuple whose first part is h.
    X: (T, B, D), with batch_first (B, T, D).  lengths: int64 (B,), or None when all sequences have T steps.
    Returns outputs, the h after each step, (T, B, H) or (B, T, H), zero beyond a length; and the last state.
    """
    outputs, is_tuple = [], isinstance(state, tuple)
    for t, x in enumerate(X.transpose(0, 1) if batch_first else X):
        new, old = step(x, state), state
        if lengths is not None:
            going = (t < lengths)[:, None]
            pairs = zip(new, old, strict=True) if is_tuple else [(new, old)]
            chosen = tuple(torch.where(going, after, before) for after, before in pairs)
            new = chosen if is_tuple else chosen[0]
        h = new[0] if is_tuple else new
        outputs.append(h)
        state = new
    return torch.stack(outputs, dim=1 if batch_first else 0), state

# %% right="one-product" exercise="cells"
# Inputs and state side by side, one product.
def rnn_step(x, h, W_ih, W_hh, b_ih, b_hh):
    """One step of a plain RNN: x (B, D), h (B, H), weights (H, D), (H, H), (H,), (H,) -> the next h (B, H)."""
    return torch.tanh(torch.cat([x, h], dim=1) @ torch.cat([W_ih, W_hh], dim=1).T + b_ih + b_hh)


def lstm_step(x, state, W_ih, W_hh, b_ih, b_hh):
    """One step of an LSTM: state = (h, c), weights (4H, D), (4H, H), (4H,), (4H,) in blocks i, f, g, o -> (h, c)."""
    h, c = state
    i, f, g, o = (x @ W_ih.T + b_ih + h @ W_hh.T + b_hh).chunk(4, dim=1)
    c = torch.sigmoid(f) * c + torch.sigmoid(i) * torch.tanh(g)
    return torch.sigmoid(o) * torch.tanh(c), c


def gru_step(x, h, W_ih, W_hh, b_ih, b_hh):
    """One step of a GRU: weights (3H, D), (3H, H), (3H,), (3H,) in blocks r, z, n -> the next h (B, H)."""
    r_x, z_x, n_x = (x @ W_ih.T + b_ih).chunk(3, dim=1)
    r_h, z_h, n_h = (h @ W_hh.T + b_hh).chunk(3, dim=1)
    r, z = torch.sigmoid(r_x + r_h), torch.sigmoid(z_x + z_h)
    return (1 - z) * torch.tanh(n_x + r * n_h) + z * h


def unroll(step, X, state, lengths=None, batch_first=False):
    """Take a cell along sequences.

    step: function of x (B, D) and a state to the next state: a tensor h (B, H), or a tuple whose first part is h.
    X: (T, B, D), with batch_first (B, T, D).  lengths: int64 (B,), or None when all sequences have T steps.
    Returns outputs, the h after each step, (T, B, H) or (B, T, H), zero beyond a length; and the last state.
    """
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

# %% right="linear" exercise="cells"
# F.linear, and split.
def rnn_step(x, h, W_ih, W_hh, b_ih, b_hh):
    """One step of a plain RNN: x (B, D), h (B, H), weights (H, D), (H, H), (H,), (H,) -> the next h (B, H)."""
    return torch.tanh(x @ W_ih.T + b_ih + h @ W_hh.T + b_hh)


def lstm_step(x, state, W_ih, W_hh, b_ih, b_hh):
    """One step of an LSTM: state = (h, c), weights (4H, D), (4H, H), (4H,), (4H,) in blocks i, f, g, o -> (h, c)."""
    h, c = state
    i, f, g, o = (F.linear(x, W_ih, b_ih) + F.linear(h, W_hh, b_hh)).split(len(b_ih) // 4, dim=1)
    c = torch.sigmoid(f) * c + torch.sigmoid(i) * torch.tanh(g)
    return torch.sigmoid(o) * torch.tanh(c), c


def gru_step(x, h, W_ih, W_hh, b_ih, b_hh):
    """One step of a GRU: weights (3H, D), (3H, H), (3H,), (3H,) in blocks r, z, n -> the next h (B, H)."""
    r_x, z_x, n_x = (x @ W_ih.T + b_ih).chunk(3, dim=1)
    r_h, z_h, n_h = (h @ W_hh.T + b_hh).chunk(3, dim=1)
    r, z = torch.sigmoid(r_x + r_h), torch.sigmoid(z_x + z_h)
    return (1 - z) * torch.tanh(n_x + r * n_h) + z * h


def unroll(step, X, state, lengths=None, batch_first=False):
    """Take a cell along sequences.

    step: function of x (B, D) and a state to the next state: a tensor h (B, H), or a tuple whose first part is h.
    X: (T, B, D), with batch_first (B, T, D).  lengths: int64 (B,), or None when all sequences have T steps.
    Returns outputs, the h after each step, (T, B, H) or (B, T, H), zero beyond a length; and the last state.
    """
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
