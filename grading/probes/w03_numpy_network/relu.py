"""ReLU in the hidden layer, and a recipe that trains reliably."""

# %% wrong="sigmoid-slope" exercise="relu" loses="relu/gradients, relu/reliable"
# ReLU forward, the sigmoid's slope back.
class ReLUNet(SmallNet):
    def forward(self, X, Y=None, do_backward=False):
        O1 = np.maximum(X @ self.W1.T + self.b1, 0)
        O2 = sigmoid(O1 @ self.W2.T + self.b2)
        loss = np.nan if Y is None else cross_entropy(O2, Y)
        if do_backward:
            backward(self, X, Y, O1, O2)
        return O2, loss


relu_recipe = dict(num_hidden=20, lr=0.3, num_steps=1000)

# %% wrong="greater-or-equal" exercise="relu" loses="relu/gradients, relu/reliable"
# O1 >= 0 is true for every unit.
class ReLUNet(SmallNet):
    def forward(self, X, Y=None, do_backward=False):
        O1 = np.maximum(X @ self.W1.T + self.b1, 0)
        O2 = sigmoid(O1 @ self.W2.T + self.b2)
        loss = np.nan if Y is None else cross_entropy(O2, Y)
        if do_backward:
            A2_grad = (O2 - Y) / len(X)
            self.W2_grad, self.b2_grad = A2_grad.T @ O1, A2_grad.sum(axis=0)
            A1_grad = (A2_grad @ self.W2) * (O1 >= 0)
            self.W1_grad, self.b1_grad = A1_grad.T @ X, A1_grad.sum(axis=0)
        return O2, loss


relu_recipe = dict(num_hidden=20, lr=0.3, num_steps=1000)

# %% wrong="relu-everywhere" exercise="relu" loses="relu/forward, relu/gradients, relu/reliable"
# ReLU at the output too.
class ReLUNet(SmallNet):
    def forward(self, X, Y=None, do_backward=False):
        O1 = np.maximum(X @ self.W1.T + self.b1, 0)
        O2 = np.maximum(O1 @ self.W2.T + self.b2, 0)
        loss = np.nan if Y is None else cross_entropy(O2 + 1e-7, Y)
        if do_backward:
            A2_grad = (O2 - Y) / len(X)
            self.W2_grad, self.b2_grad = A2_grad.T @ O1, A2_grad.sum(axis=0)
            A1_grad = (A2_grad @ self.W2) * (O1 > 0)
            self.W1_grad, self.b1_grad = A1_grad.T @ X, A1_grad.sum(axis=0)
        return O2, loss


relu_recipe = dict(num_hidden=20, lr=0.3, num_steps=1000)

# %% wrong="still-sigmoid" exercise="relu" loses="relu/forward, relu/gradients, relu/reliable"
# Nothing was changed but the name.
class ReLUNet(SmallNet):
    pass


relu_recipe = dict(num_hidden=20, lr=0.3, num_steps=1000)

# %% wrong="output-as-activation" exercise="relu" loses="relu/gradients"
# The slope is 1 where the input of the net, not of the unit, is positive; only the output layer learns well.
class ReLUNet(SmallNet):
    def forward(self, X, Y=None, do_backward=False):
        O1 = np.maximum(X @ self.W1.T + self.b1, 0)
        O2 = sigmoid(O1 @ self.W2.T + self.b2)
        loss = np.nan if Y is None else cross_entropy(O2, Y)
        if do_backward:
            A2_grad = (O2 - Y) / len(X)
            self.W2_grad, self.b2_grad = A2_grad.T @ O1, A2_grad.sum(axis=0)
            A1_grad = (A2_grad @ self.W2) * O1
            self.W1_grad, self.b1_grad = A1_grad.T @ X, A1_grad.sum(axis=0)
        return O2, loss


relu_recipe = dict(num_hidden=30, lr=0.1, num_steps=2000)

