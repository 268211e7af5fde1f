"""Read what came from outside: a folder or a zip, as a list of plain files. Nothing is written here.

An archive is somebody else's program for our disk. Links, paths that lead elsewhere, encrypted and swollen
entries are refused one by one, with a sentence each; what is sound beside them is kept.
"""

import functools
import os
import stat
import struct
import unicodedata
import zipfile
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path, PurePosixPath
from zoneinfo import ZoneInfo

from grading.course import UsageError

MAX_FILE = 100 * 2**20  # bytes of one file, unpacked
MAX_TOTAL = 8 * 2**30  # of everything in one archive or folder
MAX_INNER = 400 * 2**20  # of what one student packed
MAX_FILES = 50_000
MAX_INNER_FILES = 500
MAX_DEPTH = 12  # folders in folders
TIMESTAMP = 0x5455  # the extra field of Unix times in a zip


class Refused(ValueError):
    """A file that is not taken; the text says why."""


@dataclass(frozen=True)
class File:
    """One file: its path with /, when it was last changed (aware, as far as the archive says), and how to read it.

    `read()` gives its bytes or raises Refused. Only then is it unpacked: a class's archive may not fit into memory.
    """

    path: str
    changed: datetime | None
    read: Callable[[], bytes]

    @property
    def name(self) -> str:
        return self.path.rpartition("/")[2]


@dataclass
class Unpacked:
    files: list[File] = field(default_factory=list)
    refused: list[tuple[str, str]] = field(default_factory=list)  # path, why


def unpack(path: Path, zone: ZoneInfo) -> Unpacked:
    """Everything in a folder or zip. zone: that of the times in a zip that name none."""
    if path.is_dir():
        return _folder(path)
    if not path.is_file():
        raise UsageError(f"{path}: no such file or folder")
    try:
        return unzip(path, zone, MAX_TOTAL, MAX_FILES)
    except (zipfile.BadZipFile, OSError, ValueError) as error:
        raise UsageError(f"{path}: expected a folder or a zip: {error}")


def _folder(root: Path) -> Unpacked:
    found, total = Unpacked(), 0
    for folder, folders, names in os.walk(root):
        here = Path(folder)
        for name in [*folders]:
            if (here / name).is_symlink() or len((here / name).relative_to(root).parts) > MAX_DEPTH:
                folders.remove(name)
                why = "a link" if (here / name).is_symlink() else f"more than {MAX_DEPTH} folders in each other"
                found.refused.append(((here / name).relative_to(root).as_posix(), why))
        folders.sort()
        for name in sorted(names):
            path, shown = here / name, (here / name).relative_to(root).as_posix()
            about = path.lstat()
            total += about.st_size
            if not stat.S_ISREG(about.st_mode):
                found.refused.append((shown, "a link or no plain file"))
            elif about.st_size > MAX_FILE:
                found.refused.append((shown, f"larger than {MAX_FILE // 2**20} MB"))
            elif total > MAX_TOTAL or len(found.files) >= MAX_FILES:
                found.refused.append((shown, "the folder holds too much"))
            else:
                changed = datetime.fromtimestamp(int(about.st_mtime), UTC)
                found.files.append(File(unicodedata.normalize("NFC", shown), changed, path.read_bytes))
    return found


def unzip(file, zone: ZoneInfo, most: int = MAX_INNER, entries: int = MAX_INNER_FILES) -> Unpacked:
    """The files of a zip (a path, or an open file), of which at most `most` bytes are read in all.

    Raises BadZipFile or ValueError when it is no zip.
    """
    found, archive, seen = Unpacked(), zipfile.ZipFile(file), set()
    read = functools.partial(_data, archive, [most])
    for number, info in enumerate(archive.infolist()):
        shown = "".join(c if c.isprintable() else "?" for c in info.orig_filename)[:300]
        if info.is_dir():
            continue
        if number >= entries:
            found.refused.append((shown, f"the archive has more than {entries} entries"))
            break
        path, why = _path(info)
        if why or path in seen:
            found.refused.append((shown, why or "there twice under this name"))
            continue
        seen.add(path)
        found.files.append(File(path, _changed(info, zone), functools.partial(read, info)))
    return found


def _path(info: zipfile.ZipInfo) -> tuple[str, str]:
    """The entry's path, and why it can't be one of ours ('' when it can)."""
    raw = unicodedata.normalize("NFC", info.orig_filename)
    parts = PurePosixPath(raw).parts
    if stat.S_IFMT(info.external_attr >> 16) not in (stat.S_IFREG, 0):  # 0: programs for Windows leave the kind out
        return "", "a link or no plain file"
    if not parts or raw.startswith("/") or ".." in parts or "\\" in raw or ":" in parts[0] or not raw.isprintable():
        return "", "a path that leads out of the archive, or with strange characters"
    if len(parts) > MAX_DEPTH or max(map(len, parts)) > 250 or len(raw) > 1000:
        return "", "a path that is too long or too deep"
    return "/".join(parts), ""


def _data(archive: zipfile.ZipFile, left: list[int], info: zipfile.ZipInfo) -> bytes:
    """An entry's bytes, counted while they are unpacked: what the archive says of its sizes is not believed."""
    if info.flag_bits & 1:
        raise Refused("encrypted")
    most = min(left[0], MAX_FILE)
    try:
        with archive.open(info) as entry:
            data = entry.read(most + 1)
    except Exception as error:  # BadZipFile, zlib.error, LZMAError …: each method of compression has its own
        raise Refused(f"cannot be unpacked: {error}")
    if len(data) > most:
        raise Refused("it unpacks to more than is allowed")
    left[0] -= len(data)
    return data


def _changed(info: zipfile.ZipInfo, zone: ZoneInfo) -> datetime | None:
    """When the entry was changed: its Unix time if it has one, else the local time that every zip has."""
    extra = info.extra
    while len(extra) >= 4:
        kind, size = struct.unpack("<HH", extra[:4])
        if kind == TIMESTAMP and size >= 5 and len(extra) >= 9 and extra[4] & 1:
            return datetime.fromtimestamp(struct.unpack("<i", extra[5:9])[0], UTC)
        extra = extra[4 + size:]
    try:
        when = datetime(*info.date_time, tzinfo=zone)
    except ValueError:
        return None
    return when.astimezone(UTC) if info.date_time > (1980, 1, 1, 0, 0, 0) else None
