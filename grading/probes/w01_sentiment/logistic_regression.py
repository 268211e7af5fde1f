"""Exercise 3: logistic regression on soft targets."""

# %% wrong="sum-not-mean" exercise="logistic-regression" loses="logistic-regression/minimum, logistic-regression/held-out sentences"
# The cross-entropy is summed over the sentences, so l2 counts for next to nothing.
def predict(X, S, b):
    return torch.sigmoid(X @ S + b)


def fit(X, p, l2=1e-4):
    S = torch.zeros(X.shape[1], requires_grad=True)
    b = torch.zeros((), requires_grad=True)
    minimise(lambda: F.binary_cross_entropy_with_logits(X @ S + b, p, reduction="sum") + l2 * S.square().sum(), [S, b])
    return S.detach(), b.detach()

# %% wrong="hard-targets" exercise="logistic-regression" loses="logistic-regression/minimum, logistic-regression/bias"
# Rounds the targets to 0 and 1.
def predict(X, S, b):
    return torch.sigmoid(X @ S + b)


def fit(X, p, l2=1e-4):
    S = torch.zeros(X.shape[1], requires_grad=True)
    b = torch.zeros((), requires_grad=True)
    minimise(lambda: F.binary_cross_entropy_with_logits(X @ S + b, (p > 0.5).float()) + l2 * S.square().sum(), [S, b])
    return S.detach(), b.detach()

# %% wrong="no-penalty" exercise="logistic-regression" loses="logistic-regression/minimum, logistic-regression/bias, logistic-regression/held-out sentences"
# l2 is forgotten.
def predict(X, S, b):
    return torch.sigmoid(X @ S + b)


def fit(X, p, l2=1e-4):
    S = torch.zeros(X.shape[1], requires_grad=True)
    b = torch.zeros((), requires_grad=True)
    minimise(lambda: F.binary_cross_entropy_with_logits(X @ S + b, p), [S, b])
    return S.detach(), b.detach()

# %% wrong="no-bias" exercise="logistic-regression" loses="logistic-regression/bias"
# b is returned but never learned.
def predict(X, S, b):
    return torch.sigmoid(X @ S + b)


def fit(X, p, l2=1e-4):
    S = torch.zeros(X.shape[1], requires_grad=True)
    minimise(lambda: F.binary_cross_entropy_with_logits(X @ S, p) + l2 * S.square().sum(), [S])
    return S.detach(), torch.tensor(0.0)

# %% wrong="squared-error" exercise="logistic-regression" loses="logistic-regression/minimum"
# Squared error of the probabilities in place of the cross-entropy.
def predict(X, S, b):
    return torch.sigmoid(X @ S + b)


def fit(X, p, l2=1e-4):
    S = torch.zeros(X.shape[1], requires_grad=True)
    b = torch.zeros((), requires_grad=True)
    minimise(lambda: (torch.sigmoid(X @ S + b) - p).square().mean() + l2 * S.square().sum(), [S, b])
    return S.detach(), b.detach()

# %% wrong="logits" exercise="logistic-regression" loses="logistic-regression/probabilities"
# predict returns logits.
def predict(X, S, b):
    return X @ S + b


def fit(X, p, l2=1e-4):
    S = torch.zeros(X.shape[1], requires_grad=True)
    b = torch.zeros((), requires_grad=True)
    minimise(lambda: F.binary_cross_entropy_with_logits(X @ S + b, p) + l2 * S.square().sum(), [S, b])
    return S.detach(), b.detach()

# %% wrong="sigmoid-twice" exercise="logistic-regression" loses="logistic-regression/minimum, logistic-regression/bias, logistic-regression/held-out sentences"
# The loss that takes logits is given probabilities.
def predict(X, S, b):
    return torch.sigmoid(X @ S + b)


def fit(X, p, l2=1e-4):
    S = torch.zeros(X.shape[1], requires_grad=True)
    b = torch.zeros((), requires_grad=True)
    minimise(lambda: F.binary_cross_entropy_with_logits(predict(X, S, b), p) + l2 * S.square().sum(), [S, b])
    return S.detach(), b.detach()

# %% wrong="nothing-learned" exercise="logistic-regression" loses="logistic-regression/minimum, logistic-regression/bias, logistic-regression/held-out sentences"
# The weights that were drawn are returned.
def predict(X, S, b):
    return torch.sigmoid(X @ S + b)


def fit(X, p, l2=1e-4):
    return torch.randn(X.shape[1]), torch.tensor(0.0)

# %% right="written-out" exercise="logistic-regression"
# The cross-entropy written out with an eps in the logarithm, the bias as a vector with one place.
def predict(X, S, b):
    return 1 / (1 + torch.exp(-(X @ S + b)))


def fit(X, p, l2=1e-4):
    S, b, eps = torch.zeros(X.shape[1], requires_grad=True), torch.zeros(1, requires_grad=True), 1e-7

    def loss_of():
        q = predict(X, S, b)
        return -(p * torch.log(q + eps) + (1 - p) * torch.log(1 - q + eps)).mean() + l2 * (S**2).sum()

    minimise(loss_of, [S, b], 100)
    return S.detach(), b.detach()

# %% right="small-random-start" exercise="logistic-regression"
# Starts from small random weights; expit of SciPy; returns arrays and a float.
from scipy.special import expit


def predict(X, S, b):
    return expit(np.asarray(X @ torch.as_tensor(S)) + float(b))


def fit(X, p, l2=1e-4):
    S = (0.01 * torch.randn(X.shape[1])).requires_grad_()
    b = torch.tensor(0.0, requires_grad=True)
    minimise(lambda: F.binary_cross_entropy_with_logits(torch.mv(X, S) + b, p) + l2 * torch.dot(S, S), [S, b])
    return S.detach().numpy(), b.item()

# %% hostile="always-equal" exercise="logistic-regression" loses="*"
# Answers with an object that claims to be equal to everything.
class Yes:
    shape = (4,)

    def __eq__(self, other):
        return True

    def __array__(self, *args, **kwargs):
        return np.array([1.37, -0.71])

    def __float__(self):
        return 0.37


def predict(X, S, b):
    return Yes()


def fit(X, p, l2=1e-4):
    return Yes(), Yes()
