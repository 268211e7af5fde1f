"""DeepDream."""

# %% wrong="descends" exercise="dream" loses="dream/activations grow"
# Steps against the gradient.
def dream(net, x, layer, num_steps=10, lr=0.01, num_octaves=3):
    image = x.clone()
    for _ in range(num_steps * num_octaves):
        image.requires_grad_()
        (grad,) = torch.autograd.grad((net.layer_activations(image, layer) ** 2).mean(), image)
        image = (image.detach() - lr * grad / (grad.abs().mean() + 1e-12)).clamp(0, 1)
    return image

# %% wrong="from-noise" exercise="dream" loses="dream/still the photograph"
# Forgets the photograph and climbs for long.
def dream(net, x, layer, num_steps=10, lr=0.01, num_octaves=3):
    image = torch.rand(x.shape).round()
    for _ in range(40 * num_steps):
        image.requires_grad_()
        (grad,) = torch.autograd.grad((net.layer_activations(image, layer) ** 2).mean(), image)
        image = (image.detach() + 3 * lr * grad / (grad.abs().mean() + 1e-12)).clamp(0, 1)
    return image

# %% wrong="in-place" exercise="dream" loses="dream/range and original"
# The photograph itself is changed.
def dream(net, x, layer, num_steps=10, lr=0.01, num_octaves=3):
    for _ in range(num_steps * num_octaves):
        leaf = x.clone().requires_grad_()
        (grad,) = torch.autograd.grad((net.layer_activations(leaf, layer) ** 2).mean(), leaf)
        x += lr * grad / (grad.abs().mean() + 1e-12)
        x.clamp_(0, 1)
    return x.clone()

# %% wrong="not-clamped" exercise="dream" loses="dream/range and original"
# Values leave 0…1.
def dream(net, x, layer, num_steps=10, lr=0.01, num_octaves=3):
    image = x.clone()
    for _ in range(num_steps * num_octaves):
        image.requires_grad_()
        (grad,) = torch.autograd.grad((net.layer_activations(image, layer) ** 2).mean(), image)
        image = image.detach() + lr * grad / (grad.abs().mean() + 1e-12)
    return image

# %% wrong="smaller" exercise="dream" loses="dream/activations grow, dream/still the photograph"
# Stops at the smallest octave's size.
def dream(net, x, layer, num_steps=10, lr=0.01, num_octaves=3):
    image = F.interpolate(x, scale_factor=0.7, mode="bilinear")
    for _ in range(num_steps):
        image.requires_grad_()
        (grad,) = torch.autograd.grad((net.layer_activations(image, layer) ** 2).mean(), image)
        image = (image.detach() + lr * grad / (grad.abs().mean() + 1e-12)).clamp(0, 1)
    return image

# %% right="no-octaves" exercise="dream"
# One size, as many steps in all.
def dream(net, x, layer, num_steps=10, lr=0.01, num_octaves=3):
    image = x.clone()
    for _ in range(num_steps * num_octaves):
        leaf = image.detach().clone().requires_grad_(True)
        net.layer_activations(leaf, layer).pow(2).mean().backward()
        image = torch.clamp(image + lr * leaf.grad / leaf.grad.abs().mean(), 0.0, 1.0)
    return image

# %% right="image-pyramid" exercise="dream"
# Each octave enlarges the dream itself, mixed with the photograph; the norm in place of the mean square.
def dream(net, x, layer, num_steps=10, lr=0.01, num_octaves=3):
    H, W = x.shape[2:]
    dreamt = x
    for octave in range(num_octaves)[::-1]:
        size = (max(int(H / 1.3**octave), 12), max(int(W / 1.3**octave), 12))
        small = F.interpolate(x, size=size, mode="bilinear", align_corners=False)
        added = F.interpolate(dreamt - x, size=size, mode="bilinear", align_corners=False)
        image = (small + added).clamp(0, 1)
        for _ in range(num_steps):
            leaf = image.clone().requires_grad_()
            net.layer_activations(leaf, layer).norm().backward()
            image = (image + lr * leaf.grad / (leaf.grad.abs().mean() + 1e-8)).clamp(0, 1)
        dreamt = (x + F.interpolate(image - small, size=(H, W), mode="bilinear", align_corners=False)).clamp(0, 1)
    return dreamt

# %% right="lost-detail" exercise="dream"
# The dream is enlarged, and the photograph's detail that shrinking lost is put back.
def dream(net, x, layer, num_steps=10, lr=0.01, num_octaves=3):
    """As in Keras' example: the detail lost by shrinking is put back after each octave."""
    def resize(image, size):
        return F.interpolate(image, size=size, mode="bicubic", align_corners=False)

    H, W = x.shape[2:]
    sizes = [(max(12, int(H / 1.4**k)), max(12, int(W / 1.4**k))) for k in range(num_octaves)][::-1]
    shrunk = resize(x, sizes[0])
    img = x
    for size in sizes:
        img = resize(img, size)
        for _ in range(num_steps):
            leaf = img.detach().clone().requires_grad_()
            loss = torch.mean(net.layer_activations(leaf, layer) ** 2)
            g = torch.autograd.grad(loss, leaf)[0]
            img = img + lr * g / torch.clamp(g.abs().mean(), min=1e-6)
        img = img + resize(x, size) - resize(shrunk, size)
        shrunk = resize(x, size)
    return torch.clip(img.detach(), 0, 1)

# %% right="clamped-at-the-end" exercise="dream"
# Values are cut once, at the end.
def dream(net, x, layer, num_steps=10, lr=0.01, num_octaves=3):
    h, w = x.shape[-2:]
    detail = None
    for o in range(num_octaves - 1, -1, -1):
        hw = (int(h / 1.4 ** o), int(w / 1.4 ** o))
        base = F.interpolate(x, size=hw, mode="bilinear", align_corners=False)
        detail = torch.zeros_like(base) if detail is None else F.interpolate(detail, size=hw, mode="bilinear")
        img = base + detail
        for _ in range(num_steps):
            img = img.detach().requires_grad_(True)
            loss = net.layer_activations(img, layer).pow(2).mean()
            loss.backward()
            img = img + lr * img.grad / img.grad.abs().mean()
        detail = (img - base).detach()
    return (x + detail).clamp(0, 1)

# %% wrong="raw-gradient" exercise="dream" loses="dream/activations grow"
# The gradient as it is: steps too small to see.
def dream(net, x, layer, num_steps=10, lr=0.01, num_octaves=3):
    h, w = x.shape[-2:]
    detail = None
    for o in range(num_octaves - 1, -1, -1):
        hw = (int(h / 1.4 ** o), int(w / 1.4 ** o))
        base = F.interpolate(x, size=hw, mode="bilinear", align_corners=False)
        detail = torch.zeros_like(base) if detail is None else F.interpolate(detail, size=hw, mode="bilinear")
        img = base + detail
        for _ in range(num_steps):
            img = img.detach().requires_grad_(True)
            loss = net.layer_activations(img, layer).pow(2).mean()
            loss.backward()
            img = img + lr * img.grad
        detail = (img - base).detach()
    return (x + detail).clamp(0, 1)
