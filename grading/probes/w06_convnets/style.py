"""Style transfer: Gram matrices, losses, the picture."""

# %% wrong="not-normalised" exercise="style" loses="style/Gram matrices, style/losses, style/style falls and content stays, texture/style falls"
# Not divided by the number of places.
def gram(A):
    flat = A.flatten(2)
    return flat @ flat.transpose(1, 2)


def content_loss(A, B):
    return ((A - B) ** 2).mean()


def style_loss(As, Bs):
    return sum(((gram(A) - gram(B)) ** 2).mean() for A, B in zip(As, Bs))


def style_transfer(net, content, style, style_layers, content_layer, num_steps=100, lr=0.05, content_weight=0.1):
    names = [*style_layers, content_layer]
    with torch.no_grad():
        *targets, _ = net.multi_layer_activations(style, names)
        content_target = net.layer_activations(content, content_layer)
    x = content.clone().requires_grad_()
    optimizer = torch.optim.Adam([x], lr=lr)
    for _ in range(num_steps):
        *found, content_found = net.multi_layer_activations(x, names)
        loss = content_weight * content_loss(content_found, content_target) + style_loss(found, targets)
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        x.data.clamp_(0, 1)
    return x.detach()

# %% wrong="over-places" exercise="style" loses="style/Gram matrices, style/losses, style/style falls and content stays, style/in range, texture/style falls, texture/size and range"
# Flattened wrongly: places times places.
def gram(A):
    flat = A.flatten(2)
    return flat.transpose(1, 2) @ flat / flat.shape[2]


def content_loss(A, B):
    return ((A - B) ** 2).mean()


def style_loss(As, Bs):
    return sum(((gram(A) - gram(B)) ** 2).mean() for A, B in zip(As, Bs))


def style_transfer(net, content, style, style_layers, content_layer, num_steps=100, lr=0.05, content_weight=0.1):
    names = [*style_layers, content_layer]
    with torch.no_grad():
        *targets, _ = net.multi_layer_activations(style, names)
        content_target = net.layer_activations(content, content_layer)
    x = content.clone().requires_grad_()
    optimizer = torch.optim.Adam([x], lr=lr)
    for _ in range(num_steps):
        *found, content_found = net.multi_layer_activations(x, names)
        loss = content_weight * content_loss(content_found, content_target) + style_loss(found, targets)
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        x.data.clamp_(0, 1)
    return x.detach()

# %% wrong="divided-by-channels" exercise="style" loses="style/Gram matrices, style/losses"
# Divided by the channels, too.
def gram(A):
    flat = A.flatten(2)
    return flat @ flat.transpose(1, 2) / flat.numel()


def content_loss(A, B):
    return ((A - B) ** 2).mean()


def style_loss(As, Bs):
    return sum(((gram(A) - gram(B)) ** 2).mean() for A, B in zip(As, Bs))


def style_transfer(net, content, style, style_layers, content_layer, num_steps=100, lr=0.05, content_weight=0.1):
    names = [*style_layers, content_layer]
    with torch.no_grad():
        *targets, _ = net.multi_layer_activations(style, names)
        content_target = net.layer_activations(content, content_layer)
    x = content.clone().requires_grad_()
    optimizer = torch.optim.Adam([x], lr=lr)
    for _ in range(num_steps):
        *found, content_found = net.multi_layer_activations(x, names)
        loss = content_weight * content_loss(content_found, content_target) + style_loss(found, targets)
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        x.data.clamp_(0, 1)
    return x.detach()

# %% wrong="means-for-layers" exercise="style" loses="style/losses"
# A mean over the layers; the content is a sum.
def gram(A):
    flat = A.flatten(2)
    return flat @ flat.transpose(1, 2) / flat.shape[2]


def content_loss(A, B):
    return ((A - B) ** 2).sum()


def style_loss(As, Bs):
    return sum(((gram(A) - gram(B)) ** 2).mean() for A, B in zip(As, Bs)) / len(As)


def style_transfer(net, content, style, style_layers, content_layer, num_steps=100, lr=0.05, content_weight=0.1):
    names = [*style_layers, content_layer]
    with torch.no_grad():
        *targets, _ = net.multi_layer_activations(style, names)
        content_target = net.layer_activations(content, content_layer)
    x = content.clone().requires_grad_()
    optimizer = torch.optim.Adam([x], lr=lr)
    for _ in range(num_steps):
        *found, content_found = net.multi_layer_activations(x, names)
        loss = 0.002 * content_loss(content_found, content_target) + style_loss(found, targets)
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        x.data.clamp_(0, 1)
    return x.detach()

