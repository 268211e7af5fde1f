"""Clipping by norm."""

# %% wrong="each-by-itself" exercise="clipping" loses="clipping/one factor for all"
# Each gradient by its own norm.
def clip_gradients(parameters, max_norm):
    """Scale all gradients by one factor so that their norm together is at most max_norm -> the norm before, a float.

    Parameters whose grad is None are passed over; gradients below the bound stay as they are.
    """
    gradients = [param.grad for param in parameters if param.grad is not None]
    norm = math.sqrt(sum(float(gradient.square().sum()) for gradient in gradients))
    if norm > max_norm:
        for gradient in gradients:
            gradient.mul_(min(1.0, max_norm / float(gradient.norm())))
    return norm

# %% wrong="by-value" exercise="clipping" loses="clipping/one factor for all"
# Each entry is clipped.
def clip_gradients(parameters, max_norm):
    """Scale all gradients by one factor so that their norm together is at most max_norm -> the norm before, a float.

    Parameters whose grad is None are passed over; gradients below the bound stay as they are.
    """
    gradients = [param.grad for param in parameters if param.grad is not None]
    norm = math.sqrt(sum(float(gradient.square().sum()) for gradient in gradients))
    if norm > max_norm:
        for gradient in gradients:
            gradient.clamp_(-max_norm, max_norm)
    return norm

# %% wrong="always-scaled" exercise="clipping" loses="clipping/small and missing gradients"
# Small gradients are made larger.
def clip_gradients(parameters, max_norm):
    """Scale all gradients by one factor so that their norm together is at most max_norm -> the norm before, a float.

    Parameters whose grad is None are passed over; gradients below the bound stay as they are.
    """
    gradients = [param.grad for param in parameters if param.grad is not None]
    norm = math.sqrt(sum(float(gradient.square().sum()) for gradient in gradients))
    for gradient in gradients:
        gradient.mul_(max_norm / norm)
    return norm

# %% right="concatenated" exercise="clipping"
# One long vector.
def clip_gradients(parameters, max_norm):
    """Scale all gradients by one factor so that their norm together is at most max_norm -> the norm before, a float.

    Parameters whose grad is None are passed over; gradients below the bound stay as they are.
    """
    gradients = [param.grad for param in parameters if param.grad is not None]
    norm = float(torch.cat([gradient.flatten() for gradient in gradients]).norm())
    if norm > max_norm:
        for gradient in gradients:
            gradient.mul_(max_norm / norm)
    return norm

# %% right="factor" exercise="clipping"
# A factor of at most one.
def clip_gradients(parameters, max_norm):
    """Scale all gradients by one factor so that their norm together is at most max_norm -> the norm before, a float.

    Parameters whose grad is None are passed over; gradients below the bound stay as they are.
    """
    gradients = [param.grad for param in parameters if param.grad is not None]
    norm = math.sqrt(sum(float(gradient.square().sum()) for gradient in gradients))
    for gradient in gradients:
        gradient *= min(1.0, max_norm / norm)
    return norm
