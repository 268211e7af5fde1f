"""SGD with momentum, schedule, weight decay, and the best parameters kept."""

# %% wrong="one-velocity" exercise="sgd" loses="sgd/momentum, sgd/weight decay, sgd/schedule"
# One velocity for all parameters together: the last gradient's.
def SGD(model, data_loaders, alpha=1e-4, epsilon=0.0, decay=0.0, num_epochs=1, max_num_epochs=np.nan,
        patience_expansion=1.5, log_every=100, device="cpu", schedule=None):
    model.to(device)
    history = {"train_losses": [], "train_errs": [], "val_errs": []}
    step, epoch, best_error, best_state = 0, 0, np.inf, None
    live = LiveCurves(history, log_every)
    velocities = [torch.zeros_like(param) for param in model.parameters()]
    try:
        while epoch < num_epochs and not epoch >= max_num_epochs:
            epoch += 1
            model.train()
            for x, y in progress(data_loaders["train"], f"epoch {epoch}", leave=False):
                x, y = x.to(device), y.to(device)
                logits = model(x)
                loss = F.cross_entropy(logits, y)
                model.zero_grad()
                loss.backward()
                with torch.no_grad():
                    lr = alpha if schedule is None else alpha * schedule(step)
                    for param, velocity in zip(model.parameters(), velocities, strict=True):
                        gradient = param.grad + decay * param if param.dim() > 1 else param.grad
                        norm = epsilon * velocities[0].mean() + gradient
                        param -= lr * norm
                        velocities[0] = norm
                step += 1
                history["train_losses"].append(loss.item())
                history["train_errs"].append((logits.argmax(dim=1) != y).float().mean().item())
                live.update()
            error = compute_error_rate(model, data_loaders["valid"], device)
            history["val_errs"].append((step, error))
            if error < best_error:
                best_error, num_epochs = error, max(num_epochs, int(epoch * patience_expansion) + 1)
                best_state = copy.deepcopy(model.state_dict())
    except KeyboardInterrupt:
        print(f"interrupted in epoch {epoch}")
    if best_state is not None:
        model.load_state_dict(best_state)
    live.finish()
    print(f"{epoch} epochs, {step} steps, best validation error {best_error:.2%}")
    return history

# %% wrong="velocity-forgotten" exercise="sgd" loses="sgd/momentum, sgd/weight decay, sgd/schedule"
# The velocity is computed, and not kept.
def SGD(model, data_loaders, alpha=1e-4, epsilon=0.0, decay=0.0, num_epochs=1, max_num_epochs=np.nan,
        patience_expansion=1.5, log_every=100, device="cpu", schedule=None):
    model.to(device)
    history = {"train_losses": [], "train_errs": [], "val_errs": []}
    step, epoch, best_error, best_state = 0, 0, np.inf, None
    live = LiveCurves(history, log_every)
    velocities = [torch.zeros_like(param) for param in model.parameters()]
    try:
        while epoch < num_epochs and not epoch >= max_num_epochs:
            epoch += 1
            model.train()
            for x, y in progress(data_loaders["train"], f"epoch {epoch}", leave=False):
                x, y = x.to(device), y.to(device)
                logits = model(x)
                loss = F.cross_entropy(logits, y)
                model.zero_grad()
                loss.backward()
                with torch.no_grad():
                    lr = alpha if schedule is None else alpha * schedule(step)
                    for param, velocity in zip(model.parameters(), velocities, strict=True):
                        gradient = param.grad + decay * param if param.dim() > 1 else param.grad
                        velocity = epsilon * velocity + gradient
                        param -= lr * velocity
                step += 1
                history["train_losses"].append(loss.item())
                history["train_errs"].append((logits.argmax(dim=1) != y).float().mean().item())
                live.update()
            error = compute_error_rate(model, data_loaders["valid"], device)
            history["val_errs"].append((step, error))
            if error < best_error:
                best_error, num_epochs = error, max(num_epochs, int(epoch * patience_expansion) + 1)
                best_state = copy.deepcopy(model.state_dict())
    except KeyboardInterrupt:
        print(f"interrupted in epoch {epoch}")
    if best_state is not None:
        model.load_state_dict(best_state)
    live.finish()
    print(f"{epoch} epochs, {step} steps, best validation error {best_error:.2%}")
    return history