# %% wrong="content-only" exercise="style" loses="style/style falls and content stays"
# The style has no part in the loss.
def gram(A):
    flat = A.flatten(2)
    return flat @ flat.transpose(1, 2) / flat.shape[2]


def content_loss(A, B):
    return ((A - B) ** 2).mean()


def style_loss(As, Bs):
    return sum(((gram(A) - gram(B)) ** 2).mean() for A, B in zip(As, Bs))


def style_transfer(net, content, style, style_layers, content_layer, num_steps=100, lr=0.05, content_weight=0.1):
    names = [*style_layers, content_layer]
    with torch.no_grad():
        *targets, _ = net.multi_layer_activations(style, names)
        content_target = net.layer_activations(content, content_layer)
    x = content.clone().requires_grad_()
    optimizer = torch.optim.Adam([x], lr=lr)
    for _ in range(num_steps):
        *found, content_found = net.multi_layer_activations(x, names)
        loss = content_weight * content_loss(content_found, content_target)
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        x.data.clamp_(0, 1)
    return x.detach()

# %% wrong="from-the-style" exercise="style" loses="style/style falls and content stays"
# Returns an image of the wrong picture: it starts from the style, and has its size.
def gram(A):
    flat = A.flatten(2)
    return flat @ flat.transpose(1, 2) / flat.shape[2]


def content_loss(A, B):
    return ((A - B) ** 2).mean()


def style_loss(As, Bs):
    return sum(((gram(A) - gram(B)) ** 2).mean() for A, B in zip(As, Bs))


def style_transfer(net, content, style, style_layers, content_layer, num_steps=100, lr=0.05, content_weight=0.1):
    names = [*style_layers, content_layer]
    with torch.no_grad():
        *targets, _ = net.multi_layer_activations(style, names)
        content_target = net.layer_activations(content, content_layer)
    x = style.clone().requires_grad_()
    optimizer = torch.optim.Adam([x], lr=lr)
    for _ in range(num_steps):
        *found, content_found = net.multi_layer_activations(x, names)
        loss = style_loss(found, targets)
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        x.data.clamp_(0, 1)
    return x.detach()

# %% wrong="not-clamped" exercise="style" loses="style/in range"
# Pixels leave 0…1.
def gram(A):
    flat = A.flatten(2)
    return flat @ flat.transpose(1, 2) / flat.shape[2]


def content_loss(A, B):
    return ((A - B) ** 2).mean()


def style_loss(As, Bs):
    return sum(((gram(A) - gram(B)) ** 2).mean() for A, B in zip(As, Bs))


def style_transfer(net, content, style, style_layers, content_layer, num_steps=100, lr=0.05, content_weight=0.1):
    names = [*style_layers, content_layer]
    with torch.no_grad():
        *targets, _ = net.multi_layer_activations(style, names)
        content_target = net.layer_activations(content, content_layer)
    x = content.clone().requires_grad_()
    optimizer = torch.optim.Adam([x], lr=lr)
    for _ in range(num_steps):
        *found, content_found = net.multi_layer_activations(x, names)
        loss = content_weight * content_loss(content_found, content_target) + style_loss(found, targets)
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
    return x.detach()

# %% right="einsum" exercise="style"
# Index notation; mse_loss; a sigmoid keeps the range.
def gram(A):
    n, c, h, w = A.shape
    return torch.einsum("ncij,ndij->ncd", A, A) / (h * w)


def content_loss(A, B):
    return F.mse_loss(A, B)


def style_loss(As, Bs):
    total = 0
    for A, B in zip(As, Bs):
        total = total + F.mse_loss(gram(A), gram(B))
    return total


def style_transfer(net, content, style, style_layers, content_layer, num_steps=100, lr=0.05, content_weight=0.1):
    names = list(style_layers) + [content_layer]
    targets = [A.detach() for A in net.multi_layer_activations(style, names)]
    kept = net.layer_activations(content, content_layer).detach()
    z = torch.logit(content.clamp(0.01, 0.99)).requires_grad_()
    optimizer = torch.optim.Adam([z], lr=4 * lr)
    for _ in range(num_steps):
        optimizer.zero_grad()
        found = net.multi_layer_activations(torch.sigmoid(z), names)
        loss = content_weight * content_loss(found[-1], kept) + style_loss(found[:-1], targets[:-1])
        loss.backward()
        optimizer.step()
    return torch.sigmoid(z).detach()

