"""What documents point to is there, and what they list is complete."""

import re
import tomllib
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent
DOCUMENTS = [path for folder in (".", "data", "docs", "benchmarks", "grading/bundle")
             for path in sorted((ROOT / folder).glob("*.md"))]


@pytest.mark.parametrize("document", DOCUMENTS, ids=lambda path: str(path.relative_to(ROOT)))
def test_links_between_files_lead_somewhere(document):
    links = re.findall(r"\]\(([^)#\s]+)", document.read_text(encoding="utf-8"))
    broken = [link for link in links if "://" not in link and not (document.parent / link).exists()]
    assert not broken, f"{document.relative_to(ROOT)} links to {broken}"


@pytest.mark.parametrize("document, expected", [
    ("data/README.md", set(tomllib.loads((ROOT / "data/registry.toml").read_text(encoding="utf-8")))),
    ("README.md", {path.stem for path in (ROOT / "solutions").glob("w*.py")}),
])
def test_the_table_lists_each_data_set_and_each_assignment(document, expected):
    listed = set(re.findall(r"^\| `(\w+)` \|", (ROOT / document).read_text(encoding="utf-8"), re.MULTILINE))
    assert listed == expected
