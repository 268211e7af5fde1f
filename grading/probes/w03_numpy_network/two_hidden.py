"""Two hidden layers of ReLUs."""

# %% wrong="lost-slope" exercise="two-hidden" loses="two-hidden/gradients"
# The ReLU between the hidden layers is forgotten on the way back.
class TwoHiddenNet:
    def __init__(self, in_features, num_hidden1, num_hidden2, dtype=np.float32):
        self.W1 = np.random.normal(0, 0.5, (num_hidden1, in_features)).astype(dtype)
        self.W2 = np.random.normal(0, 0.5, (num_hidden2, num_hidden1)).astype(dtype)
        self.W3 = np.random.normal(0, 0.5, (1, num_hidden2)).astype(dtype)
        self.b1, self.b2, self.b3 = np.zeros(num_hidden1, dtype), np.zeros(num_hidden2, dtype), np.zeros(1, dtype)

    def forward(self, X, Y=None, do_backward=False):
        O1 = np.maximum(X @ self.W1.T + self.b1, 0)
        O2 = np.maximum(O1 @ self.W2.T + self.b2, 0)
        O3 = sigmoid(O2 @ self.W3.T + self.b3)
        loss = np.nan if Y is None else cross_entropy(O3, Y)
        if do_backward:
            A3_grad = (O3 - Y) / len(X)
            A2_grad = (A3_grad @ self.W3) * (O2 > 0)
            A1_grad = A2_grad @ self.W2
            self.W3_grad, self.b3_grad = A3_grad.T @ O2, A3_grad.sum(axis=0)
            self.W2_grad, self.b2_grad = A2_grad.T @ O1, A2_grad.sum(axis=0)
            self.W1_grad, self.b1_grad = A1_grad.T @ X, A1_grad.sum(axis=0)
        return O3, loss

# %% wrong="sigmoid-hidden" exercise="two-hidden" loses="two-hidden/forward, two-hidden/gradients, two-hidden/trains"
# Sigmoids in the hidden layers.
class TwoHiddenNet:
    def __init__(self, in_features, num_hidden1, num_hidden2, dtype=np.float32):
        self.W1 = np.random.normal(0, 0.5, (num_hidden1, in_features)).astype(dtype)
        self.W2 = np.random.normal(0, 0.5, (num_hidden2, num_hidden1)).astype(dtype)
        self.W3 = np.random.normal(0, 0.5, (1, num_hidden2)).astype(dtype)
        self.b1, self.b2, self.b3 = np.zeros(num_hidden1, dtype), np.zeros(num_hidden2, dtype), np.zeros(1, dtype)

    def forward(self, X, Y=None, do_backward=False):
        O1 = sigmoid(X @ self.W1.T + self.b1)
        O2 = sigmoid(O1 @ self.W2.T + self.b2)
        O3 = sigmoid(O2 @ self.W3.T + self.b3)
        loss = np.nan if Y is None else cross_entropy(O3, Y)
        if do_backward:
            A3_grad = (O3 - Y) / len(X)
            A2_grad = (A3_grad @ self.W3) * O2 * (1 - O2)
            A1_grad = (A2_grad @ self.W2) * O1 * (1 - O1)
            self.W3_grad, self.b3_grad = A3_grad.T @ O2, A3_grad.sum(axis=0)
            self.W2_grad, self.b2_grad = A2_grad.T @ O1, A2_grad.sum(axis=0)
            self.W1_grad, self.b1_grad = A1_grad.T @ X, A1_grad.sum(axis=0)
        return O3, loss

# %% wrong="zero-weights" exercise="two-hidden" loses="two-hidden/trains"
# The passes are right, but all weights start at zero and stay there.
class TwoHiddenNet:
    def __init__(self, in_features, num_hidden1, num_hidden2, dtype=np.float32):
        self.W1, self.b1 = np.zeros((num_hidden1, in_features), dtype), np.zeros(num_hidden1, dtype)
        self.W2, self.b2 = np.zeros((num_hidden2, num_hidden1), dtype), np.zeros(num_hidden2, dtype)
        self.W3, self.b3 = np.zeros((1, num_hidden2), dtype), np.zeros(1, dtype)

    def forward(self, X, Y=None, do_backward=False):
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

# %% wrong="equal-layers" exercise="two-hidden" loses="two-hidden/gradients"
# Passes W3 where W2 belongs: it fits by broadcasting, and only when both layers are of the same size.
class TwoHiddenNet:
    def __init__(self, in_features, num_hidden1, num_hidden2, dtype=np.float32):
        self.W1 = np.random.normal(0, 0.5, (num_hidden1, in_features)).astype(dtype)
        self.W2 = np.random.normal(0, 0.5, (num_hidden2, num_hidden1)).astype(dtype)
        self.W3 = np.random.normal(0, 0.5, (1, num_hidden2)).astype(dtype)
        self.b1, self.b2, self.b3 = np.zeros(num_hidden1, dtype), np.zeros(num_hidden2, dtype), np.zeros(1, dtype)

    def forward(self, X, Y=None, do_backward=False):
        O1 = np.maximum(X @ self.W1.T + self.b1, 0)
        O2 = np.maximum(O1 @ self.W2.T + self.b2, 0)
        O3 = sigmoid(O2 @ self.W3.T + self.b3)
        loss = np.nan if Y is None else cross_entropy(O3, Y)
        if do_backward:
            A3_grad = (O3 - Y) / len(X)
            A2_grad = (A3_grad @ self.W3) * (O2 > 0)
            A1_grad = (A2_grad * self.W3) * (O1 > 0)
            self.W3_grad, self.b3_grad = A3_grad.T @ O2, A3_grad.sum(axis=0)
            self.W2_grad, self.b2_grad = A2_grad.T @ O1, A2_grad.sum(axis=0)
            self.W1_grad, self.b1_grad = A1_grad.T @ X, A1_grad.sum(axis=0)
        return O3, loss

