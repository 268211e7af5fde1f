"""Nets with any number of hidden layers."""

# %% wrong="relu-output" exercise="deep-net" loses="deep-net/forward, deep-net/gradients, deep-net/five hidden layers train, feedback/forward, feedback/output layer, feedback/hidden layers, feedback/trains"
# ReLU in the output layer too.
class DeepNet:
    def __init__(self, in_features, num_hiddens, activation="relu", dtype=np.float32):
        self.sizes = [in_features, *num_hiddens, 1]
        self.num_layers = len(self.sizes) - 1
        self.activation, self.dtype = activation, dtype
        self.init_params()

    def draw_weights(self, layer):
        fan_in, fan_out = self.sizes[layer - 1 : layer + 1]
        scale = np.sqrt(2 / fan_in) if self.activation == "relu" else 4 * np.sqrt(2 / (fan_in + fan_out))
        return np.random.normal(0, scale, (fan_out, fan_in)).astype(self.dtype)

    def init_params(self):
        for layer in range(1, self.num_layers + 1):
            setattr(self, f"W{layer}", self.draw_weights(layer))
            setattr(self, f"b{layer}", np.zeros(self.sizes[layer], dtype=self.dtype))

    def carry_back(self, A_grad, layer):
        return A_grad @ getattr(self, f"W{layer}")

    def forward(self, X, Y=None, do_backward=False):
        outputs = [X]
        for layer in range(1, self.num_layers + 1):
            A = outputs[-1] @ getattr(self, f"W{layer}").T + getattr(self, f"b{layer}")
            hidden_relu = self.activation == "relu"
            outputs.append(np.maximum(A, 0) if hidden_relu else sigmoid(A))
        P = outputs[-1]
        if do_backward:
            self.backward(outputs, (P - Y) / len(X))
        return P, np.nan if Y is None else cross_entropy(P, Y)

    def backward(self, outputs, A_grad):
        for layer in range(self.num_layers, 0, -1):
            inputs = outputs[layer - 1]
            setattr(self, f"W{layer}_grad", A_grad.T @ inputs)
            setattr(self, f"b{layer}_grad", A_grad.sum(axis=0))
            if layer > 1:
                slope = (inputs > 0) if self.activation == "relu" else inputs * (1 - inputs)
                A_grad = self.carry_back(A_grad, layer) * slope

# %% wrong="one-slope-for-both" exercise="deep-net" loses="deep-net/gradients, feedback/hidden layers"
# The slope of ReLU, whatever the activation.
class DeepNet:
    def __init__(self, in_features, num_hiddens, activation="relu", dtype=np.float32):
        self.sizes = [in_features, *num_hiddens, 1]
        self.num_layers = len(self.sizes) - 1
        self.activation, self.dtype = activation, dtype
        self.init_params()

    def draw_weights(self, layer):
        fan_in, fan_out = self.sizes[layer - 1 : layer + 1]
        scale = np.sqrt(2 / fan_in) if self.activation == "relu" else 4 * np.sqrt(2 / (fan_in + fan_out))
        return np.random.normal(0, scale, (fan_out, fan_in)).astype(self.dtype)

    def init_params(self):
        for layer in range(1, self.num_layers + 1):
            setattr(self, f"W{layer}", self.draw_weights(layer))
            setattr(self, f"b{layer}", np.zeros(self.sizes[layer], dtype=self.dtype))

    def carry_back(self, A_grad, layer):
        return A_grad @ getattr(self, f"W{layer}")

    def forward(self, X, Y=None, do_backward=False):
        outputs = [X]
        for layer in range(1, self.num_layers + 1):
            A = outputs[-1] @ getattr(self, f"W{layer}").T + getattr(self, f"b{layer}")
            hidden_relu = self.activation == "relu" and layer < self.num_layers
            outputs.append(np.maximum(A, 0) if hidden_relu else sigmoid(A))
        P = outputs[-1]
        if do_backward:
            self.backward(outputs, (P - Y) / len(X))
        return P, np.nan if Y is None else cross_entropy(P, Y)

    def backward(self, outputs, A_grad):
        for layer in range(self.num_layers, 0, -1):
            inputs = outputs[layer - 1]
            setattr(self, f"W{layer}_grad", A_grad.T @ inputs)
            setattr(self, f"b{layer}_grad", A_grad.sum(axis=0))
            if layer > 1:
                slope = inputs > 0
                A_grad = self.carry_back(A_grad, layer) * slope

