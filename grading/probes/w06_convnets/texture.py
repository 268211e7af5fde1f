"""Textures."""

# %% wrong="copies" exercise="texture" loses="texture/style falls, texture/size and range, texture/new each time"
# Starts from the style image itself, at its size.
def texture(net, style, layers, size=224, num_steps=150, lr=0.05):
    with torch.no_grad():
        targets = net.multi_layer_activations(style, layers)
    x = style.clone().requires_grad_()
    optimizer = torch.optim.Adam([x], lr=lr)
    for _ in range(num_steps):
        optimizer.zero_grad()
        style_loss(net.multi_layer_activations(x, layers), targets).backward()
        optimizer.step()
        x.data.clamp_(0, 1)
    return x.detach()

# %% wrong="noise" exercise="texture" loses="texture/style falls"
# Noise, and no step.
def texture(net, style, layers, size=224, num_steps=150, lr=0.05):
    with torch.no_grad():
        targets = net.multi_layer_activations(style, layers)
    x = torch.rand(1, 3, size, size).requires_grad_()
    optimizer = torch.optim.Adam([x], lr=lr)
    for _ in range(num_steps):
        optimizer.zero_grad()
        style_loss(net.multi_layer_activations(x, layers), targets).backward()
        x.data.clamp_(0, 1)
    return x.detach()

# %% wrong="one-seed" exercise="texture" loses="texture/new each time"
# A seed inside of the function.
def texture(net, style, layers, size=224, num_steps=150, lr=0.05):
    with torch.no_grad():
        targets = net.multi_layer_activations(style, layers)
    torch.manual_seed(0)
    x = torch.rand(1, 3, size, size).requires_grad_()
    optimizer = torch.optim.Adam([x], lr=lr)
    for _ in range(num_steps):
        optimizer.zero_grad()
        style_loss(net.multi_layer_activations(x, layers), targets).backward()
        optimizer.step()
        x.data.clamp_(0, 1)
    return x.detach()

# %% wrong="not-clamped" exercise="texture" loses="texture/size and range, texture/style falls"
# Pixels leave 0…1.
def texture(net, style, layers, size=224, num_steps=150, lr=0.05):
    lr = 0.3
    with torch.no_grad():
        targets = net.multi_layer_activations(style, layers)
    x = (3 * torch.randn(1, 3, size, size)).requires_grad_()
    optimizer = torch.optim.Adam([x], lr=lr)
    for _ in range(num_steps):
        optimizer.zero_grad()
        style_loss(net.multi_layer_activations(x, layers), targets).backward()
        optimizer.step()
    return x.detach()

# %% wrong="activations" exercise="texture" loses="texture/style falls"
# Descends the content: the means of the activations, not their products.
def texture(net, style, layers, size=224, num_steps=150, lr=0.05):
    with torch.no_grad():
        targets = net.multi_layer_activations(style, layers)
    x = torch.rand(1, 3, size, size).requires_grad_()
    optimizer = torch.optim.Adam([x], lr=lr)
    for _ in range(num_steps):
        optimizer.zero_grad()
        found = net.multi_layer_activations(x, layers)
        sum((A.mean() - B.mean()) ** 2 for A, B in zip(found, targets)).backward()
        optimizer.step()
        x.data.clamp_(0, 1)
    return x.detach()

# %% right="sigmoid" exercise="texture"
# Through a sigmoid, from grey with noise.
def texture(net, style, layers, size=224, num_steps=150, lr=0.05):
    with torch.no_grad():
        targets = net.multi_layer_activations(style, layers)
    z = torch.randn(1, 3, size, size).requires_grad_()
    optimizer = torch.optim.Adam([z], lr=4 * lr)
    for _ in range(num_steps):
        optimizer.zero_grad()
        style_loss(net.multi_layer_activations(torch.sigmoid(z), layers), targets).backward()
        optimizer.step()
    return torch.sigmoid(z).detach()

# %% right="own-loss" exercise="texture"
# A loss and Gram matrices of its own; a schedule.
def texture(net, style, layers, size=224, num_steps=150, lr=0.05):
    def products(x):
        flats = [A[0].reshape(A.shape[1], -1) for A in net.multi_layer_activations(x, layers)]
        return [flat @ flat.T / flat.shape[1] for flat in flats]

    targets = [G.detach() for G in products(style)]
    x = (0.5 + 0.2 * torch.randn(1, 3, size, size)).clamp(0, 1).requires_grad_()
    optimizer = torch.optim.Adam([x], lr=lr)
    scheduler = torch.optim.lr_scheduler.CosineAnnealingLR(optimizer, num_steps)
    for _ in range(num_steps):
        loss = sum(F.mse_loss(G, target) for G, target in zip(products(x), targets))
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        scheduler.step()
        with torch.no_grad():
            x.clamp_(0, 1)
    return x.detach()

# %% right="stored-gram-matrices" exercise="texture"
# The Gram matrices of the style are computed once.
def texture(net, style, layers, size=224, num_steps=150, lr=0.05):
    with torch.no_grad():
        wanted = [gram(a) for a in net.multi_layer_activations(style, layers)]
    img = torch.rand(1, 3, size, size, device=style.device, requires_grad=True)
    opt = torch.optim.Adam([img], lr=lr)
    for _ in range(num_steps):
        opt.zero_grad()
        loss = sum(F.mse_loss(gram(a), g) for a, g in zip(net.multi_layer_activations(img, layers), wanted))
        loss.backward()
        opt.step()
        with torch.no_grad():
            img.clamp_(0, 1)
    return img.detach()
