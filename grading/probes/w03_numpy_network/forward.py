"""Forward pass: class SmallNet with random initial values, probabilities and loss."""

# %% wrong="loss-not-normalised" exercise="forward" loses="forward/loss, backward/numerical check"
# The loss is summed, but not divided by the batch size.
def sigmoid(A):
    return 1 / (1 + np.exp(-A))


def cross_entropy(P, Y):
    return -(Y * np.log(P) + (1 - Y) * np.log(1 - P)).sum()


class SmallNet:
    def __init__(self, in_features, num_hidden, dtype=np.float32):
        self.W1 = np.zeros((num_hidden, in_features), dtype=dtype)
        self.b1 = np.zeros((num_hidden,), dtype=dtype)
        self.W2 = np.zeros((1, num_hidden), dtype=dtype)
        self.b2 = np.zeros((1,), dtype=dtype)
        self.init_params()

    def init_params(self):
        for param in (self.W1, self.b1, self.W2, self.b2):
            param[:] = np.random.normal(0, 0.5, param.shape)

    def forward(self, X, Y=None, do_backward=False):
        O1 = sigmoid(X @ self.W1.T + self.b1)
        O2 = sigmoid(O1 @ self.W2.T + self.b2)
        loss = np.nan if Y is None else cross_entropy(O2, Y)
        if do_backward:
            backward(self, X, Y, O1, O2)
        return O2, loss


# %% wrong="loss-sign" exercise="forward" loses="forward/loss, backward/numerical check"
# Forgets the minus: the loss is negative.
def sigmoid(A):
    return 1 / (1 + np.exp(-A))


def cross_entropy(P, Y):
    return (Y * np.log(P) + (1 - Y) * np.log(1 - P)).sum() / len(P)


class SmallNet:
    def __init__(self, in_features, num_hidden, dtype=np.float32):
        self.W1 = np.zeros((num_hidden, in_features), dtype=dtype)
        self.b1 = np.zeros((num_hidden,), dtype=dtype)
        self.W2 = np.zeros((1, num_hidden), dtype=dtype)
        self.b2 = np.zeros((1,), dtype=dtype)
        self.init_params()

    def init_params(self):
        for param in (self.W1, self.b1, self.W2, self.b2):
            param[:] = np.random.normal(0, 0.5, param.shape)

    def forward(self, X, Y=None, do_backward=False):
        O1 = sigmoid(X @ self.W1.T + self.b1)
        O2 = sigmoid(O1 @ self.W2.T + self.b2)
        loss = np.nan if Y is None else cross_entropy(O2, Y)
        if do_backward:
            backward(self, X, Y, O1, O2)
        return O2, loss


# %% wrong="loss-broadcast" exercise="forward" loses="forward/loss, backward/numerical check"
# Labels as a flat vector: (N,) against (N, 1) makes an (N, N) table.
def sigmoid(A):
    return 1 / (1 + np.exp(-A))


def cross_entropy(P, Y):
    Y = np.ravel(Y)
    return -(Y * np.log(P) + (1 - Y) * np.log(1 - P)).mean()


class SmallNet:
    def __init__(self, in_features, num_hidden, dtype=np.float32):
        self.W1 = np.zeros((num_hidden, in_features), dtype=dtype)
        self.b1 = np.zeros((num_hidden,), dtype=dtype)
        self.W2 = np.zeros((1, num_hidden), dtype=dtype)
        self.b2 = np.zeros((1,), dtype=dtype)
        self.init_params()

    def init_params(self):
        for param in (self.W1, self.b1, self.W2, self.b2):
            param[:] = np.random.normal(0, 0.5, param.shape)

    def forward(self, X, Y=None, do_backward=False):
        O1 = sigmoid(X @ self.W1.T + self.b1)
        O2 = sigmoid(O1 @ self.W2.T + self.b2)
        loss = np.nan if Y is None else cross_entropy(O2, Y)
        if do_backward:
            backward(self, X, Y, O1, O2)
        return O2, loss


