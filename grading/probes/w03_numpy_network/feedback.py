"""Feedback alignment: fixed random matrices on the way back."""

# %% wrong="back-propagation" exercise="feedback" loses="feedback/hidden layers"
# B2, B3, … are drawn and never used.
class FeedbackNet(DeepNet):
    def init_params(self):
        super().init_params()
        for layer in range(2, self.num_layers + 1):
            setattr(self, f"B{layer}", self.draw_weights(layer))

    def carry_back(self, A_grad, layer):
        return A_grad @ getattr(self, f"W{layer}")

# %% wrong="new-matrices-each-time" exercise="feedback" loses="feedback/hidden layers, feedback/fixed and random"
# Random, but not fixed: drawn anew in every pass. (It trains: random hidden units are enough for 3-D XOR.)
class FeedbackNet(DeepNet):
    def init_params(self):
        super().init_params()
        for layer in range(2, self.num_layers + 1):
            setattr(self, f"B{layer}", self.draw_weights(layer))

    def carry_back(self, A_grad, layer):
        setattr(self, f"B{layer}", self.draw_weights(layer))
        return A_grad @ getattr(self, f"B{layer}")

# %% wrong="zero-matrices" exercise="feedback" loses="feedback/fixed and random, feedback/trains"
# Draws nothing: all matrices are zero.
class FeedbackNet(DeepNet):
    def init_params(self):
        super().init_params()
        for layer in range(2, self.num_layers + 1):
            setattr(self, f"B{layer}", np.zeros_like(getattr(self, f"W{layer}")))

    def carry_back(self, A_grad, layer):
        return A_grad @ getattr(self, f"B{layer}")

# %% wrong="copies-of-the-weights" exercise="feedback" loses="feedback/fixed and random"
# Copies of the first W: fixed, but not random.
class FeedbackNet(DeepNet):
    def init_params(self):
        super().init_params()
        for layer in range(2, self.num_layers + 1):
            setattr(self, f"B{layer}", getattr(self, f"W{layer}").copy())

    def carry_back(self, A_grad, layer):
        return A_grad @ getattr(self, f"B{layer}")

# %% wrong="forward-too" exercise="feedback" loses="feedback/forward, feedback/output layer, feedback/hidden layers, feedback/trains"
# Uses the random matrices in both directions.
class FeedbackNet(DeepNet):
    def init_params(self):
        super().init_params()
        for layer in range(2, self.num_layers + 1):
            setattr(self, f"B{layer}", self.draw_weights(layer))

    def carry_back(self, A_grad, layer):
        return A_grad @ getattr(self, f"B{layer}")

    def forward(self, X, Y=None, do_backward=False):
        kept = {layer: getattr(self, f"W{layer}") for layer in range(2, self.num_layers + 1)}
        for layer in kept:
            setattr(self, f"W{layer}", getattr(self, f"B{layer}"))
        result = super().forward(X, Y, do_backward)
        for layer, W in kept.items():
            setattr(self, f"W{layer}", W)
        return result

# %% wrong="transposed-matrices" exercise="feedback" loses="feedback/hidden layers, feedback/fixed and random, feedback/output layer"
# Matrices of the shapes of the transposed weights.
class FeedbackNet(DeepNet):
    def init_params(self):
        super().init_params()
        for layer in range(2, self.num_layers + 1):
            setattr(self, f"B{layer}", self.draw_weights(layer).T)

    def carry_back(self, A_grad, layer):
        return A_grad @ getattr(self, f"B{layer}").T

# %% wrong="one-matrix-per-class" exercise="feedback" loses="feedback/fixed and random"
# Every net of a shape has the same matrices.
class FeedbackNet(DeepNet):
    def init_params(self):
        super().init_params()
        np.random.seed(3)
        for layer in range(2, self.num_layers + 1):
            setattr(self, f"B{layer}", self.draw_weights(layer))

    def carry_back(self, A_grad, layer):
        return A_grad @ getattr(self, f"B{layer}")

# %% wrong="signs-of-the-weights" exercise="feedback" loses="feedback/hidden layers"
# Another rule of the literature, the signs of W: not what was asked.
class FeedbackNet(DeepNet):
    def init_params(self):
        super().init_params()
        for layer in range(2, self.num_layers + 1):
            setattr(self, f"B{layer}", self.draw_weights(layer))

    def carry_back(self, A_grad, layer):
        return A_grad @ np.sign(getattr(self, f"W{layer}"))

# %% wrong="last-layer-too" exercise="feedback" loses="feedback/output layer, feedback/trains"
# The output layer gets a random error as well.
class FeedbackNet(DeepNet):
    def init_params(self):
        super().init_params()
        for layer in range(2, self.num_layers + 1):
            setattr(self, f"B{layer}", self.draw_weights(layer))

    def carry_back(self, A_grad, layer):
        return A_grad @ getattr(self, f"B{layer}")

    def backward(self, outputs, A_grad):
        super().backward(outputs, A_grad)
        last = self.num_layers
        setattr(self, f"W{last}_grad", A_grad.mean() * getattr(self, f"B{last}"))

# %% right="all-by-itself" exercise="feedback"
# The whole class written out, not built on DeepNet.
class FeedbackNet:
    def __init__(self, in_features, num_hiddens, activation="relu", dtype=np.float32):
        self.activation = activation
        self.sizes = sizes = [in_features, *num_hiddens, 1]
        for l in range(1, len(sizes)):
            setattr(self, f"W{l}", np.random.normal(0, np.sqrt(2 / sizes[l - 1]), (sizes[l], sizes[l - 1])).astype(dtype))
            setattr(self, f"b{l}", np.zeros(sizes[l], dtype=dtype))
            if l > 1:
                setattr(self, f"B{l}", np.random.uniform(-0.5, 0.5, (sizes[l], sizes[l - 1])).astype(dtype))

    def forward(self, X, Y=None, do_backward=False):
        outs = [X]
        for l in range(1, len(self.sizes)):
            A = outs[-1] @ getattr(self, f"W{l}").T + getattr(self, f"b{l}")
            outs.append(sigmoid(A) if self.activation == "sigmoid" or l == len(self.sizes) - 1 else np.maximum(A, 0))
        P = outs[-1]
        loss = np.nan if Y is None else cross_entropy(P, Y)
        if do_backward:
            d = (P - Y) / P.shape[0]
            for l in range(len(self.sizes) - 1, 0, -1):
                setattr(self, f"W{l}_grad", d.T @ outs[l - 1])
                setattr(self, f"b{l}_grad", d.sum(0))
                if l > 1:
                    d = d @ getattr(self, f"B{l}")
                    d = d * outs[l - 1] * (1 - outs[l - 1]) if self.activation == "sigmoid" else d * (outs[l - 1] > 0)
        return P, loss

# %% right="swaps-for-the-way-back" exercise="feedback"
# Puts B in the place of W for the time of the backward pass, and W back afterwards.
class FeedbackNet(DeepNet):
    def init_params(self):
        DeepNet.init_params(self)
        self.feedback = {}
        for layer in range(2, self.num_layers + 1):
            setattr(self, f"B{layer}", np.random.normal(0, 1, getattr(self, f"W{layer}").shape))

    def backward(self, outputs, A_grad):
        kept = {layer: getattr(self, f"W{layer}") for layer in range(2, self.num_layers + 1)}
        for layer in kept:
            setattr(self, f"W{layer}", getattr(self, f"B{layer}"))
        super().backward(outputs, A_grad)
        for layer, W in kept.items():
            setattr(self, f"W{layer}", W)
