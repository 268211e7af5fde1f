"""Pictures side by side: images, maps over them, and a grid of both, large enough to see."""

import matplotlib.pyplot as plt
import numpy as np


def as_picture(image):
    """An image as matplotlib takes it: (3, H, W) or (1, 3, H, W) tensors become (H, W, 3), values are cut to 0…1."""
    array = np.asarray(image.detach().cpu() if hasattr(image, "detach") else image, dtype=float)
    array = array[0] if array.ndim == 4 else array
    if array.ndim == 3 and array.shape[0] in (1, 3):
        array = array.transpose(1, 2, 0)
    return np.clip(array[:, :, 0] if array.shape[2:] == (1,) else array, 0, 1)


def show_images(images, titles=None, axes=None, size=3.4, columns=5):
    """Images in a row, or in rows of `columns`, each with its title.

    Args:
        images: tensors or arrays of 0…1: (3, H, W), (1, 3, H, W), (H, W, 3) or (H, W).
        titles: as many texts, or None.  axes: as many axes, new ones by default.  size: inches of one image.
    Returns:
        the matplotlib figure.
    """
    if axes is None:
        columns = min(columns, len(images))
        rows = -(-len(images) // columns)
        _, axes = plt.subplots(rows, columns, figsize=(size * columns, (size + 0.4) * rows), layout="constrained",
                               squeeze=False)
        axes = axes.ravel()
    for number, ax in enumerate(axes):
        ax.axis("off")
        if number < len(images):
            ax.imshow(as_picture(images[number]), vmin=0, vmax=1)
            if titles is not None:
                ax.set_title(titles[number])
    return axes[0].figure


def show_map(values, title="", ax=None, symmetric=False, cmap=None, vmin=None, vmax=None, over=None, margin=0,
             label=""):
    """A map of numbers with its colour bar.

    Args:
        values: (H, W) tensor or array.  ax: axes, new ones by default.
        symmetric: the scale reaches as far below zero as above, in blue and red.
        cmap: by default a map fit for every kind of colour vision.  vmin, vmax: ends of the scale.
        over: an image; the map is stretched over it and lets it shine through.
        margin: pixels of that image which the map leaves free on every side.
        label: of the colour bar.
    Returns:
        the axes.
    """
    ax = ax or plt.subplots(figsize=(4.6, 4), layout="constrained")[1]
    values = np.asarray(values.detach().cpu() if hasattr(values, "detach") else values, dtype=float)
    options = {"cmap": cmap or ("RdBu_r" if symmetric else "viridis"), "vmin": vmin, "vmax": vmax}
    if symmetric:
        limit = np.abs(values).max() or 1.0
        options |= {"vmin": -limit, "vmax": limit}
    if over is not None:
        picture = as_picture(over)
        grey = picture if picture.ndim == 2 else picture.mean(axis=2)
        height, width = grey.shape
        ax.imshow(grey, cmap="gray", vmin=0, vmax=1)
        options |= {"alpha": 0.6, "extent": (margin - 0.5, width - margin - 0.5, height - margin - 0.5, margin - 0.5)}
    drawn = ax.imshow(values, **options)
    ax.set(xlim=ax.images[0].get_extent()[:2], ylim=ax.images[0].get_extent()[2:])
    bar = ax.figure.colorbar(drawn, ax=ax, fraction=0.046, pad=0.03, label=label)
    bar.solids.set_alpha(1)
    ax.set_title(title)
    ax.axis("off")
    return ax