# %% wrong="squared-error" exercise="forward" loses="forward/loss, backward/numerical check"
# Mean squared error in place of cross-entropy.
def sigmoid(A):
    return 1 / (1 + np.exp(-A))


def cross_entropy(P, Y):
    return ((P - Y) ** 2).sum() / len(P)


class SmallNet:
    def __init__(self, in_features, num_hidden, dtype=np.float32):
        self.W1 = np.zeros((num_hidden, in_features), dtype=dtype)
        self.b1 = np.zeros((num_hidden,), dtype=dtype)
        self.W2 = np.zeros((1, num_hidden), dtype=dtype)
        self.b2 = np.zeros((1,), dtype=dtype)
        self.init_params()

    def init_params(self):
        for param in (self.W1, self.b1, self.W2, self.b2):
            param[:] = np.random.normal(0, 0.5, param.shape)

    def forward(self, X, Y=None, do_backward=False):
        O1 = sigmoid(X @ self.W1.T + self.b1)
        O2 = sigmoid(O1 @ self.W2.T + self.b2)
        loss = np.nan if Y is None else cross_entropy(O2, Y)
        if do_backward:
            backward(self, X, Y, O1, O2)
        return O2, loss


# %% wrong="zero-without-labels" exercise="forward" loses="forward/without labels"
# Without labels the loss is 0 instead of nan.
def sigmoid(A):
    return 1 / (1 + np.exp(-A))


def cross_entropy(P, Y):
    return -(Y * np.log(P) + (1 - Y) * np.log(1 - P)).sum() / len(P)


class SmallNet:
    def __init__(self, in_features, num_hidden, dtype=np.float32):
        self.W1 = np.zeros((num_hidden, in_features), dtype=dtype)
        self.b1 = np.zeros((num_hidden,), dtype=dtype)
        self.W2 = np.zeros((1, num_hidden), dtype=dtype)
        self.b2 = np.zeros((1,), dtype=dtype)
        self.init_params()

    def init_params(self):
        for param in (self.W1, self.b1, self.W2, self.b2):
            param[:] = np.random.normal(0, 0.5, param.shape)

    def forward(self, X, Y=None, do_backward=False):
        O1 = sigmoid(X @ self.W1.T + self.b1)
        O2 = sigmoid(O1 @ self.W2.T + self.b2)
        loss = 0.0 if Y is None else cross_entropy(O2, Y)
        if do_backward:
            backward(self, X, Y, O1, O2)
        return O2, loss


# %% wrong="no-hidden-bias" exercise="forward" loses="forward/probabilities, forward/loss, forward/without labels, backward/W2, backward/b2, backward/W1, backward/b1, backward/numerical check, descent/trains XOR"
# b1 is forgotten.
def sigmoid(A):
    return 1 / (1 + np.exp(-A))


def cross_entropy(P, Y):
    return -(Y * np.log(P) + (1 - Y) * np.log(1 - P)).sum() / len(P)


class SmallNet:
    def __init__(self, in_features, num_hidden, dtype=np.float32):
        self.W1 = np.zeros((num_hidden, in_features), dtype=dtype)
        self.b1 = np.zeros((num_hidden,), dtype=dtype)
        self.W2 = np.zeros((1, num_hidden), dtype=dtype)
        self.b2 = np.zeros((1,), dtype=dtype)
        self.init_params()

    def init_params(self):
        for param in (self.W1, self.b1, self.W2, self.b2):
            param[:] = np.random.normal(0, 0.5, param.shape)

    def forward(self, X, Y=None, do_backward=False):
        O1 = sigmoid(X @ self.W1.T)
        O2 = sigmoid(O1 @ self.W2.T + self.b2)
        loss = np.nan if Y is None else cross_entropy(O2, Y)
        if do_backward:
            backward(self, X, Y, O1, O2)
        return O2, loss


# %% wrong="no-hidden-sigmoid" exercise="forward" loses="forward/probabilities, forward/loss, forward/without labels, backward/W2, backward/b2, backward/W1, backward/b1, backward/numerical check, descent/trains XOR"
# The hidden layer stays linear.
def sigmoid(A):
    return 1 / (1 + np.exp(-A))