# %% wrong="damped" exercise="sgd" loses="sgd/momentum, sgd/weight decay, sgd/schedule"
# (1 - epsilon) times the gradient: smaller steps.
def SGD(model, data_loaders, alpha=1e-4, epsilon=0.0, decay=0.0, num_epochs=1, max_num_epochs=np.nan,
        patience_expansion=1.5, log_every=100, device="cpu", schedule=None):
    model.to(device)
    history = {"train_losses": [], "train_errs": [], "val_errs": []}
    step, epoch, best_error, best_state = 0, 0, np.inf, None
    live = LiveCurves(history, log_every)
    velocities = [torch.zeros_like(param) for param in model.parameters()]
    try:
        while epoch < num_epochs and not epoch >= max_num_epochs:
            epoch += 1
            model.train()
            for x, y in progress(data_loaders["train"], f"epoch {epoch}", leave=False):
                x, y = x.to(device), y.to(device)
                logits = model(x)
                loss = F.cross_entropy(logits, y)
                model.zero_grad()
                loss.backward()
                with torch.no_grad():
                    lr = alpha if schedule is None else alpha * schedule(step)
                    for param, velocity in zip(model.parameters(), velocities, strict=True):
                        gradient = param.grad + decay * param if param.dim() > 1 else param.grad
                        velocity.mul_(epsilon).add_((1 - epsilon) * gradient)
                        param -= lr * velocity
                step += 1
                history["train_losses"].append(loss.item())
                history["train_errs"].append((logits.argmax(dim=1) != y).float().mean().item())
                live.update()
            error = compute_error_rate(model, data_loaders["valid"], device)
            history["val_errs"].append((step, error))
            if error < best_error:
                best_error, num_epochs = error, max(num_epochs, int(epoch * patience_expansion) + 1)
                best_state = copy.deepcopy(model.state_dict())
    except KeyboardInterrupt:
        print(f"interrupted in epoch {epoch}")
    if best_state is not None:
        model.load_state_dict(best_state)
    live.finish()
    print(f"{epoch} epochs, {step} steps, best validation error {best_error:.2%}")
    return history

# %% wrong="decay-on-biases" exercise="sgd" loses="sgd/weight decay"
# Biases are pulled to zero, too.
def SGD(model, data_loaders, alpha=1e-4, epsilon=0.0, decay=0.0, num_epochs=1, max_num_epochs=np.nan,
        patience_expansion=1.5, log_every=100, device="cpu", schedule=None):
    model.to(device)
    history = {"train_losses": [], "train_errs": [], "val_errs": []}
    step, epoch, best_error, best_state = 0, 0, np.inf, None
    live = LiveCurves(history, log_every)
    velocities = [torch.zeros_like(param) for param in model.parameters()]
    try:
        while epoch < num_epochs and not epoch >= max_num_epochs:
            epoch += 1
            model.train()
            for x, y in progress(data_loaders["train"], f"epoch {epoch}", leave=False):
                x, y = x.to(device), y.to(device)
                logits = model(x)
                loss = F.cross_entropy(logits, y)
                model.zero_grad()
                loss.backward()
                with torch.no_grad():
                    lr = alpha if schedule is None else alpha * schedule(step)
                    for param, velocity in zip(model.parameters(), velocities, strict=True):
                        gradient = param.grad + decay * param
                        velocity.mul_(epsilon).add_(gradient)
                        param -= lr * velocity
                step += 1
                history["train_losses"].append(loss.item())
                history["train_errs"].append((logits.argmax(dim=1) != y).float().mean().item())
                live.update()
            error = compute_error_rate(model, data_loaders["valid"], device)
            history["val_errs"].append((step, error))
            if error < best_error:
                best_error, num_epochs = error, max(num_epochs, int(epoch * patience_expansion) + 1)
                best_state = copy.deepcopy(model.state_dict())
    except KeyboardInterrupt:
        print(f"interrupted in epoch {epoch}")
    if best_state is not None:
        model.load_state_dict(best_state)
    live.finish()
    print(f"{epoch} epochs, {step} steps, best validation error {best_error:.2%}")
    return history

