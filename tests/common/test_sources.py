"""pytest tests/common/test_sources.py"""

import gzip
import hashlib
import io
import shutil
import subprocess
import tarfile
import zipfile

import pytest

from common.sources import SourceFailed, obtain, read_member


def write_sdist(folder, marker):
    """A source package whose setup.py leaves a marker when it is run."""
    setup = f"open({str(marker)!r}, 'w')\nfrom setuptools import setup\nsetup(name='toy-data', version='1.0')\n"
    path = folder / "toy-data-1.0.tar.gz"
    with tarfile.open(path, "w:gz") as archive:
        for name, text in {"setup.py": setup, "values.txt": "1 2 3\n",
                           "PKG-INFO": "Metadata-Version: 1.0\nName: toy-data\nVersion: 1.0\n"}.items():
            info = tarfile.TarInfo(f"toy-data-1.0/{name}")
            info.size = len(text)
            archive.addfile(info, io.BytesIO(text.encode()))
    return path


def test_a_member_of_a_zip_of_a_tar_of_a_gz_is_read(tmp_path):
    inner = io.BytesIO()
    with tarfile.open(fileobj=inner, mode="w:gz") as archive:
        packed = gzip.compress(b"deep")
        info = tarfile.TarInfo("folder/values.gz")
        info.size = len(packed)
        archive.addfile(info, io.BytesIO(packed))
    with zipfile.ZipFile(tmp_path / "outer.zip", "w") as archive:
        archive.writestr("some/inner.tar.gz", inner.getvalue())
    assert read_member(tmp_path / "outer.zip", "some/inner.tar.gz!folder/values.gz") == b"deep"


@pytest.mark.skipif(shutil.which("dpkg-deb") is None, reason="needs dpkg-deb")
def test_a_member_of_a_debian_package_is_read(tmp_path):
    (tmp_path / "toy/DEBIAN").mkdir(parents=True)
    (tmp_path / "toy/usr/share").mkdir(parents=True)
    (tmp_path / "toy/DEBIAN/control").write_text(
        "Package: toy\nVersion: 1\nArchitecture: all\nMaintainer: A <a@example.org>\nDescription: toy\n")
    (tmp_path / "toy/usr/share/values.gz").write_bytes(gzip.compress(b"values"))
    subprocess.run(["dpkg-deb", "--build", "toy"], cwd=tmp_path, check=True, capture_output=True)
    assert read_member(tmp_path / "toy.deb", "usr/share/values.gz") == b"values"


@pytest.mark.parametrize("member", ["missing.txt", "broken.tar.gz!file", "broken.gz"])
def test_what_cannot_be_read_is_named(tmp_path, member):
    with zipfile.ZipFile(tmp_path / "outer.zip", "w") as archive:
        archive.writestr("broken.tar.gz", b"not a tar")
        archive.writestr("broken.gz", gzip.compress(b"values" * 100)[:-10])
    with pytest.raises(SourceFailed, match=f"{member} cannot be read from outer.zip"):
        read_member(tmp_path / "outer.zip", member)


@pytest.mark.parametrize("known", [True, False])
def test_pip_runs_the_setup_of_a_package_that_we_know_and_of_no_other(tmp_path, monkeypatch, known):
    path = write_sdist(tmp_path, marker=tmp_path / "was-run")
    sha256 = hashlib.sha256(path.read_bytes()).hexdigest() if known else "0" * 64
    monkeypatch.setenv("PIP_NO_INDEX", "1")
    monkeypatch.setenv("PIP_FIND_LINKS", str(tmp_path))
    source = {"kind": "pypi", "package": "toy-data==1.0", "members": {"values.txt": "toy-data-1.0/values.txt"},
              "archive": {"name": path.name, "size": path.stat().st_size, "sha256": sha256}}
    (tmp_path / "scratch").mkdir()
    if known:
        assert dict(obtain(source, ["values.txt"], tmp_path / "scratch", "toy")) == {"values.txt": b"1 2 3\n"}
    else:
        with pytest.raises(SourceFailed):
            list(obtain(source, ["values.txt"], tmp_path / "scratch", "toy"))
    assert (tmp_path / "was-run").exists() == known


def test_a_client_that_brings_nothing_more_is_given_up(tmp_path, monkeypatch):
    monkeypatch.setattr("common.sources.STALLED_AFTER", 0.3)
    (tmp_path / "npm").write_text("#!/bin/sh\nexec tail -f /dev/null\n")
    (tmp_path / "npm").chmod(0o755)
    monkeypatch.setenv("PATH", str(tmp_path), prepend=":")
    source = {"kind": "npm", "package": "toy", "archive": {"name": "toy.tgz", "size": 10}, "members": {}}
    with pytest.raises(SourceFailed, match="nothing more came"):
        list(obtain(source, ["a.txt"], tmp_path, "toy"))