def cross_entropy(P, Y):
    return -(Y * np.log(P) + (1 - Y) * np.log(1 - P)).sum() / len(P)


class SmallNet:
    def __init__(self, in_features, num_hidden, dtype=np.float32):
        self.W1 = np.zeros((num_hidden, in_features), dtype=dtype)
        self.b1 = np.zeros((num_hidden,), dtype=dtype)
        self.W2 = np.zeros((1, num_hidden), dtype=dtype)
        self.b2 = np.zeros((1,), dtype=dtype)
        self.init_params()

    def init_params(self):
        for param in (self.W1, self.b1, self.W2, self.b2):
            param[:] = np.random.normal(0, 0.5, param.shape)

    def forward(self, X, Y=None, do_backward=False):
        O1 = X @ self.W1.T + self.b1
        O2 = sigmoid(O1 @ self.W2.T + self.b2)
        loss = np.nan if Y is None else cross_entropy(O2, Y)
        if do_backward:
            backward(self, X, Y, O1, O2)
        return O2, loss


# %% wrong="sigmoid-sign" exercise="forward" loses="forward/probabilities, forward/loss, forward/without labels, backward/W2, backward/b2, backward/W1, backward/b1, backward/numerical check, descent/trains XOR, relu/forward, relu/gradients, relu/reliable, two-hidden/forward, two-hidden/gradients, two-hidden/trains, deep-net/forward, deep-net/gradients, deep-net/five hidden layers train, feedback/forward, feedback/output layer, feedback/hidden layers, feedback/trains"
# exp(a) in place of exp(-a).
def sigmoid(A):
    return 1 / (1 + np.exp(A))


def cross_entropy(P, Y):
    return -(Y * np.log(P) + (1 - Y) * np.log(1 - P)).sum() / len(P)


class SmallNet:
    def __init__(self, in_features, num_hidden, dtype=np.float32):
        self.W1 = np.zeros((num_hidden, in_features), dtype=dtype)
        self.b1 = np.zeros((num_hidden,), dtype=dtype)
        self.W2 = np.zeros((1, num_hidden), dtype=dtype)
        self.b2 = np.zeros((1,), dtype=dtype)
        self.init_params()

    def init_params(self):
        for param in (self.W1, self.b1, self.W2, self.b2):
            param[:] = np.random.normal(0, 0.5, param.shape)

    def forward(self, X, Y=None, do_backward=False):
        O1 = sigmoid(X @ self.W1.T + self.b1)
        O2 = sigmoid(O1 @ self.W2.T + self.b2)
        loss = np.nan if Y is None else cross_entropy(O2, Y)
        if do_backward:
            backward(self, X, Y, O1, O2)
        return O2, loss


# %% wrong="transposed-weights" exercise="forward" loses="forward/probabilities, forward/loss, forward/without labels, backward/random initial values, backward/W2, backward/b2, backward/W1, backward/b1, backward/numerical check, backward/called again, descent/trains XOR, relu/reliable"
# Keeps the weights as (inputs, outputs).
def sigmoid(A):
    return 1 / (1 + np.exp(-A))


def cross_entropy(P, Y):
    return -(Y * np.log(P) + (1 - Y) * np.log(1 - P)).sum() / len(P)


class SmallNet:
    def __init__(self, in_features, num_hidden, dtype=np.float32):
        self.W1 = np.zeros((in_features, num_hidden), dtype=dtype)
        self.b1 = np.zeros((num_hidden,), dtype=dtype)
        self.W2 = np.zeros((num_hidden, 1), dtype=dtype)
        self.b2 = np.zeros((1,), dtype=dtype)
        self.init_params()

    def init_params(self):
        for param in (self.W1, self.b1, self.W2, self.b2):
            param[:] = np.random.normal(0, 0.5, param.shape)

    def forward(self, X, Y=None, do_backward=False):
        O1 = sigmoid(X @ self.W1 + self.b1)
        O2 = sigmoid(O1 @ self.W2 + self.b2)
        loss = np.nan if Y is None else cross_entropy(O2, Y)
        if do_backward:
            backward(self, X, Y, O1, O2)
        return O2, loss


