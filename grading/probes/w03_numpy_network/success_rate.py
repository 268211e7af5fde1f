"""The fraction of trainings that succeed."""

# %% wrong="one-net" exercise="success-rate" loses="*"
# Makes the net once: the trainings go on where the last one stopped.
def success_rate(make_net, X, Y, num_trials=20, lr=1.0, num_steps=3000):
    net, count = make_net(), 0
    for _ in range(num_trials):
        gradient_descent(net, X, Y, lr=lr, num_steps=num_steps)
        count += solved(net, X, Y)
    return count / num_trials

# %% wrong="before-training" exercise="success-rate" loses="*"
# Looks at the new nets.
def success_rate(make_net, X, Y, num_trials=20, lr=1.0, num_steps=3000):
    return sum(solved(make_net(), X, Y) for _ in range(num_trials)) / num_trials

# %% wrong="percent" exercise="success-rate" loses="*"
# 40 in place of 0.4.
def success_rate(make_net, X, Y, num_trials=20, lr=1.0, num_steps=3000):
    count = 0
    for _ in range(num_trials):
        net = make_net()
        gradient_descent(net, X, Y, lr=lr, num_steps=num_steps)
        count += solved(net, X, Y)
    return 100 * count / num_trials

# %% wrong="accuracy" exercise="success-rate" loses="*"
# The mean fraction of right examples.
def success_rate(make_net, X, Y, num_trials=20, lr=1.0, num_steps=3000):
    rates = []
    for _ in range(num_trials):
        net = make_net()
        gradient_descent(net, X, Y, lr=lr, num_steps=num_steps)
        rates.append(np.mean((net.forward(X)[0] > 0.5) == (Y > 0.5)))
    return np.mean(rates)

# %% wrong="default-steps" exercise="success-rate" loses="*"
# Does not pass lr and num_steps on.
def success_rate(make_net, X, Y, num_trials=20, lr=1.0, num_steps=3000):
    count = 0
    for _ in range(num_trials):
        net = make_net()
        gradient_descent(net, X, Y)
        count += solved(net, X, Y)
    return count / num_trials

# %% wrong="twenty-trials" exercise="success-rate" loses="*"
# Divides by 20.
def success_rate(make_net, X, Y, num_trials=20, lr=1.0, num_steps=3000):
    count = 0
    for _ in range(num_trials):
        net = make_net()
        gradient_descent(net, X, Y, lr=lr, num_steps=num_steps)
        count += solved(net, X, Y)
    return count / 20

# %% right="mean-of-a-list" exercise="success-rate"
# NumPy's mean of booleans, and its own loop.
def train_one(make_net, X, Y, lr, num_steps):
    net = make_net()
    gradient_descent(net, X, Y, lr, num_steps)
    return solved(net, X, Y)


def success_rate(make_net, X, Y, num_trials=20, lr=1.0, num_steps=3000):
    return np.mean([train_one(make_net, X, Y, lr, num_steps) for _ in range(num_trials)])

# %% right="by-the-last-loss" exercise="success-rate"
# A stricter criterion of its own: every probability within 0.4 of its label.
def success_rate(make_net, X, Y, num_trials=20, lr=1.0, num_steps=3000):
    nets = [make_net() for _ in range(num_trials)]
    for net in nets:
        gradient_descent(net, X, Y, num_steps=num_steps, lr=lr)
    return float(sum(np.abs(net.forward(X, Y)[0] - Y).max() < 0.4 for net in nets)) / len(nets)
