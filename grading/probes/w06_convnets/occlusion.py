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
