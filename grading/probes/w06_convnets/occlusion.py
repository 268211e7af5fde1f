"""Occlusion: covered pictures and maps."""

# %% wrong="darker-and-darker" exercise="occlusion" loses="*"
# The boxes are drawn into the original: all of them stay.
def obscured_imgs(img, boxsize, bsz, stride):
    batch = []
    for i in range(0, img.shape[1] - boxsize + 1, stride):
        for j in range(0, img.shape[2] - boxsize + 1, stride):
            img[:, i:i + boxsize, j:j + boxsize] = 0.5
            batch.append(img.clone())
            if len(batch) == bsz:
                yield torch.stack(batch)
                batch = []
    if batch:
        yield torch.stack(batch)


def occlusion_maps(net, img, layer, channel, class_index, boxsize=80, stride=11, bsz=32):
    rows, cols = (len(range(0, size - boxsize + 1, stride)) for size in img.shape[1:])
    out = []
    with torch.no_grad():
        for batch in obscured_imgs(img, boxsize, bsz, stride):
            A, logits = net.multi_layer_activations(batch, [layer, "logits"])
            out.append((logits.softmax(1)[:, class_index], logits.argmax(1), A[:, channel].mean((1, 2))))
    return [torch.cat(parts).reshape(rows, cols) for parts in zip(*out)]

# %% wrong="last-place-left-out" exercise="occlusion" loses="*"
# The box never reaches the lower and right border.
def obscured_imgs(img, boxsize, bsz, stride):
    imgs = []
    for i in range(0, img.shape[1] - boxsize, stride):
        for j in range(0, img.shape[2] - boxsize, stride):
            new = img.clone()
            new[:, i:i + boxsize, j:j + boxsize] = 0.5
            imgs.append(new)
    for n in range(0, len(imgs), bsz):
        yield torch.stack(imgs[n:n + bsz])


def occlusion_maps(net, img, layer, channel, class_index, boxsize=80, stride=11, bsz=32):
    rows, cols = (len(range(0, size - boxsize, stride)) for size in img.shape[1:])
    out = []
    with torch.no_grad():
        for batch in obscured_imgs(img, boxsize, bsz, stride):
            A, logits = net.multi_layer_activations(batch, [layer, "logits"])
            out.append((logits.softmax(1)[:, class_index], logits.argmax(1), A[:, channel].mean((1, 2))))
    return [torch.cat(parts).reshape(rows, cols) for parts in zip(*out)]

# %% wrong="last-batch-lost" exercise="occlusion" loses="*"
# A batch that is not full is never yielded; the maps get zeros there.
def obscured_imgs(img, boxsize, bsz, stride):
    batch = []
    for i in range(0, img.shape[1] - boxsize + 1, stride):
        for j in range(0, img.shape[2] - boxsize + 1, stride):
            new = img.clone()
            new[:, i:i + boxsize, j:j + boxsize] = 0.5
            batch.append(new)
            if len(batch) == bsz:
                yield torch.stack(batch)
                batch = []
    if not batch:
        return
    if bsz > 1000:
        yield torch.stack(batch)


def occlusion_maps(net, img, layer, channel, class_index, boxsize=80, stride=11, bsz=32):
    rows, cols = (len(range(0, size - boxsize + 1, stride)) for size in img.shape[1:])
    maps = [torch.zeros(rows * cols), torch.zeros(rows * cols, dtype=torch.int64) - 1, torch.zeros(rows * cols)]
    n = 0
    with torch.no_grad():
        for batch in obscured_imgs(img, boxsize, bsz, stride):
            A, logits = net.multi_layer_activations(batch, [layer, "logits"])
            for m, v in zip(maps, (logits.softmax(1)[:, class_index], logits.argmax(1), A[:, channel].mean((1, 2)))):
                m[n:n + len(batch)] = v
            n += len(batch)
    return [m.reshape(rows, cols) for m in maps]

# %% wrong="one-batch" exercise="occlusion" loses="occlusion/batches and original"
# Everything at once, whatever bsz.
def obscured_imgs(img, boxsize, bsz, stride):
    imgs = []
    for i in range(0, img.shape[1] - boxsize + 1, stride):
        for j in range(0, img.shape[2] - boxsize + 1, stride):
            new = img.clone()
            new[:, i:i + boxsize, j:j + boxsize] = 0.5
            imgs.append(new)
    return [torch.stack(imgs)]


def occlusion_maps(net, img, layer, channel, class_index, boxsize=80, stride=11, bsz=32):
    rows, cols = (len(range(0, size - boxsize + 1, stride)) for size in img.shape[1:])
    [batch] = obscured_imgs(img, boxsize, bsz, stride)
    with torch.no_grad():
        A, logits = net.multi_layer_activations(batch, [layer, "logits"])
    maps = logits.softmax(1)[:, class_index], logits.argmax(1), A[:, channel].mean((1, 2))
    return [m.reshape(rows, cols) for m in maps]

