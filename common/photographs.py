"""Photographs as arrays and tensors: those that the course fetches, your own files, and a small labelled set."""

import io
import zipfile
from pathlib import Path

import numpy as np

from common.fetching import entry_of, fetch

PHOTOGRAPHS = ("photographs", "photographs_china")  # sets in data/registry.toml
FOOD_GROUPS = ("grains and pulses", "leafy vegetables", "vegetables", "fruit", "roots", "spices", "nuts and seeds",
               "fish")
NUM_TRAIN_FOODS = 240


def photograph_names():
    """The names that `load_photograph` knows: "camera", "chelsea", "coffee", …"""
    return [Path(file).stem for name in PHOTOGRAPHS for file in entry_of(name)["files"]]


def load_photograph(name):
    """A colour photograph as a uint8 array (H, W, 3).

    Args:
        name: one of `photograph_names()`, or the path of a picture of your own (JPEG, PNG …; a phone's turn is undone).
    Raises:
        FileNotFoundError: neither.
    """
    from PIL import Image, ImageOps

    path = Path(name)
    for collection in PHOTOGRAPHS:
        for file in entry_of(collection)["files"]:
            if Path(file).stem == str(name):
                path = fetch(collection) / file
    if not path.is_file():
        raise FileNotFoundError(f"{name!r} is no file, and no photograph of {', '.join(photograph_names())}")
    with Image.open(path) as picture:
        return np.array(ImageOps.exif_transpose(picture).convert("RGB"))


def fit(photograph, size):
    """The middle of a photograph as a tensor: the shorter side resized to `size`, then cut to a square.

    Args:
        photograph: uint8 array (H, W, 3).  size: int.
    Returns:
        float32 tensor (3, size, size) of values 0…1.
    """
    import torch
    import torch.nn.functional as F

    x = torch.from_numpy(np.ascontiguousarray(photograph)).permute(2, 0, 1).float()[None] / 255
    height, width = x.shape[2:]
    scale = size / min(height, width)
    x = F.interpolate(x, (round(height * scale), round(width * scale)), mode="bilinear", antialias=True)
    top, left = (x.shape[2] - size) // 2, (x.shape[3] - size) // 2
    return x[0, :, top:top + size, left:left + size].clamp(0, 1)


def load_foods(size=224):
    """Photographs of foods in eight groups (FOOD_GROUPS): 240 to train, 152 to test, no picture twice.

    Returns:
        two pairs (X, Y): X float32 tensor (N, 3, size, size) of 0…1, the middle of each picture as `fit` cuts it;
        Y int64 tensor (N,), a group's number 0…7.
    Source: T. Longvah et al., Indian Food Composition Tables, 2017.
    """
    import torch
    from PIL import Image

    folder = fetch("foods")
    labels = [int(line.split("\t")[1]) for line in (folder / "groups.tsv").read_text().splitlines()]
    pictures = []
    with zipfile.ZipFile(folder / "photographs.zip") as archive:
        for name in sorted(archive.namelist()):
            with Image.open(io.BytesIO(archive.read(name))) as picture:
                pictures.append(fit(np.array(picture.convert("RGB")), size))
    X, Y = torch.stack(pictures), torch.tensor(labels)
    return (X[:NUM_TRAIN_FOODS], Y[:NUM_TRAIN_FOODS]), (X[NUM_TRAIN_FOODS:], Y[NUM_TRAIN_FOODS:])
