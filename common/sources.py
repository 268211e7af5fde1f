"""Where files come from: clients of public package registries, torchvision's own downloader, this repository.

Every kind of source answers the same question, `obtain(source, names, scratch, desc)`: give the content of
these files, one at a time. An archive that has been downloaded stays in `scratch` until the caller removes
it, so that a fetch that was interrupted goes on where it stopped.
"""

import gzip
import importlib.util
import io
import os
import re
import shutil
import signal
import subprocess
import sys
import tarfile
import tempfile
import time
import zipfile
from pathlib import Path

import pooch

from common.progress import progress

# Seconds. A server that does not answer is given up quickly, and so is a client that brings nothing more: there may
# be another source.
ANSWER_WITHIN = 5
STALLED_AFTER = 30

SIGNS_OF_NO_CONNECTION = re.compile(
    "name resolution|resolving|service not known|connection|timed out|EAI_AGAIN|ENOTFOUND", re.IGNORECASE)

TORCHVISION_DOWNLOAD = f"""
import socket, sys
sys.path.insert(0, {str(Path(__file__).resolve().parent)!r})
import torchvision_ops
socket.setdefaulttimeout({ANSWER_WITHIN})
from torchvision import datasets
getattr(datasets, sys.argv[1])(sys.argv[2], download=True)
"""


class SourceFailed(Exception):
    """A source could not give what was asked of it; the message says why, in a few words."""


def obtain(source, names, scratch, desc):
    """Yield (name, content) for each of the file `names` that stand in `source`, an entry of the registry.

    Args:
        source: dict with `kind`, `package` and what its kind needs (`archive`, `members`).
        names: list of str, the files wanted.
        scratch: pathlib.Path, an existing folder for downloads, kept between calls.
        desc: str, what the progress bar says.
    Raises:
        SourceFailed: the client is not installed, no connection, not the archive that we know …
    """
    if source["kind"] == "torchvision":
        yield from _from_torchvision(source, names, scratch, desc)
    else:
        archive = _fetch_archive(source, scratch, desc)
        for name in names:
            yield name, read_member(archive, source["members"][name])


def read_member(archive, member):
    """Read one file (bytes) out of an archive (.zip, .whl, .tar.*, .tgz, .deb), or of an archive inside it.

    Args:
        archive: pathlib.Path.
        member: str, the path inside it; "a.tar.gz!b" is b inside a.tar.gz; what ends in .gz comes unpacked; "." is
            the archive itself, for files derived from many of its members.
    """
    if member == ".":
        return archive.read_bytes()
    outer, *inner = member.split("!")
    try:
        with archive.open("rb") as file:
            content = _read_from(archive.name, file, outer)
        for path in inner:
            content = _read_from(outer, io.BytesIO(content), path)
            outer = path
        return gzip.decompress(content) if outer.endswith(".gz") else content
    except (KeyError, OSError, EOFError, tarfile.TarError, zipfile.BadZipFile,
            subprocess.SubprocessError) as error:
        raise SourceFailed(f"{member} cannot be read from {archive.name}: {error}") from error


def _read_from(archive_name, file, path):
    if archive_name.endswith((".zip", ".whl")):
        with zipfile.ZipFile(file) as archive:
            return archive.read(path)
    if archive_name.endswith(".deb"):
        _require("dpkg-deb")
        unpacked = subprocess.run(["dpkg-deb", "--fsys-tarfile", file.name], check=True, capture_output=True)
        file, path = io.BytesIO(unpacked.stdout), f"./{path}"
    with tarfile.open(fileobj=file) as archive:
        return archive.extractfile(path).read()


def _from_torchvision(source, names, scratch, desc):
    if importlib.util.find_spec("torchvision") is None:
        raise SourceFailed("torchvision is not installed")
    root = scratch / "torchvision"
    root.mkdir(exist_ok=True)
    command = [sys.executable, "-c", TORCHVISION_DOWNLOAD, source["package"], str(root)]
    _run_client(command, root, desc, total=None)
    for name in names:
        yield name, (root / source["package"] / "raw" / name).read_bytes()


def _fetch_archive(source, scratch, desc):
    """Download the source's archive into `scratch`, unless it is there and whole; return its path."""
    archive = source["archive"]
    pooch.get_logger().setLevel("WARNING")  # our bar says what it would say

    def client(url, output_file, _pooch):
        with tempfile.TemporaryDirectory(dir=scratch, prefix="download-") as folder:
            CLIENTS[source["kind"]](source, Path(folder), desc)
            [downloaded] = Path(folder).glob(f"*{Path(archive['name']).suffix}")
            os.replace(downloaded, output_file)

    try:
        return Path(pooch.retrieve(f"{source['kind']}:{source['package']}", known_hash=archive.get("sha256"),
                                   fname=archive["name"], path=scratch, downloader=client))
    except ValueError as error:  # pooch's word for a wrong checksum
        raise SourceFailed(f"{archive['name']} is not the archive that we know (SHA-256 differs)") from error


