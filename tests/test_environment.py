"""One list of packages: pyproject.toml, constraints.txt and environment.yml say the same."""

import re
import tomllib
from importlib import metadata
from pathlib import Path

import pytest
from packaging.requirements import Requirement
from packaging.specifiers import SpecifierSet
from packaging.utils import canonicalize_name

ROOT = Path(__file__).resolve().parent.parent
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
REQUIREMENTS = [Requirement(line) for line in PROJECT["dependencies"] + PROJECT["optional-dependencies"]["dev"]]


def pins(path, pattern):
    found = re.findall(pattern, (ROOT / path).read_text(), re.MULTILINE)
    return {name.lower().replace("_", "-"): version for name, version in found}


CONSTRAINTS = pins("constraints.txt", r"^([\w.-]+)==(\S+)")
CONDA = pins("environment.yml", r"^\s+- ([\w.-]+)(?:\[\w+\])?==(\S+)")


@pytest.mark.parametrize("requirement", REQUIREMENTS, ids=lambda requirement: requirement.name)
def test_every_dependency_is_pinned_to_a_version_that_pyproject_allows(requirement):
    assert requirement.name in CONSTRAINTS, f"constraints.txt has no line for {requirement.name}"
    assert CONSTRAINTS[requirement.name] in requirement.specifier


def test_conda_users_get_the_same_packages_at_the_same_versions():
    names = {requirement.name for requirement in REQUIREMENTS}
    assert CONDA == {name: CONSTRAINTS[name] for name in names}


def test_conda_users_get_a_python_that_the_project_allows():
    version = re.search(r"- python=(\S+)", (ROOT / "environment.yml").read_text())[1]
    assert f"{version}.0" in Requirement(f"python{PROJECT['requires-python']}").specifier


def test_every_pinned_package_runs_on_every_python_that_the_project_allows():
    """Debian 12 has Python 3.11.2, and a package that wants 3.11.5 would stop `make setup` there."""
    oldest = PROJECT["requires-python"].removeprefix(">=") + ".0"
    wants = {one.name: one.metadata.get("Requires-Python", "") for one in metadata.distributions()
             if canonicalize_name(one.name) in CONSTRAINTS}
    assert len(wants) > len(CONSTRAINTS) / 2
    assert {name: versions for name, versions in wants.items() if oldest not in SpecifierSet(versions)} == {}


def test_no_registry_or_machine_is_named():
    text = "".join((ROOT / name).read_text() for name in ("constraints.txt", "environment.yml", "pyproject.toml"))
    assert "://" not in text and " @ " not in text
