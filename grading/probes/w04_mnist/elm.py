"""The extreme learning machine."""

# %% wrong="linear" exercise="elm" loses="elm/random features, elm/digits"
# No non-linearity.
class ELM:

    def __init__(self, num_inputs, num_hidden, num_classes=10):
        self.W = torch.randn(num_inputs, num_hidden, dtype=torch.float64) / np.sqrt(num_inputs)
        self.b = torch.randn(num_hidden, dtype=torch.float64)
        self.num_classes = num_classes

    def features(self, X):
        return (X.double() @ self.W + self.b)

    def fit(self, X, Y, ridge=1e-3):
        H, T = self.features(X), F.one_hot(Y, self.num_classes).double()
        self.beta = torch.linalg.solve(H.T @ H + ridge * torch.eye(H.shape[1], dtype=H.dtype), H.T @ T)

    def predict(self, X):
        return self.features(X) @ self.beta

# %% wrong="no-ridge" exercise="elm" loses="elm/closed form"
# The ridge is left out.
class ELM:

    def __init__(self, num_inputs, num_hidden, num_classes=10):
        self.W = torch.randn(num_inputs, num_hidden, dtype=torch.float64) / np.sqrt(num_inputs)
        self.b = torch.randn(num_hidden, dtype=torch.float64)
        self.num_classes = num_classes

    def features(self, X):
        return (X.double() @ self.W + self.b).relu()

    def fit(self, X, Y, ridge=1e-3):
        H, T = self.features(X), F.one_hot(Y, self.num_classes).double()
        self.beta = torch.linalg.pinv(H) @ T

    def predict(self, X):
        return self.features(X) @ self.beta

# %% wrong="ridge-by-rows" exercise="elm" loses="elm/closed form"
# The ridge is multiplied by the number of rows.
class ELM:

    def __init__(self, num_inputs, num_hidden, num_classes=10):
        self.W = torch.randn(num_inputs, num_hidden, dtype=torch.float64) / np.sqrt(num_inputs)
        self.b = torch.randn(num_hidden, dtype=torch.float64)
        self.num_classes = num_classes

    def features(self, X):
        return (X.double() @ self.W + self.b).relu()

    def fit(self, X, Y, ridge=1e-3):
        H, T = self.features(X), F.one_hot(Y, self.num_classes).double()
        self.beta = torch.linalg.solve(H.T @ H + len(X) * ridge * torch.eye(H.shape[1], dtype=H.dtype), H.T @ T)

    def predict(self, X):
        return self.features(X) @ self.beta

# %% wrong="new-features-each-time" exercise="elm" loses="elm/random features, elm/closed form, elm/digits"
# The hidden layer is drawn anew in each call.
class ELM:

    def __init__(self, num_inputs, num_hidden, num_classes=10):
        self.W = torch.randn(num_inputs, num_hidden, dtype=torch.float64) / np.sqrt(num_inputs)
        self.b = torch.randn(num_hidden, dtype=torch.float64)
        self.num_classes = num_classes

    def features(self, X):
        W = torch.randn(*self.W.shape, dtype=torch.float64) / np.sqrt(len(self.W))
        return (X.double() @ W + self.b).relu()

    def fit(self, X, Y, ridge=1e-3):
        H, T = self.features(X), F.one_hot(Y, self.num_classes).double()
        self.beta = torch.linalg.solve(H.T @ H + ridge * torch.eye(H.shape[1], dtype=H.dtype), H.T @ T)

    def predict(self, X):
        return self.features(X) @ self.beta

