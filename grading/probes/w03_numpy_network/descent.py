"""Gradient descent: the loop, its steps and its list of losses."""

# %% wrong="lost-step" exercise="descent" loses="descent/steps, descent/losses, descent/trains XOR, success-rate/success-rate"
# The new value never reaches the net.
def gradient_descent(net, X, Y, lr=1.0, num_steps=3000):
    losses = []
    for _ in range(num_steps):
        _, loss = net.forward(X, Y, do_backward=True)
        losses.append(loss)
        for name in param_names(net):
            param = getattr(net, name)
            param = param - lr * getattr(net, name + "_grad")
    return losses

# %% wrong="uphill" exercise="descent" loses="descent/steps, descent/losses, descent/trains XOR, success-rate/success-rate"
# The wrong sign.
def gradient_descent(net, X, Y, lr=1.0, num_steps=3000):
    losses = []
    for _ in range(num_steps):
        _, loss = net.forward(X, Y, do_backward=True)
        losses.append(loss)
        for name in param_names(net):
            param = getattr(net, name)
            param += lr * getattr(net, name + "_grad")
    return losses

# %% wrong="weights-only" exercise="descent" loses="descent/steps, descent/losses"
# The biases stay where they are.
def gradient_descent(net, X, Y, lr=1.0, num_steps=3000):
    losses = []
    for _ in range(num_steps):
        _, loss = net.forward(X, Y, do_backward=True)
        losses.append(loss)
        for name in ["W1", "W2"]:
            param = getattr(net, name)
            param -= lr * getattr(net, name + "_grad")
    return losses

# %% wrong="loss-after-step" exercise="descent" loses="descent/losses"
# Measures the loss after the step.
def gradient_descent(net, X, Y, lr=1.0, num_steps=3000):
    losses = []
    for _ in range(num_steps):
        net.forward(X, Y, do_backward=True)
        for name in param_names(net):
            param = getattr(net, name)
            param -= lr * getattr(net, name + "_grad")
        losses.append(net.forward(X, Y)[1])
    return losses

# %% wrong="one-step-more" exercise="descent" loses="descent/steps, descent/losses"
# range(num_steps + 1).
def gradient_descent(net, X, Y, lr=1.0, num_steps=3000):
    losses = []
    for _ in range(num_steps + 1):
        _, loss = net.forward(X, Y, do_backward=True)
        losses.append(loss)
        for name in param_names(net):
            param = getattr(net, name)
            param -= lr * getattr(net, name + "_grad")
    return losses

# %% wrong="last-loss" exercise="descent" loses="descent/losses"
# Returns one number.
def gradient_descent(net, X, Y, lr=1.0, num_steps=3000):
    for _ in range(num_steps):
        _, loss = net.forward(X, Y, do_backward=True)
        for name in param_names(net):
            param = getattr(net, name)
            param -= lr * getattr(net, name + "_grad")
    return loss

# %% wrong="every-hundredth" exercise="descent" loses="descent/losses"
# Keeps some of the losses.
def gradient_descent(net, X, Y, lr=1.0, num_steps=3000):
    losses = []
    for step in range(num_steps):
        _, loss = net.forward(X, Y, do_backward=True)
        if step % 100 == 0:
            losses.append(loss)
        for name in param_names(net):
            param = getattr(net, name)
            param -= lr * getattr(net, name + "_grad")
    return losses

# %% wrong="own-learning-rate" exercise="descent" loses="descent/steps, descent/losses, success-rate/success-rate"
# Ignores lr.
def gradient_descent(net, X, Y, lr=1.0, num_steps=3000):
    losses = []
    for _ in range(num_steps):
        _, loss = net.forward(X, Y, do_backward=True)
        losses.append(loss)
        for name in param_names(net):
            param = getattr(net, name)
            param -= 0.5 * getattr(net, name + "_grad")
    return losses

# %% wrong="fresh-gradient-for-each" exercise="descent" loses="descent/steps, descent/losses"
# Computes the gradient anew before each parameter moves, so that they don't move together.
def gradient_descent(net, X, Y, lr=1.0, num_steps=3000):
    losses = []
    for _ in range(num_steps):
        losses.append(net.forward(X, Y)[1])
        for name in param_names(net):
            net.forward(X, Y, do_backward=True)
            param = getattr(net, name)
            param -= lr * getattr(net, name + "_grad")
    return losses

# %% wrong="gradient-once" exercise="descent" loses="descent/steps, descent/losses, descent/trains XOR"
# The gradient of the start is used for all steps.
def gradient_descent(net, X, Y, lr=1.0, num_steps=3000):
    losses = []
    net.forward(X, Y, do_backward=True)
    for _ in range(num_steps):
        losses.append(net.forward(X, Y)[1])
        for name in param_names(net):
            param = getattr(net, name)
            param -= lr * getattr(net, name + "_grad")
    return losses

# %% right="setattr" exercise="descent"
# New arrays are put into the net; the four names are written out for it, found for others; losses as an array.
def gradient_descent(net, X, Y, lr=1.0, num_steps=3000):
    losses = np.zeros(num_steps)
    for step in range(num_steps):
        P, losses[step] = net.forward(X, Y, True)
        for name in param_names(net):
            setattr(net, name, getattr(net, name) - lr * getattr(net, f"{name}_grad"))
    return losses

# %% right="in-place-and-bar" exercise="descent"
# Slices, a progress bar, floats, and the best loss kept as an attribute.
def step(net, lr):
    for name in [name for name in vars(net) if name + "_grad" in vars(net)]:
        vars(net)[name][:] = vars(net)[name] - lr * vars(net)[name + "_grad"]


def gradient_descent(net, X, Y, lr=1.0, num_steps=3000):
    losses, net.best = [], np.inf
    for _ in progress(range(num_steps), "steps", disable=True):
        losses += [float(net.forward(X, Y, do_backward=True)[1])]
        net.best = min(net.best, losses[-1])
        step(net, lr)
    return losses

# %% right="while-loop" exercise="descent"
# Counts down, and changes all parameters after all gradients are read.
def gradient_descent(net, X, Y, lr=1.0, num_steps=3000):
    losses, left = [], num_steps
    while left > 0:
        _, loss = net.forward(X, Y, do_backward=True)
        losses.append(loss)
        moves = {name: -lr * getattr(net, name + "_grad") for name in param_names(net)}
        for name, move in moves.items():
            np.add(getattr(net, name), move, out=getattr(net, name))
        left -= 1
    return tuple(losses)
