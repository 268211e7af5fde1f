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

# %% wrong="sum-of-logits" exercise="integrated-gradients" loses="integrated-gradients/completeness, integrated-gradients/completeness on the pretrained network, integrated-gradients/attributions"
# Attributes the sum of the logits.
def integrated_gradients(net, x, class_index, baseline=None, steps=50, bsz=20):
    baseline = torch.full_like(x, 0.5) if baseline is None else baseline
    total = torch.zeros_like(x)
    for k in range(steps):
        point = (baseline + (k + 0.5) / steps * (x - baseline)).requires_grad_()
        total += torch.autograd.grad(net(point).sum(), point)[0]
    return (x - baseline) * total / steps

# %% wrong="plain-gradient" exercise="integrated-gradients" loses="integrated-gradients/completeness, integrated-gradients/completeness on the pretrained network, integrated-gradients/attributions"
# The gradient at the picture, times the difference.
def integrated_gradients(net, x, class_index, baseline=None, steps=50, bsz=20):
    baseline = torch.full_like(x, 0.5) if baseline is None else baseline
    leaf = x.clone().requires_grad_()
    return (x - baseline) * torch.autograd.grad(net.probabilities(leaf)[0, class_index], leaf)[0]

# %% wrong="not-multiplied" exercise="integrated-gradients" loses="integrated-gradients/completeness, integrated-gradients/completeness on the pretrained network, integrated-gradients/attributions, integrated-gradients/nothing changed"
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

# %% wrong="logit-of-the-class" exercise="integrated-gradients" loses="integrated-gradients/completeness, integrated-gradients/completeness on the pretrained network, integrated-gradients/attributions"
# The class's logit in place of its probability.
def integrated_gradients(net, x, class_index, baseline=None, steps=50, bsz=20):
    baseline = 0.5 * torch.ones_like(x) if baseline is None else baseline
    alphas = torch.linspace(0, 1, steps + 1)
    weights = torch.ones(steps + 1)
    weights[0] = weights[-1] = 0.5  # the trapezoidal rule
    weights /= steps
    difference = x - baseline
    attributions = torch.zeros_like(x)
    for a, w in zip(alphas.split(bsz), weights.split(bsz)):
        interpolated = torch.cat([baseline + t * difference for t in a]).requires_grad_(True)
        out = net(interpolated)
        grads = torch.autograd.grad(out[:, class_index], interpolated, torch.ones(len(a)))[0]
        attributions += torch.einsum("b,bchw->chw", w, grads)[None]
    return attributions * difference

# %% wrong="summed-over-channels" exercise="integrated-gradients" loses="integrated-gradients/completeness, integrated-gradients/completeness on the pretrained network, integrated-gradients/attributions"
# The sum over the colour channels, of absolute values.
def integrated_gradients(net, x, class_index, baseline=None, steps=50, bsz=20):
    baseline = 0.5 * torch.ones_like(x) if baseline is None else baseline
    alphas = torch.linspace(0, 1, steps + 1)
    weights = torch.ones(steps + 1)
    weights[0] = weights[-1] = 0.5  # the trapezoidal rule
    weights /= steps
    difference = x - baseline
    attributions = torch.zeros_like(x)
    for a, w in zip(alphas.split(bsz), weights.split(bsz)):
        interpolated = torch.cat([baseline + t * difference for t in a]).requires_grad_(True)
        out = net.probabilities(interpolated)
        grads = torch.autograd.grad(out[:, class_index], interpolated, torch.ones(len(a)))[0]
        attributions += torch.einsum("b,bchw->chw", w, grads)[None]
    return (attributions * difference).abs().sum(dim=1, keepdim=True)

# %% wrong="not-averaged" exercise="integrated-gradients" loses="integrated-gradients/completeness, integrated-gradients/completeness on the pretrained network, integrated-gradients/attributions"
# The sum of the gradients, not their mean.
def integrated_gradients(net, x, class_index, baseline=None, steps=50, bsz=20):
    baseline = 0.5 * torch.ones_like(x) if baseline is None else baseline
    alphas = torch.linspace(0, 1, steps + 1)
    weights = torch.ones(steps + 1)
    weights[0] = weights[-1] = 0.5  # the trapezoidal rule
    difference = x - baseline
    attributions = torch.zeros_like(x)
    for a, w in zip(alphas.split(bsz), weights.split(bsz)):
        interpolated = torch.cat([baseline + t * difference for t in a]).requires_grad_(True)
        out = net.probabilities(interpolated)
        grads = torch.autograd.grad(out[:, class_index], interpolated, torch.ones(len(a)))[0]
        attributions += torch.einsum("b,bchw->chw", w, grads)[None]
    return attributions * difference

# %% right="gauss-legendre" exercise="integrated-gradients"
# Better points and weights.
def integrated_gradients(net, x, class_index, baseline=None, steps=50, bsz=20):
    if baseline is None:
        baseline = torch.zeros_like(x) + 0.5
    # Gauss-Legendre nodes, exact for polynomials
    nodes, weights = np.polynomial.legendre.leggauss(steps)
    nodes, weights = (nodes + 1) / 2, weights / 2
    avg = torch.zeros_like(x)
    for start in range(0, steps, bsz):
        a = torch.tensor(nodes[start:start + bsz], dtype=x.dtype, device=x.device).reshape(-1, 1, 1, 1)
        w = torch.tensor(weights[start:start + bsz], dtype=x.dtype, device=x.device).reshape(-1, 1, 1, 1)
        pts = (baseline + a * (x - baseline)).detach().requires_grad_()
        net.probabilities(pts)[:, class_index].sum().backward()
        avg += (w * pts.grad).sum(0, keepdim=True)
    return avg * (x - baseline)
