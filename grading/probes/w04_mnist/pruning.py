"""Pruning."""

# %% wrong="layer-by-layer" exercise="pruning" loses="pruning/the smallest weights"
# The fraction in each layer by itself.
def prune(model, sparsity):
    weights = [param for param in model.parameters() if param.dim() > 1]
    with torch.no_grad():
        for weight in weights:
            sizes = weight.abs().flatten()
            count = round(sparsity * len(sizes))
            if count:
                weight.mul_(weight.abs() > sizes.kthvalue(count).values)


def freeze_zeros(model):
    for param in model.parameters():
        if param.dim() > 1:
            mask = (param.detach() != 0).to(param.dtype)
            param.register_hook(lambda grad, mask=mask: grad * mask)


def make_pruned():
    return make_mlp()

# %% wrong="largest" exercise="pruning" loses="pruning/the smallest weights"
# The largest weights go.
def prune(model, sparsity):
    weights = [param for param in model.parameters() if param.dim() > 1]
    sizes = torch.cat([weight.detach().abs().flatten() for weight in weights])
    count = round(sparsity * len(sizes))
    with torch.no_grad():
        if count:
            threshold = sizes.kthvalue(count).values
            for weight in weights:
                weight.mul_(weight.abs() < threshold)


def freeze_zeros(model):
    for param in model.parameters():
        if param.dim() > 1:
            mask = (param.detach() != 0).to(param.dtype)
            param.register_hook(lambda grad, mask=mask: grad * mask)


def make_pruned():
    return make_mlp()

# %% wrong="signed" exercise="pruning" loses="pruning/the smallest weights"
# The smallest by sign, not by absolute value.
def prune(model, sparsity):
    weights = [param for param in model.parameters() if param.dim() > 1]
    sizes = torch.cat([weight.detach().flatten() for weight in weights])
    count = round(sparsity * len(sizes))
    with torch.no_grad():
        if count:
            threshold = sizes.kthvalue(count).values
            for weight in weights:
                weight.mul_(weight > threshold)


def freeze_zeros(model):
    for param in model.parameters():
        if param.dim() > 1:
            mask = (param.detach() != 0).to(param.dtype)
            param.register_hook(lambda grad, mask=mask: grad * mask)


def make_pruned():
    return make_mlp()

# %% wrong="biases-too" exercise="pruning" loses="pruning/the smallest weights"
# Biases are pruned, too.
def prune(model, sparsity):
    weights = list(model.parameters())
    sizes = torch.cat([weight.detach().abs().flatten() for weight in weights])
    count = round(sparsity * len(sizes))
    with torch.no_grad():
        if count:
            threshold = sizes.kthvalue(count).values
            for weight in weights:
                weight.mul_(weight.abs() > threshold)


def freeze_zeros(model):
    for param in model.parameters():
        if param.dim() > 1:
            mask = (param.detach() != 0).to(param.dtype)
            param.register_hook(lambda grad, mask=mask: grad * mask)


def make_pruned():
    return make_mlp()

# %% wrong="regrows" exercise="pruning" loses="pruning/zeros stay"
# Nothing keeps the zeros at zero.
def prune(model, sparsity):
    weights = [param for param in model.parameters() if param.dim() > 1]
    sizes = torch.cat([weight.detach().abs().flatten() for weight in weights])
    count = round(sparsity * len(sizes))
    with torch.no_grad():
        if count:
            threshold = sizes.kthvalue(count).values
            for weight in weights:
                weight.mul_(weight.abs() > threshold)


def freeze_zeros(model):
    for param in model.parameters():
        if param.dim() > 1:
            mask = (param.detach() != 0).to(param.dtype)
            mask.requires_grad_(False)


def make_pruned():
    return make_mlp()

# %% wrong="last-mask-for-all" exercise="pruning" loses="pruning/zeros stay"
# The closure holds the last layer's mask.
def prune(model, sparsity):
    weights = [param for param in model.parameters() if param.dim() > 1]
    sizes = torch.cat([weight.detach().abs().flatten() for weight in weights])
    count = round(sparsity * len(sizes))
    with torch.no_grad():
        if count:
            threshold = sizes.kthvalue(count).values
            for weight in weights:
                weight.mul_(weight.abs() > threshold)


def freeze_zeros(model):
    for param in model.parameters():
        if param.dim() > 1:
            mask = (param.detach() != 0).to(param.dtype)
            param.register_hook(lambda grad: grad * mask if grad.shape == mask.shape else grad)


def make_pruned():
    return make_mlp()

# %% right="quantile-by-sorting" exercise="pruning"
# A sorted list; masks by name.
def prune(model, sparsity):
    weights = [param for param in model.parameters() if param.dim() > 1]
    sizes = torch.cat([weight.detach().abs().flatten() for weight in weights])
    count = round(sparsity * len(sizes))
    with torch.no_grad():
        if count:
            threshold = sizes.sort().values[count - 1]
            for weight in weights:
                weight[weight.abs() <= threshold] = 0


def freeze_zeros(model):
    for param in model.parameters():
        if param.dim() > 1:
            zeros = param.detach() == 0
            param.register_hook(lambda grad, zeros=zeros: grad.masked_fill(zeros, 0))


def make_pruned():
    return make_mlp()

# %% right="named-modules" exercise="pruning"
# Over the modules, not the parameters.
def prune(model, sparsity):
    weights = [m.weight for m in model.modules() if isinstance(m, (nn.Linear, nn.Conv2d))]
    sizes = torch.cat([weight.detach().abs().flatten() for weight in weights])
    count = int(round(sparsity * sizes.numel()))
    with torch.no_grad():
        if count:
            threshold = sizes.kthvalue(count).values
            for weight in weights:
                weight.mul_(weight.abs() > threshold)


def freeze_zeros(model):
    for param in model.parameters():
        if param.dim() > 1:
            mask = (param.detach() != 0).to(param.dtype)
            param.register_hook(lambda grad, mask=mask: grad * mask)


def make_pruned():
    return make_mlp()
