"""Progress bars for notebooks (with or without widgets), terminals and logs."""

import importlib.util
import sys

from tqdm import tqdm as text_bar

SECONDS_BETWEEN_LOG_LINES = 10


class LineWriter:
    """A stream for tqdm that writes each state of the bar as a line of its own: logs have no carriage returns."""

    def __init__(self, stream):
        self.stream = stream

    def write(self, text):
        line = text.replace("\r", "").replace("\x1b[A", "").strip()
        if line:
            self.stream.write(line + "\n")
            self.flush()

    def flush(self):
        self.stream.flush()


def in_notebook():
    """True inside a Jupyter kernel; IPython itself is not imported to find out."""
    ipython = sys.modules.get("IPython")
    shell = ipython.get_ipython() if ipython else None
    return type(shell).__name__ == "ZMQInteractiveShell"


def progress(iterable=None, desc=None, total=None, **options):
    """Wrap `iterable` in a progress bar fit for the place we run in.

    Notebook: a widget, or text when ipywidgets is not installed. Terminal: a line that is redrawn. Log or
    pipe: a line at the start, one about every ten seconds, one at the end. Without an iterable, give `total` and
    call `update(n)` and `close()` on the result, or use it in a `with`. Other options are tqdm's.
    """
    if in_notebook():
        if importlib.util.find_spec("ipywidgets"):
            from tqdm.notebook import tqdm as widget_bar

            return widget_bar(iterable, desc=desc, total=total, **options)
    elif not sys.stderr.isatty():
        seconds = SECONDS_BETWEEN_LOG_LINES
        options = {"ascii": True, "mininterval": seconds, "maxinterval": 6 * seconds, "ncols": 100} | options
        return text_bar(iterable, desc=desc, total=total, file=LineWriter(sys.stderr), **options)
    return text_bar(iterable, desc=desc, total=total, dynamic_ncols=True, **options)