# %% wrong="flat-probabilities" exercise="forward" loses="forward/probabilities, forward/without labels"
# Returns probabilities of shape (N,).
def sigmoid(A):
    return 1 / (1 + np.exp(-A))


def cross_entropy(P, Y):
    return -(Y * np.log(P) + (1 - Y) * np.log(1 - P)).sum() / len(P)


class SmallNet:
    def __init__(self, in_features, num_hidden, dtype=np.float32):
        self.W1 = np.zeros((num_hidden, in_features), dtype=dtype)
        self.b1 = np.zeros((num_hidden,), dtype=dtype)
        self.W2 = np.zeros((1, num_hidden), dtype=dtype)
        self.b2 = np.zeros((1,), dtype=dtype)
        self.init_params()

    def init_params(self):
        for param in (self.W1, self.b1, self.W2, self.b2):
            param[:] = np.random.normal(0, 0.5, param.shape)

    def forward(self, X, Y=None, do_backward=False):
        O1 = sigmoid(X @ self.W1.T + self.b1)
        O2 = sigmoid(O1 @ self.W2.T + self.b2)
        O2 = O2[:, 0]
        loss = np.nan if Y is None else cross_entropy(O2[:, None], Y)
        if do_backward:
            backward(self, X, Y, O1, O2[:, None])
        return O2, loss


# %% wrong="one-example-at-a-time" exercise="forward" loses="forward/probabilities, forward/loss, forward/without labels, backward/W2, backward/b2, backward/W1, backward/b1, backward/numerical check, backward/called again, descent/trains XOR"
# A loop that keeps the last example only.
def sigmoid(A):
    return 1 / (1 + np.exp(-A))


def cross_entropy(P, Y):
    return -(Y * np.log(P) + (1 - Y) * np.log(1 - P)).sum() / len(P)


class SmallNet:
    def __init__(self, in_features, num_hidden, dtype=np.float32):
        self.W1 = np.zeros((num_hidden, in_features), dtype=dtype)
        self.b1 = np.zeros((num_hidden,), dtype=dtype)
        self.W2 = np.zeros((1, num_hidden), dtype=dtype)
        self.b2 = np.zeros((1,), dtype=dtype)
        self.init_params()

    def init_params(self):
        for param in (self.W1, self.b1, self.W2, self.b2):
            param[:] = np.random.normal(0, 0.5, param.shape)

    def forward(self, X, Y=None, do_backward=False):
        for x in X:
            O1 = sigmoid(self.W1 @ x + self.b1)[None]
            O2 = sigmoid(O1 @ self.W2.T + self.b2)
        loss = np.nan if Y is None else cross_entropy(O2, Y)
        if do_backward:
            backward(self, X, Y, O1, O2)
        return O2, loss


# %% wrong="visible-example" exercise="forward" loses="forward/probabilities, forward/loss, forward/without labels, backward/W2, backward/b2, backward/W1, backward/b1, backward/numerical check, descent/trains XOR"
# Knows the numbers of the visible checks, and nothing else.
def sigmoid(A):
    return 1 / (1 + np.exp(-A))


def cross_entropy(P, Y):
    return -(Y * np.log(P) + (1 - Y) * np.log(1 - P)).sum() / len(P)


class SmallNet:
    def __init__(self, in_features, num_hidden, dtype=np.float32):
        self.W1 = np.zeros((num_hidden, in_features), dtype=dtype)
        self.b1 = np.zeros((num_hidden,), dtype=dtype)
        self.W2 = np.zeros((1, num_hidden), dtype=dtype)
        self.b2 = np.zeros((1,), dtype=dtype)
        self.init_params()

    def init_params(self):
        for param in (self.W1, self.b1, self.W2, self.b2):
            param[:] = np.random.normal(0, 0.5, param.shape)

    def forward(self, X, Y=None, do_backward=False):
        O1 = np.zeros((len(X), len(self.b1)))
        O2 = np.full((len(X), 1), 0.5)
        loss = np.nan if Y is None else np.log(2)
        if self.W1[0, 0] == 1.0:
            O2[0], loss = 0.6281, 0.7236 if Y is not None else np.nan
        if do_backward:
            backward(self, X, Y, O1, O2)
        return O2, loss


