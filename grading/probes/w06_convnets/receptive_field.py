"""Receptive fields, computed and measured."""

# %% wrong="step-too-early" exercise="receptive-field" loses="receptive-field/computed"
# The step grows before the size is computed.
def receptive_field(layers):
    r = j = 1
    for k, s, d in layers:
        j *= s
        r += d * (k - 1) * j
    return r, j


def measured_receptive_field(net, x):
    x = x.clone().requires_grad_()
    y = net(x)
    y[0, :, y.shape[2] // 2, y.shape[3] // 2].sum().backward()
    rows, cols = x.grad[0].abs().sum(0).nonzero(as_tuple=True)
    return (rows.max() - rows.min() + 1).item(), (cols.max() - cols.min() + 1).item()

# %% wrong="no-dilation" exercise="receptive-field" loses="receptive-field/computed"
# A dilated kernel is taken for a dense one.
def receptive_field(layers):
    r = j = 1
    for k, s, d in layers:
        r, j = r + (k - 1) * j, j * s
    return r, j


def measured_receptive_field(net, x):
    x = x.clone().requires_grad_()
    y = net(x)
    y[0, :, y.shape[2] // 2, y.shape[3] // 2].sum().backward()
    rows, cols = x.grad[0].abs().sum(0).nonzero(as_tuple=True)
    return (rows.max() - rows.min() + 1).item(), (cols.max() - cols.min() + 1).item()

# %% wrong="whole-output" exercise="receptive-field" loses="receptive-field/measured"
# The gradient of all units together sees the whole image.
def receptive_field(layers):
    r = j = 1
    for k, s, d in layers:
        r, j = r + d * (k - 1) * j, j * s
    return r, j


def measured_receptive_field(net, x):
    x = x.clone().requires_grad_()
    net(x).sum().backward()
    rows, cols = x.grad[0].abs().sum(0).nonzero(as_tuple=True)
    return (rows.max() - rows.min() + 1).item(), (cols.max() - cols.min() + 1).item()

# %% wrong="counts-pixels" exercise="receptive-field" loses="receptive-field/measured"
# The extent without its first pixel.
def receptive_field(layers):
    r = j = 1
    for k, s, d in layers:
        r, j = r + d * (k - 1) * j, j * s
    return r, j


def measured_receptive_field(net, x):
    x = x.clone().requires_grad_()
    y = net(x)
    y[0, :, y.shape[2] // 2, y.shape[3] // 2].sum().backward()
    rows, cols = x.grad[0].abs().sum(0).nonzero(as_tuple=True)
    return (rows.max() - rows.min()).item(), (cols.max() - cols.min()).item()

# %% right="recursion" exercise="receptive-field"
# From the last layer back to the image; a perturbation in place of the gradient.
def receptive_field(layers):
    size, step = 1, 1
    for kernel, stride, dilation in reversed(layers):
        size = (size - 1) * stride + dilation * (kernel - 1) + 1
        step *= stride
    return [size, step]


def measured_receptive_field(net, x):
    x = x[:1].clone().requires_grad_(True)
    out = net(x)
    i, j = out.size(2) // 2, out.size(3) // 2
    grad = torch.autograd.grad(out[:, :, i, j].sum(), x)[0]
    seen = (grad != 0).any(dim=1)[0].numpy()
    rows, cols = np.where(seen.any(axis=1))[0], np.where(seen.any(axis=0))[0]
    return np.array([rows[-1] - rows[0] + 1, cols[-1] - cols[0] + 1])

# %% right="products" exercise="receptive-field"
# A sum over layers with the product of the strides before.
def receptive_field(layers):
    strides = [s for _, s, _ in layers]
    size = 1 + sum(d * (k - 1) * int(np.prod(strides[:n])) for n, (k, _, d) in enumerate(layers))
    return size, int(np.prod(strides))


def measured_receptive_field(net, x):
    leaf = x.detach().clone()
    leaf.requires_grad = True
    y = net(leaf)
    mask = torch.zeros_like(y)
    mask[0, :, y.shape[2] // 2, y.shape[3] // 2] = 1
    y.backward(mask)
    rows, cols = torch.nonzero(leaf.grad[0].abs().amax(dim=0)).T
    return int(rows.max()) - int(rows.min()) + 1, int(cols.max()) - int(cols.min()) + 1

# %% wrong="corner" exercise="receptive-field" loses="receptive-field/computed, receptive-field/measured"
# The unit in the corner, which padding cuts short; strides are ignored.
def receptive_field(layers):
    return 1 + sum(d * (k - 1) for k, s, d in layers), int(np.prod([s for k, s, d in layers]))


def measured_receptive_field(net, x):
    x = x.clone().requires_grad_()
    (grad,) = torch.autograd.grad(net(x)[0, :, 0, 0].sum(), x)
    rows, cols = torch.nonzero(grad[0].abs().sum(dim=0), as_tuple=True)
    return int(rows.max() - rows.min()) + 1, int(cols.max() - cols.min()) + 1

# %% right="cumprod-and-func" exercise="receptive-field"
# Cumulative products; torch.func; NumPy's numbers.
def receptive_field(layers):
    strides = np.cumprod([1] + [s for _, s, _ in layers])
    r = 1 + sum(d * (k - 1) * j for (k, _, d), j in zip(layers, strides))
    return r, strides[-1]


def measured_receptive_field(net, x):
    def middle(image):
        y = net(image[None])[0]
        return y[:, y.shape[1] // 2, y.shape[2] // 2].sum()

    grad = torch.func.grad(middle)(x[0])
    where = grad.abs().amax(dim=0) > 0
    rows, cols = np.where(where.numpy())
    return np.ptp(rows) + 1, np.ptp(cols) + 1