def _pip(source, folder, desc):
    """pip prepares a source package's metadata, which runs its setup.py: the one that we know, or none."""
    requirements = folder / "requirements.txt"
    requirements.write_text(f"{source['package']} --hash=sha256:{source['archive']['sha256']}\n")
    wheel_or_not = "--only-binary" if source["archive"]["name"].endswith(".whl") else "--no-binary"
    command = [sys.executable, "-m", "pip", "download", "--quiet", "--disable-pip-version-check", "--no-deps",
               "--require-hashes", "--no-build-isolation", wheel_or_not, ":all:", "--retries", "1",
               "--timeout", str(ANSWER_WITHIN), "--dest", str(folder), "--requirement", str(requirements),
               *_platform_of(source["archive"]["name"])]
    _run_client(command, folder, desc, source["archive"]["size"])


def _platform_of(name):
    """pip's options for a wheel that is built for one platform: we read its data on any other one, too."""
    if not name.endswith(".whl") or name.endswith("-none-any.whl"):
        return []
    python, abi, platforms = name.removesuffix(".whl").split("-")[-3:]
    version = f"{python[2]}.{python[3:]}"
    return ["--implementation", "cp", "--python-version", version, "--abi", abi,
            *(option for platform in platforms.split(".") for option in ("--platform", platform))]


def _npm(source, folder, desc):
    _require("npm")
    command = ["npm", "pack", "--ignore-scripts", "--loglevel=error", "--fetch-retries=1",
               "--fetch-retry-mintimeout=1000", "--cache", str(folder / "npm"), "--pack-destination", str(folder),
               source["package"]]
    _run_client(command, folder, desc, source["archive"]["size"])


def _apt(source, folder, desc):
    _require("apt-get")
    _require("dpkg-deb")
    options = ["Acquire::Retries=0", f"Acquire::http::Timeout={ANSWER_WITHIN}",
               f"Acquire::https::Timeout={ANSWER_WITHIN}"]
    command = ["apt-get", "download", "--quiet", *(f"-o{option}" for option in options), source["package"]]
    _run_client(command, folder, desc, source["archive"]["size"])


def _beside_the_registry(source, folder, desc):
    shutil.copy(Path(__file__).resolve().parent.parent / "data" / source["package"], folder)


CLIENTS = {"pypi": _pip, "npm": _npm, "apt": _apt, "repository": _beside_the_registry}


def _require(program):
    if shutil.which(program) is None:
        raise SourceFailed(f"{program} is not installed")


def _run_client(command, folder, desc, total):
    """Run a client in `folder`, with its temporary files, and show a bar over the bytes that arrive there."""
    before = _size(folder)
    bar = progress(desc=desc, total=total, unit="B", unit_scale=True)
    with tempfile.TemporaryFile() as output, bar:
        process = subprocess.Popen(command, cwd=folder, env=os.environ | {"TMPDIR": str(folder)},
                                   stdin=subprocess.DEVNULL, stdout=output, stderr=subprocess.STDOUT,
                                   start_new_session=True)
        try:
            arrived, since = 0, time.monotonic()
            while process.poll() is None:
                if _size(folder) - before != arrived:
                    arrived, since = _size(folder) - before, time.monotonic()
                    bar.update(max(0, min(arrived, total or arrived) - bar.n))
                if time.monotonic() - since > STALLED_AFTER:
                    raise SourceFailed(f"nothing more came for {STALLED_AFTER} seconds")
                time.sleep(0.1)
        finally:
            if process.poll() is None:
                os.killpg(process.pid, signal.SIGKILL)
                process.wait()
        if process.returncode:
            output.seek(0)
            said = output.read().decode(errors="replace").strip()
            if SIGNS_OF_NO_CONNECTION.search(said):
                raise SourceFailed("no connection")
            raise SourceFailed(said.splitlines()[-1][:200] if said else f"exit code {process.returncode}")
        bar.update((total or bar.n) - bar.n)


def _size(folder):
    """Bytes in the files below `folder`, some of which may go away while we look."""
    size = 0
    for path, _, names in os.walk(folder):
        for name in names:
            try:
                size += os.stat(os.path.join(path, name)).st_size
            except FileNotFoundError:
                pass
    return size
