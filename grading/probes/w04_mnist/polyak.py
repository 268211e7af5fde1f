"""Polyak averaging."""

# %% wrong="weights-reversed" exercise="polyak" loses="polyak/average"
# 1 - beta times the old average.
class PolyakAverage:

    def __init__(self, model, beta=0.99):
        self.beta = beta
        self.average = [param.detach().clone() for param in model.parameters()]

    def update(self, model):
        for average, param in zip(self.average, model.parameters(), strict=True):
            average.lerp_(param.detach(), self.beta)

    def store_in(self, model):
        with torch.no_grad():
            for average, param in zip(self.average, model.parameters(), strict=True):
                param.copy_(average)

# %% wrong="starts-at-zero" exercise="polyak" loses="polyak/average"
# The average begins with zeros.
class PolyakAverage:

    def __init__(self, model, beta=0.99):
        self.beta = beta
        self.average = [torch.zeros_like(param) for param in model.parameters()]

    def update(self, model):
        for average, param in zip(self.average, model.parameters(), strict=True):
            average.lerp_(param.detach(), 1 - self.beta)

    def store_in(self, model):
        with torch.no_grad():
            for average, param in zip(self.average, model.parameters(), strict=True):
                param.copy_(average)

# %% wrong="aliases-the-network" exercise="polyak" loses="polyak/average, polyak/copies"
# The average is the parameters themselves.
class PolyakAverage:

    def __init__(self, model, beta=0.99):
        self.beta = beta
        self.average = [param.data for param in model.parameters()]

    def update(self, model):
        for average, param in zip(self.average, model.parameters(), strict=True):
            average.lerp_(param.detach(), 1 - self.beta)

    def store_in(self, model):
        with torch.no_grad():
            for average, param in zip(self.average, model.parameters(), strict=True):
                param.copy_(average)

# %% wrong="network-follows" exercise="polyak" loses="polyak/the network trains on"
# An update gives the network the average, too: it no longer takes steps of its own.
class PolyakAverage:

    def __init__(self, model, beta=0.99):
        self.beta = beta
        self.average = [param.detach().clone() for param in model.parameters()]

    def update(self, model):
        with torch.no_grad():
            for average, param in zip(self.average, model.parameters(), strict=True):
                average.lerp_(param, 1 - self.beta)
                param.copy_(average)

    def store_in(self, model):
        with torch.no_grad():
            for average, param in zip(self.average, model.parameters(), strict=True):
                param.copy_(average)

# %% wrong="stores-itself" exercise="polyak" loses="polyak/copies"
# store_in gives the network the average itself: later updates change it.
class PolyakAverage:

    def __init__(self, model, beta=0.99):
        self.beta = beta
        self.average = [param.detach().clone() for param in model.parameters()]

    def update(self, model):
        for average, param in zip(self.average, model.parameters(), strict=True):
            average.lerp_(param.detach(), 1 - self.beta)

    def store_in(self, model):
        with torch.no_grad():
            for average, param in zip(self.average, model.parameters(), strict=True):
                param.data = average

# %% wrong="last-only" exercise="polyak" loses="polyak/average"
# The average of the last two.
class PolyakAverage:

    def __init__(self, model, beta=0.99):
        self.beta = beta
        self.average = [param.detach().clone() for param in model.parameters()]

    def update(self, model):
        for average, param in zip(self.average, model.parameters(), strict=True):
            average.copy_((average + param.detach()) / 2)

    def store_in(self, model):
        with torch.no_grad():
            for average, param in zip(self.average, model.parameters(), strict=True):
                param.copy_(average)

# %% right="state-dict" exercise="polyak"
# Averages by name.
class PolyakAverage:

    def __init__(self, model, beta=0.99):
        self.beta = beta
        self.average = {name: p.detach().clone() for name, p in model.named_parameters()}

    def update(self, model):
        for name, p in model.named_parameters():
            self.average[name] = self.beta * self.average[name] + (1 - self.beta) * p.detach()

    def store_in(self, model):
        with torch.no_grad():
            for name, p in model.named_parameters():
                p.copy_(self.average[name])

# %% right="deep-copy" exercise="polyak"
# A copy of the network keeps the average.
class PolyakAverage:

    def __init__(self, model, beta=0.99):
        self.beta = beta
        self.shadow = copy.deepcopy(model).requires_grad_(False)

    def update(self, model):
        for average, param in zip(self.shadow.parameters(), model.parameters(), strict=True):
            average.lerp_(param.detach(), 1 - self.beta)

    def store_in(self, model):
        with torch.no_grad():
            model.load_state_dict(self.shadow.state_dict())
