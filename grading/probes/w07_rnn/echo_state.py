"""An echo-state network."""

# %% wrong="singular-values" exercise="echo-state" loses="echo-state/spectral radius, echo-state/forecasts"
# The largest singular value.
def make_reservoir(num_units, radius, rng, density=0.1):
    """Random weights: W (num_units, num_units), a share `density` of them not zero, of the given spectral radius; w_in
    and w_b (num_units,). `rng` is a NumPy generator."""
    W = rng.uniform(-1, 1, size=(num_units, num_units)) * (rng.random((num_units, num_units)) < density)
    W *= radius / np.linalg.norm(W, 2)
    return W, rng.uniform(-1, 1, size=num_units), rng.uniform(-0.2, 0.2, size=num_units)


def run_reservoir(W, w_in, w_b, u, x):
    """Inputs u (T,), the first state x (H,) -> states (T, H), after each input."""
    states = []
    for value in u:
        x = np.tanh(W @ x + w_in * value + w_b)
        states.append(x)
    return np.stack(states)


def ridge(X, y, alpha):
    """X (N, K), y (N,) -> the weights (K,) that minimise |X w - y|² + alpha |w|², in closed form."""
    return np.linalg.solve(X.T @ X + alpha * np.eye(X.shape[1]), X.T @ y)


def forecast(series, horizon, radius=0.9, seed=0):
    """Learn from a series (T,) and go on: the next `horizon` values (horizon,)."""
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

# %% wrong="input-late" exercise="echo-state" loses="echo-state/states, echo-state/forecasts"
# The state before each input.
def make_reservoir(num_units, radius, rng, density=0.1):
    """Random weights: W (num_units, num_units), a share `density` of them not zero, of the given spectral radius; w_in
    and w_b (num_units,). `rng` is a NumPy generator."""
    W = rng.uniform(-1, 1, size=(num_units, num_units)) * (rng.random((num_units, num_units)) < density)
    W *= radius / np.abs(np.linalg.eigvals(W)).max()
    return W, rng.uniform(-1, 1, size=num_units), rng.uniform(-0.2, 0.2, size=num_units)


def run_reservoir(W, w_in, w_b, u, x):
    """Inputs u (T,), the first state x (H,) -> states (T, H), after each input."""
    states = []
    for value in u:
        states.append(x)
        x = np.tanh(W @ x + w_in * value + w_b)
    return np.stack(states)


def ridge(X, y, alpha):
    """X (N, K), y (N,) -> the weights (K,) that minimise |X w - y|² + alpha |w|², in closed form."""
    return np.linalg.solve(X.T @ X + alpha * np.eye(X.shape[1]), X.T @ y)


def forecast(series, horizon, radius=0.9, seed=0):
    """Learn from a series (T,) and go on: the next `horizon` values (horizon,)."""
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

# %% wrong="no-penalty" exercise="echo-state" loses="echo-state/ridge"
# Least squares without the penalty.
def make_reservoir(num_units, radius, rng, density=0.1):
    """Random weights: W (num_units, num_units), a share `density` of them not zero, of the given spectral radius; w_in
    and w_b (num_units,). `rng` is a NumPy generator."""
    W = rng.uniform(-1, 1, size=(num_units, num_units)) * (rng.random((num_units, num_units)) < density)
    W *= radius / np.abs(np.linalg.eigvals(W)).max()
    return W, rng.uniform(-1, 1, size=num_units), rng.uniform(-0.2, 0.2, size=num_units)


def run_reservoir(W, w_in, w_b, u, x):
    """Inputs u (T,), the first state x (H,) -> states (T, H), after each input."""
    states = []
    for value in u:
        x = np.tanh(W @ x + w_in * value + w_b)
        states.append(x)
    return np.stack(states)


def ridge(X, y, alpha):
    """X (N, K), y (N,) -> the weights (K,) that minimise |X w - y|² + alpha |w|², in closed form."""
    return np.linalg.solve(X.T @ X + 1e-8 * np.eye(X.shape[1]), X.T @ y)


def forecast(series, horizon, radius=0.9, seed=0):
    """Learn from a series (T,) and go on: the next `horizon` values (horizon,)."""
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

# %% wrong="last-value" exercise="echo-state" loses="echo-state/forecasts"
# The last value, repeated.
def make_reservoir(num_units, radius, rng, density=0.1):
    """Random weights: W (num_units, num_units), a share `density` of them not zero, of the given spectral radius; w_in
    and w_b (num_units,). `rng` is a NumPy generator."""
    W = rng.uniform(-1, 1, size=(num_units, num_units)) * (rng.random((num_units, num_units)) < density)
    W *= radius / np.abs(np.linalg.eigvals(W)).max()
    return W, rng.uniform(-1, 1, size=num_units), rng.uniform(-0.2, 0.2, size=num_units)