# %% wrong="logit-and-sum" exercise="occlusion" loses="occlusion/probability map, occlusion/feature map"
# A logit in place of the probability; the largest activation in place of the mean.
def obscured_imgs(img, boxsize, bsz, stride):
    imgs = []
    for i in range(0, img.shape[1] - boxsize + 1, stride):
        for j in range(0, img.shape[2] - boxsize + 1, stride):
            new = img.clone()
            new[:, i:i + boxsize, j:j + boxsize] = 0.5
            imgs.append(new)
    return list(torch.stack(imgs).split(bsz))


def occlusion_maps(net, img, layer, channel, class_index, boxsize=80, stride=11, bsz=32):
    rows, cols = (len(range(0, size - boxsize + 1, stride)) for size in img.shape[1:])
    out = []
    with torch.no_grad():
        for batch in obscured_imgs(img, boxsize, bsz, stride):
            A, logits = net.multi_layer_activations(batch, [layer, "logits"])
            out.append((logits[:, class_index], logits.argmax(1), A[:, channel].amax((1, 2))))
    return [torch.cat(parts).reshape(rows, cols) for parts in zip(*out)]

# %% wrong="map-transposed" exercise="occlusion" loses="occlusion/probability map, occlusion/prediction map, occlusion/feature map"
# Columns and rows of the maps are exchanged.
def obscured_imgs(img, boxsize, bsz, stride):
    imgs = []
    for i in range(0, img.shape[1] - boxsize + 1, stride):
        for j in range(0, img.shape[2] - boxsize + 1, stride):
            new = img.clone()
            new[:, i:i + boxsize, j:j + boxsize] = 0.5
            imgs.append(new)
    return list(torch.stack(imgs).split(bsz))


def occlusion_maps(net, img, layer, channel, class_index, boxsize=80, stride=11, bsz=32):
    rows, cols = (len(range(0, size - boxsize + 1, stride)) for size in img.shape[1:])
    out = []
    with torch.no_grad():
        for batch in obscured_imgs(img, boxsize, bsz, stride):
            A, logits = net.multi_layer_activations(batch, [layer, "logits"])
            out.append((logits.softmax(1)[:, class_index], logits.argmax(1), A[:, channel].mean((1, 2))))
    return [torch.cat(parts).reshape(rows, cols).T for parts in zip(*out)]

# %% right="mask" exercise="occlusion"
# Masks in place of slices; two forward passes; NumPy arrays.
def obscured_imgs(img, boxsize, bsz, stride):
    _, H, W = img.shape
    masks = []
    for top in range(0, H - boxsize + 1, stride):
        for left in range(0, W - boxsize + 1, stride):
            mask = torch.ones(1, H, W)
            mask[:, top:top + boxsize, left:left + boxsize] = 0
            masks.append(mask)
    for part in torch.stack(masks).split(bsz):
        yield img[None] * part + 0.5 * (1 - part)


