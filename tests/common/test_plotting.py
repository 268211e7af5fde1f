"""pytest tests/common/test_plotting.py"""

import matplotlib
import numpy as np
import pytest
import torch

matplotlib.use("agg")

from common.plotting import COLORS, plot_boundary, plot_history, plot_successes, plt, wilson_interval


@pytest.fixture(autouse=True)
def close_figures():
    yield
    plt.close("all")


def luminance(color):
    """Relative luminance of a colour (WCAG 2.1)."""
    rgb = np.array(matplotlib.colors.to_rgb(color))
    linear = np.where(rgb <= 0.03928, rgb / 12.92, ((rgb + 0.055) / 1.055) ** 2.4)
    return float(linear @ [0.2126, 0.7152, 0.0722])


def test_text_is_legible_on_the_figures_own_background():
    background = luminance(plt.rcParams["figure.facecolor"])
    for key in ("text.color", "axes.labelcolor", "xtick.color", "ytick.color"):
        assert (background + 0.05) / (luminance(plt.rcParams[key]) + 0.05) > 7, key


@pytest.mark.parametrize("history", [
    {"train_losses": [2.0, 1.0, 0.5], "train_errs": [0.9, 0.5, 0.1], "val_errs": [(0, 0.9), (3, 0.02)]},
    {"train_losses": [0.0, -1.0], "train_errs": [], "val_errs": []},
    {"train_losses": [1.0]},
    {},
], ids=["full", "negative-loss", "one-step", "empty"])
def test_histories_are_drawn_with_error_rates_in_percent(history):
    figure = plot_history(history)
    left, right = figure.axes
    assert left.get_title() and left.get_xlabel() and right.get_ylabel() == "wrong (%)"
    if history.get("val_errs"):
        assert right.lines[-1].get_ydata()[-1] == pytest.approx(2)
    figure.canvas.draw()


@pytest.mark.parametrize("form", [lambda p: p, lambda p: p[:, None], torch.tensor], ids=["(M,)", "(M, 1)", "tensor"])
def test_a_boundary_is_drawn_where_the_probability_is_one_half(form):
    X, y = np.array([[0.0, 0.0], [1.0, 2.0]]), np.array([[0], [1]])
    ax = plot_boundary(lambda points: form(1 / (1 + np.exp(-9 * (points[:, 0] - 0.3)))), X, y)
    line = next(c for c in ax.collections if isinstance(c, matplotlib.contour.ContourSet))
    np.testing.assert_allclose(line.get_paths()[0].vertices[:, 0], 0.3, atol=0.01)
    assert ax.get_ylim() == (-0.8, 2.8)


def test_a_constant_model_has_no_boundary():
    ax = plot_boundary(lambda points: np.full(len(points), 0.9), np.eye(2), np.array([0, 1]))
    assert not any(isinstance(c, matplotlib.contour.ContourSet) for c in ax.collections)


def test_wilsons_interval_has_its_published_values():
    # R. G. Newcombe (1998), Statistics in Medicine 17, table I: 81/263, 15/148, 0/20, 1/29.
    low, high = wilson_interval([81, 15, 0, 1], [263, 148, 20, 29])
    np.testing.assert_allclose(low, [0.2553, 0.0624, 0, 0.0061], atol=5e-5)
    np.testing.assert_allclose(high, [0.3662, 0.1605, 0.1611, 0.1718], atol=5e-5)


def test_a_second_series_of_successes_has_another_colour():
    ax = plot_successes([2, 3], [0, 20], 20, label="sigmoid")
    assert plot_successes([2, 3], [1, 9], 20, ax, label="ReLU") is ax
    assert [container[0].get_color() for container in ax.containers] == COLORS[:2]
    assert ax.containers[0][0].get_ydata().tolist() == [0, 100]
