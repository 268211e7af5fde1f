"""The MLP and the ConvNet: what is built, with the reference's checkpoints."""

# %% wrong="one-layer" exercise="make-mlp" loses="make-mlp/layers, make-mlp/validation error, make-mlp/test error, pruning/80% of zeros, pruning/90% of zeros"
# Logistic regression: the checkpoint does not fit.
def make_mlp():
    return nn.Sequential(nn.Flatten(), nn.Linear(784, 10))

# %% wrong="narrow" exercise="make-mlp" loses="make-mlp/layers, make-mlp/validation error, make-mlp/test error, pruning/80% of zeros, pruning/90% of zeros"
# Fewer than 100 hidden units.
def make_mlp():
    return nn.Sequential(nn.Flatten(), nn.Linear(784, 50), nn.ReLU(), nn.Linear(50, 50), nn.ReLU(), nn.Linear(50, 10))

# %% wrong="no-flatten" exercise="make-mlp" loses="make-mlp/validation error, make-mlp/test error, pruning/80% of zeros, pruning/90% of zeros"
# The images are cut into rows: it can't be run.
def make_mlp():
    return nn.Sequential(nn.Identity(), nn.Linear(784, 300), nn.ReLU(), nn.Linear(300, 300), nn.ReLU(),
                         nn.Linear(300, 10))

# %% wrong="sigmoid-for-relu" exercise="make-mlp" loses="make-mlp/validation error, make-mlp/test error, pruning/80% of zeros, pruning/90% of zeros"
# Not the network that was trained: the parameters fit, the function is another one.
def make_mlp():
    return nn.Sequential(nn.Flatten(), nn.Linear(784, 300), nn.Sigmoid(), nn.Linear(300, 300), nn.Sigmoid(),
                         nn.Linear(300, 10))

# %% right="subclass" exercise="make-mlp"
# A class of its own; the parameters have the names of the checkpoint.
class MLP(nn.Module):
    def __init__(self):
        super().__init__()
        for name, sizes in [("1", (784, 300)), ("3", (300, 300)), ("5", (300, 10))]:
            self.add_module(name, nn.Linear(*sizes))

    def forward(self, x):
        first, second, third = self.children()
        return third(F.relu(second(F.relu(first(x.flatten(1))))))


def make_mlp():
    return MLP()

# %% right="loop" exercise="make-mlp"
# Layers put together in a loop.
def make_mlp():
    sizes, layers = [28 * 28, 300, 300, 10], [nn.Flatten()]
    for i in range(3):
        layers += [nn.Linear(sizes[i], sizes[i + 1]), nn.ReLU(inplace=True)]
    return nn.Sequential(*layers[:-1])

# %% wrong="linear-layers" exercise="make-convnet" loses="make-convnet/layers, make-convnet/test error"
# No convolution in it.
def make_convnet():
    return nn.Sequential(nn.Flatten(), nn.Linear(784, 300), nn.ReLU(), nn.Linear(300, 10))

# %% wrong="with-dropout" exercise="make-convnet" loses="make-convnet/layers"
# Dropout, which this exercise is without.
def make_convnet():
    layers = [nn.Conv2d(1, 8, 5, padding=2), nn.ReLU(), nn.MaxPool2d(2), nn.Conv2d(8, 16, 5, padding=2), nn.ReLU(),
              nn.MaxPool2d(2), nn.Sequential(nn.Flatten(), nn.Dropout(0.2)), nn.Linear(784, 10)]
    return nn.Sequential(*layers)

# %% wrong="softmax-of-the-batch" exercise="make-convnet" loses="make-convnet/test error"
# A softmax over the batch in place of the classes: one image changes the others' answers.
class OverBatch(nn.Module):
    def forward(self, x):
        return x.softmax(dim=0)


def make_convnet():
    return nn.Sequential(nn.Conv2d(1, 8, 5, padding=2), nn.ReLU(), nn.MaxPool2d(2), nn.Conv2d(8, 16, 5, padding=2),
                         nn.ReLU(), nn.MaxPool2d(2), nn.Flatten(), nn.Linear(784, 10), OverBatch())

# %% right="functional" exercise="make-convnet"
# A class that calls functions, with a softmax at the end that changes no decision.
class ConvNet(nn.Module):
    def __init__(self):
        super().__init__()
        self.add_module("0", nn.Conv2d(1, 8, 5, padding=2))
        self.add_module("3", nn.Conv2d(8, 16, 5, padding=2))
        self.add_module("7", nn.Linear(784, 10))

    def forward(self, x):
        first, second, last = self.children()
        x = F.max_pool2d(F.relu(first(x)), 2)
        x = F.max_pool2d(F.relu(second(x)), 2)
        return F.log_softmax(last(x.flatten(start_dim=1)), dim=1)


def make_convnet():
    return ConvNet()

# %% right="pool-before-relu" exercise="make-convnet"
# ReLU after pooling: the same function.
def make_convnet():
    return nn.Sequential(nn.Conv2d(1, 8, (5, 5), padding="same"), nn.MaxPool2d(2), nn.ReLU(),
                         nn.Conv2d(8, 16, (5, 5), padding="same"), nn.MaxPool2d(2), nn.ReLU(), nn.Flatten(),
                         nn.Linear(16 * 7 * 7, 10))