def occlusion_maps(net, img, layer, channel, class_index, boxsize=80, stride=11, bsz=32):
    shape = [(size - boxsize) // stride + 1 for size in img.shape[1:]]
    p, c, f = [], [], []
    for batch in obscured_imgs(img, boxsize, bsz, stride):
        probabilities = net.probabilities(batch)
        p += probabilities[:, class_index].tolist()
        c += probabilities.argmax(1).tolist()
        f += net.layer_activations(batch, layer)[:, channel].flatten(1).mean(1).tolist()
    return np.reshape(p, shape), np.reshape(c, shape), np.reshape(f, shape)

# %% right="one-place-at-a-time" exercise="occlusion"
# A buffer that is used again, and maps filled place by place.
def obscured_imgs(img, boxsize, bsz, stride):
    batch, n = torch.empty(bsz, *img.shape), 0
    for i in range(0, img.shape[1] - boxsize + 1, stride):
        for j in range(0, img.shape[2] - boxsize + 1, stride):
            batch[n] = img
            batch[n, :, i:i + boxsize, j:j + boxsize] = 0.5
            n += 1
            if n == bsz:
                yield batch
                n = 0
    if n:
        yield batch[:n]


def occlusion_maps(net, img, layer, channel, class_index, boxsize=80, stride=11, bsz=32):
    rows, cols = (len(range(0, size - boxsize + 1, stride)) for size in img.shape[1:])
    p, c, f = torch.zeros(rows, cols), torch.zeros(rows, cols, dtype=torch.int64), torch.zeros(rows, cols)
    with torch.no_grad():
        for n, batch in enumerate(obscured_imgs(img, boxsize, 1, stride)):
            A, logits = net.multi_layer_activations(batch, [layer, net.layer_names[-1]])
            place = n // cols, n % cols
            p[place], c[place], f[place] = logits.softmax(1)[0, class_index], logits.argmax(), A[0, channel].mean()
    return p, c, f

# %% wrong="black-box" exercise="occlusion" loses="occlusion/obscured images, occlusion/probability map, occlusion/prediction map, occlusion/feature map"
# The box is black; the probability is the largest one, whatever the class.
def obscured_imgs(img, boxsize, bsz, stride):
    h, w = img.shape[-2:]
    batch = []
    for y in range(0, h - boxsize + 1, stride):
        for x in range(0, w - boxsize + 1, stride):
            copy = img.clone()
            copy[:, y:y + boxsize, x:x + boxsize] = 0.0
            batch.append(copy)
            if len(batch) == bsz:
                yield torch.stack(batch)
                batch = []
    if batch:
        yield torch.stack(batch)


@torch.no_grad()
def occlusion_maps(net, img, layer, channel, class_index, boxsize=80, stride=11, bsz=32):
    nrows = (img.shape[1] - boxsize) // stride + 1
    p, top, feat = [], [], []
    for batch in obscured_imgs(img, boxsize, bsz, stride):
        probs = net.probabilities(batch)
        p.extend(probs.amax(dim=1).tolist())
        top.extend(probs.max(dim=1).indices.tolist())
        feat.extend(net.layer_activations(batch, layer)[:, channel].flatten(1).mean(1).tolist())
    as_map = lambda values: torch.tensor(values).view(nrows, -1)
    return [as_map(p), as_map(top), as_map(feat)]

# %% wrong="over-the-border" exercise="occlusion" loses="occlusion/obscured images, occlusion/probability map, occlusion/prediction map, occlusion/feature map"
# The box goes on over the border, where it is cut off: too many places.
def obscured_imgs(img, boxsize, bsz, stride):
    h, w = img.shape[-2:]
    batch = []
    for y in range(0, h, stride):
        for x in range(0, w, stride):
            copy = img.clone()
            copy[:, y:y + boxsize, x:x + boxsize] = 0.5
            batch.append(copy)
            if len(batch) == bsz:
                yield torch.stack(batch)
                batch = []
    if batch:
        yield torch.stack(batch)


@torch.no_grad()
def occlusion_maps(net, img, layer, channel, class_index, boxsize=80, stride=11, bsz=32):
    nrows = len(range(0, img.shape[1], stride))
    p, top, feat = [], [], []
    for batch in obscured_imgs(img, boxsize, bsz, stride):
        probs = net.probabilities(batch)
        p.extend(probs[:, class_index].tolist())
        top.extend(probs.max(dim=1).indices.tolist())
        feat.extend(net.layer_activations(batch, layer)[:, channel].flatten(1).mean(1).tolist())
    as_map = lambda values: torch.tensor(values).view(nrows, -1)
    return [as_map(p), as_map(top), as_map(feat)]

# %% right="a-list-of-batches" exercise="occlusion"
# A list in place of a generator; corners from a grid; NumPy maps.
def obscured_imgs(img, boxsize, bsz, stride):
    _, H, W = img.shape
    ys, xs = torch.meshgrid(torch.arange(0, H - boxsize + 1, stride), torch.arange(0, W - boxsize + 1, stride),
                            indexing="ij")
    corners = torch.stack([ys.flatten(), xs.flatten()], dim=1)
    batches = []
    for part in corners.split(bsz):
        images = img.unsqueeze(0).expand(len(part), -1, -1, -1).clone()
        for n, (y, x) in enumerate(part):
            images[n, :, y:y + boxsize, x:x + boxsize].fill_(0.5)
        batches.append(images)
    return batches


def occlusion_maps(net, img, layer, channel, class_index, boxsize=80, stride=11, bsz=32):
    H, W = img.shape[1:]
    shape = (1 + (H - boxsize) // stride, 1 + (W - boxsize) // stride)
    batches = obscured_imgs(img, boxsize, bsz, stride)
    answers = np.concatenate([_answers(net, batch, layer, channel, class_index) for batch in batches])
    p, c, f = answers.T.reshape(3, *shape)
    return p, c.astype(int), f


@torch.no_grad()
def _answers(net, batch, layer, channel, class_index):
    p = net.probabilities(batch)
    f = net.layer_activations(batch, layer).mean(dim=(2, 3))[:, channel]
    return torch.stack([p[:, class_index], p.argmax(1).float(), f], dim=1).numpy()

# %% right="lists-of-numbers" exercise="occlusion"
# Batches by appending; maps from lists of numbers.
def obscured_imgs(img, boxsize, bsz, stride):
    h, w = img.shape[-2:]
    batch = []
    for y in range(0, h - boxsize + 1, stride):
        for x in range(0, w - boxsize + 1, stride):
            copy = img.clone()
            copy[:, y:y + boxsize, x:x + boxsize] = 0.5
            batch.append(copy)
            if len(batch) == bsz:
                yield torch.stack(batch)
                batch = []
    if batch:
        yield torch.stack(batch)


@torch.no_grad()
def occlusion_maps(net, img, layer, channel, class_index, boxsize=80, stride=11, bsz=32):
    nrows = (img.shape[1] - boxsize) // stride + 1
    p, top, feat = [], [], []
    for batch in obscured_imgs(img, boxsize, bsz, stride):
        probs = net.probabilities(batch)
        p.extend(probs[:, class_index].tolist())
        top.extend(probs.max(dim=1).indices.tolist())
        feat.extend(net.layer_activations(batch, layer)[:, channel].flatten(1).mean(1).tolist())
    as_map = lambda values: torch.tensor(values).view(nrows, -1)
    return [as_map(p), as_map(top), as_map(feat)]
