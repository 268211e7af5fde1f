"""An image that excites a neuron."""

# %% wrong="descends" exercise="excite" loses="excite/activation rises"
# The sign: the activation falls.
def total_variation(x):
    return (x[:, :, 1:] - x[:, :, :-1]).abs().mean() + (x[:, :, :, 1:] - x[:, :, :, :-1]).abs().mean()


def excite(net, layer, channel, size=128, num_steps=150, lr=0.05, tv_weight=0.5):
    z = (0.1 * torch.randn(1, 3, size, size)).requires_grad_()
    optimizer = torch.optim.Adam([z], lr=lr)
    for _ in range(num_steps):
        x = torch.sigmoid(z)
        loss = net.layer_activations(x, layer)[:, channel].mean() + tv_weight * total_variation(x)
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
    return torch.sigmoid(z).detach()

# %% wrong="whole-layer" exercise="excite" loses="excite/activation rises"
# All channels together.
def total_variation(x):
    return (x[:, :, 1:] - x[:, :, :-1]).abs().mean() + (x[:, :, :, 1:] - x[:, :, :, :-1]).abs().mean()


def excite(net, layer, channel, size=128, num_steps=150, lr=0.05, tv_weight=0.5):
    z = (0.1 * torch.randn(1, 3, size, size)).requires_grad_()
    optimizer = torch.optim.Adam([z], lr=lr)
    for _ in range(num_steps):
        x = torch.sigmoid(z)
        loss = tv_weight * total_variation(x) - net.layer_activations(x, layer).mean()
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
    return torch.sigmoid(z).detach()

# %% wrong="signed-variation" exercise="excite" loses="excite/total variation"
# Differences without their absolute value cancel.
def total_variation(x):
    return (x[:, :, 1:] - x[:, :, :-1]).mean() + (x[:, :, :, 1:] - x[:, :, :, :-1]).mean()


def excite(net, layer, channel, size=128, num_steps=150, lr=0.05, tv_weight=0.5):
    z = (0.1 * torch.randn(1, 3, size, size)).requires_grad_()
    optimizer = torch.optim.Adam([z], lr=lr)
    for _ in range(num_steps):
        x = torch.sigmoid(z)
        loss = -net.layer_activations(x, layer)[:, channel].mean()
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
    return torch.sigmoid(z).detach()

# %% wrong="sum-variation-no-range" exercise="excite" loses="excite/total variation, excite/in range"
# A sum in place of the means, and pixels that leave 0…1.
def total_variation(x):
    return (x[:, :, 1:] - x[:, :, :-1]).abs().sum() + (x[:, :, :, 1:] - x[:, :, :, :-1]).abs().sum()


def excite(net, layer, channel, size=128, num_steps=150, lr=0.05, tv_weight=0.5):
    x = (0.5 + 0.05 * torch.randn(1, 3, size, size)).requires_grad_()
    optimizer = torch.optim.Adam([x], lr=lr)
    for _ in range(num_steps):
        loss = -net.layer_activations(x, layer)[:, channel].mean()
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
    return x.detach()

# %% right="clamped" exercise="excite"
# Plain gradient steps of unit length, clamped, with a blur now and then.
def total_variation(x):
    down = torch.diff(x, dim=2).abs().mean()
    right = torch.diff(x, dim=3).abs().mean()
    return down + right


def excite(net, layer, channel, size=128, num_steps=150, lr=0.05, tv_weight=0.5):
    x = 0.5 + 0.02 * torch.randn(1, 3, size, size)
    for step in range(num_steps):
        x = x.detach().requires_grad_()
        value = net.layer_activations(x, layer)[0, channel].mean() - 0.1 * tv_weight * total_variation(x)
        (grad,) = torch.autograd.grad(value, x)
        x = (x + lr * grad / (grad.abs().mean() + 1e-9)).clamp(0, 1)
    return x.detach()

# %% right="adam-clamped" exercise="excite"
# Adam on the pixels; the variation by slices.
def total_variation(x):
    n, c, h, w = x.shape
    a = torch.abs(x[:, :, 1:h, :] - x[:, :, 0:h - 1, :]).sum() / (n * c * (h - 1) * w)
    b = torch.abs(x[:, :, :, 1:w] - x[:, :, :, 0:w - 1]).sum() / (n * c * h * (w - 1))
    return a + b


def excite(net, layer, channel, size=128, num_steps=150, lr=0.05, tv_weight=0.5):
    x = torch.full((1, 3, size, size), 0.5) + 0.01 * torch.randn(1, 3, size, size)
    x.requires_grad_()
    optimizer = torch.optim.Adam([x], lr=lr)
    for _ in range(num_steps):
        optimizer.zero_grad()
        loss = -net.layer_activations(x, layer)[:, channel].mean() + tv_weight * total_variation(x)
        loss.backward()
        optimizer.step()
        with torch.no_grad():
            x.clamp_(0, 1)
    return x.detach()

# %% wrong="one-mean-for-both" exercise="excite" loses="excite/total variation, excite/activation rises"
# One mean over all pairs of neighbours; the derivative never reaches the image.
def total_variation(x):
    return torch.cat([x.diff(dim=2).abs().flatten(), x.diff(dim=3).abs().flatten()]).mean()


def excite(net, layer, channel, size=128, num_steps=150, lr=0.05, tv_weight=0.5):
    x = torch.full((1, 3, size, size), 0.5)
    optimizer = torch.optim.Adam([x.requires_grad_()], lr=lr)
    for _ in range(num_steps):
        optimizer.zero_grad()
        loss = tv_weight * total_variation(x) - net.layer_activations(x.detach(), layer)[:, channel].mean()
        loss.backward()
        optimizer.step()
    return x.detach().clamp(0, 1)