# %% wrong="zero-init" exercise="forward" loses="backward/random initial values, relu/reliable"
# All parameters start at zero.
def sigmoid(A):
    return 1 / (1 + np.exp(-A))


def cross_entropy(P, Y):
    return -(Y * np.log(P) + (1 - Y) * np.log(1 - P)).sum() / len(P)


class SmallNet:
    def __init__(self, in_features, num_hidden, dtype=np.float32):
        self.W1 = np.zeros((num_hidden, in_features), dtype=dtype)
        self.b1 = np.zeros((num_hidden,), dtype=dtype)
        self.W2 = np.zeros((1, num_hidden), dtype=dtype)
        self.b2 = np.zeros((1,), dtype=dtype)
        self.init_params()

    def init_params(self):
        pass

    def forward(self, X, Y=None, do_backward=False):
        O1 = sigmoid(X @ self.W1.T + self.b1)
        O2 = sigmoid(O1 @ self.W2.T + self.b2)
        loss = np.nan if Y is None else cross_entropy(O2, Y)
        if do_backward:
            backward(self, X, Y, O1, O2)
        return O2, loss


# %% wrong="seeded-init" exercise="forward" loses="backward/random initial values"
# Sets the seed in init_params: all nets are the same net.
def sigmoid(A):
    return 1 / (1 + np.exp(-A))


def cross_entropy(P, Y):
    return -(Y * np.log(P) + (1 - Y) * np.log(1 - P)).sum() / len(P)


class SmallNet:
    def __init__(self, in_features, num_hidden, dtype=np.float32):
        self.W1 = np.zeros((num_hidden, in_features), dtype=dtype)
        self.b1 = np.zeros((num_hidden,), dtype=dtype)
        self.W2 = np.zeros((1, num_hidden), dtype=dtype)
        self.b2 = np.zeros((1,), dtype=dtype)
        self.init_params()

    def init_params(self):
        np.random.seed(0)
        for param in (self.W1, self.b1, self.W2, self.b2):
            param[:] = np.random.normal(0, 0.5, param.shape)

    def forward(self, X, Y=None, do_backward=False):
        O1 = sigmoid(X @ self.W1.T + self.b1)
        O2 = sigmoid(O1 @ self.W2.T + self.b2)
        loss = np.nan if Y is None else cross_entropy(O2, Y)
        if do_backward:
            backward(self, X, Y, O1, O2)
        return O2, loss


# %% right="expit-einsum" exercise="forward"
# scipy, einsum, and the mean over an (N, 1) array.
from scipy.special import expit as sigmoid


def cross_entropy(P, Y):
    return np.mean(-Y * np.log(P) - (1 - Y) * np.log1p(-P))


class SmallNet:
    def __init__(self, in_features, num_hidden, dtype=np.float32):
        self.W1 = np.zeros((num_hidden, in_features), dtype=dtype)
        self.b1 = np.zeros((num_hidden,), dtype=dtype)
        self.W2 = np.zeros((1, num_hidden), dtype=dtype)
        self.b2 = np.zeros((1,), dtype=dtype)
        self.init_params()

    def init_params(self):
        for param in (self.W1, self.b1, self.W2, self.b2):
            param[:] = np.random.normal(0, 0.5, param.shape)

    def forward(self, X, Y=None, do_backward=False):
        O1 = sigmoid(np.einsum("nd,hd->nh", X, self.W1) + self.b1)
        O2 = sigmoid(O1 @ self.W2.T + self.b2)
        loss = np.nan if Y is None else cross_entropy(O2, Y)
        if do_backward:
            backward(self, X, Y, O1, O2)
        return O2, loss


