"""pytest tests/students/test_alone.py: a released notebook by itself in an empty folder, as Colab or VS Code open it.

Its kernel has the packages, but not the course's own `common`: Python's -S leaves out the editable install.
"""

import functools
import http.server
import json
import shutil
import site
import sys
import threading

import nbformat
import pytest
from nbclient import NotebookClient
from nbclient.exceptions import CellExecutionError
from nbformat.v4 import new_code_cell

from grading import publish
from grading.course import ASSIGNMENTS

pytestmark = pytest.mark.kernel
NAME = "w03_numpy_network"
BARE = "import sys; sys.path += {packages!r}; from ipykernel import kernelapp; kernelapp.launch_new_instance()"
TELL = ("import sys, common.data; print(common.__file__); print(common.data.cache_folder())\n"
        "print('common.torchvision_ops' in sys.modules, 'find_common' in dir(), 'mnist' in common.fetching.registry())")


@pytest.fixture(scope="module")
def bundle(tmp_path_factory):
    """A published bundle's zip, the unpacked folder beside it."""
    path = publish.publish_zip(tmp_path_factory.mktemp("web") / "students.zip")
    shutil.unpack_archive(path, path.parent)
    return path


@pytest.fixture
def bare(tmp_path, monkeypatch):
    """The name of a kernel in which `import common` fails."""
    folder = tmp_path / "jupyter" / "kernels" / "bare"
    folder.mkdir(parents=True)
    argv = [sys.executable, "-S", "-c", BARE.format(packages=site.getsitepackages()), "-f", "{connection_file}"]
    (folder / "kernel.json").write_text(json.dumps({"argv": argv, "display_name": "bare", "language": "python"}))
    monkeypatch.setenv("JUPYTER_PATH", str(tmp_path / "jupyter"))
    for name in ("PYTHONPATH", "COURSE_DATA", "COURSE_BUNDLE"):
        monkeypatch.delenv(name, raising=False)
    return "bare"


@pytest.fixture
def run(tmp_path):
    """run(kernel, folder) -> what the notebook prints up to its first exercise, lines; run alone in `folder`."""

    def make(kernel, folder=tmp_path / "alone"):
        folder.mkdir(exist_ok=True)
        shutil.copy(ASSIGNMENTS / NAME / f"{NAME}.ipynb", folder)
        notebook = nbformat.read(folder / f"{NAME}.ipynb", as_version=4)
        first = next(i for i, cell in enumerate(notebook.cells) if cell.metadata.course.kind == "exercise")
        notebook.cells = [*notebook.cells[:first], new_code_cell(TELL)]
        where = {"metadata": {"path": str(folder)}}
        NotebookClient(notebook, timeout=120, kernel_name=kernel, resources=where).execute()
        return "".join(output.text for cell in notebook.cells for output in cell.get("outputs", [])
                       if output.output_type == "stream" and output.name == "stdout").splitlines()

    return make


@pytest.fixture
def web(bundle):
    """The address of the bundle's zip on a server of this machine."""
    handler = functools.partial(http.server.SimpleHTTPRequestHandler, directory=bundle.parent)
    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{server.server_port}/{bundle.name}"
        server.shutdown()


def told(lines, home):
    """Whether `common` is that of `home`, and says so; data go there; nothing else is left in the notebook."""
    assert lines == [f"`common` is taken from {home}", str(home / "common" / "__init__.py"),
                     str(home / "data" / "cache"), "True False True"]


def test_the_bundle_is_taken_from_a_folder(bare, run, bundle, tmp_path, monkeypatch):
    monkeypatch.setenv("COURSE_BUNDLE", str(bundle.with_suffix("")))
    told(run(bare), bundle.with_suffix(""))
    assert [path.name for path in (tmp_path / "alone").iterdir()] == [f"{NAME}.ipynb"]


@pytest.mark.parametrize("where", ["zip", "web"])
def test_the_bundle_is_taken_from_a_zip_once(where, bare, run, bundle, web, tmp_path, monkeypatch):
    home = tmp_path / "alone" / "course-bundle" / "students"
    monkeypatch.setenv("COURSE_BUNDLE", web if where == "web" else str(bundle))
    told(run(bare), home)
    monkeypatch.delenv("COURSE_BUNDLE")  # it stays beside the notebook
    told(run(bare), home)


def test_in_vs_code_the_folder_around_the_notebook_is_found(bare, run, bundle):
    told(run(bare, bundle.with_suffix("") / "assignments" / NAME), bundle.with_suffix(""))


def test_where_common_is_there_nothing_is_done_nor_said(run, monkeypatch):
    monkeypatch.setenv("COURSE_BUNDLE", "/nowhere")
    lines = run("python3")
    assert str(publish.ROOT / "common" / "__init__.py") == lines[0]


@pytest.mark.parametrize("given, words", [
    (None, "COURSE_BUNDLE is not set"), ("/nowhere.zip", "/nowhere.zip cannot be used ([Errno 2]"),
    (__file__, "File is not a zip file"), ("{web}.old", "HTTP Error 404"), ("gopher://x", "unknown url type"),
])
def test_without_the_bundle_a_sentence_says_what_to_do(given, words, bare, run, web, tmp_path, monkeypatch):
    if given:
        monkeypatch.setenv("COURSE_BUNDLE", given.format(web=web))
    with pytest.raises(CellExecutionError) as caught:
        run(bare)
    assert caught.value.ename == "ModuleNotFoundError"
    assert "needs the course's package `common`, and" in caught.value.evalue and words in caught.value.evalue
    assert "%env COURSE_BUNDLE=…" in caught.value.evalue and "\n" not in caught.value.evalue
    assert [path.name for path in (tmp_path / "alone").iterdir()] == [f"{NAME}.ipynb"]