# %% wrong="decay-after-momentum" exercise="sgd" loses="sgd/weight decay"
# The decay does not go through the velocity, as in AdamW.
def SGD(model, data_loaders, alpha=1e-4, epsilon=0.0, decay=0.0, num_epochs=1, max_num_epochs=np.nan,
        patience_expansion=1.5, log_every=100, device="cpu", schedule=None):
    model.to(device)
    history = {"train_losses": [], "train_errs": [], "val_errs": []}
    step, epoch, best_error, best_state = 0, 0, np.inf, None
    live = LiveCurves(history, log_every)
    velocities = [torch.zeros_like(param) for param in model.parameters()]
    try:
        while epoch < num_epochs and not epoch >= max_num_epochs:
            epoch += 1
            model.train()
            for x, y in progress(data_loaders["train"], f"epoch {epoch}", leave=False):
                x, y = x.to(device), y.to(device)
                logits = model(x)
                loss = F.cross_entropy(logits, y)
                model.zero_grad()
                loss.backward()
                with torch.no_grad():
                    lr = alpha if schedule is None else alpha * schedule(step)
                    for param, velocity in zip(model.parameters(), velocities, strict=True):
                        gradient = param.grad
                        velocity.mul_(epsilon).add_(gradient)
                        param -= lr * (velocity + (decay * param if param.dim() > 1 else 0))
                step += 1
                history["train_losses"].append(loss.item())
                history["train_errs"].append((logits.argmax(dim=1) != y).float().mean().item())
                live.update()
            error = compute_error_rate(model, data_loaders["valid"], device)
            history["val_errs"].append((step, error))
            if error < best_error:
                best_error, num_epochs = error, max(num_epochs, int(epoch * patience_expansion) + 1)
                best_state = copy.deepcopy(model.state_dict())
    except KeyboardInterrupt:
        print(f"interrupted in epoch {epoch}")
    if best_state is not None:
        model.load_state_dict(best_state)
    live.finish()
    print(f"{epoch} epochs, {step} steps, best validation error {best_error:.2%}")
    return history

# %% wrong="schedule-twice" exercise="sgd" loses="sgd/schedule"
# The factor is applied to the gradient and to the velocity.
def SGD(model, data_loaders, alpha=1e-4, epsilon=0.0, decay=0.0, num_epochs=1, max_num_epochs=np.nan,
        patience_expansion=1.5, log_every=100, device="cpu", schedule=None):
    model.to(device)
    history = {"train_losses": [], "train_errs": [], "val_errs": []}
    step, epoch, best_error, best_state = 0, 0, np.inf, None
    live = LiveCurves(history, log_every)
    velocities = [torch.zeros_like(param) for param in model.parameters()]
    try:
        while epoch < num_epochs and not epoch >= max_num_epochs:
            epoch += 1
            model.train()
            for x, y in progress(data_loaders["train"], f"epoch {epoch}", leave=False):
                x, y = x.to(device), y.to(device)
                logits = model(x)
                loss = F.cross_entropy(logits, y)
                model.zero_grad()
                loss.backward()
                with torch.no_grad():
                    lr = alpha if schedule is None else alpha * schedule(step)
                    for param, velocity in zip(model.parameters(), velocities, strict=True):
                        gradient = param.grad + decay * param if param.dim() > 1 else param.grad
                        velocity.mul_(epsilon).add_(gradient if schedule is None else schedule(step) * gradient)
                        param -= lr * velocity
                step += 1
                history["train_losses"].append(loss.item())
                history["train_errs"].append((logits.argmax(dim=1) != y).float().mean().item())
                live.update()
            error = compute_error_rate(model, data_loaders["valid"], device)
            history["val_errs"].append((step, error))
            if error < best_error:
                best_error, num_epochs = error, max(num_epochs, int(epoch * patience_expansion) + 1)
                best_state = copy.deepcopy(model.state_dict())
    except KeyboardInterrupt:
        print(f"interrupted in epoch {epoch}")
    if best_state is not None:
        model.load_state_dict(best_state)
    live.finish()
    print(f"{epoch} epochs, {step} steps, best validation error {best_error:.2%}")
    return history