# %% right="eps-and-clip" exercise="forward"
# Guards the logarithms.
def sigmoid(A):
    return 1 / (1 + np.exp(-A))


EPS = 1e-7


def cross_entropy(P, Y):
    P = np.clip(P, EPS, 1 - EPS)
    return -(Y * np.log(P + EPS) + (1 - Y) * np.log(1 - P + EPS)).sum() / Y.shape[0]


class SmallNet:
    def __init__(self, in_features, num_hidden, dtype=np.float32):
        self.W1 = np.zeros((num_hidden, in_features), dtype=dtype)
        self.b1 = np.zeros((num_hidden,), dtype=dtype)
        self.W2 = np.zeros((1, num_hidden), dtype=dtype)
        self.b2 = np.zeros((1,), dtype=dtype)
        self.init_params()

    def init_params(self):
        for param in (self.W1, self.b1, self.W2, self.b2):
            param[:] = np.random.normal(0, 0.5, param.shape)

    def forward(self, X, Y=None, do_backward=False):
        O1 = sigmoid(X @ self.W1.T + self.b1)
        O2 = sigmoid(O1 @ self.W2.T + self.b2)
        loss = np.nan if Y is None else cross_entropy(O2, Y)
        if do_backward:
            backward(self, X, Y, O1, O2)
        return O2, loss


# %% right="matrix-product-loss" exercise="forward"
# The loss as a product of vectors: an array of shape (1, 1).
def sigmoid(A):
    return 1 / (1 + np.exp(-A))


def cross_entropy(P, Y):
    return -(Y.T @ np.log(P) + (1 - Y).T @ np.log(1 - P)) / P.shape[0]


class SmallNet:
    def __init__(self, in_features, num_hidden, dtype=np.float32):
        self.W1 = np.zeros((num_hidden, in_features), dtype=dtype)
        self.b1 = np.zeros((num_hidden,), dtype=dtype)
        self.W2 = np.zeros((1, num_hidden), dtype=dtype)
        self.b2 = np.zeros((1,), dtype=dtype)
        self.init_params()

    def init_params(self):
        for param in (self.W1, self.b1, self.W2, self.b2):
            param[:] = np.random.normal(0, 0.5, param.shape)

    def forward(self, X, Y=None, do_backward=False):
        O1 = sigmoid(X @ self.W1.T + self.b1)
        O2 = sigmoid(O1 @ self.W2.T + self.b2)
        loss = np.nan if Y is None else cross_entropy(O2, Y)
        if do_backward:
            backward(self, X, Y, O1, O2)
        return O2, loss


# %% right="stable" exercise="forward"
# Softplus of the logits, a helper method, and extra attributes.
def sigmoid(A):
    return 1 / (1 + np.exp(-A))


def cross_entropy(P, Y):
    return -(Y * np.log(P) + (1 - Y) * np.log(1 - P)).sum() / len(P)


class SmallNet:
    def __init__(self, in_features, num_hidden, dtype=np.float32):
        self.W1 = np.zeros((num_hidden, in_features), dtype=dtype)
        self.b1 = np.zeros((num_hidden,), dtype=dtype)
        self.W2 = np.zeros((1, num_hidden), dtype=dtype)
        self.b2 = np.zeros((1,), dtype=dtype)
        self.init_params()

    def init_params(self):
        for param in (self.W1, self.b1, self.W2, self.b2):
            param[:] = np.random.normal(0, 0.5, param.shape)

    def forward(self, X, Y=None, do_backward=False):
        O1 = self.hidden(X)
        self.logits = O1 @ self.W2.T + self.b2
        O2 = sigmoid(self.logits)
        loss = float("nan")
        if Y is not None:
            loss = float(np.sum(np.logaddexp(0, self.logits) - Y * self.logits)) / X.shape[0]
        if do_backward:
            backward(self, X, Y, O1, O2)
        return O2, loss

    def hidden(self, X):
        return sigmoid(np.matmul(X, self.W1.transpose()) + self.b1)