# %% right="bmm-lbfgs" exercise="style"
# bmm; L-BFGS; clamped at the end.
def gram(A):
    flat = A.reshape(A.shape[0], A.shape[1], -1)
    return torch.bmm(flat, flat.mT) / (A.shape[2] * A.shape[3])


def content_loss(A, B):
    return ((A - B) ** 2).mean()


def style_loss(As, Bs):
    return sum(((gram(A) - gram(B)) ** 2).mean() for A, B in zip(As, Bs))


def style_transfer(net, content, style, style_layers, content_layer, num_steps=100, lr=0.05, content_weight=0.1):
    targets = [A.detach() for A in net.multi_layer_activations(style, style_layers)]
    kept = net.layer_activations(content, content_layer).detach()
    x = content.clone().requires_grad_()
    optimizer = torch.optim.LBFGS([x], lr=0.5, max_iter=num_steps // 2, history_size=10)

    def closure():
        optimizer.zero_grad()
        loss = style_loss(net.multi_layer_activations(x, style_layers), targets)
        outside = (x - x.clamp(0, 1)).pow(2).sum()
        loss = loss + outside + content_weight * content_loss(net.layer_activations(x, content_layer), kept)
        loss.backward()
        return loss

    optimizer.step(closure)
    return x.detach().clamp(0, 1)

# %% wrong="as-in-the-paper" exercise="style" loses="style/Gram matrices, style/losses, style/style falls and content stays, texture/style falls"
# The paper's factors: halves and quarters, sums in place of means.
def gram(A):
    flat = A.flatten(2)
    return flat @ flat.mT


def content_loss(A, B):
    return 0.5 * ((A - B) ** 2).sum()


def style_loss(As, Bs):
    return sum(((gram(A) - gram(B)) ** 2).sum() / (4 * A.shape[1] ** 2 * A[0, 0].numel() ** 2) for A, B in zip(As, Bs))


def style_transfer(net, content, style, style_layers, content_layer, num_steps=100, lr=0.05, content_weight=0.1):
    layers = list(dict.fromkeys([content_layer, *style_layers]))
    with torch.no_grad():
        c_acts = dict(zip(layers, net.multi_layer_activations(content, layers)))
        s_acts = dict(zip(layers, net.multi_layer_activations(style, layers)))
        targets = {l: gram(s_acts[l]) for l in style_layers}
    z = torch.logit(content.clamp(0.01, 0.99)).requires_grad_(True)
    opt = torch.optim.Adam([z], lr=4 * lr)
    for _ in range(num_steps):
        opt.zero_grad()
        acts = dict(zip(layers, net.multi_layer_activations(torch.sigmoid(z), layers)))
        loss = content_weight * F.mse_loss(acts[content_layer], c_acts[content_layer])
        for l in style_layers:
            loss = loss + F.mse_loss(gram(acts[l]), targets[l])
        loss.backward()
        opt.step()
    return torch.sigmoid(z).detach()

# %% right="cosine-schedule" exercise="style"
# Index notation, a schedule, and values cut at the end only.
def gram(A):
    return torch.einsum("nchw,ndhw->ncd", A, A) / (A.shape[-1] * A.shape[-2])


def content_loss(A, B):
    return torch.mean(torch.square(A - B))


def style_loss(As, Bs):
    return torch.stack([torch.square(gram(A) - gram(B)).mean() for A, B in zip(As, Bs)]).sum()


def style_transfer(net, content, style, style_layers, content_layer, num_steps=100, lr=0.05, content_weight=0.1):
    content_target = net.layer_activations(content, content_layer).detach()
    style_targets = [a.detach() for a in net.multi_layer_activations(style, style_layers)]
    canvas = nn.Parameter(content.clone())
    optimizer = torch.optim.Adam([canvas], lr=lr)
    schedule = torch.optim.lr_scheduler.CosineAnnealingLR(optimizer, num_steps)
    for _ in range(num_steps):
        activations = net.multi_layer_activations(canvas, list(style_layers) + [content_layer])
        loss = content_weight * content_loss(activations[-1], content_target)
        loss = loss + style_loss(activations[:-1], style_targets)
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        schedule.step()
    return canvas.data.clamp(0, 1)
