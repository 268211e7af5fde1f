"""Integrated gradients."""

# %% wrong="sum-of-classes" exercise="integrated-gradients" loses="*"
# The derivative of the sum of all probabilities is zero.
def integrated_gradients(net, x, class_index, baseline=None, steps=50, bsz=20):
    baseline = torch.full_like(x, 0.5) if baseline is None else baseline
    total = torch.zeros_like(x)
    for k in range(steps):
        point = (baseline + (k + 0.5) / steps * (x - baseline)).requires_grad_()
        total += torch.autograd.grad(net.probabilities(point).sum(), point)[0]
    return (x - baseline) * total / steps

# %% wrong="sum-of-logits" exercise="integrated-gradients" loses="integrated-gradients/completeness, integrated-gradients/attributions"
# Attributes the sum of the logits.
def integrated_gradients(net, x, class_index, baseline=None, steps=50, bsz=20):
    baseline = torch.full_like(x, 0.5) if baseline is None else baseline
    total = torch.zeros_like(x)
    for k in range(steps):
        point = (baseline + (k + 0.5) / steps * (x - baseline)).requires_grad_()
        total += torch.autograd.grad(net(point).sum(), point)[0]
    return (x - baseline) * total / steps

# %% wrong="plain-gradient" exercise="integrated-gradients" loses="integrated-gradients/completeness, integrated-gradients/attributions"
# The gradient at the picture, times the difference.
def integrated_gradients(net, x, class_index, baseline=None, steps=50, bsz=20):
    baseline = torch.full_like(x, 0.5) if baseline is None else baseline
    leaf = x.clone().requires_grad_()
    return (x - baseline) * torch.autograd.grad(net.probabilities(leaf)[0, class_index], leaf)[0]

# %% wrong="not-multiplied" exercise="integrated-gradients" loses="integrated-gradients/completeness, integrated-gradients/attributions, integrated-gradients/nothing changed"
# The mean gradient alone.
def integrated_gradients(net, x, class_index, baseline=None, steps=50, bsz=20):
    baseline = torch.full_like(x, 0.5) if baseline is None else baseline
    total = torch.zeros_like(x)
    for k in range(steps):
        point = (baseline + (k + 0.5) / steps * (x - baseline)).requires_grad_()
        total += torch.autograd.grad(net.probabilities(point)[0, class_index], point)[0]
    return total / steps

# %% wrong="black-baseline" exercise="integrated-gradients" loses="integrated-gradients/completeness, integrated-gradients/attributions, integrated-gradients/nothing changed"
# Starts from black, whatever the baseline.
def integrated_gradients(net, x, class_index, baseline=None, steps=50, bsz=20):
    total = torch.zeros_like(x)
    for k in range(steps):
        point = ((k + 0.5) / steps * x).requires_grad_()
        total += torch.autograd.grad(net.probabilities(point)[0, class_index], point)[0]
    return x * total / steps

# %% wrong="left-ends" exercise="integrated-gradients" loses="integrated-gradients/completeness, integrated-gradients/attributions"
# The points at the beginning of each step: the sum converges slowly.
def integrated_gradients(net, x, class_index, baseline=None, steps=50, bsz=20):
    baseline = torch.full_like(x, 0.5) if baseline is None else baseline
    total = torch.zeros_like(x)
    for k in range(steps):
        point = (baseline + k / steps * (x - baseline)).requires_grad_()
        total += torch.autograd.grad(net.probabilities(point)[0, class_index], point)[0]
    return (x - baseline) * total / steps

# %% right="trapezoids" exercise="integrated-gradients"
# The trapezoidal rule, one point at a time, with backward().
def integrated_gradients(net, x, class_index, baseline=None, steps=50, bsz=20):
    if baseline is None:
        baseline = 0.5 * torch.ones_like(x)
    grads = []
    for alpha in np.linspace(0, 1, steps + 1):
        point = (baseline + float(alpha) * (x - baseline)).detach().requires_grad_(True)
        net.probabilities(point)[0, class_index].backward()
        grads.append(point.grad)
    grads = torch.stack(grads)
    mean = (grads[1:] + grads[:-1]).mean(dim=0) / 2
    return ((x - baseline) * mean).detach()

# %% right="one-batch" exercise="integrated-gradients"
# All points at once, from the picture to the baseline.
def integrated_gradients(net, x, class_index, baseline=None, steps=50, bsz=20):
    start = torch.full_like(x, 0.5) if baseline is None else baseline
    alphas = torch.linspace(1, 0, 2 * steps + 1)[1::2].view(-1, 1, 1, 1)
    points = torch.lerp(start.expand(steps, -1, -1, -1), x.expand(steps, -1, -1, -1), alphas).requires_grad_()
    loss = torch.softmax(net(points), dim=1)[:, class_index].sum()
    return torch.autograd.grad(loss, points)[0].mean(dim=0, keepdim=True) * (x - start)