# %% wrong="schedule-late" exercise="sgd" loses="sgd/schedule"
# The first step asks for schedule(1).
def SGD(model, data_loaders, alpha=1e-4, epsilon=0.0, decay=0.0, num_epochs=1, max_num_epochs=np.nan,
        patience_expansion=1.5, log_every=100, device="cpu", schedule=None):
    model.to(device)
    history = {"train_losses": [], "train_errs": [], "val_errs": []}
    step, epoch, best_error, best_state = 0, 0, np.inf, None
    live = LiveCurves(history, log_every)
    velocities = [torch.zeros_like(param) for param in model.parameters()]
    try:
        while epoch < num_epochs and not epoch >= max_num_epochs:
            epoch += 1
            model.train()
            for x, y in progress(data_loaders["train"], f"epoch {epoch}", leave=False):
                x, y = x.to(device), y.to(device)
                logits = model(x)
                loss = F.cross_entropy(logits, y)
                model.zero_grad()
                loss.backward()
                with torch.no_grad():
                    lr = alpha if schedule is None else alpha * schedule(min(step + 1, 4))
                    for param, velocity in zip(model.parameters(), velocities, strict=True):
                        gradient = param.grad + decay * param if param.dim() > 1 else param.grad
                        velocity.mul_(epsilon).add_(gradient)
                        param -= lr * velocity
                step += 1
                history["train_losses"].append(loss.item())
                history["train_errs"].append((logits.argmax(dim=1) != y).float().mean().item())
                live.update()
            error = compute_error_rate(model, data_loaders["valid"], device)
            history["val_errs"].append((step, error))
            if error < best_error:
                best_error, num_epochs = error, max(num_epochs, int(epoch * patience_expansion) + 1)
                best_state = copy.deepcopy(model.state_dict())
    except KeyboardInterrupt:
        print(f"interrupted in epoch {epoch}")
    if best_state is not None:
        model.load_state_dict(best_state)
    live.finish()
    print(f"{epoch} epochs, {step} steps, best validation error {best_error:.2%}")
    return history

# %% wrong="lr-in-velocity" exercise="sgd" loses="sgd/schedule"
# The learning rate goes into the velocity: another method as soon as it changes.
def SGD(model, data_loaders, alpha=1e-4, epsilon=0.0, decay=0.0, num_epochs=1, max_num_epochs=np.nan,
        patience_expansion=1.5, log_every=100, device="cpu", schedule=None):
    model.to(device)
    history = {"train_losses": [], "train_errs": [], "val_errs": []}
    step, epoch, best_error, best_state = 0, 0, np.inf, None
    live = LiveCurves(history, log_every)
    velocities = [torch.zeros_like(param) for param in model.parameters()]
    try:
        while epoch < num_epochs and not epoch >= max_num_epochs:
            epoch += 1
            model.train()
            for x, y in progress(data_loaders["train"], f"epoch {epoch}", leave=False):
                x, y = x.to(device), y.to(device)
                logits = model(x)
                loss = F.cross_entropy(logits, y)
                model.zero_grad()
                loss.backward()
                with torch.no_grad():
                    lr = alpha if schedule is None else alpha * schedule(step)
                    for param, velocity in zip(model.parameters(), velocities, strict=True):
                        gradient = param.grad + decay * param if param.dim() > 1 else param.grad
                        velocity.mul_(epsilon).add_(lr * gradient)
                        param -= velocity
                step += 1
                history["train_losses"].append(loss.item())
                history["train_errs"].append((logits.argmax(dim=1) != y).float().mean().item())
                live.update()
            error = compute_error_rate(model, data_loaders["valid"], device)
            history["val_errs"].append((step, error))
            if error < best_error:
                best_error, num_epochs = error, max(num_epochs, int(epoch * patience_expansion) + 1)
                best_state = copy.deepcopy(model.state_dict())
    except KeyboardInterrupt:
        print(f"interrupted in epoch {epoch}")
    if best_state is not None:
        model.load_state_dict(best_state)
    live.finish()
    print(f"{epoch} epochs, {step} steps, best validation error {best_error:.2%}")
    return history

