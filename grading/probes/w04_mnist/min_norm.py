"""The least-squares solution of minimum norm."""

# %% wrong="normal-equations" exercise="min-norm" loses="min-norm/more features than examples"
# The normal equations, which are singular with many features.
def min_norm_fit(H, T):
    return torch.linalg.solve(H.T @ H + 1e-300 * torch.eye(H.shape[1], dtype=H.dtype), H.T @ T)

# %% wrong="ridge" exercise="min-norm" loses="min-norm/fewer features than examples, min-norm/more features than examples"
# A ridge: shorter, and no exact fit.
def min_norm_fit(H, T):
    return torch.linalg.solve(H.T @ H + 0.1 * torch.eye(H.shape[1], dtype=H.dtype), H.T @ T)

# %% wrong="some-solution" exercise="min-norm" loses="min-norm/more features than examples"
# Uses the first N features only: it fits, and is not the shortest.
def min_norm_fit(H, T):
    N, P = H.shape
    beta = torch.zeros(P, T.shape[1], dtype=H.dtype)
    beta[:N] = torch.linalg.lstsq(H[:, :N], T, driver="gelsd").solution
    return beta

# %% wrong="dual-only" exercise="min-norm" loses="min-norm/fewer features than examples"
# The formula for more features than examples, everywhere.
def min_norm_fit(H, T):
    return H.T @ torch.linalg.solve(H @ H.T + 1e-300 * torch.eye(len(H), dtype=H.dtype), T)

# %% right="pseudo-inverse" exercise="min-norm"
# The pseudo-inverse.
def min_norm_fit(H, T):
    return torch.linalg.pinv(H) @ T

# %% right="svd" exercise="min-norm"
# By singular values.
def min_norm_fit(H, T):
    U, s, Vh = torch.linalg.svd(H, full_matrices=False)
    return Vh.T @ ((U.T @ T) / s[:, None])

# %% right="numpy" exercise="min-norm"
# NumPy's least squares.
def min_norm_fit(H, T):
    return torch.from_numpy(np.linalg.lstsq(H.numpy(), T.numpy(), rcond=None)[0])
