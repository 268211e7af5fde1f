"""Transfer: features, augmentation, a new classifier."""

# %% wrong="last-batch-lost" exercise="transfer" loses="transfer/features, transfer/augmentation, transfer/held-out photographs"
# Drops the images that don't fill a batch; one chance for all images; no such classifier as was trained.
def extract_features(net, images, layer="pool", bsz=32):
    batches = [images[n:n + bsz] for n in range(0, len(images) - bsz + 1, bsz)] or [images]
    with torch.no_grad():
        return torch.cat([net.layer_activations(batch, layer) for batch in batches])


def augment(images):
    return images.flip(3) if torch.rand(()) < 0.5 else images.clone()


def make_food_classifier(num_features=1280, num_groups=8):
    return nn.Sequential(nn.Linear(num_features, 64), nn.ReLU(), nn.Linear(64, num_groups))


def train_classifier(classifier, features, labels):
    return classifier

# %% wrong="raw-pixels" exercise="transfer" loses="transfer/features"
# Missing pre-processing.
def extract_features(net, images, layer="pool", bsz=32):
    features = []
    with torch.no_grad():
        for x in images.split(bsz):
            for name, module in net.layers.named_children():
                x = module(x)
                if name == layer:
                    break
            features.append(x)
    return torch.cat(features)


def augment(images):
    out = []
    for image in images:
        shift = torch.randint(-4, 5, (2,)).tolist()
        image = image.roll(shift, (1, 2))
        out.append(image.flip(2) if torch.rand(()) < 0.5 else image)
    return torch.stack(out)


def make_food_classifier(num_features=1280, num_groups=8):
    return nn.Sequential(nn.Dropout(0.5), nn.Linear(num_features, num_groups))


def train_classifier(classifier, features, labels):
    return classifier

# %% wrong="noise" exercise="transfer" loses="transfer/augmentation"
# So much noise that the picture is gone, and values outside of the range.
def extract_features(net, images, layer="pool", bsz=32):
    with torch.no_grad():
        return torch.cat([net.layer_activations(batch, layer) for batch in images.split(bsz)])


def augment(images):
    return images + torch.randn(images.shape)


def make_food_classifier(num_features=1280, num_groups=8):
    return nn.Sequential(nn.Dropout(0.5), nn.Linear(num_features, num_groups))


def train_classifier(classifier, features, labels):
    return classifier

# %% wrong="in-place" exercise="transfer" loses="transfer/augmentation"
# The given images are changed.
def extract_features(net, images, layer="pool", bsz=32):
    with torch.no_grad():
        return torch.cat([net.layer_activations(batch, layer) for batch in images.split(bsz)])


def augment(images):
    for n in range(len(images)):
        images[n] = images[n].roll(int(torch.randint(-8, 9, ())), 2)
        if torch.rand(()) < 0.5:
            images[n] = images[n].flip(2)
    return images


def make_food_classifier(num_features=1280, num_groups=8):
    return nn.Sequential(nn.Dropout(0.5), nn.Linear(num_features, num_groups))


def train_classifier(classifier, features, labels):
    return classifier

# %% wrong="groups-reversed" exercise="transfer" loses="transfer/held-out photographs"
# The logits come in the wrong order.
def extract_features(net, images, layer="pool", bsz=32):
    with torch.no_grad():
        return torch.cat([net.layer_activations(batch, layer) for batch in images.split(bsz)])


def augment(images):
    out = []
    for image in images:
        image = image.roll(int(torch.randint(-8, 9, ())), 2)
        out.append(image.flip(2) if torch.rand(()) < 0.5 else image)
    return torch.stack(out)


class Classifier(nn.Sequential):
    def forward(self, x):
        return super().forward(x).flip(1)


def make_food_classifier(num_features=1280, num_groups=8):
    return Classifier(nn.Dropout(0.5), nn.Linear(num_features, num_groups))


def train_classifier(classifier, features, labels):
    return classifier

# %% right="crop-and-resize" exercise="transfer"
# Cuts a part and resizes it; image by image through the network.
@torch.no_grad()
def extract_features(net, images, layer="pool", bsz=32):
    return torch.stack([net.layer_activations(image[None], layer)[0] for image in images])