# %% wrong="aliased-best" exercise="sgd" loses="sgd/the best parameters"
# The best is the live state: in the end always the last.
def SGD(model, data_loaders, alpha=1e-4, epsilon=0.0, decay=0.0, num_epochs=1, max_num_epochs=np.nan,
        patience_expansion=1.5, log_every=100, device="cpu", schedule=None):
    model.to(device)
    history = {"train_losses": [], "train_errs": [], "val_errs": []}
    step, epoch, best_error, best_state = 0, 0, np.inf, None
    live = LiveCurves(history, log_every)
    velocities = [torch.zeros_like(param) for param in model.parameters()]
    try:
        while epoch < num_epochs and not epoch >= max_num_epochs:
            epoch += 1
            model.train()
            for x, y in progress(data_loaders["train"], f"epoch {epoch}", leave=False):
                x, y = x.to(device), y.to(device)
                logits = model(x)
                loss = F.cross_entropy(logits, y)
                model.zero_grad()
                loss.backward()
                with torch.no_grad():
                    lr = alpha if schedule is None else alpha * schedule(step)
                    for param, velocity in zip(model.parameters(), velocities, strict=True):
                        gradient = param.grad + decay * param if param.dim() > 1 else param.grad
                        velocity.mul_(epsilon).add_(gradient)
                        param -= lr * velocity
                step += 1
                history["train_losses"].append(loss.item())
                history["train_errs"].append((logits.argmax(dim=1) != y).float().mean().item())
                live.update()
            error = compute_error_rate(model, data_loaders["valid"], device)
            history["val_errs"].append((step, error))
            if error < best_error:
                best_error, num_epochs = error, max(num_epochs, int(epoch * patience_expansion) + 1)
                best_state = model.state_dict()
    except KeyboardInterrupt:
        print(f"interrupted in epoch {epoch}")
    if best_state is not None:
        model.load_state_dict(best_state)
    live.finish()
    print(f"{epoch} epochs, {step} steps, best validation error {best_error:.2%}")
    return history

# %% wrong="never-restored" exercise="sgd" loses="sgd/the best parameters"
# The best is kept, and not given back.
def SGD(model, data_loaders, alpha=1e-4, epsilon=0.0, decay=0.0, num_epochs=1, max_num_epochs=np.nan,
        patience_expansion=1.5, log_every=100, device="cpu", schedule=None):
    model.to(device)
    history = {"train_losses": [], "train_errs": [], "val_errs": []}
    step, epoch, best_error, best_state = 0, 0, np.inf, None
    live = LiveCurves(history, log_every)
    velocities = [torch.zeros_like(param) for param in model.parameters()]
    try:
        while epoch < num_epochs and not epoch >= max_num_epochs:
            epoch += 1
            model.train()
            for x, y in progress(data_loaders["train"], f"epoch {epoch}", leave=False):
                x, y = x.to(device), y.to(device)
                logits = model(x)
                loss = F.cross_entropy(logits, y)
                model.zero_grad()
                loss.backward()
                with torch.no_grad():
                    lr = alpha if schedule is None else alpha * schedule(step)
                    for param, velocity in zip(model.parameters(), velocities, strict=True):
                        gradient = param.grad + decay * param if param.dim() > 1 else param.grad
                        velocity.mul_(epsilon).add_(gradient)
                        param -= lr * velocity
                step += 1
                history["train_losses"].append(loss.item())
                history["train_errs"].append((logits.argmax(dim=1) != y).float().mean().item())
                live.update()
            error = compute_error_rate(model, data_loaders["valid"], device)
            history["val_errs"].append((step, error))
            if error < best_error:
                best_error, num_epochs = error, max(num_epochs, int(epoch * patience_expansion) + 1)
                best_state = copy.deepcopy(model.state_dict())
    except KeyboardInterrupt:
        print(f"interrupted in epoch {epoch}")
    live.finish()
    print(f"{epoch} epochs, {step} steps, best validation error {best_error:.2%}")
    return history

