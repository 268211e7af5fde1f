"""Places that excite a neuron, patches and gradients."""

# %% wrong="many-of-one-image" exercise="patches" loses="patches/places"
# The k largest activations, several of one image.
def best_places(net, images, layer, channel, k, bsz=32):
    maps = net.layer_activations(images, layer)[:, channel]
    h, w = maps.shape[1:]
    values, flat = maps.flatten().topk(k)
    return [(v, p // (h * w), p % (h * w) // w, p % w) for v, p in zip(values.tolist(), flat.tolist())]


def patch_at(image, row, col, step, size):
    top = min(max(int((row + 0.5) * step - size / 2), 0), image.shape[1] - size)
    left = min(max(int((col + 0.5) * step - size / 2), 0), image.shape[2] - size)
    return image[:, top:top + size, left:left + size]


def unit_gradient(net, image, layer, channel, row, col):
    x = image[None].clone().requires_grad_()
    net.layer_activations(x, layer)[0, channel, row, col].backward()
    return x.grad[0]

# %% wrong="number-in-the-batch" exercise="patches" loses="patches/places"
# The image's number within its batch.
def best_places(net, images, layer, channel, k, bsz=32):
    places = []
    for batch in images.split(bsz):
        for n, m in enumerate(net.layer_activations(batch, layer)[:, channel]):
            p = int(m.argmax())
            places.append((float(m.max()), n, p // m.shape[1], p % m.shape[1]))
    return sorted(places, reverse=True)[:k]


def patch_at(image, row, col, step, size):
    top = min(max(int((row + 0.5) * step - size / 2), 0), image.shape[1] - size)
    left = min(max(int((col + 0.5) * step - size / 2), 0), image.shape[2] - size)
    return image[:, top:top + size, left:left + size]


def unit_gradient(net, image, layer, channel, row, col):
    x = image[None].clone().requires_grad_()
    net.layer_activations(x, layer)[0, channel, row, col].backward()
    return x.grad[0]

# %% wrong="cut-at-the-border" exercise="patches" loses="patches/patches"
# The patch begins at the unit, and is cut off at the border.
def best_places(net, images, layer, channel, k, bsz=32):
    maps = net.layer_activations(images, layer)[:, channel]
    w = maps.shape[2]
    best = [(float(m.max()), n, int(m.argmax()) // w, int(m.argmax()) % w) for n, m in enumerate(maps)]
    return sorted(best, reverse=True)[:k]


def patch_at(image, row, col, step, size):
    return image[:, row * step:row * step + size, col * step:col * step + size]


def unit_gradient(net, image, layer, channel, row, col):
    x = image[None].clone().requires_grad_()
    net.layer_activations(x, layer)[0, channel, row, col].backward()
    return x.grad[0]

# %% wrong="whole-channel" exercise="patches" loses="patches/gradient"
# The gradient of all units of the channel.
def best_places(net, images, layer, channel, k, bsz=32):
    maps = net.layer_activations(images, layer)[:, channel]
    w = maps.shape[2]
    best = [(float(m.max()), n, int(m.argmax()) // w, int(m.argmax()) % w) for n, m in enumerate(maps)]
    return sorted(best, reverse=True)[:k]


def patch_at(image, row, col, step, size):
    top = min(max(int((row + 0.5) * step - size / 2), 0), image.shape[1] - size)
    left = min(max(int((col + 0.5) * step - size / 2), 0), image.shape[2] - size)
    return image[:, top:top + size, left:left + size]


def unit_gradient(net, image, layer, channel, row, col):
    x = image[None].clone().requires_grad_()
    net.layer_activations(x, layer)[0, channel].sum().backward()
    return x.grad[0]

# %% wrong="no-pre-processing" exercise="patches" loses="patches/places, patches/gradient"
# The layers are called with raw pixels.
def raw(net, x, layer):
    for name, module in net.layers.named_children():
        x = module(x)
        if name == layer:
            return x


def best_places(net, images, layer, channel, k, bsz=32):
    maps = raw(net, images, layer)[:, channel]
    w = maps.shape[2]
    best = [(float(m.max()), n, int(m.argmax()) // w, int(m.argmax()) % w) for n, m in enumerate(maps)]
    return sorted(best, reverse=True)[:k]


def patch_at(image, row, col, step, size):
    top = min(max(int((row + 0.5) * step - size / 2), 0), image.shape[1] - size)
    left = min(max(int((col + 0.5) * step - size / 2), 0), image.shape[2] - size)
    return image[:, top:top + size, left:left + size]


def unit_gradient(net, image, layer, channel, row, col):
    x = image[None].clone().requires_grad_()
    raw(net, x, layer)[0, channel, row, col].backward()
    return x.grad[0]

# %% right="numpy" exercise="patches"
# NumPy for the places, integers for the corner, lists for tuples.
def best_places(net, images, layer, channel, k, bsz=32):
    with torch.no_grad():
        maps = np.concatenate([net.layer_activations(b, layer)[:, channel].numpy() for b in images.split(bsz)])
    best = maps.reshape(len(maps), -1).max(axis=1)
    found = []
    for n in np.argsort(-best)[:k]:
        row, col = np.unravel_index(maps[n].argmax(), maps[n].shape)
        found.append([best[n], n, row, col])
    return found


def patch_at(image, row, col, step, size):
    corners = []
    for place, extent in [(row, image.shape[1]), (col, image.shape[2])]:
        start = place * step + step // 2 - size // 2
        corners.append(int(np.clip(start, 0, extent - size)))
    return image[:, corners[0]:, corners[1]:][:, :size, :size]


def unit_gradient(net, image, layer, channel, row, col):
    x = image.clone().requires_grad_()
    activation = net.layer_activations(x.unsqueeze(0), layer)
    return torch.autograd.grad(activation[0, channel, row, col], x)[0]

# %% right="mask-gradient" exercise="patches"
# backward() with a mask; image by image.
def best_places(net, images, layer, channel, k, bsz=32):
    found = []
    for n in range(len(images)):
        m = net.layer_activations(images[n:n + 1], layer)[0, channel]
        value, place = m.reshape(-1).max(dim=0)
        found.append((value.item(), n, place.item() // m.size(1), place.item() % m.size(1)))
    found.sort(key=lambda one: -one[0])
    return found[:k]


def patch_at(image, row, col, step, size):
    rows = torch.arange(size) + min(max(int((row + 0.5) * step) - size // 2, 0), image.shape[1] - size)
    cols = torch.arange(size) + min(max(int((col + 0.5) * step) - size // 2, 0), image.shape[2] - size)
    return image[:, rows][:, :, cols].clone()


def unit_gradient(net, image, layer, channel, row, col):
    x = image[None].detach().clone().requires_grad_()
    A = net.layer_activations(x, layer)
    mask = torch.zeros_like(A)
    mask[0, channel, row, col] = 1.0
    A.backward(mask)
    return x.grad.squeeze(0)

# %% wrong="height-for-width" exercise="patches" loses="*"
# The place is split by the height of the map; the patch is centred on the unit's corner; the gradient's absolute value.
def best_places(net, images, layer, channel, k, bsz=32):
    best = []
    with torch.no_grad():
        maps = torch.cat([net.layer_activations(b, layer)[:, channel] for b in torch.split(images, bsz)])
    for n, m in enumerate(maps):
        r, c = divmod(int(m.argmax()), m.shape[0])
        best.append((float(m.max()), n, r, c))
    best.sort(key=lambda t: t[0], reverse=True)
    return best[:k]


def patch_at(image, row, col, step, size):
    h, w = image.shape[-2:]
    cy, cx = row * step, col * step
    y0 = int(np.clip(round(cy - size / 2), 0, h - size))
    x0 = int(np.clip(round(cx - size / 2), 0, w - size))
    return image[..., y0:y0 + size, x0:x0 + size].clone()


def unit_gradient(net, image, layer, channel, row, col):
    leaf = image.detach().clone().unsqueeze(0).requires_grad_(True)
    net.layer_activations(leaf, layer)[0, channel, row, col].backward()
    return leaf.grad.squeeze(0).abs()

# %% right="func-and-tensors" exercise="patches"
# topk over all; tensors in the tuples; torch.func.
def best_places(net, images, layer, channel, k, bsz=32):
    values, flats, width = [], [], None
    for batch in images.split(bsz):
        with torch.no_grad():
            maps = net.layer_activations(batch, layer)[:, channel]
        width = maps.shape[-1]
        v, i = torch.max(maps.reshape(len(batch), -1), dim=1)
        values.append(v)
        flats.append(i)
    values, flats = torch.cat(values), torch.cat(flats)
    top = values.topk(min(k, len(values)))
    return [(v, n, flats[n] // width, flats[n] % width) for v, n in zip(top.values, top.indices)]


def patch_at(image, row, col, step, size):
    centre = ((row + 0.5) * step, (col + 0.5) * step)
    slices = [slice(None)]
    for c, extent in zip(centre, image.shape[1:]):
        start = c - size / 2
        if start < 0:
            start = 0
        if start + size > extent:
            start = extent - size
        slices.append(slice(int(start), int(start) + size))
    return image[tuple(slices)]


def unit_gradient(net, image, layer, channel, row, col):
    def unit(pixels):
        return net.layer_activations(pixels[None], layer)[0, channel, row, col]

    return torch.func.grad(unit)(image)
