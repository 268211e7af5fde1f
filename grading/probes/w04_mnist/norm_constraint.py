"""Norm constraints."""

# %% wrong="columns" exercise="norm-constraint" loses="norm-constraint/rows, norm-constraint/convolutions"
# Columns are projected, not rows.
def constrain_norms(model, max_norm):
    with torch.no_grad():
        for param in model.parameters():
            if param.dim() > 1:
                rows = param.flatten(1).T.contiguous()
                factors = (max_norm / rows.norm(dim=1).clamp(min=1e-12)).clamp(max=1)
                param.copy_((rows * factors[:, None]).T.view_as(param))

# %% wrong="whole-matrix" exercise="norm-constraint" loses="norm-constraint/rows, norm-constraint/convolutions"
# One norm for the whole matrix.
def constrain_norms(model, max_norm):
    with torch.no_grad():
        for param in model.parameters():
            if param.dim() > 1:
                rows = param.flatten(1)
                factors = (max_norm / rows.norm().clamp(min=1e-12)).clamp(max=1)
                param.mul_(factors)

# %% wrong="always-on-the-sphere" exercise="norm-constraint" loses="norm-constraint/rows, norm-constraint/convolutions"
# Short rows are stretched.
def constrain_norms(model, max_norm):
    with torch.no_grad():
        for param in model.parameters():
            if param.dim() > 1:
                rows = param.flatten(1)
                factors = (max_norm / rows.norm(dim=1).clamp(min=1e-12))
                param.mul_(factors.view(-1, *[1] * (param.dim() - 1)))

# %% wrong="biases-too" exercise="norm-constraint" loses="norm-constraint/biases"
# Biases are shortened, too.
def constrain_norms(model, max_norm):
    with torch.no_grad():
        for param in model.parameters():
            if True:
                rows = param.view(len(param), -1)
                factors = (max_norm / rows.norm(dim=1).clamp(min=1e-12)).clamp(max=1)
                param.mul_(factors.view(-1, *[1] * (param.dim() - 1)))

# %% wrong="linear-only" exercise="norm-constraint" loses="norm-constraint/convolutions"
# Only matrices.
def constrain_norms(model, max_norm):
    with torch.no_grad():
        for param in model.parameters():
            if param.dim() == 2:
                rows = param.flatten(1)
                factors = (max_norm / rows.norm(dim=1).clamp(min=1e-12)).clamp(max=1)
                param.mul_(factors.view(-1, *[1] * (param.dim() - 1)))

# %% right="renorm" exercise="norm-constraint"
# torch.renorm does it.
def constrain_norms(model, max_norm):
    with torch.no_grad():
        for param in model.parameters():
            if param.dim() > 1:
                param.copy_(torch.renorm(param, 2, 0, max_norm))

# %% right="loop" exercise="norm-constraint"
# Row by row.
def constrain_norms(model, max_norm):
    with torch.no_grad():
        for param in model.parameters():
            if param.dim() > 1:
                for row in param:
                    norm = float((row**2).sum()) ** 0.5
                    if norm > max_norm:
                        row *= max_norm / norm
