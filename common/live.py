"""Curves that are redrawn while a network trains."""

import time

import matplotlib.pyplot as plt

from common.plotting import plot_history
from common.progress import in_notebook

SECONDS_BETWEEN_DRAWINGS = 2.0


class LiveCurves:
    """The curves of `plot_history`, drawn in a notebook while `history` grows; elsewhere nothing is drawn.

        live = LiveCurves(history, every=100)
        for …: history["train_losses"].append(…); live.update()
        live.finish()

    Args:
        history: dict as `plot_history` takes it, filled by the caller.
        every: int, steps after which a new drawing is due. A run of fewer steps is never drawn.
    """

    def __init__(self, history, every=100):
        self.history, self.every = history, max(1, every)
        self.handle, self.drawn_at = None, time.monotonic()

    def update(self):
        """After each step: draw when `every` steps and two seconds have passed since the last drawing."""
        if len(self.history["train_losses"]) % self.every == 0:
            if time.monotonic() - self.drawn_at > SECONDS_BETWEEN_DRAWINGS:
                self._draw()

    def finish(self):
        """Draw the whole history once more; it stays."""
        if len(self.history["train_losses"]) >= self.every:
            self._draw()

    def _draw(self):
        if not in_notebook():
            return
        from IPython.display import display

        fig = plot_history(self.history)
        if self.handle is None:
            self.handle = display(fig, display_id=True)
        else:
            self.handle.update(fig)
        plt.close(fig)
        self.drawn_at = time.monotonic()