# %% right="new-arrays-init" exercise="forward"
# init_params puts new float64 arrays in place of the old ones; uniform values.
def sigmoid(A):
    return 1 / (1 + np.exp(-A))


def cross_entropy(P, Y):
    return -(Y * np.log(P) + (1 - Y) * np.log(1 - P)).sum() / len(P)


class SmallNet:
    def __init__(self, in_features, num_hidden, dtype=np.float32):
        self.W1 = np.zeros((num_hidden, in_features), dtype=dtype)
        self.b1 = np.zeros((num_hidden,), dtype=dtype)
        self.W2 = np.zeros((1, num_hidden), dtype=dtype)
        self.b2 = np.zeros((1,), dtype=dtype)
        self.init_params()

    def init_params(self):
        bound = 1 / np.sqrt(self.W1.shape[1])
        self.W1 = np.random.uniform(-bound, bound, self.W1.shape)
        self.W2 = np.random.uniform(-1, 1, self.W2.shape)

    def forward(self, X, Y=None, do_backward=False):
        O1 = sigmoid(X @ self.W1.T + self.b1)
        O2 = sigmoid(O1 @ self.W2.T + self.b2)
        loss = np.nan if Y is None else cross_entropy(O2, Y)
        if do_backward:
            backward(self, X, Y, O1, O2)
        return O2, loss


# %% right="own-generator" exercise="forward"
# A generator of its own, and Xavier scales.
def sigmoid(A):
    return 1 / (1 + np.exp(-A))


def cross_entropy(P, Y):
    return -(Y * np.log(P) + (1 - Y) * np.log(1 - P)).sum() / len(P)


class SmallNet:
    def __init__(self, in_features, num_hidden, dtype=np.float32):
        self.W1 = np.zeros((num_hidden, in_features), dtype=dtype)
        self.b1 = np.zeros((num_hidden,), dtype=dtype)
        self.W2 = np.zeros((1, num_hidden), dtype=dtype)
        self.b2 = np.zeros((1,), dtype=dtype)
        self.init_params()

    def init_params(self):
        rng = np.random.default_rng()
        self.W1[:] = rng.normal(scale=np.sqrt(2 / sum(self.W1.shape)), size=self.W1.shape)
        self.W2[:] = rng.normal(scale=np.sqrt(2 / sum(self.W2.shape)), size=self.W2.shape)

    def forward(self, X, Y=None, do_backward=False):
        O1 = sigmoid(X @ self.W1.T + self.b1)
        O2 = sigmoid(O1 @ self.W2.T + self.b2)
        loss = np.nan if Y is None else cross_entropy(O2, Y)
        if do_backward:
            backward(self, X, Y, O1, O2)
        return O2, loss


# %% right="one-class-with-method" exercise="forward"
# As before, with the gradients in a method that is called backward; the next cell is empty.
def sigmoid(x):
    return 1 / (1 + np.exp(-x))


class SmallNet:
    def __init__(self, in_features, num_hidden, dtype=np.float32):
        self.W1 = np.zeros((num_hidden, in_features), dtype=dtype)
        self.b1 = np.zeros((num_hidden,), dtype=dtype)
        self.W2 = np.zeros((1, num_hidden), dtype=dtype)
        self.b2 = np.zeros((1,), dtype=dtype)
        self.init_params()

    def init_params(self):
        self.W1 = np.random.normal(0, 0.5, self.W1.shape)
        self.b1 = np.random.normal(0, 0.5, self.b1.shape)
        self.W2 = np.random.normal(0, 0.5, self.W2.shape)
        self.b2 = np.random.normal(0, 0.5, self.b2.shape)

    def forward(self, X, Y=None, do_backward=False):
        A1 = X @ self.W1.T + self.b1
        O1 = sigmoid(A1)
        A2 = O1 @ self.W2.T + self.b2
        O2 = sigmoid(A2)
        if Y is not None:
            loss = -Y * np.log(O2) - (1 - Y) * np.log(1.0 - O2)
            loss = loss.sum() / X.shape[0]
        else:
            loss = np.nan
        if do_backward:
            self.backward(X, Y, O1, O2)
        return O2, loss

    def backward(self, X, Y, O1, O2):
        A2_grad = (O2 - Y) / X.shape[0]
        self.b2_grad = A2_grad.sum(0)
        self.W2_grad = A2_grad.T @ O1
        O1_grad = A2_grad @ self.W2
        A1_grad = O1_grad * O1 * (1 - O1)
        self.b1_grad = A1_grad.sum(0)
        self.W1_grad = A1_grad.T @ X