# %% wrong="all-positive" exercise="elm" loses="elm/digits"
# torch.rand for torch.randn: weights between 0 and 1, and all units see the amount of ink.
class ELM:

    def __init__(self, num_inputs, num_hidden, num_classes=10):
        self.W = torch.rand(num_inputs, num_hidden, dtype=torch.float64) / np.sqrt(num_inputs)
        self.b = torch.randn(num_hidden, dtype=torch.float64)
        self.num_classes = num_classes

    def features(self, X):
        return (X.double() @ self.W + self.b).relu()

    def fit(self, X, Y, ridge=1e-3):
        H, T = self.features(X), F.one_hot(Y, self.num_classes).double()
        self.beta = torch.linalg.solve(H.T @ H + ridge * torch.eye(H.shape[1], dtype=H.dtype), H.T @ T)

    def predict(self, X):
        return self.features(X) @ self.beta

# %% wrong="labels-as-numbers" exercise="elm" loses="elm/closed form, elm/digits"
# Regression on the number of the class, repeated in each column.
class ELM:

    def __init__(self, num_inputs, num_hidden, num_classes=10):
        self.W = torch.randn(num_inputs, num_hidden, dtype=torch.float64) / np.sqrt(num_inputs)
        self.b = torch.randn(num_hidden, dtype=torch.float64)
        self.num_classes = num_classes

    def features(self, X):
        return (X.double() @ self.W + self.b).relu()

    def fit(self, X, Y, ridge=1e-3):
        H, T = self.features(X), Y[:, None].double().expand(-1, self.num_classes)
        self.beta = torch.linalg.solve(H.T @ H + ridge * torch.eye(H.shape[1], dtype=H.dtype), H.T @ T)

    def predict(self, X):
        return self.features(X) @ self.beta

# %% wrong="seed-inside" exercise="elm" loses="elm/random features"
# A seed: all machines are the same machine.
class ELM:

    def __init__(self, num_inputs, num_hidden, num_classes=10):
        torch.manual_seed(0)
        self.W = torch.randn(num_inputs, num_hidden, dtype=torch.float64) / np.sqrt(num_inputs)
        self.b = torch.randn(num_hidden, dtype=torch.float64)
        self.num_classes = num_classes

    def features(self, X):
        return (X.double() @ self.W + self.b).relu()

    def fit(self, X, Y, ridge=1e-3):
        H, T = self.features(X), F.one_hot(Y, self.num_classes).double()
        self.beta = torch.linalg.solve(H.T @ H + ridge * torch.eye(H.shape[1], dtype=H.dtype), H.T @ T)

    def predict(self, X):
        return self.features(X) @ self.beta

# %% right="tanh-cholesky" exercise="elm"
# tanh, and Cholesky's factor.
class ELM:

    def __init__(self, num_inputs, num_hidden, num_classes=10):
        self.W = torch.randn(num_inputs, num_hidden, dtype=torch.float64) / np.sqrt(num_inputs)
        self.b = torch.randn(num_hidden, dtype=torch.float64)
        self.num_classes = num_classes

    def features(self, X):
        return (X.double() @ self.W + self.b).tanh()

    def fit(self, X, Y, ridge=1e-3):
        H, T = self.features(X), F.one_hot(Y, self.num_classes).double()
        A = H.T @ H + ridge * torch.eye(len(H.T), dtype=H.dtype)
        self.beta = torch.cholesky_solve(H.T @ T, torch.linalg.cholesky(A))

    def predict(self, X):
        return self.features(X) @ self.beta

# %% right="numpy-inside" exercise="elm"
# NumPy's generator and solver.
class ELM:

    def __init__(self, num_inputs, num_hidden, num_classes=10):
        self.W = torch.from_numpy(np.random.default_rng().normal(0, 1 / np.sqrt(num_inputs), (num_inputs, num_hidden)))
        self.b = torch.randn(num_hidden, dtype=torch.float64)
        self.num_classes = num_classes

    def features(self, X):
        return (X.double() @ self.W + self.b).relu()

    def fit(self, X, Y, ridge=1e-3):
        H, T = self.features(X), F.one_hot(Y, self.num_classes).double()
        self.beta = torch.from_numpy(np.linalg.solve((H.T @ H).numpy() + ridge * np.eye(H.shape[1]), (H.T @ T).numpy()))

    def predict(self, X):
        return self.features(X) @ self.beta
