"""The registry of data sets and the cache: what is there is checked, what is not is fetched.

    fetch("mnist")            the folder with the files, fetched if need be
    python -m common.data     fetch and check all sets (`make data` does the same)

Environment variable COURSE_DATA: the folder of the cache, in place of data/cache beside data/registry.toml.
"""

import json
import os
import shutil
import sys
import tomllib
import uuid
from pathlib import Path

import pooch
from filelock import FileLock

from common.derived import DERIVATIONS
from common.sources import SourceFailed, obtain

REGISTRY = Path(__file__).resolve().parent.parent / "data" / "registry.toml"
STAMP = ".verified.json"  # in a set's folder: size and time of each file when its SHA-256 was last computed
WITHHELD = "withheld.json"  # in a set's folder: the SHA-256 of files that common.withholding has altered


class DataUnavailable(RuntimeError):
    """A data set is neither in the cache nor to be had; the message says what was tried and what to do."""


def registry():
    """Read data/registry.toml: a dict from a set's name to its entry."""
    return tomllib.loads(REGISTRY.read_text(encoding="utf-8"))


def cache_folder():
    """Folder of the cache. torchvision's classes find their files there: `datasets.MNIST(cache_folder())`."""
    return Path(os.environ.get("COURSE_DATA") or REGISTRY.parent / "cache").expanduser().absolute()


def entry_of(name):
    """The registry's entry of one set. Raises ValueError, naming the known sets, when there is none."""
    sets = registry()
    if name not in sets:
        raise ValueError(f"there is no data set {name!r}; there are {', '.join(sets)}")
    return sets[name]


def folder_of(name):
    """Where the files of a set stand, there or not."""
    return cache_folder() / entry_of(name).get("folder", name)


def fetch(name, check_everything=False):
    """Make sure that all files of a set are in the cache and are the right ones.

    Args:
        name: str, a set in data/registry.toml.
        check_everything: compute the SHA-256 of every file. Otherwise a file passes whose size and time of
            modification are those of its last full check.
    Returns:
        pathlib.Path of the folder with the set's files.
    Raises:
        ValueError: no such set.  DataUnavailable: something is missing and no source could give it.
    """
    entry, folder = entry_of(name), folder_of(name)
    if not faults(entry, folder, check_everything):
        return folder
    try:
        scratch = cache_folder() / ".fetching"
        scratch.mkdir(parents=True, exist_ok=True)
        with FileLock(scratch / f"{name}.lock"):
            found = faults(entry, folder, check_everything)  # another process may have been here
            for file, fault in found.items():
                if fault != "missing":
                    _say(f"{folder / file} is {fault}: fetching it again")
            _fetch_files(name, entry, folder, list(found), scratch / name)
    except OSError as error:
        raise DataUnavailable(f"The data set '{name}' is not complete in {folder} and cannot be put there "
                              f"({error}); set COURSE_DATA to a folder that you may write to.") from error
    return folder


def faults(entry, folder, check_everything=False):
    """What is wrong with the files of a set: a dict from file name to "missing", "truncated …", "altered"."""
    stamps, expected = _read_json(folder / STAMP), _expected_sha256(entry, folder)
    found, checked = {}, {}
    for file, sha256 in expected.items():
        path = folder / file
        try:
            status = path.stat()
        except (FileNotFoundError, NotADirectoryError):
            found[file] = "missing"
            continue
        size, stamp = entry["files"][file]["size"], [status.st_size, status.st_mtime_ns, sha256]
        if status.st_size < size:
            found[file] = f"truncated ({status.st_size:,} of {size:,} bytes)"
        elif not check_everything and stamps.get(file) == stamp or pooch.file_hash(path) == sha256:
            checked[file] = stamp
        else:
            found[file] = "altered"
    if checked and checked != stamps:
        try:
            land(folder / STAMP, json.dumps(checked).encode())
        except OSError:
            pass  # a folder that is only ours to read: check again next time
    return found


def fetch_all(names=None):
    """Fetch and fully check the sets `names` (all of them by default), then print a table of what is there.

    Returns:
        bool: everything is there.
    """
    rows, complete = [], True
    for name in names or registry():
        entry = entry_of(name)
        try:
            fetch(name, check_everything=True)
            state = "ready"
        except DataUnavailable as error:
            _say(str(error))
            complete, state = False, "not available"
        size = sum(file["size"] for file in entry["files"].values())
        rows.append((name, state, f"{size / 1e6:.1f} MB", str(folder_of(name))))
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    for row in rows:
        cells = (cell.ljust(width) for cell, width in zip(row, widths, strict=True))
        print("  ".join(cells).rstrip())
    return complete


def _expected_sha256(entry, folder):
    expected = {file: facts["sha256"] for file, facts in entry["files"].items()}
    return expected | _read_json(folder / WITHHELD)


def _fetch_files(name, entry, folder, wanted, scratch):
    """Try the sources in order until every wanted file has landed; each file lands as soon as it is right."""
    expected, reasons = _expected_sha256(entry, folder), []
    for source in entry["sources"]:
        if not wanted:
            break
        scratch.mkdir(exist_ok=True)
        described = f"{source['kind']} {source['package']}"
        try:
            for file, content in obtain(source, list(wanted), scratch, f"{name} from {described}"):
                if derivation := entry["files"][file].get("derivation"):
                    content = DERIVATIONS[derivation](content)
                temporary = _write_beside(folder / file, content)
                if pooch.file_hash(temporary) != expected[file]:
                    temporary.unlink()
                    shutil.rmtree(scratch)  # what was downloaded is of no use
                    raise SourceFailed(f"its {file} is not the one that we know (SHA-256 differs)")
                os.replace(temporary, folder / file)
                wanted.remove(file)
        except SourceFailed as error:
            reasons.append(f"{described}: {error}")
    if wanted:
        raise DataUnavailable(
            f"The data set '{name}' is not complete in {folder} and no source could give it "
            f"({'; '.join(reasons)}): connect to the internet and run `make data`, or copy this folder "
            f"from a machine that has it.")
    shutil.rmtree(scratch, ignore_errors=True)
    faults(entry, folder)  # writes the stamp


def land(path, content):
    """Write a file so that nobody ever sees half of it."""
    os.replace(_write_beside(path, content), path)


def _write_beside(path, content):
    path.parent.mkdir(parents=True, exist_ok=True)
    temporary = path.with_name(f".{path.name}.{uuid.uuid4().hex}.part")
    try:
        temporary.write_bytes(content)
    except BaseException:
        temporary.unlink(missing_ok=True)
        raise
    return temporary


def _read_json(path):
    try:
        return json.loads(path.read_bytes())
    except (OSError, ValueError):
        return {}


def _say(message):
    print(message, file=sys.stderr, flush=True)
