"""The course's data, ready to use: `load_*` give arrays and tensors, `fetch` the folder with a set's files.

    sentences, ratings = load_movie_snippets()
    (X_train, Y_train), (X_valid, Y_valid), (X_test, Y_test) = load_mnist()
"""

import csv
import sys
from pathlib import Path

import numpy as np

from common.fetching import DataUnavailable, cache_folder, fetch, fetch_all

__all__ = ["DataUnavailable", "FASHION_MNIST_MEAN_STD", "MNIST_MEAN_STD", "NUM_TRAIN_SNIPPETS", "cache_folder",
           "fetch", "fetch_all", "load_fashion_mnist", "load_kaggle", "load_mnist", "load_movie_snippets",
           "movie_snippets_path", "normalize"]

NUM_TRAIN_SNIPPETS = 7000
NUM_VALID_IMAGES = 10_000

# Of the training images' pixels, scaled to 0…1.
MNIST_MEAN_STD = (0.1307, 0.3081)
FASHION_MNIST_MEAN_STD = (0.2860, 0.3530)


def movie_snippets_path():
    """Path of movie_snippets.tsv: UTF-8, a line `id⇥rating⇥sentence` for each of 10,605 sentences.

    They are in the course's order: the first 7,000 lines are for training, the other 3,605 for testing. `id` is the
    number of the line in the original file.
    """
    return fetch("movie_snippets") / "movie_snippets.tsv"


def load_movie_snippets():
    """Sentences of movie reviews and how people rated them, in the course's order (split them at 7,000).

    Returns:
        sentences: list of N = 10,605 str.
        ratings: float64 array (N,), the mean over some 20 people, from -4 (negative) to 4 (positive).
    Source: C. J. Hutto and E. Gilbert, VADER, ICWSM 2014.
    """
    lines = movie_snippets_path().read_text(encoding="utf-8").split("\n")[:-1]
    _, ratings, sentences = zip(*(line.split("\t") for line in lines), strict=True)
    return list(sentences), np.array(ratings, dtype=np.float64)


def load_kaggle(path):
    """Sentences of Kaggle's "Sentiment Analysis on Movie Reviews", for those who have its train.tsv.

    The file has every phrase of each sentence; the first of a SentenceId is the whole sentence. Sentiment 0…4
    becomes a rating of -4, -2, 0, 2 or 4, so that the probability (rating + 4) / 8 is sentiment / 4.

    Args:
        path: str or path of train.tsv (columns PhraseId, SentenceId, Phrase, Sentiment).
    Returns:
        sentences: list of N str (N = 8,529 in Kaggle's file).  ratings: float64 array (N,).
    """
    first = {}
    with Path(path).open(encoding="utf-8", newline="") as file:
        for row in csv.DictReader(file, delimiter="\t", quoting=csv.QUOTE_NONE):
            known = first.setdefault(row["SentenceId"], row)
            if int(row["PhraseId"]) < int(known["PhraseId"]):
                first[row["SentenceId"]] = row
    rows = list(first.values())
    return [row["Phrase"] for row in rows], np.array([2.0 * int(row["Sentiment"]) - 4 for row in rows])


def load_mnist():
    """Handwritten digits: 50,000 to train, 10,000 to validate (the last of the training file), 10,000 to test.

    Returns:
        three pairs (X, Y): X uint8 tensor (N, 1, 28, 28) of grey values 0…255, Y int64 tensor (N,) of labels 0…9.
    """
    return _load_images("mnist")


def load_fashion_mnist():
    """Photographs of clothes in ten classes, in the same form as `load_mnist`."""
    return _load_images("fashion_mnist")


def normalize(images, mean_std=MNIST_MEAN_STD):
    """Grey values 0…255 (uint8 tensor) to float32 of mean 0 and standard deviation 1 over the training set."""
    mean, std = mean_std
    return images.float().div_(255 * std).sub_(mean / std)


def read_idx(path):
    """Read a file of the IDX format of unsigned bytes, of any shape, into a uint8 array.

    Format (yann.lecun.com/exdb/mnist): bytes 0, 0, 8 (unsigned bytes), the number of dimensions; then each
    dimension as a big-endian 32-bit integer; then the values.
    """
    with Path(path).open("rb") as file:
        magic = file.read(4)
        if magic[:3] != b"\0\0\x08":
            raise ValueError(f"{path} is not an IDX file of unsigned bytes")
        shape = np.fromfile(file, dtype=">i4", count=magic[3])
        return np.fromfile(file, dtype=np.uint8).reshape(shape)


def _load_images(name):
    import torch

    folder = fetch(name)
    pairs = []
    for part in ("train", "t10k"):
        images = torch.from_numpy(read_idx(folder / f"{part}-images-idx3-ubyte")).unsqueeze(1)
        labels = torch.from_numpy(read_idx(folder / f"{part}-labels-idx1-ubyte")).long()
        pairs.append((images, labels))
    (X, Y), test = pairs
    return (X[:-NUM_VALID_IMAGES], Y[:-NUM_VALID_IMAGES]), (X[-NUM_VALID_IMAGES:], Y[-NUM_VALID_IMAGES:]), test


if __name__ == "__main__":
    sys.exit(0 if fetch_all(sys.argv[1:]) else 1)
