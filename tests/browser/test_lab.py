"""pytest tests/browser/test_lab.py: a student's folder in JupyterLab, from an exercise to the file to hand in."""

import contextlib
import re
import zipfile

import nbformat
import pytest

from grading.course import assignment
from grading.publish import publish

NAME = "w03_numpy_network"
CELLS = {cell.id: cell for cell in assignment(NAME).cells if cell.students}
RIGHT = re.sub(r"(?m)^ *### .*\n|^ *# TODO.*\n", "", CELLS["forward"].source)
WRONG = RIGHT.replace(".sum() / len(P)", ".sum()")  # a mistake that students make
HINT = "AssertionError: the loss is summed, but not divided by the number of examples"


@pytest.fixture
def lab(jupyter, tmp_path):
    """(a student's folder, its JupyterLab's address), started as the bundle's Makefile does it. All exercises of
    one assignment are done, but for the first."""
    folder = tmp_path / "bundle"
    publish(folder)
    (folder / "student.toml").write_text('name = "Ada Lovelace"\nnumber = "1815"\n')
    path = folder / "assignments" / NAME / f"{NAME}.ipynb"
    notebook = nbformat.read(path, as_version=4)
    for cell in notebook.cells:
        if cell.id in CELLS and cell.id != "forward":
            cell.source = CELLS[cell.id].source
    nbformat.write(notebook, path)
    return folder, jupyter(folder, {"JUPYTER_CONFIG_PATH": str(folder / "jupyter"), "PYTHONPATH": str(folder)})


def fill(page, folder, text):
    """Replace the text of the notebook's first exercise, as a person pastes it, and save."""
    editor = page.locator(".jp-CodeCell").filter(has_text="class SmallNet").first.locator(".cm-content")
    editor.scroll_into_view_if_needed()
    editor.click()
    page.keyboard.press("Control+a")
    page.keyboard.insert_text(text)
    page.keyboard.press("Control+s")
    path = folder / "assignments" / NAME / f"{NAME}.ipynb"
    for _ in range(600):  # a minute at least
        with contextlib.suppress(ValueError):  # it is written while we read
            if text in [cell.source for cell in nbformat.read(path, as_version=4).cells]:
                return
        page.wait_for_timeout(100)
    raise AssertionError("JupyterLab did not save the notebook")


def run_cells(page, count):
    """Run the first cells as a person does: each once the kernel is at rest after the one before; and again when
    JupyterLab, whose session is still starting on a busy machine, took the keys and did nothing."""
    rest = page.locator(".jp-NotebookPanel-toolbar .jp-Notebook-ExecutionIndicator[data-status='idle']")
    rest.wait_for()
    for number in range(count):
        cell = page.locator(f".jp-NotebookPanel .jp-Cell[data-windowed-list-index='{number}']")
        cell.press("Shift+Enter")  # focuses the cell first
        if "jp-CodeCell" not in cell.get_attribute("class") or cell.locator(".jp-InputPlaceholder").count():  # folded
            continue
        prompt = cell.locator(".jp-InputPrompt")
        for tick in range(1, 1000):
            if prompt.filter(has_text=re.compile(r"\[[\d*]+\]")).count():
                break
            page.wait_for_timeout(100)
            if tick % 50 == 0:
                cell.press("Shift+Enter")
        prompt.filter(has_text=re.compile(r"\[\d+\]")).wait_for()
        rest.wait_for()


def validate(page):
    """Press Validate; what its dialog says, closed again by the person."""
    page.get_by_role("button", name="Validate").click()
    dialog = page.locator(".jp-Dialog-content")
    dialog.wait_for()
    return dialog.inner_text()


def test_validate_gives_the_hint_and_passes_once_the_exercise_is_right(lab, page, picture):
    folder, address = lab
    page.goto(f"{address}?token=test")
    page.locator(".lm-DockPanel").get_by_text(NAME).first.wait_for()
    picture(page, "lab-assignments")

    page.goto(f"{address}lab/tree/assignments/{NAME}/{NAME}.ipynb")
    page.locator(".jp-NotebookPanel h1").first.wait_for()
    fill(page, folder, WRONG)
    assert HINT in validate(page)
    page.get_by_text(HINT).first.scroll_into_view_if_needed()
    picture(page, "lab-validate-fails")
    page.locator(".jp-Dialog-button.jp-mod-accept").click()

    fill(page, folder, RIGHT)
    assert "Success! Your notebook passes all the tests." in validate(page)
    picture(page, "lab-validate-passes")


def test_submit_in_the_assignment_list_writes_the_file_to_hand_in(lab, page):
    folder, address = lab
    page.goto(f"{address}?token=test")
    page.locator(".lm-DockPanel").get_by_text(NAME).first.wait_for()
    page.get_by_role("button", name="Submit").nth(1).click()
    page.get_by_text("There are no submitted assignments.").wait_for(state="hidden")
    with zipfile.ZipFile(folder / "to-hand-in" / f"{NAME}-1815.zip") as archive:
        assert archive.namelist() == [f"{NAME}.ipynb"]


def test_jupyterlab_is_light_or_dark_as_the_system_and_plots_are_readable_on_both(lab, page, picture, scheme):
    _, address = lab
    page.emulate_media(color_scheme=scheme)
    page.goto(f"{address}lab/tree/assignments/{NAME}/{NAME}.ipynb?token=test")
    page.locator(".jp-NotebookPanel h1").first.wait_for()
    page.wait_for_function(f"() => document.body.dataset.jpThemeLight === '{str(scheme == 'light').lower()}'")
    run_cells(page, 7)  # to the first plot, and past it
    plot = page.locator(".jp-OutputArea-output img").first
    plot.wait_for()
    shown = plot.evaluate("image => { const c = document.createElement('canvas').getContext('2d');"
                          "c.drawImage(image, 0, 0); return [...c.getImageData(1, 1, 1, 1).data] }")
    assert shown == [255, 255, 255, 255], "a plot has a white background of its own on every page"
    picture(page, f"lab-{scheme}")