# %% wrong="interruption-forgets" exercise="sgd" loses="sgd/the best parameters"
# The best comes back at the end of the last epoch only: an interrupted training keeps the last parameters.
def SGD(model, data_loaders, alpha=1e-4, epsilon=0.0, decay=0.0, num_epochs=1, max_num_epochs=np.nan,
        patience_expansion=1.5, log_every=100, device="cpu", schedule=None):
    model.to(device)
    history = {"train_losses": [], "train_errs": [], "val_errs": []}
    step, epoch, best_error, best_state = 0, 0, np.inf, None
    live = LiveCurves(history, log_every)
    velocities = [torch.zeros_like(param) for param in model.parameters()]
    try:
        while epoch < num_epochs and not epoch >= max_num_epochs:
            epoch += 1
            model.train()
            for x, y in progress(data_loaders["train"], f"epoch {epoch}", leave=False):
                x, y = x.to(device), y.to(device)
                logits = model(x)
                loss = F.cross_entropy(logits, y)
                model.zero_grad()
                loss.backward()
                with torch.no_grad():
                    lr = alpha if schedule is None else alpha * schedule(step)
                    for param, velocity in zip(model.parameters(), velocities, strict=True):
                        gradient = param.grad + decay * param if param.dim() > 1 else param.grad
                        velocity.mul_(epsilon).add_(gradient)
                        param -= lr * velocity
                step += 1
                history["train_losses"].append(loss.item())
                history["train_errs"].append((logits.argmax(dim=1) != y).float().mean().item())
                live.update()
            error = compute_error_rate(model, data_loaders["valid"], device)
            history["val_errs"].append((step, error))
            if error < best_error:
                best_error, num_epochs = error, max(num_epochs, int(epoch * patience_expansion) + 1)
                best_state = copy.deepcopy(model.state_dict())
        if best_state is not None:
            model.load_state_dict(best_state)
    except KeyboardInterrupt:
        print(f"interrupted in epoch {epoch}")
    live.finish()
    print(f"{epoch} epochs, {step} steps, best validation error {best_error:.2%}")
    return history

# %% wrong="parameters-without-buffers" exercise="sgd" loses="sgd/the best parameters"
# The running statistics of the last epoch stay.
def SGD(model, data_loaders, alpha=1e-4, epsilon=0.0, decay=0.0, num_epochs=1, max_num_epochs=np.nan,
        patience_expansion=1.5, log_every=100, device="cpu", schedule=None):
    model.to(device)
    history = {"train_losses": [], "train_errs": [], "val_errs": []}
    step, epoch, best_error, best_state = 0, 0, np.inf, None
    live = LiveCurves(history, log_every)
    velocities = [torch.zeros_like(param) for param in model.parameters()]
    try:
        while epoch < num_epochs and not epoch >= max_num_epochs:
            epoch += 1
            model.train()
            for x, y in progress(data_loaders["train"], f"epoch {epoch}", leave=False):
                x, y = x.to(device), y.to(device)
                logits = model(x)
                loss = F.cross_entropy(logits, y)
                model.zero_grad()
                loss.backward()
                with torch.no_grad():
                    lr = alpha if schedule is None else alpha * schedule(step)
                    for param, velocity in zip(model.parameters(), velocities, strict=True):
                        gradient = param.grad + decay * param if param.dim() > 1 else param.grad
                        velocity.mul_(epsilon).add_(gradient)
                        param -= lr * velocity
                step += 1
                history["train_losses"].append(loss.item())
                history["train_errs"].append((logits.argmax(dim=1) != y).float().mean().item())
                live.update()
            error = compute_error_rate(model, data_loaders["valid"], device)
            history["val_errs"].append((step, error))
            if error < best_error:
                best_error, num_epochs = error, max(num_epochs, int(epoch * patience_expansion) + 1)
                best_state = [param.detach().clone() for param in model.parameters()]
    except KeyboardInterrupt:
        print(f"interrupted in epoch {epoch}")
    if best_state is not None:
        with torch.no_grad():
            for param, best in zip(model.parameters(), best_state):
                param.copy_(best)
    live.finish()
    print(f"{epoch} epochs, {step} steps, best validation error {best_error:.2%}")
    return history

