"""Training models of sequences: a number of steps, whatever an epoch may be."""

import math
from time import perf_counter

import torch

from common.progress import progress
from common.training import device_of


def fit(model, batch_loss, num_examples, num_steps, lr=5e-3, batch_size=128, clip=None, measure=None, every=250):
    """Train with Adam; the learning rate rises during the first tenth of the steps, then falls to zero along a cosine.

    Args:
        model: nn.Module, trained in place, where its parameters are.
        batch_loss: function of the numbers of `batch_size` random examples (int64 tensor, 0 … num_examples - 1) to the
            loss.
        clip: function of the list of parameters, called when they have their gradients, before each step.
        measure: function without arguments to a number (on validation data, say). It is called every `every` steps and
            at the end, with the model in evaluation mode; its time does not count.
    Returns:
        dict: "losses", a float for each step; "measured", triples (steps done, seconds of training, number).
    Raises:
        FloatingPointError: the loss is not finite; clipping or smaller steps usually help.
    """
    device, parameters = device_of(model), list(model.parameters())
    optimizer = torch.optim.Adam(parameters, lr)
    warm_up = max(0.1, 2 / num_steps)
    scheduler = torch.optim.lr_scheduler.OneCycleLR(optimizer, lr, total_steps=num_steps, pct_start=warm_up)
    losses, measured, seconds = [], [], 0.0
    with progress(desc="training", total=num_steps, unit="step") as bar:
        for step in range(1, num_steps + 1):
            began = perf_counter()
            model.train()
            loss = batch_loss(torch.randint(num_examples, (batch_size,), device=device))
            optimizer.zero_grad()
            loss.backward()
            if clip is not None:
                clip(parameters)
            optimizer.step()
            scheduler.step()
            losses.append(loss.item())
            seconds += perf_counter() - began
            bar.update()
            if measure is not None and (step % every == 0 or step == num_steps):
                if not math.isfinite(losses[-1]):
                    raise FloatingPointError(f"after {step} steps the loss is {losses[-1]}: try a smaller lr")
                model.eval()
                with torch.no_grad():
                    measured.append((step, seconds, float(measure())))
                bar.set_postfix_str(f"measured {measured[-1][2]:.3f}", refresh=False)
    model.eval()
    return {"losses": losses, "measured": measured}