def augment(images):
    H, W = images.shape[2:]
    out = []
    for image in images:
        scale = 0.8 + 0.2 * torch.rand(()).item()
        h, w = int(scale * H), int(scale * W)
        i, j = torch.randint(0, H - h + 1, ()).item(), torch.randint(0, W - w + 1, ()).item()
        cut = F.interpolate(image[None, :, i:i + h, j:j + w], (H, W), mode="bilinear", align_corners=False)[0]
        out.append(cut.flip(-1) if np.random.rand() < 0.5 else cut)
    return torch.stack(out).clamp(0, 1)


def make_food_classifier(num_features=1280, num_groups=8):
    return nn.Sequential(nn.Dropout(0.3), nn.Linear(num_features, num_groups))


def train_classifier(classifier, features, labels):
    return classifier

# %% right="roll-and-mask" exercise="transfer"
# Everything at once, with masks.
def extract_features(net, images, layer="pool", bsz=32):
    out = None
    with torch.no_grad():
        for n in range(0, len(images), bsz):
            found = net.layer_activations(images[n:n + bsz], layer).detach()
            out = found if out is None else torch.cat([out, found])
    return out


def augment(images):
    N, _, H, W = images.shape
    shift = torch.randint(-6, 7, (N, 2))
    rows = (torch.arange(H)[None] + shift[:, :1]).clamp(0, H - 1)
    cols = (torch.arange(W)[None] + shift[:, 1:]).clamp(0, W - 1)
    mirrored = torch.rand(N, 1) < 0.5
    cols = torch.where(mirrored, cols.flip(1), cols)
    n = torch.arange(N)[:, None, None]
    return images.permute(0, 2, 3, 1)[n, rows[:, :, None], cols[:, None, :]].permute(0, 3, 1, 2)


def make_food_classifier(num_features=1280, num_groups=8):
    class Head(nn.Sequential):
        pass
    return Head(nn.Identity(), nn.Linear(num_features, num_groups))


def train_classifier(classifier, features, labels):
    return classifier

# %% wrong="one-chance-for-all" exercise="transfer" loses="transfer/augmentation"
# The whole batch is mirrored together.
def extract_features(net, images, layer="pool", bsz=32):
    net.eval()
    feats = []
    for i in range(0, images.size(0), bsz):
        with torch.inference_mode():
            feats.append(net.layer_activations(images[i:i + bsz], layer).flatten(1))
    return torch.cat(feats, dim=0).detach().cpu().clone()


def augment(images):
    return images.flip(3) if torch.rand(()) < 0.5 else images.clone()


def make_food_classifier(num_features=1280, num_groups=8):
    return nn.Sequential(nn.Dropout(0.8), nn.Linear(num_features, num_groups))

# %% right="torchvision" exercise="transfer"
# torchvision's transforms, image by image; black where a shifted image has no pixels.
def extract_features(net, images, layer="pool", bsz=32):
    net.eval()
    feats = []
    for i in range(0, images.size(0), bsz):
        with torch.inference_mode():
            feats.append(net.layer_activations(images[i:i + bsz], layer).flatten(1))
    return torch.cat(feats, dim=0).detach().cpu().clone()


def augment(images):
    from torchvision.transforms import v2

    transform = v2.Compose([v2.RandomHorizontalFlip(0.5), v2.RandomCrop(tuple(images.shape[-2:]), padding=16)])
    return torch.stack([transform(image) for image in images])


def make_food_classifier(num_features=1280, num_groups=8):
    return nn.Sequential(nn.Dropout(0.8), nn.Linear(num_features, num_groups))

# %% right="colours-too" exercise="transfer"
# Cut, resized, mirrored, and the colours changed; features into a tensor that is there already.
def extract_features(net, images, layer="pool", bsz=32):
    out = None
    for start in range(0, len(images), bsz):
        with torch.no_grad():
            f = net.multi_layer_activations(images[start:start + bsz], [layer])[0].detach().cpu()
        if out is None:
            out = torch.zeros(len(images), f.shape[1])
        out[start:start + len(f)] = f
    return out


def augment(images):
    from torchvision.transforms import v2

    size = tuple(images.shape[-2:])
    change = v2.Compose([v2.RandomResizedCrop(size, scale=(0.6, 1.0)), v2.RandomHorizontalFlip(),
                         v2.ColorJitter(brightness=0.2, contrast=0.2)])
    return torch.stack([change(image).clamp(0, 1) for image in images])


def make_food_classifier(num_features=1280, num_groups=8):
    return nn.Sequential(nn.Dropout(0.8), nn.Linear(num_features, num_groups))
