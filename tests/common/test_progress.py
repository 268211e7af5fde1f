"""pytest tests/common/test_progress.py"""

import io
import sys
import types

import pytest

from common.progress import progress


def test_a_log_has_no_carriage_returns_and_few_lines(monkeypatch):
    log = io.StringIO()
    monkeypatch.setattr(sys, "stderr", log)
    assert list(progress(range(1000), desc="counting")) == list(range(1000))
    lines = log.getvalue().splitlines()
    assert "\r" not in log.getvalue() and "\x1b" not in log.getvalue()
    assert len(lines) == 2 and "1000/1000" in lines[-1] and lines[-1].startswith("counting")


def test_a_terminal_gets_one_line_that_is_redrawn(monkeypatch):
    terminal = io.StringIO()
    terminal.isatty = lambda: True
    monkeypatch.setattr(sys, "stderr", terminal)
    with progress(desc="fetching", total=3) as bar:
        bar.update(3)
    assert "\r" in terminal.getvalue() and terminal.getvalue().count("\n") == 1


@pytest.mark.parametrize("widgets", [True, False])
def test_a_notebook_gets_a_widget_when_it_can(monkeypatch, widgets):
    class ZMQInteractiveShell:
        pass

    ipython = types.SimpleNamespace(get_ipython=ZMQInteractiveShell, version_info=(9, 0))
    monkeypatch.setitem(sys.modules, "IPython", ipython)
    monkeypatch.setattr("common.progress.importlib.util.find_spec", lambda name: widgets or None)
    asked = {}
    fake = types.SimpleNamespace(tqdm=lambda iterable, **options: asked.update(options) or iterable)
    monkeypatch.setitem(sys.modules, "tqdm.notebook", fake)
    assert list(progress([1, 2], desc="epochs")) == [1, 2]
    assert bool(asked) == widgets