# %% wrong="ignores-activation" exercise="deep-net" loses="deep-net/forward, deep-net/gradients, feedback/forward, feedback/output layer, feedback/hidden layers"
# Always ReLU.
class DeepNet:
    def __init__(self, in_features, num_hiddens, activation="relu", dtype=np.float32):
        self.sizes = [in_features, *num_hiddens, 1]
        self.num_layers = len(self.sizes) - 1
        self.activation, self.dtype = activation, dtype
        self.init_params()

    def draw_weights(self, layer):
        fan_in, fan_out = self.sizes[layer - 1 : layer + 1]
        scale = np.sqrt(2 / fan_in) if self.activation == "relu" else 4 * np.sqrt(2 / (fan_in + fan_out))
        return np.random.normal(0, scale, (fan_out, fan_in)).astype(self.dtype)

    def init_params(self):
        for layer in range(1, self.num_layers + 1):
            setattr(self, f"W{layer}", self.draw_weights(layer))
            setattr(self, f"b{layer}", np.zeros(self.sizes[layer], dtype=self.dtype))

    def carry_back(self, A_grad, layer):
        return A_grad @ getattr(self, f"W{layer}")

    def forward(self, X, Y=None, do_backward=False):
        outputs = [X]
        for layer in range(1, self.num_layers + 1):
            A = outputs[-1] @ getattr(self, f"W{layer}").T + getattr(self, f"b{layer}")
            hidden_relu = layer < self.num_layers
            outputs.append(np.maximum(A, 0) if hidden_relu else sigmoid(A))
        P = outputs[-1]
        if do_backward:
            self.backward(outputs, (P - Y) / len(X))
        return P, np.nan if Y is None else cross_entropy(P, Y)

    def backward(self, outputs, A_grad):
        for layer in range(self.num_layers, 0, -1):
            inputs = outputs[layer - 1]
            setattr(self, f"W{layer}_grad", A_grad.T @ inputs)
            setattr(self, f"b{layer}_grad", A_grad.sum(axis=0))
            if layer > 1:
                slope = inputs > 0
                A_grad = self.carry_back(A_grad, layer) * slope

# %% wrong="always-two-layers" exercise="deep-net" loses="deep-net/parameters, deep-net/forward, deep-net/gradients, deep-net/five hidden layers train, feedback/forward, feedback/output layer, feedback/hidden layers, feedback/fixed and random, feedback/trains"
# Two hidden layers, whatever was asked.
class DeepNet(TwoHiddenNet):
    def __init__(self, in_features, num_hiddens, activation="relu", dtype=np.float32):
        super().__init__(in_features, *num_hiddens, dtype=dtype)

# %% wrong="fails-without-hidden-layers" exercise="deep-net" loses="deep-net/parameters, deep-net/forward, deep-net/gradients"
# Takes the first hidden size apart: DeepNet(3, []) fails.
class DeepNet:
    def __init__(self, in_features, num_hiddens, activation="relu", dtype=np.float32):
        self.sizes = [in_features, *num_hiddens, 1]
        self.num_layers = len(self.sizes) - 1
        self.activation, self.dtype = activation, dtype
        self.first = num_hiddens[0]
        self.init_params()

    def draw_weights(self, layer):
        fan_in, fan_out = self.sizes[layer - 1 : layer + 1]
        scale = np.sqrt(2 / fan_in) if self.activation == "relu" else 4 * np.sqrt(2 / (fan_in + fan_out))
        return np.random.normal(0, scale, (fan_out, fan_in)).astype(self.dtype)

    def init_params(self):
        for layer in range(1, self.num_layers + 1):
            setattr(self, f"W{layer}", self.draw_weights(layer))
            setattr(self, f"b{layer}", np.zeros(self.sizes[layer], dtype=self.dtype))

    def carry_back(self, A_grad, layer):
        return A_grad @ getattr(self, f"W{layer}")

    def forward(self, X, Y=None, do_backward=False):
        outputs = [X]
        for layer in range(1, self.num_layers + 1):
            A = outputs[-1] @ getattr(self, f"W{layer}").T + getattr(self, f"b{layer}")
            hidden_relu = self.activation == "relu" and layer < self.num_layers
            outputs.append(np.maximum(A, 0) if hidden_relu else sigmoid(A))
        P = outputs[-1]
        if do_backward:
            self.backward(outputs, (P - Y) / len(X))
        return P, np.nan if Y is None else cross_entropy(P, Y)

    def backward(self, outputs, A_grad):
        for layer in range(self.num_layers, 0, -1):
            inputs = outputs[layer - 1]
            setattr(self, f"W{layer}_grad", A_grad.T @ inputs)
            setattr(self, f"b{layer}_grad", A_grad.sum(axis=0))
            if layer > 1:
                slope = (inputs > 0) if self.activation == "relu" else inputs * (1 - inputs)
                A_grad = self.carry_back(A_grad, layer) * slope