# %% wrong="no-middle-bias" exercise="two-hidden" loses="two-hidden/forward, two-hidden/gradients"
# b2 is there and has no part in anything.
class TwoHiddenNet:
    def __init__(self, in_features, num_hidden1, num_hidden2, dtype=np.float32):
        self.W1 = np.random.normal(0, 0.5, (num_hidden1, in_features)).astype(dtype)
        self.W2 = np.random.normal(0, 0.5, (num_hidden2, num_hidden1)).astype(dtype)
        self.W3 = np.random.normal(0, 0.5, (1, num_hidden2)).astype(dtype)
        self.b1, self.b2, self.b3 = np.zeros(num_hidden1, dtype), np.zeros(num_hidden2, dtype), np.zeros(1, dtype)

    def forward(self, X, Y=None, do_backward=False):
        O1 = np.maximum(X @ self.W1.T + self.b1, 0)
        O2 = np.maximum(O1 @ self.W2.T, 0)
        O3 = sigmoid(O2 @ self.W3.T + self.b3)
        loss = np.nan if Y is None else cross_entropy(O3, Y)
        if do_backward:
            A3_grad = (O3 - Y) / len(X)
            A2_grad = (A3_grad @ self.W3) * (O2 > 0)
            A1_grad = (A2_grad @ self.W2) * (O1 > 0)
            self.W3_grad, self.b3_grad = A3_grad.T @ O2, A3_grad.sum(axis=0)
            self.W2_grad, self.b2_grad = A2_grad.T @ O1, np.zeros_like(self.b2)
            self.W1_grad, self.b1_grad = A1_grad.T @ X, A1_grad.sum(axis=0)
        return O3, loss

# %% right="subclass" exercise="two-hidden"
# Built on ReLUNet's constructor, weights of He et al., a tuple as result, extra attributes.
class TwoHiddenNet(SmallNet):
    def __init__(self, in_features, num_hidden1, num_hidden2, dtype=np.float32):
        super().__init__(in_features, num_hidden1, dtype)
        self.W2 = np.zeros((num_hidden2, num_hidden1), dtype=dtype)
        self.b2 = np.zeros(num_hidden2, dtype=dtype)
        self.W3 = np.zeros((1, num_hidden2), dtype=dtype)
        self.b3 = np.zeros(1, dtype=dtype)
        for W in (self.W1, self.W2, self.W3):
            W[...] = np.random.standard_normal(W.shape) * np.sqrt(2.0 / W.shape[1])

    def forward(self, X, Y=None, do_backward=False):
        self.A1 = X.dot(self.W1.T) + self.b1
        self.A2 = self.A1.clip(min=0).dot(self.W2.T) + self.b2
        P = sigmoid(self.A2.clip(min=0).dot(self.W3.T) + self.b3)
        if do_backward:
            self.back(X, P - Y)
        return (P, np.nan) if Y is None else (P, cross_entropy(P, Y))

    def back(self, X, error):
        error = error / error.shape[0]
        self.W3_grad, self.b3_grad = error.T @ self.A2.clip(min=0), error.sum(0)
        error = np.where(self.A2 > 0, error @ self.W3, 0)
        self.W2_grad, self.b2_grad = error.T @ self.A1.clip(min=0), error.sum(0)
        error = np.where(self.A1 > 0, error @ self.W2, 0)
        self.W1_grad, self.b1_grad = error.T @ X, error.sum(0)

# %% right="function-of-loops" exercise="two-hidden"
# Loops over the three layers already here; uniform initial weights.
class TwoHiddenNet:
    def __init__(self, in_features, num_hidden1, num_hidden2, dtype=np.float32):
        sizes = [in_features, num_hidden1, num_hidden2, 1]
        for l in range(3):
            bound = np.sqrt(6 / (sizes[l] + sizes[l + 1]))
            setattr(self, f"W{l + 1}", np.random.uniform(-bound, bound, (sizes[l + 1], sizes[l])).astype(dtype))
            setattr(self, f"b{l + 1}", np.zeros(sizes[l + 1], dtype))

    def forward(self, X, Y=None, do_backward=False):
        outputs = [X]
        for l in (1, 2, 3):
            A = outputs[-1] @ getattr(self, f"W{l}").T + getattr(self, f"b{l}")
            outputs.append(np.maximum(0, A) if l < 3 else sigmoid(A))
        if do_backward:
            delta = (outputs[3] - Y) / len(Y)
            for l in (3, 2, 1):
                setattr(self, f"W{l}_grad", delta.T @ outputs[l - 1])
                setattr(self, f"b{l}_grad", delta.sum(0))
                delta = delta @ getattr(self, f"W{l}") * (outputs[l - 1] > 0)
        return outputs[3], np.nan if Y is None else cross_entropy(outputs[3], Y)