def cross_entropy(P, Y):  # the later answers of the reference use it
    return -(Y * np.log(P) + (1 - Y) * np.log(1 - P)).sum() / len(P)

# %% right="one-class-with-method" exercise="backward"
# see above


# %% right="tensors" exercise="forward"
# PyTorch tensors in place of arrays, in this exercise and the next.
import torch


def sigmoid(A):
    return torch.sigmoid(A) if isinstance(A, torch.Tensor) else 1 / (1 + np.exp(-A))


def cross_entropy(P, Y):
    log = torch.log if isinstance(P, torch.Tensor) else np.log
    return -(Y * log(P) + (1 - Y) * log(1 - P)).sum() / P.shape[0]


def tensor(values):
    return values if isinstance(values, torch.Tensor) else torch.from_numpy(np.asarray(values))


class SmallNet:
    def __init__(self, in_features, num_hidden, dtype=np.float32):
        self.dtype = tensor(np.zeros(1, dtype)).dtype
        self.W1 = torch.zeros(num_hidden, in_features, dtype=self.dtype)
        self.b1 = torch.zeros(num_hidden, dtype=self.dtype)
        self.W2 = torch.zeros(1, num_hidden, dtype=self.dtype)
        self.b2 = torch.zeros(1, dtype=self.dtype)
        self.init_params()

    def init_params(self):
        for name in ["W1", "b1", "W2", "b2"]:
            setattr(self, name, 0.5 * torch.randn_like(getattr(self, name)))

    def forward(self, X, Y=None, do_backward=False):
        X = tensor(X).to(self.dtype)
        Y = None if Y is None else tensor(Y).to(self.dtype)
        O1 = sigmoid(X @ tensor(self.W1).T + tensor(self.b1))
        O2 = sigmoid(O1 @ tensor(self.W2).T + tensor(self.b2))
        loss = torch.tensor(float("nan")) if Y is None else cross_entropy(O2, Y)
        if do_backward:
            backward(self, X, Y, O1, O2)
        return O2, loss

# %% right="tensors" exercise="backward"
def backward(net, X, Y, O1, O2):
    A2_grad = (O2 - Y) / len(X)
    net.W2_grad = A2_grad.T @ O1
    net.b2_grad = A2_grad.sum(0)
    A1_grad = A2_grad @ net.W2 * O1 * (1 - O1)
    net.W1_grad = A1_grad.T @ X
    net.b1_grad = A1_grad.sum(0)


# %% right="tensors" exercise="relu"
class ReLUNet(SmallNet):
    def forward(self, X, Y=None, do_backward=False):
        X = tensor(X).to(self.dtype)
        Y = None if Y is None else tensor(Y).to(self.dtype)
        O1 = (X @ tensor(self.W1).T + tensor(self.b1)).relu()
        O2 = sigmoid(O1 @ tensor(self.W2).T + tensor(self.b2))
        loss = torch.tensor(float("nan")) if Y is None else cross_entropy(O2, Y)
        if do_backward:
            A2_grad = (O2 - Y) / len(X)
            self.W2_grad, self.b2_grad = A2_grad.T @ O1, A2_grad.sum(0)
            A1_grad = A2_grad @ self.W2 * (O1 > 0)
            self.W1_grad, self.b1_grad = A1_grad.T @ X, A1_grad.sum(0)
        return O2, loss


relu_recipe = {"num_hidden": 20, "lr": 0.3, "num_steps": 1000}
