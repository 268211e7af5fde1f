"""Random search."""

# %% wrong="worst-first" exercise="random-search" loses="random-search/search"
# Sorted the wrong way round.
def log_uniform(rng, low, high):
    return float(np.exp(rng.uniform(np.log(low), np.log(high))))


def random_search(evaluate, sample, num_trials, rng):
    trials = []
    for _ in range(num_trials):
        settings = sample(rng)
        trials.append((evaluate(settings), settings))
    return sorted(trials, key=lambda trial: (np.isnan(trial[0]), -trial[0]))


def make_tuned():
    return nn.Sequential(nn.Conv2d(1, 8, 5, padding=2), nn.BatchNorm2d(8), nn.ReLU(), nn.MaxPool2d(2),
                         nn.Conv2d(8, 16, 5, padding=2), nn.BatchNorm2d(16), nn.ReLU(), nn.MaxPool2d(2),
                         nn.Flatten(), nn.Linear(784, 10))

# %% wrong="nan-anywhere" exercise="random-search" loses="random-search/search"
# nan is compared like a number.
def log_uniform(rng, low, high):
    return float(np.exp(rng.uniform(np.log(low), np.log(high))))


def random_search(evaluate, sample, num_trials, rng):
    trials = []
    for _ in range(num_trials):
        settings = sample(rng)
        trials.append((evaluate(settings), settings))
    return sorted(trials, key=lambda trial: trial[0])


def make_tuned():
    return nn.Sequential(nn.Conv2d(1, 8, 5, padding=2), nn.BatchNorm2d(8), nn.ReLU(), nn.MaxPool2d(2),
                         nn.Conv2d(8, 16, 5, padding=2), nn.BatchNorm2d(16), nn.ReLU(), nn.MaxPool2d(2),
                         nn.Flatten(), nn.Linear(784, 10))

# %% wrong="uniform-numbers" exercise="random-search" loses="random-search/search"
# Uniform in the numbers, not in the exponents.
def log_uniform(rng, low, high):
    return float(rng.uniform(low, high))


def random_search(evaluate, sample, num_trials, rng):
    trials = []
    for _ in range(num_trials):
        settings = sample(rng)
        trials.append((evaluate(settings), settings))
    return sorted(trials, key=lambda trial: (np.isnan(trial[0]), trial[0]))


def make_tuned():
    return nn.Sequential(nn.Conv2d(1, 8, 5, padding=2), nn.BatchNorm2d(8), nn.ReLU(), nn.MaxPool2d(2),
                         nn.Conv2d(8, 16, 5, padding=2), nn.BatchNorm2d(16), nn.ReLU(), nn.MaxPool2d(2),
                         nn.Flatten(), nn.Linear(784, 10))

# %% wrong="one-trial-less" exercise="random-search" loses="random-search/search"
# num_trials - 1 trials.
def log_uniform(rng, low, high):
    return float(np.exp(rng.uniform(np.log(low), np.log(high))))


def random_search(evaluate, sample, num_trials, rng):
    trials = []
    for _ in range(num_trials - 1):
        settings = sample(rng)
        trials.append((evaluate(settings), settings))
    return sorted(trials, key=lambda trial: (np.isnan(trial[0]), trial[0]))


def make_tuned():
    return nn.Sequential(nn.Conv2d(1, 8, 5, padding=2), nn.BatchNorm2d(8), nn.ReLU(), nn.MaxPool2d(2),
                         nn.Conv2d(8, 16, 5, padding=2), nn.BatchNorm2d(16), nn.ReLU(), nn.MaxPool2d(2),
                         nn.Flatten(), nn.Linear(784, 10))

# %% wrong="settings-shared" exercise="random-search" loses="random-search/search"
# All trials hold the settings of the last one.
def log_uniform(rng, low, high):
    return float(np.exp(rng.uniform(np.log(low), np.log(high))))


def random_search(evaluate, sample, num_trials, rng):
    trials, settings = [], {}
    for _ in range(num_trials):
        settings.update(sample(rng))
        trials.append((evaluate(settings), settings))
    return sorted(trials, key=lambda trial: (np.isnan(trial[0]), trial[0]))


def make_tuned():
    return nn.Sequential(nn.Conv2d(1, 8, 5, padding=2), nn.BatchNorm2d(8), nn.ReLU(), nn.MaxPool2d(2),
                         nn.Conv2d(8, 16, 5, padding=2), nn.BatchNorm2d(16), nn.ReLU(), nn.MaxPool2d(2),
                         nn.Flatten(), nn.Linear(784, 10))

# %% right="comprehension" exercise="random-search"
# Powers of ten, and a comprehension.
def log_uniform(rng, low, high):
    return 10 ** rng.uniform(np.log10(low), np.log10(high))


def random_search(evaluate, sample, num_trials, rng):
    drawn = [sample(rng) for _ in range(num_trials)]
    return sorted(((evaluate(one), one) for one in drawn), key=lambda trial: np.nan_to_num(trial[0], nan=np.inf))


def make_tuned():
    return nn.Sequential(nn.Conv2d(1, 8, 5, padding=2), nn.BatchNorm2d(8), nn.ReLU(), nn.MaxPool2d(2),
                         nn.Conv2d(8, 16, 5, padding=2), nn.BatchNorm2d(16), nn.ReLU(), nn.MaxPool2d(2),
                         nn.Flatten(), nn.Linear(784, 10))

# %% right="numpy-order" exercise="random-search"
# An order by argsort.
def log_uniform(rng, low, high):
    return low * (high / low) ** rng.random()


def random_search(evaluate, sample, num_trials, rng):
    trials = []
    for _ in range(num_trials):
        settings = sample(rng)
        trials.append((evaluate(settings), settings))
    return [trials[i] for i in np.argsort([error for error, _ in trials])]


def make_tuned():
    return nn.Sequential(nn.Conv2d(1, 8, 5, padding=2), nn.BatchNorm2d(8), nn.ReLU(), nn.MaxPool2d(2),
                         nn.Conv2d(8, 16, 5, padding=2), nn.BatchNorm2d(16), nn.ReLU(), nn.MaxPool2d(2),
                         nn.Flatten(), nn.Linear(784, 10))
