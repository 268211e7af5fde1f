"""A registry, a cache and package clients of our own, in a temporary folder: no test here uses the network."""

import hashlib
import io
import os
import sys
import tarfile

import pytest

from common import fetching

# Stands in for npm and apt-get: it notes that it was called, then does what the file `behaviour` beside it says.
CLIENT = """#!{python}
import pathlib, shutil, sys, time
here, name = pathlib.Path({folder!r}), pathlib.Path(sys.argv[0]).name
with (here / "calls").open("a") as calls:
    calls.write(name + "\\n")
if (here / "wait-for").exists():
    while not (here / "go").exists():
        time.sleep(0.01)
if not (here / (name + ".tgz")).exists():
    sys.exit("getaddrinfo ENOTFOUND registry.example")
shutil.copy(here / (name + ".tgz"), "toy-1.0.tgz")
"""


def make_tgz(files):
    """A .tgz of a folder `package` with the files, as bytes."""
    buffer = io.BytesIO()
    with tarfile.open(fileobj=buffer, mode="w:gz") as archive:
        for name, content in files.items():
            info = tarfile.TarInfo(f"package/{name}")
            info.size = len(content)
            archive.addfile(info, io.BytesIO(content))
    return buffer.getvalue()


class Toy:
    """The data set `toy`, which has two sources: an npm package, then a Debian package."""

    files = {"a.txt": b"alpha\n" * 100, "b.txt": b"".join(b"%d\tvalue %d\tbeta\n" % (i, i) for i in range(100))}

    def __init__(self, folder):
        self.folder, self.cache, self.bin = folder, folder / "cache", folder / "bin"
        self.bin.mkdir()
        for client in ("npm", "apt-get", "dpkg-deb"):
            (self.bin / client).write_text(CLIENT.format(python=sys.executable, folder=str(folder)))
            (self.bin / client).chmod(0o755)
        self.raw, self.registry = self.cache / "toy" / "raw", folder / "registry.toml"
        self.archive = make_tgz(self.files)
        self.write_registry()

    def write_registry(self, archive_sha256=None, derivation=None):
        checksum = f', sha256 = "{archive_sha256}"' if archive_sha256 else ""
        derived = f', derivation = "{derivation}"' if derivation else ""
        members = "{ " + ", ".join(f'"{name}" = "package/{name}"' for name in self.files) + " }"
        withheld = '{ file = "b.txt", kind = "tsv-column", column = 1, first = 40 }'
        lines = ['[toy]', 'folder = "toy/raw"', f'withheld = {withheld}', '[toy.files]']
        lines += [f'"{name}" = {{ size = {len(content)}, sha256 = "{hashlib.sha256(content).hexdigest()}"{derived} }}'
                  for name, content in self.files.items()]
        for kind in ("npm", "apt"):
            lines += ["[[toy.sources]]", f'kind = "{kind}"', 'package = "toy"', f"members = {members}",
                      f'archive = {{ name = "toy.tgz", size = {len(self.archive)}{checksum} }}']
        self.registry.write_text("\n".join(lines))

    def serve(self, client, **altered):
        """Let `npm` or `apt-get` find the package from now on, with some of its files (a, b) altered."""
        files = self.files | {f"{name}.txt": content for name, content in altered.items()}
        (self.folder / f"{client}.tgz").write_bytes(make_tgz(files) if altered else self.archive)

    @property
    def calls(self):
        path = self.folder / "calls"
        return path.read_text().split() if path.exists() else []

    @property
    def environment(self):
        return os.environ | {"COURSE_DATA": str(self.cache), "PATH": str(self.bin)}


@pytest.fixture
def toy(tmp_path, monkeypatch):
    made = Toy(tmp_path)
    monkeypatch.setattr(fetching, "REGISTRY", made.registry)
    monkeypatch.setenv("COURSE_DATA", str(made.cache))
    monkeypatch.setenv("PATH", str(made.bin))
    return made
