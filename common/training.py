"""The training loop, and error rates. An error rate is a fraction, from 0 to 1, everywhere."""

import torch
import torch.nn.functional as F

from common.progress import progress


@torch.no_grad()
def compute_error_rate(model, data_loader, device=None):
    """Fraction of the examples that the model gets wrong; it computes in evaluation mode and is left as it was.

    Args:
        model: nn.Module from inputs (B, …) to logits (B, K).
        data_loader: iterable over pairs x (B, …), y int64 (B,).
        device: where to put the batches; where the model's parameters are by default.
    """
    device, was_training = device or device_of(model), model.training
    model.eval()
    num_wrong = num_examples = 0
    for x, y in data_loader:
        predictions = model(x.to(device)).argmax(dim=1)
        num_wrong += (predictions != y.to(device)).sum()
        num_examples += len(y)
    model.train(was_training)
    return float(num_wrong) / num_examples


def train(model, train_loader, optimizer, num_epochs, valid_loader=None, scheduler=None, loss=F.cross_entropy):
    """Train a classifier and record how it went.

    Args:
        model: nn.Module from inputs (B, …) to logits (B, K), trained in place, where its parameters are.
        train_loader, valid_loader: iterables over pairs x (B, …), y int64 (B,).
        optimizer: torch.optim.Optimizer over the model's parameters.
        scheduler: learning-rate scheduler that makes one step after every batch, or None.
        loss: function of logits and labels, the mean over the batch.
    Returns:
        dict for `common.plotting.plot_history`: "train_losses" and "train_errs", a float for each step;
        "val_errs", a pair (number of steps done, error rate) before the first epoch and after each.
    Raises:
        FloatingPointError: the loss is not finite; smaller steps usually help.
    """
    device, losses, errs, val_errs = device_of(model), [], [], []

    def validate():
        if valid_loader is not None:
            val_errs.append((len(losses), compute_error_rate(model, valid_loader, device)))

    validate()
    with progress(desc="training", total=num_epochs * len(train_loader), unit="step") as bar:
        for _ in range(num_epochs):
            model.train()
            for x, y in train_loader:
                x, y = x.to(device), y.to(device)
                logits = model(x)
                value = loss(logits, y)
                optimizer.zero_grad()
                value.backward()
                optimizer.step()
                if scheduler is not None:
                    scheduler.step()
                losses.append(value.detach())
                errs.append((logits.detach().argmax(dim=1) != y).float().mean())
                bar.update()
            if not torch.isfinite(losses[-1]):
                raise FloatingPointError(f"after {len(losses)} steps the loss is {losses[-1]}: try a smaller lr")
            validate()
            shown = f"validation error {val_errs[-1][1]:.2%}" if val_errs else f"loss {losses[-1]:.3f}"
            bar.set_postfix_str(shown, refresh=False)
    # One copy for all steps: asking a GPU for each number would make it wait.
    losses, errs = torch.stack(losses).tolist(), torch.stack(errs).tolist()
    return {"train_losses": losses, "train_errs": errs, "val_errs": val_errs}


def device_of(model):
    """The device of a module's parameters."""
    return next(model.parameters()).device