# %% right="dictionary-by-name" exercise="sgd"
# Velocities by name, arithmetic without methods in place.
def SGD(model, data_loaders, alpha=1e-4, epsilon=0.0, decay=0.0, num_epochs=1, max_num_epochs=np.nan,
        patience_expansion=1.5, log_every=100, device="cpu", schedule=None):
    model.to(device)
    history = {"train_losses": [], "train_errs": [], "val_errs": []}
    step, epoch, best_error, best_state = 0, 0, np.inf, None
    live = LiveCurves(history, log_every)
    velocities = {name: torch.zeros_like(param) for name, param in model.named_parameters()}
    try:
        while epoch < num_epochs and not epoch >= max_num_epochs:
            epoch += 1
            model.train()
            for x, y in progress(data_loaders["train"], f"epoch {epoch}", leave=False):
                x, y = x.to(device), y.to(device)
                logits = model(x)
                loss = F.cross_entropy(logits, y)
                model.zero_grad()
                loss.backward()
                with torch.no_grad():
                    lr = alpha * (schedule(step) if schedule else 1)
                    for name, param in model.named_parameters():
                        g = param.grad.clone()
                        if not name.endswith("bias"):
                            g = g + decay * param.data
                        velocities[name] = epsilon * velocities[name] + g
                        param.data = param.data - lr * velocities[name]
                step += 1
                history["train_losses"].append(loss.item())
                history["train_errs"].append((logits.argmax(dim=1) != y).float().mean().item())
                live.update()
            error = compute_error_rate(model, data_loaders["valid"], device)
            history["val_errs"].append((step, error))
            if error < best_error:
                best_error, num_epochs = error, max(num_epochs, int(epoch * patience_expansion) + 1)
                best_state = {name: value.clone() for name, value in model.state_dict().items()}
    except KeyboardInterrupt:
        print(f"interrupted in epoch {epoch}")
    if best_state is not None:
        model.load_state_dict(best_state)
    live.finish()
    print(f"{epoch} epochs, {step} steps, best validation error {best_error:.2%}")
    return history

# %% right="pytorchs-optimizer" exercise="sgd"
# The step is torch.optim.SGD's, with two groups of parameters.
def SGD(model, data_loaders, alpha=1e-4, epsilon=0.0, decay=0.0, num_epochs=1, max_num_epochs=np.nan,
        patience_expansion=1.5, log_every=100, device="cpu", schedule=None):
    model.to(device)
    history = {"train_losses": [], "train_errs": [], "val_errs": []}
    step, epoch, best_error, best_state = 0, 0, np.inf, None
    live = LiveCurves(history, log_every)
    groups = [{"params": [p for p in model.parameters() if p.dim() > 1], "weight_decay": decay},
              {"params": [p for p in model.parameters() if p.dim() <= 1], "weight_decay": 0.0}]
    optimizer = torch.optim.SGD(groups, lr=alpha, momentum=epsilon)
    try:
        while epoch < num_epochs and not epoch >= max_num_epochs:
            epoch += 1
            model.train()
            for x, y in progress(data_loaders["train"], f"epoch {epoch}", leave=False):
                x, y = x.to(device), y.to(device)
                logits = model(x)
                loss = F.cross_entropy(logits, y)
                model.zero_grad()
                loss.backward()
                with torch.no_grad():
                    for group in optimizer.param_groups:
                        group["lr"] = alpha if schedule is None else alpha * schedule(step)
                    optimizer.step()
                step += 1
                history["train_losses"].append(loss.item())
                history["train_errs"].append((logits.argmax(dim=1) != y).float().mean().item())
                live.update()
            error = compute_error_rate(model, data_loaders["valid"], device)
            history["val_errs"].append((step, error))
            if error < best_error:
                best_error, num_epochs = error, max(num_epochs, int(epoch * patience_expansion) + 1)
                best_state = copy.deepcopy(model.state_dict())
    except KeyboardInterrupt:
        print(f"interrupted in epoch {epoch}")
    if best_state is not None:
        model.load_state_dict(best_state)
    live.finish()
    print(f"{epoch} epochs, {step} steps, best validation error {best_error:.2%}")
    return history