def run_reservoir(W, w_in, w_b, u, x):
    """Inputs u (T,), the first state x (H,) -> states (T, H), after each input."""
    states = []
    for value in u:
        x = np.tanh(W @ x + w_in * value + w_b)
        states.append(x)
    return np.stack(states)


def ridge(X, y, alpha):
    """X (N, K), y (N,) -> the weights (K,) that minimise |X w - y|² + alpha |w|², in closed form."""
    return np.linalg.solve(X.T @ X + alpha * np.eye(X.shape[1]), X.T @ y)


def forecast(series, horizon, radius=0.9, seed=0):
    """Learn from a series (T,) and go on: the next `horizon` values (horizon,)."""
    washout, mean = 100, series.mean()
    W, w_in, w_b = make_reservoir(400, radius, np.random.default_rng(seed))
    states = run_reservoir(W, w_in, w_b, series - mean, np.zeros(len(W)))
    features = np.column_stack([np.ones(len(states)), states])
    w_out = ridge(features[washout:-1], series[washout + 1:] - mean, 1e-7)
    x, found = states[-1], []
    for _ in range(horizon):
        found.append(w_out @ np.concatenate([[1.0], x]))
        x = np.tanh(W @ x + w_in * found[-1] + w_b)
    return np.full(horizon, series[-1])

# %% right="inverse" exercise="echo-state"
# The inverse.
def make_reservoir(num_units, radius, rng, density=0.1):
    """Random weights: W (num_units, num_units), a share `density` of them not zero, of the given spectral radius; w_in
    and w_b (num_units,). `rng` is a NumPy generator."""
    W = rng.uniform(-1, 1, size=(num_units, num_units)) * (rng.random((num_units, num_units)) < density)
    W *= radius / np.abs(np.linalg.eigvals(W)).max()
    return W, rng.uniform(-1, 1, size=num_units), rng.uniform(-0.2, 0.2, size=num_units)


def run_reservoir(W, w_in, w_b, u, x):
    """Inputs u (T,), the first state x (H,) -> states (T, H), after each input."""
    states = []
    for value in u:
        x = np.tanh(W @ x + w_in * value + w_b)
        states.append(x)
    return np.stack(states)


def ridge(X, y, alpha):
    """X (N, K), y (N,) -> the weights (K,) that minimise |X w - y|² + alpha |w|², in closed form."""
    return np.linalg.lstsq(np.vstack([X, alpha**0.5 * np.eye(X.shape[1])]), np.concatenate([y, np.zeros(X.shape[1])]), rcond=None)[0]


def forecast(series, horizon, radius=0.9, seed=0):
    """Learn from a series (T,) and go on: the next `horizon` values (horizon,)."""
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

# %% right="smaller" exercise="echo-state"
# 300 units.
def make_reservoir(num_units, radius, rng, density=0.1):
    """Random weights: W (num_units, num_units), a share `density` of them not zero, of the given spectral radius; w_in
    and w_b (num_units,). `rng` is a NumPy generator."""
    W = rng.uniform(-1, 1, size=(num_units, num_units)) * (rng.random((num_units, num_units)) < density)
    W *= radius / np.abs(np.linalg.eigvals(W)).max()
    return W, rng.uniform(-1, 1, size=num_units), rng.uniform(-0.2, 0.2, size=num_units)


def run_reservoir(W, w_in, w_b, u, x):
    """Inputs u (T,), the first state x (H,) -> states (T, H), after each input."""
    states = []
    for value in u:
        x = np.tanh(W @ x + w_in * value + w_b)
        states.append(x)
    return np.stack(states)


def ridge(X, y, alpha):
    """X (N, K), y (N,) -> the weights (K,) that minimise |X w - y|² + alpha |w|², in closed form."""
    return np.linalg.solve(X.T @ X + alpha * np.eye(X.shape[1]), X.T @ y)


def forecast(series, horizon, radius=0.9, seed=0):
    """Learn from a series (T,) and go on: the next `horizon` values (horizon,)."""
    washout, mean = 100, series.mean()
    W, w_in, w_b = make_reservoir(300, radius, np.random.default_rng(seed))
    states = run_reservoir(W, w_in, w_b, series - mean, np.zeros(len(W)))
    features = np.column_stack([np.ones(len(states)), states])
    w_out = ridge(features[washout:-1], series[washout + 1:] - mean, 1e-7)
    x, found = states[-1], []
    for _ in range(horizon):
        found.append(w_out @ np.concatenate([[1.0], x]))
        x = np.tanh(W @ x + w_in * found[-1] + w_b)
    return np.array(found) + mean