# %% wrong="no-output-layer" exercise="deep-net" loses="deep-net/parameters, deep-net/forward, deep-net/gradients, deep-net/five hidden layers train, feedback/forward, feedback/output layer, feedback/hidden layers, feedback/fixed and random, feedback/trains"
# One W for each hidden layer: the last hidden layer is the output.
class DeepNet:
    def __init__(self, in_features, num_hiddens, activation="relu", dtype=np.float32):
        self.sizes = [in_features, *num_hiddens]
        self.num_layers = len(self.sizes) - 1
        self.activation, self.dtype = activation, dtype
        self.init_params()

    def draw_weights(self, layer):
        fan_in, fan_out = self.sizes[layer - 1 : layer + 1]
        scale = np.sqrt(2 / fan_in) if self.activation == "relu" else 4 * np.sqrt(2 / (fan_in + fan_out))
        return np.random.normal(0, scale, (fan_out, fan_in)).astype(self.dtype)

    def init_params(self):
        for layer in range(1, self.num_layers + 1):
            setattr(self, f"W{layer}", self.draw_weights(layer))
            setattr(self, f"b{layer}", np.zeros(self.sizes[layer], dtype=self.dtype))

    def carry_back(self, A_grad, layer):
        return A_grad @ getattr(self, f"W{layer}")

    def forward(self, X, Y=None, do_backward=False):
        outputs = [X]
        for layer in range(1, self.num_layers + 1):
            A = outputs[-1] @ getattr(self, f"W{layer}").T + getattr(self, f"b{layer}")
            hidden_relu = self.activation == "relu" and layer < self.num_layers
            outputs.append(np.maximum(A, 0) if hidden_relu else sigmoid(A))
        P = outputs[-1]
        if do_backward:
            self.backward(outputs, (P - Y) / len(X))
        return P, np.nan if Y is None else cross_entropy(P, Y)

    def backward(self, outputs, A_grad):
        for layer in range(self.num_layers, 0, -1):
            inputs = outputs[layer - 1]
            setattr(self, f"W{layer}_grad", A_grad.T @ inputs)
            setattr(self, f"b{layer}_grad", A_grad.sum(axis=0))
            if layer > 1:
                slope = (inputs > 0) if self.activation == "relu" else inputs * (1 - inputs)
                A_grad = self.carry_back(A_grad, layer) * slope

# %% wrong="tiny-weights" exercise="deep-net" loses="deep-net/five hidden layers train, feedback/trains"
# N(0, 0.01²) in every layer: nothing arrives at the end.
class DeepNet:
    def __init__(self, in_features, num_hiddens, activation="relu", dtype=np.float32):
        self.sizes = [in_features, *num_hiddens, 1]
        self.num_layers = len(self.sizes) - 1
        self.activation, self.dtype = activation, dtype
        self.init_params()

    def draw_weights(self, layer):
        fan_in, fan_out = self.sizes[layer - 1 : layer + 1]
        scale = np.sqrt(2 / fan_in) if self.activation == "relu" else 4 * np.sqrt(2 / (fan_in + fan_out))
        return np.random.normal(0, 0.01, (fan_out, fan_in)).astype(self.dtype)

    def init_params(self):
        for layer in range(1, self.num_layers + 1):
            setattr(self, f"W{layer}", self.draw_weights(layer))
            setattr(self, f"b{layer}", np.zeros(self.sizes[layer], dtype=self.dtype))

    def carry_back(self, A_grad, layer):
        return A_grad @ getattr(self, f"W{layer}")

    def forward(self, X, Y=None, do_backward=False):
        outputs = [X]
        for layer in range(1, self.num_layers + 1):
            A = outputs[-1] @ getattr(self, f"W{layer}").T + getattr(self, f"b{layer}")
            hidden_relu = self.activation == "relu" and layer < self.num_layers
            outputs.append(np.maximum(A, 0) if hidden_relu else sigmoid(A))
        P = outputs[-1]
        if do_backward:
            self.backward(outputs, (P - Y) / len(X))
        return P, np.nan if Y is None else cross_entropy(P, Y)

    def backward(self, outputs, A_grad):
        for layer in range(self.num_layers, 0, -1):
            inputs = outputs[layer - 1]
            setattr(self, f"W{layer}_grad", A_grad.T @ inputs)
            setattr(self, f"b{layer}_grad", A_grad.sum(axis=0))
            if layer > 1:
                slope = (inputs > 0) if self.activation == "relu" else inputs * (1 - inputs)
                A_grad = self.carry_back(A_grad, layer) * slope

# %% right="lists" exercise="deep-net"
# Keeps lists of arrays; W1, b1, … are other names for the same arrays. Activations from a table.
ACTIVATIONS = {
    "relu": (lambda A: np.maximum(A, 0), lambda O: (O > 0).astype(float)),
    "sigmoid": (sigmoid, lambda O: O * (1 - O)),
}


