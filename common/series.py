"""Time series to forecast."""

import numpy as np


def mackey_glass(num_steps, seed=0, tau=17, substeps=10):
    """The chaotic series of Mackey and Glass, dx/dt = 0.2 x(t - tau) / (1 + x(t - tau)^10) - 0.1 x(t).

    Args:
        num_steps: int, values wanted, one for each unit of time, after 500 that are thrown away.
        seed: int or sequence of int, for the random history before it begins: other seeds, other stretches.
        tau: int, the delay; from about 17 on the series is chaotic.  substeps: Euler steps for a unit of time.
    Returns:
        float64 array (num_steps,), values between about 0.2 and 1.4.
    Source: M. C. Mackey and L. Glass, "Oscillation and chaos in physiological control systems", Science 197, 1977.
    """
    history = list(1.2 + 0.2 * np.random.default_rng(seed).uniform(-1, 1, size=tau * substeps + 1))
    for _ in range((num_steps + 500) * substeps):
        x, delayed = history[-1], history[-1 - tau * substeps]
        history.append(x + (0.2 * delayed / (1 + delayed**10) - 0.1 * x) / substeps)
    return np.array(history[::-1][:num_steps * substeps:substeps][::-1])
