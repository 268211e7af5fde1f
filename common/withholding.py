"""Copies of the data in which the labels to be predicted are worthless, for programs that must not know them.

`withhold("mnist", destination)` writes the set into a cache folder of its own. A process that runs with
COURSE_DATA=destination uses `common.data` as ever: the same files of the same size, where the test labels are the
right ones in a random order. A file beside them says which SHA-256 the altered file has, so it passes the checks.
"""

import hashlib
import json
from pathlib import Path

import numpy as np

from common.fetching import WITHHELD, entry_of, faults, fetch, land


def withhold(name, destination, seed=None):
    """Write a copy of a data set whose test labels carry no information, unless a complete one is there already.

    Args:
        name: str, a set in data/registry.toml. A set without `withheld` there is copied as it is.
        destination: path of a folder, the COURSE_DATA of those who get the copy.
        seed: int or sequence of int, for numpy.random.default_rng; who knows it can put the labels in order again.
            None: not to be guessed.
    Returns:
        pathlib.Path of the set's folder below `destination`.
    """
    entry = entry_of(name)
    folder, withheld = Path(destination) / entry.get("folder", name), entry.get("withheld")
    if (withheld is None or (folder / WITHHELD).exists()) and not faults(entry, folder):
        return folder
    source = fetch(name)
    for file in entry["files"]:
        content = (source / file).read_bytes()
        if withheld is not None and file == withheld["file"]:
            content = ALTERATIONS[withheld["kind"]](content, withheld, np.random.default_rng(seed))
            land(folder / WITHHELD, json.dumps({file: hashlib.sha256(content).hexdigest()}).encode())
        land(folder / file, content)
    if found := faults(entry, folder, check_everything=True):
        raise RuntimeError(f"the copy of {name} in {folder} is wrong: {found}")
    return folder


def _permute_idx_labels(content, withheld, rng):
    """The labels of an IDX file of labels (8 bytes of header), in a random order."""
    return content[:8] + rng.permutation(np.frombuffer(content[8:], dtype=np.uint8)).tobytes()


def _permute_tsv_column(content, withheld, rng):
    """A table of tab-separated values whose `column`, from row `first` on, is in a random order."""
    rows = [line.split(b"\t") for line in content.split(b"\n")[:-1]]
    hidden, column = rows[withheld["first"]:], withheld["column"]
    values = [row[column] for row in hidden]
    for row, index in zip(hidden, rng.permutation(len(values)), strict=True):
        row[column] = values[index]
    return b"".join(b"\t".join(row) + b"\n" for row in rows)


def _permute_letters(content, withheld, rng):
    """A table of tab-separated values; the entries of `column`, from row `first` on, have their letters mixed up."""
    rows = [line.split("\t") for line in content.decode("utf-8").split("\n")[:-1]]
    for row in rows[withheld["first"]:]:
        row[withheld["column"]] = "".join(rng.permutation(list(row[withheld["column"]])))
    return "".join("\t".join(row) + "\n" for row in rows).encode()


ALTERATIONS = {"idx-labels": _permute_idx_labels, "tsv-column": _permute_tsv_column, "letters": _permute_letters}