# %% wrong="given-recipe" exercise="relu" loses="relu/reliable"
# The class is right, the recipe is the one that was given.
class ReLUNet(SmallNet):
    def forward(self, X, Y=None, do_backward=False):
        O1 = np.maximum(X @ self.W1.T + self.b1, 0)
        O2 = sigmoid(O1 @ self.W2.T + self.b2)
        loss = np.nan if Y is None else cross_entropy(O2, Y)
        if do_backward:
            A2_grad = (O2 - Y) / len(X)
            self.W2_grad, self.b2_grad = A2_grad.T @ O1, A2_grad.sum(axis=0)
            A1_grad = (A2_grad @ self.W2) * (O1 > 0)
            self.W1_grad, self.b1_grad = A1_grad.T @ X, A1_grad.sum(axis=0)
        return O2, loss


relu_recipe = dict(num_hidden=5, lr=1.0, num_steps=500)

# %% wrong="too-many-steps" exercise="relu" loses="relu/reliable"
# Reliable, but with more units and steps than allowed.
class ReLUNet(SmallNet):
    def forward(self, X, Y=None, do_backward=False):
        O1 = np.maximum(X @ self.W1.T + self.b1, 0)
        O2 = sigmoid(O1 @ self.W2.T + self.b2)
        loss = np.nan if Y is None else cross_entropy(O2, Y)
        if do_backward:
            A2_grad = (O2 - Y) / len(X)
            self.W2_grad, self.b2_grad = A2_grad.T @ O1, A2_grad.sum(axis=0)
            A1_grad = (A2_grad @ self.W2) * (O1 > 0)
            self.W1_grad, self.b1_grad = A1_grad.T @ X, A1_grad.sum(axis=0)
        return O2, loss


relu_recipe = dict(num_hidden=100, lr=0.01, num_steps=20000)

# %% right="where" exercise="relu"
# np.where, a helper, the initial weights of He et al.; the recipe has one entry more.
def relu(A):
    return np.where(A > 0, A, 0.0)


class ReLUNet(SmallNet):
    def init_params(self):
        H, D = self.W1.shape
        self.W1[:] = np.random.randn(H, D) * np.sqrt(2 / D)
        self.W2[:] = np.random.randn(1, H) * np.sqrt(2 / H)

    def forward(self, X, Y=None, do_backward=False):
        A1 = X @ self.W1.T + self.b1
        O1 = relu(A1)
        O2 = sigmoid(O1 @ self.W2.T + self.b2)
        loss = float("nan")
        if Y is not None:
            loss = cross_entropy(O2, Y)
        if do_backward:
            error = (O2 - Y) / X.shape[0]
            self.b2_grad = error.sum(0)
            self.W2_grad = error.T @ O1
            hidden = error @ self.W2
            hidden[A1 < 0] = 0
            self.b1_grad = hidden.sum(0)
            self.W1_grad = hidden.T @ X
        return O2, loss


relu_recipe = {"num_hidden": 30, "lr": 0.2, "num_steps": 1500, "success": 1.0}

# %% right="own-class" exercise="relu"
# A class that inherits nothing, as in the original course.
class ReLUNet:
    def __init__(self, in_features, num_hidden, dtype=np.float32):
        self.W1 = np.random.normal(0, 0.5, (num_hidden, in_features)).astype(dtype)
        self.b1 = np.zeros((num_hidden,), dtype=dtype)
        self.W2 = np.random.normal(0, 0.5, (1, num_hidden)).astype(dtype)
        self.b2 = np.zeros((1,), dtype=dtype)

    def forward(self, X, Y=None, do_backward=False):
        A1 = np.dot(X, self.W1.T) + self.b1
        O1 = A1 * (A1 > 0)
        O2 = 1 / (1 + np.exp(-(np.dot(O1, self.W2.T) + self.b2)))
        loss = np.nan
        if Y is not None:
            loss = np.sum(-Y * np.log(O2 + 1e-9) - (1 - Y) * np.log(1 - O2 + 1e-9)) / X.shape[0]
        if do_backward:
            A2_grad = (O2 - Y) / X.shape[0]
            self.b2_grad = A2_grad.sum(0)
            self.W2_grad = np.dot(A2_grad.T, O1)
            A1_grad = np.dot(A2_grad, self.W2) * np.heaviside(A1, 0.5)
            self.b1_grad = A1_grad.sum(0)
            self.W1_grad = np.dot(A1_grad.T, X)
        return O2, loss


relu_recipe = dict(num_hidden=50, lr=0.1, num_steps=2000)
