"""A table of trained models that fills itself: model, parameters, seconds, validation and test error."""

import html

import matplotlib.pyplot as plt
import numpy as np

from common.plotting import COLORS, wilson_interval
from common.training import compute_error_rate

HEADER = ("model", "parameters", "seconds", "validation", "test")


class ResultsTable:
    """Error rates of models on the same data. A notebook shows it as a table, `print` as text.

        results = ResultsTable({"valid": …, "test": …})
        results.add("MLP", mlp, seconds=4.2)

    Args:
        data_loaders: dict with loaders "valid" and "test", as `compute_error_rate` takes them.
    """

    def __init__(self, data_loaders):
        self.data_loaders, self.rows = data_loaders, {}

    def add(self, name, model, seconds):
        """Measure a model and put it into the table; a row of the same name is replaced.

        Args:
            name: str.  model: nn.Module from inputs to logits.  seconds: float, how long its training took.
        Returns:
            dict with the keys of HEADER: error rates are fractions, parameters those that are not zero.
        """
        parameters = sum(int(p.count_nonzero()) for p in model.parameters())
        valid, test = (compute_error_rate(model, self.data_loaders[part]) for part in ("valid", "test"))
        self.rows[name] = dict(zip(HEADER, (name, parameters, float(seconds), valid, test), strict=True))
        return self.rows[name]

    def cells(self):
        """The rows as texts, the header first."""
        rows = [(r["model"], f"{r['parameters']:,}", f"{r['seconds']:.1f}", f"{r['validation']:.2%}",
                 f"{r['test']:.2%}")
                for r in self.rows.values()]
        return [HEADER, *rows]

    def __str__(self):
        cells = self.cells()
        widths = [max(map(len, column)) for column in zip(*cells, strict=True)]
        lines = [[row[0].ljust(widths[0]), *map(str.rjust, row[1:], widths[1:])] for row in cells]
        return "\n".join("  ".join(line) for line in lines)

    def _repr_html_(self):
        def row(texts, tag):
            return "<tr>" + "".join(f"<{tag}>{html.escape(text)}</{tag}>" for text in texts) + "</tr>"

        header, *rows = self.cells()
        return f"<table>{row(header, 'th')}{''.join(row(texts, 'td') for texts in rows)}</table>"

    def plot(self):
        """Validation and test error of each model, the bars with 95 % intervals, best models at the bottom.

        The intervals are those of counting errors among the test images; they don't know about other seeds.
        """
        rows = sorted(self.rows.values(), key=lambda row: -row["test"])
        fig, ax = plt.subplots(figsize=(7, 0.6 + 0.42 * max(1, len(rows))))
        places = np.arange(len(rows))
        for part, key, marker, shift in [("valid", "validation", "s", -0.13), ("test", "test", "o", 0.13)]:
            count = len(self.data_loaders[part].dataset)
            rates = np.array([row[key] for row in rows])
            low, high = wilson_interval(rates * count, count)
            color = COLORS[0] if part == "test" else COLORS[1]
            ax.errorbar(100 * rates, places + shift, xerr=100 * np.array([rates - low, high - rates]).clip(0),
                        fmt=marker, color=color, capsize=3, label=key)
        ax.set(yticks=places, yticklabels=[row["model"] for row in rows], xlabel="wrong (%)")
        ax.set_xlim(left=0)
        ax.invert_yaxis()
        ax.legend(loc="best")
        fig.tight_layout()
        return fig
