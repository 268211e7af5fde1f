"""Augmentation."""

# %% wrong="nothing" exercise="augment" loses="augment/new variants"
# The images as they are.
def augment(images):
    return images.clone()

# %% wrong="all-alike" exercise="augment" loses="augment/new variants, augment/still the same digits"
# One shift for the whole batch.
def augment(images):
    dy, dx = np.random.randint(-2, 3, 2)
    padded = F.pad(images, (2, 2, 2, 2), value=images.min().item())
    return padded[:, :, 2 + dy : 30 + dy, 2 + dx : 30 + dx]

# %% wrong="in-place" exercise="augment" loses="augment/new variants"
# Writes into the batch that it is given.
def augment(images):
    for i in range(len(images)):
        dy, dx = np.random.randint(-2, 3, 2)
        images[i] = torch.roll(images[i], (int(dy), int(dx)), (1, 2))
    return images

# %% wrong="once" exercise="augment" loses="augment/new variants"
# A seed inside: in each epoch the same variants.
def augment(images):
    torch.manual_seed(0)
    padded, batch = F.pad(images, (2, 2, 2, 2), value=-0.4242), len(images)
    shifts = torch.randint(0, 5, (batch, 2)).tolist()
    return torch.stack([padded[i, :, y : y + 28, x : x + 28] for i, (y, x) in enumerate(shifts)])

# %% wrong="too-far" exercise="augment" loses="augment/still the same digits"
# Up to 14 pixels: half of the digit may be gone.
def augment(images):
    padded, batch = F.pad(images, (14, 14, 14, 14), value=-0.4242), len(images)
    shifts = torch.randint(0, 29, (batch, 2)).tolist()
    return torch.stack([padded[i, :, y : y + 28, x : x + 28] for i, (y, x) in enumerate(shifts)])

# %% wrong="noise" exercise="augment" loses="augment/still the same digits"
# Noise in which nobody finds the digit.
def augment(images):
    return images + 5 * torch.randn_like(images)

# %% wrong="grey-border" exercise="augment" loses="augment/still the same digits"
# Padded with zeros, which is grey here and not black.
def augment(images):
    padded, batch = F.pad(images, (2, 2, 2, 2)), len(images)
    shifts = torch.randint(0, 5, (batch, 2)).tolist()
    return torch.stack([padded[i, :, y : y + 28, x : x + 28] for i, (y, x) in enumerate(shifts)])

# %% right="loop" exercise="augment"
# One image after the other, with a little noise.
def augment(images):
    padded, found = F.pad(images, (2, 2, 2, 2), value=-0.4242), []
    for image in padded:
        y, x = np.random.randint(0, 5, 2)
        found.append(image[:, y : y + 28, x : x + 28])
    return torch.stack(found) + 0.05 * torch.randn_like(images)

# %% right="affine-grid" exercise="augment"
# Shift, rotation and scale by interpolation.
def augment(images):
    batch = len(images)
    angle = (torch.rand(batch) - 0.5) * 0.4
    scale = 1 + (torch.rand(batch) - 0.5) * 0.2
    shift = (torch.rand(batch, 2) - 0.5) * 8 / 28
    cos, sin = torch.cos(angle) * scale, torch.sin(angle) * scale
    theta = torch.stack([torch.stack([cos, -sin, shift[:, 0]], 1), torch.stack([sin, cos, shift[:, 1]], 1)], 1)
    grid = F.affine_grid(theta.to(images), images.shape, align_corners=False)
    background = -0.4242
    return F.grid_sample(images - background, grid, align_corners=False) + background
