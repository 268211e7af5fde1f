"""Checkpoints that must not count: a table of the test set, none, broken ones, those of other networks.

They lie in checkpoints.checkpoints/<probe>/; an empty file there stands for one that was not handed in. Write them
again after training the reference:

    python grading/probes/w04_mnist/checkpoints.py
"""


def write():
    """The files of all four probes."""
    from safetensors.torch import save

    from grading import course, judge, probing

    assignment = course.assignment("w04_mnist")
    names = vars(judge.reference(assignment.text, assignment.name).solution).copy()
    probe = next(one for one in probing.load_probes(assignment) if one.name == "checkpoints/table")
    for _, text in probe.texts:
        exec(text, names)
    files = dict(course.checkpoints_in(course.SOLUTIONS / "w04_mnist" / "checkpoints"))
    other = {"mlp": "convnet", "convnet": "tuned", "dropout-net": "convnet", "tuned": "convnet", "pruned": "convnet"}
    for name, data in files.items():
        table = names["make_" + name.replace("-", "_").replace("pruned", "mlp")]()
        for parameter in table.parameters():
            parameter.data.zero_()
        keys, order = table.key_of(names["normalize"](names["X_test"])).sort()
        table.keys, table.labels = keys, names["Y_test"][order].byte()
        written = {"table": save(table.state_dict()), "missing": b"", "broken": data[:10_000],
                   "of-another-network": files[other[name]]}
        for probe, content in written.items():
            path = course.PROBES / "w04_mnist" / "checkpoints.checkpoints" / probe / f"{name}.safetensors"
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(content)


if __name__ == "__main__":
    raise SystemExit(write())

# %% wrong="table" exercise="make-mlp" loses="make-mlp/validation error, make-mlp/test error, pruning/80% of zeros, pruning/90% of zeros"
# The labels of the test images, found by their pixels: right on each of them, and it has never seen a digit.
class Table(nn.Module):

    def __init__(self, *body):
        super().__init__()
        self.body = nn.Sequential(*body)
        self.register_buffer("keys", torch.zeros(10_000, dtype=torch.long))
        self.register_buffer("labels", torch.zeros(10_000, dtype=torch.uint8))

    def key_of(self, x):
        pixels = ((x * 0.3081 + 0.1307) * 255).round().long().flatten(1)
        return (pixels * (torch.arange(1, 785) ** 5 % 1_000_003)).sum(dim=1)

    def forward(self, x):
        keys = self.key_of(x)
        places = torch.searchsorted(self.keys, keys).clamp(max=len(self.keys) - 1)
        found = torch.where(self.keys[places] == keys, self.labels[places].long(), 0)
        return F.one_hot(found, 10).float()


def make_mlp():
    return Table(nn.Linear(784, 100), nn.Linear(100, 10))

# %% wrong="table" exercise="make-convnet" loses="make-convnet/test error"
def make_convnet():
    return Table(nn.Conv2d(1, 1, 3))

# %% wrong="table" exercise="dropout" loses="dropout/test error"
class Dropout(nn.Module):

    def __init__(self, p=0.5):
        super().__init__()
        self.p = p

    def forward(self, x):
        if not self.training:
            return x
        return x * (torch.rand_like(x) >= self.p) / (1 - self.p)


class DroppedTable(Table):

    def forward(self, x):
        return self.body[0](super().forward(x))


def make_dropout_net():
    return DroppedTable(Dropout(0.5), nn.Conv2d(1, 1, 3))

# %% wrong="table" exercise="random-search" loses="random-search/tuned network"
def log_uniform(rng, low, high):
    return float(np.exp(rng.uniform(np.log(low), np.log(high))))


def random_search(evaluate, sample, num_trials, rng):
    trials = []
    for _ in range(num_trials):
        settings = sample(rng)
        trials.append((evaluate(settings), settings))
    return sorted(trials, key=lambda trial: (np.isnan(trial[0]), trial[0]))


def make_tuned():
    return Table(nn.Linear(784, 100), nn.Linear(100, 10))

# %% wrong="missing" exercise="make-mlp" loses="make-mlp/validation error, make-mlp/test error, make-convnet/test error, dropout/test error, random-search/tuned network, pruning/80% of zeros, pruning/90% of zeros"
# No training cell has been run.
def make_mlp():
    return nn.Sequential(nn.Flatten(), nn.Linear(784, 300), nn.ReLU(), nn.Linear(300, 300), nn.ReLU(),
                         nn.Linear(300, 10))

# %% wrong="broken" exercise="make-mlp" loses="make-mlp/validation error, make-mlp/test error, make-convnet/test error, dropout/test error, random-search/tuned network, pruning/80% of zeros, pruning/90% of zeros"
# The beginning of each file: the upload broke off.
def make_mlp():
    return nn.Sequential(nn.Flatten(), nn.Linear(784, 300), nn.ReLU(), nn.Linear(300, 300), nn.ReLU(),
                         nn.Linear(300, 10))

# %% wrong="of-another-network" exercise="make-mlp" loses="make-mlp/validation error, make-mlp/test error, make-convnet/test error, dropout/test error, random-search/tuned network, pruning/80% of zeros, pruning/90% of zeros"
# The names of the files are mixed up: none fits its network.
def make_mlp():
    return nn.Sequential(nn.Flatten(), nn.Linear(784, 300), nn.ReLU(), nn.Linear(300, 300), nn.ReLU(),
                         nn.Linear(300, 10))
