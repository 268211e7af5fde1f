"""Plots in one style: the same colours for the same things, legible for the colour-blind, on light and dark pages.

Importing this module sets the style. Figures have a white background of their own, so they look the same everywhere.
"""

import matplotlib as mpl
import matplotlib.pyplot as plt
import numpy as np
from matplotlib.colors import LinearSegmentedColormap

# Okabe and Ito's palette, told apart with every kind of colour vision (jfly.uni-koeln.de/color); the pale yellow, hard
# to see on white, is left out. In classification COLORS[0] is class 0 and COLORS[1] is class 1.
COLORS = ["#0072B2", "#D55E00", "#009E73", "#CC79A7", "#E69F00", "#56B4E9", "#000000"]
MARKERS = ["o", "s", "^", "D", "v", "P", "X"]
PROBABILITIES = LinearSegmentedColormap.from_list("probabilities", [COLORS[0], "#F7F7F7", COLORS[1]])

STYLE = {
    "axes.prop_cycle": mpl.cycler(color=COLORS),
    "figure.facecolor": "white", "savefig.facecolor": "white", "axes.facecolor": "white",
    "text.color": "#222222", "axes.labelcolor": "#222222", "axes.edgecolor": "#666666",
    "xtick.color": "#444444", "ytick.color": "#444444",
    "axes.spines.top": False, "axes.spines.right": False,
    "axes.grid": True, "grid.color": "#DDDDDD", "grid.linewidth": 0.6, "axes.axisbelow": True,
    "figure.figsize": (6, 3.6), "figure.dpi": 96, "font.size": 10, "axes.titlesize": 11, "legend.frameon": False,
    "image.cmap": "gray",
}
plt.rcParams.update(STYLE)


def plot_history(history, title="Training"):
    """Loss and error rates over a training run.

    Args:
        history: dict of `common.training.train`: "train_losses" and "train_errs" by step, "val_errs" as pairs (step,
            error rate), all error rates fractions. A missing or empty list is left out.
    Returns:
        the matplotlib figure.
    """
    fig, (left, right) = plt.subplots(1, 2, figsize=(11, 3.6))
    losses, errs = history.get("train_losses", []), history.get("train_errs", [])
    for ax, values, factor in [(left, losses, 1), (right, errs, 100)]:
        if len(values):
            steps = np.arange(1, len(values) + 1)
            ax.plot(steps, factor * np.asarray(values), color=COLORS[0], alpha=0.3, linewidth=0.8, label="batch")
            window = max(1, len(values) // 50)
            smooth = np.convolve(values, np.full(window, 1 / window), mode="valid")
            ax.plot(steps[window - 1:], factor * smooth, color=COLORS[0], label=f"mean of {window} batches")
    if len(history.get("val_errs", [])):
        steps, rates = np.asarray(history["val_errs"], dtype=float).T
        right.plot(steps, 100 * rates, "s-", color=COLORS[1], markersize=4, label="validation")
        right.set_ylim(0, max(2.5 * 100 * np.median(rates), 1))
    if len(losses) and np.min(losses) > 0:
        left.set_yscale("log")
    left.set(title=f"{title}: loss", xlabel="step", ylabel="loss")
    right.set(title=f"{title}: error rate", xlabel="step", ylabel="wrong (%)")
    for ax in (left, right):
        if ax.lines:
            ax.legend()
    fig.tight_layout()
    return fig


def plot_boundary(predict, X, y, ax=None, title="Probability of class 1", margin=0.4, num_steps=200):
    """Points of two classes in the plane over the probability that a model gives there.

    Args:
        predict: function from points, float64 (M, 2), to probabilities of class 1, array or tensor (M,) or (M, 1).
        X: (N, 2) points.  y: (N,) or (N, 1), 0 or 1.
        ax: matplotlib axes, new ones by default.
        margin: how far beyond the points we look, as a fraction of their extent.
        num_steps: steps of the grid in each direction.
    Returns:
        the axes. The line is where the probability crosses one half.
    """
    ax = ax or plt.subplots(figsize=(4.6, 4))[1]
    X, y = np.asarray(X, dtype=float), np.asarray(y).ravel()
    low, high = X.min(axis=0), X.max(axis=0)
    low, high = low - margin * (high - low), high + margin * (high - low)
    grid = np.meshgrid(*np.linspace(low, high, num_steps).T)
    found = predict(np.column_stack([axis.ravel() for axis in grid]))
    p = np.asarray(found.detach() if hasattr(found, "detach") else found, dtype=float).reshape(num_steps, num_steps)
    ax.pcolormesh(*grid, p, cmap=PROBABILITIES, vmin=0, vmax=1, alpha=0.6, shading="auto", rasterized=True)
    if p.min() < 0.5 < p.max():
        ax.contour(*grid, p, levels=[0.5], colors="#222222", linewidths=1.2)
    for label in (0, 1):
        points = X[y == label]
        size = 60 if len(X) < 20 else 18
        ax.scatter(*points.T, s=size, color=COLORS[label], marker=MARKERS[label], edgecolors="white", linewidths=0.6,
                   label=f"class {label}", zorder=3)
    ax.grid(False)
    ax.set(title=title, xlabel="$x_1$", ylabel="$x_2$", xlim=(low[0], high[0]), ylim=(low[1], high[1]))
    return ax


def wilson_interval(successes, trials):
    """95 % confidence interval of a fraction (E. B. Wilson, 1927); unlike the usual one it is right near 0 and 1.

    Args: numbers or arrays of counts, trials > 0.  Returns: (low, high), float64 arrays of fractions.
    """
    successes, trials, z = np.asarray(successes, dtype=float), np.asarray(trials, dtype=float), 1.959964
    fraction = successes / trials
    centre = (fraction + z**2 / (2 * trials)) / (1 + z**2 / trials)
    half = z / (1 + z**2 / trials) * np.sqrt(fraction * (1 - fraction) / trials + z**2 / (4 * trials**2))
    return np.maximum(centre - half, 0), np.minimum(centre + half, 1)


def plot_successes(x, successes, trials, ax=None, label=None, title="", xlabel=""):
    """Fractions of trials that succeed, with 95 % confidence intervals; call it again on the same axes to compare.

    Args:
        x: K numbers or K texts.  successes: K counts.  trials: a count, or K of them.
    Returns:
        the axes.
    """
    ax = ax or plt.subplots()[1]
    fractions = np.asarray(successes, dtype=float) / trials
    low, high = wilson_interval(successes, trials)
    number = len(ax.containers)
    ax.errorbar(x, 100 * fractions, yerr=100 * np.array([fractions - low, high - fractions]).clip(0), capsize=4,
                color=COLORS[number % len(COLORS)], marker=MARKERS[number % len(MARKERS)], label=label)
    ax.set(title=title, xlabel=xlabel, ylabel="successful (%)", ylim=(-4, 104))
    if label:
        ax.legend()
    return ax
