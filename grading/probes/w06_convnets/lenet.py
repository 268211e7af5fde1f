"""LeNet-5."""

# %% wrong="no-relu" exercise="make-lenet" loses="make-lenet/layers, make-lenet/trained"
# Linear from end to end but for the pooling; trained with ReLUs, it makes other answers.
def make_lenet():
    return nn.Sequential(nn.Conv2d(1, 6, 5, padding=2), nn.Identity(), nn.AvgPool2d(2), nn.Conv2d(6, 16, 5), nn.Identity(),
                         nn.AvgPool2d(2), nn.Flatten(), nn.Linear(400, 120), nn.Identity(), nn.Linear(120, 84),
                         nn.Identity(), nn.Linear(84, 10))

# %% wrong="other-sizes" exercise="make-lenet" loses="make-lenet/layers, make-lenet/trained"
# Twice the channels: another network, and the checkpoint does not fit.
def make_lenet():
    return nn.Sequential(nn.Conv2d(1, 12, 5, padding=2), nn.ReLU(), nn.MaxPool2d(2), nn.Conv2d(12, 32, 5), nn.ReLU(),
                         nn.MaxPool2d(2), nn.Flatten(), nn.Linear(800, 120), nn.ReLU(), nn.Linear(120, 84), nn.ReLU(),
                         nn.Linear(84, 10))

# %% wrong="softmax-and-shuffled" exercise="make-lenet" loses="make-lenet/trained"
# The right layers; a last layer that reverses the classes.
class Reversed(nn.Module):
    def forward(self, x):
        return x.flip(1)


def make_lenet():
    return nn.Sequential(nn.Conv2d(1, 6, 5, padding=2), nn.ReLU(), nn.MaxPool2d(2), nn.Conv2d(6, 16, 5), nn.ReLU(),
                         nn.MaxPool2d(2), nn.Flatten(), nn.Linear(400, 120), nn.ReLU(), nn.Linear(120, 84), nn.ReLU(),
                         nn.Linear(84, 10), Reversed())

# %% right="functional-pooling" exercise="make-lenet"
# A subclass that calls functions; the parameters have the same names.
class LeNet(nn.Sequential):
    def __init__(self):
        super().__init__()
        self.add_module("0", nn.Conv2d(1, 6, 5, padding=2))
        self.add_module("3", nn.Conv2d(6, 16, 5))
        self.add_module("7", nn.Linear(400, 120))
        self.add_module("9", nn.Linear(120, 84))
        self.add_module("11", nn.Linear(84, 10))

    def forward(self, x):
        conv1, conv2, *linears = self
        x = F.max_pool2d(F.relu(conv1(x)), 2)
        x = F.max_pool2d(F.relu(conv2(x)), 2).flatten(1)
        return linears[2](F.relu(linears[1](F.relu(linears[0](x)))))


def make_lenet():
    return LeNet()

# %% right="loop" exercise="make-lenet"
# The layers put together in a loop.
def make_lenet():
    layers = []
    for c_in, c_out, padding in [(1, 6, 2), (6, 16, 0)]:
        layers += [nn.Conv2d(c_in, c_out, 5, padding=padding), nn.ReLU(), nn.MaxPool2d(kernel_size=2, stride=2)]
    layers += [nn.Flatten(), nn.Linear(16 * 5 * 5, 120), nn.ReLU(), nn.Linear(120, 84), nn.ReLU(), nn.Linear(84, 10)]
    return nn.Sequential(*layers)

# %% wrong="softmax-at-the-end" exercise="make-lenet" loses="make-lenet/layers"
# Probabilities in place of logits: they win the same prizes, but train badly.
def make_lenet():
    return nn.Sequential(nn.Conv2d(1, 6, 5, padding=2), nn.ReLU(), nn.MaxPool2d(2), nn.Conv2d(6, 16, 5), nn.ReLU(),
                         nn.MaxPool2d(2), nn.Flatten(), nn.Linear(400, 120), nn.ReLU(), nn.Linear(120, 84), nn.ReLU(),
                         nn.Linear(84, 10), nn.Softmax(dim=1))
