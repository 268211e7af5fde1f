"""Dropout."""

# %% wrong="not-scaled" exercise="dropout" loses="dropout/training"
# What is kept is not scaled.
class Dropout(nn.Module):

    def __init__(self, p=0.5):
        super().__init__()
        self.p = p

    def forward(self, x):
        if not self.training:
            return x
        return x * (torch.rand_like(x) >= self.p)


def make_dropout_net():
    return nn.Sequential(nn.Conv2d(1, 16, 5, padding=2), nn.BatchNorm2d(16), nn.ReLU(), nn.MaxPool2d(2),
                         nn.Conv2d(16, 32, 5, padding=2), nn.BatchNorm2d(32), nn.ReLU(), nn.MaxPool2d(2),
                         nn.Flatten(), Dropout(0.3), nn.Linear(1568, 10))

# %% wrong="scaled-in-evaluation" exercise="dropout" loses="dropout/training, dropout/evaluation"
# As in the first paper: scaled by 1 - p in evaluation.
class Dropout(nn.Module):

    def __init__(self, p=0.5):
        super().__init__()
        self.p = p

    def forward(self, x):
        if not self.training:
            return x * (1 - self.p)
        return x * (torch.rand_like(x) >= self.p)


def make_dropout_net():
    return nn.Sequential(nn.Conv2d(1, 16, 5, padding=2), nn.BatchNorm2d(16), nn.ReLU(), nn.MaxPool2d(2),
                         nn.Conv2d(16, 32, 5, padding=2), nn.BatchNorm2d(32), nn.ReLU(), nn.MaxPool2d(2),
                         nn.Flatten(), Dropout(0.3), nn.Linear(1568, 10))

# %% wrong="keeps-p" exercise="dropout" loses="dropout/training"
# Keeps with probability p.
class Dropout(nn.Module):

    def __init__(self, p=0.5):
        super().__init__()
        self.p = p

    def forward(self, x):
        if not self.training:
            return x
        return x * (torch.rand_like(x) < self.p) / (1 - self.p)


def make_dropout_net():
    return nn.Sequential(nn.Conv2d(1, 16, 5, padding=2), nn.BatchNorm2d(16), nn.ReLU(), nn.MaxPool2d(2),
                         nn.Conv2d(16, 32, 5, padding=2), nn.BatchNorm2d(32), nn.ReLU(), nn.MaxPool2d(2),
                         nn.Flatten(), Dropout(0.3), nn.Linear(1568, 10))

# %% wrong="always-on" exercise="dropout" loses="dropout/evaluation, dropout/test error"
# Drops in evaluation, too.
class Dropout(nn.Module):

    def __init__(self, p=0.5):
        super().__init__()
        self.p = p

    def forward(self, x):
        return x * (torch.rand_like(x) >= self.p) / (1 - self.p)


def make_dropout_net():
    return nn.Sequential(nn.Conv2d(1, 16, 5, padding=2), nn.BatchNorm2d(16), nn.ReLU(), nn.MaxPool2d(2),
                         nn.Conv2d(16, 32, 5, padding=2), nn.BatchNorm2d(32), nn.ReLU(), nn.MaxPool2d(2),
                         nn.Flatten(), Dropout(0.9), nn.Linear(1568, 10))

# %% wrong="one-mask-for-the-batch" exercise="dropout" loses="dropout/training"
# The same mask for each example.
class Dropout(nn.Module):

    def __init__(self, p=0.5):
        super().__init__()
        self.p = p

    def forward(self, x):
        if not self.training:
            return x
        return x * (torch.rand_like(x[:1]) >= self.p) / (1 - self.p)


def make_dropout_net():
    return nn.Sequential(nn.Conv2d(1, 16, 5, padding=2), nn.BatchNorm2d(16), nn.ReLU(), nn.MaxPool2d(2),
                         nn.Conv2d(16, 32, 5, padding=2), nn.BatchNorm2d(32), nn.ReLU(), nn.MaxPool2d(2),
                         nn.Flatten(), Dropout(0.3), nn.Linear(1568, 10))

# %% wrong="in-place" exercise="dropout" loses="dropout/training"
# Writes into its input.
class Dropout(nn.Module):

    def __init__(self, p=0.5):
        super().__init__()
        self.p = p

    def forward(self, x):
        if not self.training:
            return x
        with torch.no_grad():
            x.mul_(torch.rand_like(x) >= self.p).div_(1 - self.p)
        return x.clone()


