"""The targets that people are told about exist, and `make help` lists each of them."""

import re
import subprocess
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent
MAKEFILE = (ROOT / "Makefile").read_text()
TARGETS = set(re.findall(r"^([a-z-]+):", MAKEFILE, re.MULTILINE))


def test_help_lists_every_target():
    command = ["make", "--no-print-directory", "help"]
    listed = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True).stdout
    assert {line.split()[0] for line in listed.splitlines()} == TARGETS


@pytest.mark.parametrize("given", [[], ["NAME=w03_numpy_network"], ["FROM=x.zip"]], ids=str)
def test_collecting_asks_for_what_is_missing(given, tmp_path):
    (tmp_path / "ready").touch()
    done = subprocess.run(["make", "collect", f"READY={tmp_path / 'ready'}", *given], cwd=ROOT, capture_output=True,
                          text=True)
    assert done.returncode == 2 and "which assignment, and from where?" in done.stdout


@pytest.mark.parametrize("document", ["README.md", "CONTRIBUTING.md", "grading/bundle/README.md"])
def test_a_document_names_only_targets_that_exist(document):
    path = ROOT / document
    targets = TARGETS if path.parent == ROOT else set(
        re.findall(r"^([a-z-]+):", (path.parent / "Makefile").read_text(), re.MULTILINE))
    named = set(re.findall(r"(?:^|`)make ([a-z-]+)", path.read_text(), re.MULTILINE))
    assert named and named <= targets, f"{document} names {sorted(named - targets)}"