class DeepNet:
    def __init__(self, in_features, num_hiddens, activation="relu", dtype=np.float32):
        self.activate, self.slope = ACTIVATIONS[activation]
        sizes = [in_features] + list(num_hiddens) + [1]
        self.weights, self.biases = [], []
        for l, (n, m) in enumerate(zip(sizes[:-1], sizes[1:]), start=1):
            self.weights.append((np.random.randn(m, n) * np.sqrt(2 / n)).astype(dtype))
            self.biases.append(np.zeros(m, dtype=dtype))
            setattr(self, f"W{l}", self.weights[-1])
            setattr(self, f"b{l}", self.biases[-1])

    def back_matrix(self, l):
        return self.weights[l]

    def forward(self, X, Y=None, do_backward=False):
        outputs, last = [X], len(self.weights) - 1
        for l, (W, b) in enumerate(zip(self.weights, self.biases)):
            outputs.append((sigmoid if l == last else self.activate)(outputs[l] @ W.T + b))
        P = outputs.pop()
        if do_backward:
            delta = (P - Y) / X.shape[0]
            for l in reversed(range(last + 1)):
                setattr(self, f"W{l + 1}_grad", delta.T @ outputs[l])
                setattr(self, f"b{l + 1}_grad", delta.sum(axis=0))
                if l:
                    delta = (delta @ self.back_matrix(l)) * self.slope(outputs[l])
        return P, (cross_entropy(P, Y) if Y is not None else np.nan)

# %% right="lists" exercise="feedback"
# The feedback matrices are kept in a list as well.
class FeedbackNet(DeepNet):
    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        self.matrices = [None] + [np.random.randn(*W.shape) * np.sqrt(2 / W.shape[1]) for W in self.weights[1:]]
        for l, B in enumerate(self.matrices[1:], start=2):
            setattr(self, f"B{l}", B)

    def back_matrix(self, l):
        return self.matrices[l]

# %% right="layer-objects" exercise="deep-net"
# A class for a layer; the net only passes on. Parameters of the net are properties of its layers.
class Layer:
    def __init__(self, n, m, kind, dtype):
        self.kind = kind
        self.W = np.random.normal(size=(m, n)).astype(dtype) * (1.0 if kind == "sigmoid" else (2 / n) ** 0.5)
        self.b = np.zeros(m, dtype)

    def forward(self, X):
        self.X, A = X, X @ self.W.T + self.b
        self.O = sigmoid(A) if self.kind == "sigmoid" else A * (A > 0)
        return self.O

    def through_slope(self, O_grad):
        return O_grad * (self.O * (1 - self.O) if self.kind == "sigmoid" else self.O > 0)

    def backward(self, A_grad, B=None):
        self.W_grad, self.b_grad = A_grad.T @ self.X, A_grad.sum(0)
        return A_grad @ (self.W if B is None else B)


class DeepNet:
    def __init__(self, in_features, num_hiddens, activation="relu", dtype=np.float32):
        sizes = [in_features, *num_hiddens, 1]
        kinds = [activation] * len(num_hiddens) + ["sigmoid"]
        self.layers = [Layer(n, m, kind, dtype) for n, m, kind in zip(sizes, sizes[1:], kinds)]

    def __getattr__(self, name):
        kind, _, ending = name.partition("_")
        if name != "layers" and kind[:1] in ("W", "b") and kind[1:].isdigit() and int(kind[1:]) <= len(self.layers):
            return getattr(self.layers[int(kind[1:]) - 1], kind[0] + (f"_{ending}" if ending else ""))
        raise AttributeError(name)

    def back(self, number):
        return None

    def forward(self, X, Y=None, do_backward=False):
        P = X
        for layer in self.layers:
            P = layer.forward(P)
        if do_backward:
            A_grad = (P - Y) / len(X)
            for number in range(len(self.layers), 0, -1):
                O_grad = self.layers[number - 1].backward(A_grad, self.back(number))
                if number > 1:
                    A_grad = self.layers[number - 2].through_slope(O_grad)
        return P, np.nan if Y is None else cross_entropy(P, Y)

# %% right="layer-objects" exercise="feedback"
# Says which matrix leads back.
class FeedbackNet(DeepNet):
    def __init__(self, in_features, num_hiddens, activation="relu", dtype=np.float32):
        super().__init__(in_features, num_hiddens, activation, dtype)
        for number, layer in enumerate(self.layers[1:], 2):
            setattr(self, f"B{number}", np.random.normal(0, 0.5, layer.W.shape).astype(dtype))

    def back(self, number):
        return getattr(self, f"B{number}", None)