def make_dropout_net():
    return nn.Sequential(nn.Conv2d(1, 16, 5, padding=2), nn.BatchNorm2d(16), nn.ReLU(), nn.MaxPool2d(2),
                         nn.Conv2d(16, 32, 5, padding=2), nn.BatchNorm2d(32), nn.ReLU(), nn.MaxPool2d(2),
                         nn.Flatten(), Dropout(0.3), nn.Linear(1568, 10))

# %% wrong="pytorchs" exercise="dropout" loses="dropout/a layer of your own"
# nn.Dropout in its place: 1.5 of 2 points.
class Dropout(nn.Module):

    def __init__(self, p=0.5):
        super().__init__()
        self.p = p

    def forward(self, x):
        if not self.training:
            return x
        return F.dropout(x, self.p)


def make_dropout_net():
    return nn.Sequential(nn.Conv2d(1, 16, 5, padding=2), nn.BatchNorm2d(16), nn.ReLU(), nn.MaxPool2d(2),
                         nn.Conv2d(16, 32, 5, padding=2), nn.BatchNorm2d(32), nn.ReLU(), nn.MaxPool2d(2),
                         nn.Flatten(), Dropout(0.3), nn.Linear(1568, 10))

# %% wrong="stub-left" exercise="dropout" loses="dropout/a layer of your own"
# Only the network is written, with nn.Dropout in it: 1.5 of 2 points, too.
class Dropout(nn.Module):

    def __init__(self, p=0.5):
        super().__init__()
        self.p = p

    def forward(self, x):
        raise NotImplementedError("dropout: in training a random mask and the scale, in evaluation x itself")


def make_dropout_net():
    return nn.Sequential(nn.Conv2d(1, 16, 5, padding=2), nn.BatchNorm2d(16), nn.ReLU(), nn.MaxPool2d(2),
                         nn.Conv2d(16, 32, 5, padding=2), nn.BatchNorm2d(32), nn.ReLU(), nn.MaxPool2d(2),
                         nn.Flatten(), nn.Dropout(0.3), nn.Linear(1568, 10))

# %% wrong="not-in-the-network" exercise="dropout" loses="dropout/a layer of your own, dropout/test error"
# The layer is right, the network does not use it.
class Dropout(nn.Module):

    def __init__(self, p=0.5):
        super().__init__()
        self.p = p

    def forward(self, x):
        if not self.training:
            return x
        return x * (torch.rand_like(x) >= self.p) / (1 - self.p)


def make_dropout_net():
    return nn.Sequential(nn.Conv2d(1, 16, 5, padding=2), nn.BatchNorm2d(16), nn.ReLU(), nn.MaxPool2d(2),
                         nn.Conv2d(16, 32, 5, padding=2), nn.BatchNorm2d(32), nn.ReLU(), nn.MaxPool2d(2),
                         nn.Flatten(), nn.Identity(), nn.Linear(1568, 10))

# %% right="bernoulli" exercise="dropout"
# A mask by bernoulli; a list of layers.
class Dropout(nn.Module):

    def __init__(self, p=0.5):
        super().__init__()
        self.p = p

    def forward(self, x):
        if not self.training:
            return x
        return x.mul(torch.bernoulli(torch.full(x.shape, 1 - self.p))).div(1 - self.p)


def make_dropout_net():
    return nn.Sequential(nn.Conv2d(1, 16, 5, padding=2), nn.BatchNorm2d(16), nn.ReLU(), nn.MaxPool2d(2),
                         nn.Conv2d(16, 32, 5, padding=2), nn.BatchNorm2d(32), nn.ReLU(), nn.MaxPool2d(2),
                         nn.Flatten(), Dropout(0.3), nn.Linear(1568, 10))

# %% right="where" exercise="dropout"
# torch.where, and the scale in a constant.
class Dropout(nn.Module):

    def __init__(self, p=0.5):
        super().__init__()
        self.p = p

    def forward(self, x):
        if not self.training:
            return x
        keep = 1 - self.p
        return torch.where(torch.rand(x.shape) < keep, x / keep, 0.0)


def make_dropout_net():
    return nn.Sequential(nn.Conv2d(1, 16, 5, padding=2), nn.BatchNorm2d(16), nn.ReLU(), nn.MaxPool2d(2),
                         nn.Conv2d(16, 32, 5, padding=2), nn.BatchNorm2d(32), nn.ReLU(), nn.MaxPool2d(2),
                         nn.Flatten(), Dropout(0.3), nn.Linear(1568, 10))
