"""Adversarial images."""

# %% wrong="towards-the-label" exercise="adversarial" loses="adversarial/FGSM, adversarial/prediction changes, adversarial/local attack succeeds"
# The cross-entropy is decreased: the network becomes surer; the target's is increased.
def step(net, x, label, size):
    leaf = x.clone().requires_grad_()
    (grad,) = torch.autograd.grad(F.cross_entropy(net(leaf), torch.tensor([label])), leaf)
    return x + size * grad.sign()


def fgsm(net, x, label, eps):
    return step(net, x, label, -eps).clamp(0, 1)


def iterative_attack(net, x, label, eps, num_steps=10):
    adv = x.clone()
    for _ in range(num_steps):
        adv = (x + (step(net, adv, label, -2.5 * eps / num_steps) - x).clamp(-eps, eps)).clamp(0, 1)
    return adv


def local_attack(net, x, target, mask, num_steps=100, lr=0.05):
    adv = x.clone()
    for _ in range(num_steps):
        adv = torch.where(mask.bool(), step(net, adv, target, lr).clamp(0, 1), x)
    return adv

# %% wrong="no-projection" exercise="adversarial" loses="adversarial/budget"
# The steps add up to more than the budget.
def fgsm(net, x, label, eps):
    leaf = x.clone().requires_grad_()
    (grad,) = torch.autograd.grad(F.cross_entropy(net(leaf), torch.tensor([label])), leaf)
    return (x + eps * grad.sign()).clamp(0, 1)


def iterative_attack(net, x, label, eps, num_steps=10):
    for _ in range(num_steps):
        x = fgsm(net, x, label, eps / 4)
    return x


def local_attack(net, x, target, mask, num_steps=100, lr=0.05):
    adv = x.clone()
    for _ in range(num_steps):
        leaf = adv.clone().requires_grad_()
        (grad,) = torch.autograd.grad(F.cross_entropy(net(leaf), torch.tensor([target])), leaf)
        adv = (adv - lr * grad.sign() * mask).clamp(0, 1)
    return adv

# %% wrong="rounded" exercise="adversarial" loses="adversarial/FGSM, adversarial/budget"
# Rounded to 255 grey values afterwards, as a file would be: a little over the budget.
def as_file(x):
    return (x * 255).round() / 255


def fgsm(net, x, label, eps):
    leaf = x.clone().requires_grad_()
    (grad,) = torch.autograd.grad(F.cross_entropy(net(leaf), torch.tensor([label])), leaf)
    return as_file((x + eps * grad.sign()).clamp(0, 1))


def iterative_attack(net, x, label, eps, num_steps=10):
    adv = x.clone()
    for _ in range(num_steps):
        adv = (x + (fgsm(net, adv, label, 2.5 * eps / num_steps) - x).clamp(-eps, eps)).clamp(0, 1)
    return as_file(adv)


def local_attack(net, x, target, mask, num_steps=100, lr=0.05):
    adv = x.clone()
    for _ in range(num_steps):
        leaf = adv.clone().requires_grad_()
        (grad,) = torch.autograd.grad(F.cross_entropy(net(leaf), torch.tensor([target])), leaf)
        adv = (adv - lr * grad.sign() * mask).clamp(0, 1)
    return adv

# %% wrong="not-clamped" exercise="adversarial" loses="adversarial/FGSM, adversarial/budget, adversarial/local attack stays local"
# Values leave 0…1.
def fgsm(net, x, label, eps):
    leaf = x.clone().requires_grad_()
    (grad,) = torch.autograd.grad(F.cross_entropy(net(leaf), torch.tensor([label])), leaf)
    return x + eps * grad.sign()


def iterative_attack(net, x, label, eps, num_steps=10):
    adv = x.clone()
    for _ in range(num_steps):
        adv = x + (fgsm(net, adv, label, 2.5 * eps / num_steps) - x).clamp(-eps, eps)
    return adv


def local_attack(net, x, target, mask, num_steps=100, lr=0.05):
    adv = x.clone()
    for _ in range(num_steps):
        leaf = adv.clone().requires_grad_()
        (grad,) = torch.autograd.grad(F.cross_entropy(net(leaf), torch.tensor([target])), leaf)
        adv = adv - lr * grad.sign() * mask
    return adv

# %% wrong="mask-ignored" exercise="adversarial" loses="adversarial/local attack stays local"
# The whole picture is changed.
def fgsm(net, x, label, eps):
    leaf = x.clone().requires_grad_()
    (grad,) = torch.autograd.grad(F.cross_entropy(net(leaf), torch.tensor([label])), leaf)
    return (x + eps * grad.sign()).clamp(0, 1)


def iterative_attack(net, x, label, eps, num_steps=10):
    adv = x.clone()
    for _ in range(num_steps):
        adv = (x + (fgsm(net, adv, label, 2.5 * eps / num_steps) - x).clamp(-eps, eps)).clamp(0, 1)
    return adv


def local_attack(net, x, target, mask, num_steps=100, lr=0.05):
    for _ in range(num_steps):
        x = fgsm(net, x, target, -lr)
    return x

# %% wrong="raw-gradient" exercise="adversarial" loses="adversarial/FGSM, adversarial/prediction changes"
# The gradient itself in place of its sign: steps that change nothing.
def fgsm(net, x, label, eps):
    leaf = x.clone().requires_grad_()
    (grad,) = torch.autograd.grad(F.cross_entropy(net(leaf), torch.tensor([label])), leaf)
    return (x + eps * grad).clamp(0, 1)


def iterative_attack(net, x, label, eps, num_steps=10):
    adv = x.clone()
    for _ in range(num_steps):
        adv = (x + (fgsm(net, adv, label, 2.5 * eps / num_steps) - x).clamp(-eps, eps)).clamp(0, 1)
    return adv


def local_attack(net, x, target, mask, num_steps=100, lr=0.05):
    adv = x.clone()
    for _ in range(num_steps):
        leaf = adv.clone().requires_grad_()
        (grad,) = torch.autograd.grad(F.cross_entropy(net(leaf), torch.tensor([target])), leaf)
        adv = (adv - lr * grad.sign() * mask).clamp(0, 1)
    return adv

# %% right="log-probabilities" exercise="adversarial"
# The logarithm of the probability; a delta that is optimised; a mask by multiplication.
def gradient(net, x, label):
    leaf = x.detach().clone().requires_grad_(True)
    torch.log(net.probabilities(leaf)[0, label] + 1e-12).backward()
    return leaf.grad


def fgsm(net, x, label, eps):
    return torch.clip(x - eps * torch.sign(gradient(net, x, label)), 0, 1)


def iterative_attack(net, x, label, eps, num_steps=10):
    delta = torch.zeros_like(x)
    for _ in range(2 * num_steps):
        delta = delta - eps / 4 * torch.sign(gradient(net, x + delta, label))
        delta = torch.clip(delta, -eps, eps)
        delta = torch.clip(x + delta, 0, 1) - x
    return (x + delta).clamp(0, 1)


def local_attack(net, x, target, mask, num_steps=100, lr=0.05):
    adv = x
    for _ in range(num_steps):
        moved = torch.clip(adv + lr * torch.sign(gradient(net, adv, target)), 0, 1)
        adv = x * (1 - mask) + moved * mask
    return adv

# %% right="adam-patch" exercise="adversarial"
# The patch is optimised by Adam; the largest other logit is raised.
def fgsm(net, x, label, eps):
    leaf = x.clone().requires_grad_()
    F.cross_entropy(net(leaf), torch.tensor([int(label)])).backward()
    return (x + eps * leaf.grad.sign()).clamp(0, 1)


def iterative_attack(net, x, label, eps, num_steps=10):
    low, high = (x - eps).clamp(0, 1), (x + eps).clamp(0, 1)
    adv = x.clone()
    for _ in range(num_steps):
        leaf = adv.detach().clone().requires_grad_()
        F.cross_entropy(net(leaf), torch.tensor([int(label)])).backward()
        adv = torch.minimum(torch.maximum(adv + 0.2 * eps * leaf.grad.sign(), low), high)
    return adv.detach()


def local_attack(net, x, target, mask, num_steps=100, lr=0.05):
    z = torch.logit(x.clamp(0.02, 0.98)).clone().requires_grad_()
    optimizer = torch.optim.Adam([z], lr=10 * lr)
    for _ in range(num_steps):
        adv = torch.where(mask.bool(), torch.sigmoid(z), x)
        loss = F.cross_entropy(net(adv), torch.tensor([int(target)]))
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
    return torch.where(mask.bool(), torch.sigmoid(z), x).detach()

# %% wrong="box-around-the-last-step" exercise="adversarial" loses="adversarial/budget, adversarial/local attack succeeds"
# The step is cut, not the sum of the steps; the patch flees from the target.
def fgsm(net, x, label, eps):
    x_adv = x.detach().clone().requires_grad_(True)
    target = torch.tensor([label] * len(x), device=x.device)
    F.cross_entropy(net(x_adv), target).backward()
    with torch.no_grad():
        x_adv = x_adv + eps * x_adv.grad.sign()
    return torch.clamp(x_adv, 0.0, 1.0)


def iterative_attack(net, x, label, eps, num_steps=10):
    adv = x
    for _ in range(num_steps):
        step = fgsm(net, adv, label, eps / 2) - adv
        adv = (adv + step.clamp(-eps, eps)).clamp(0, 1)
    return adv


def local_attack(net, x, target, mask, num_steps=100, lr=0.05):
    delta = torch.zeros_like(x, requires_grad=True)
    opt = torch.optim.Adam([delta], lr=lr)
    for _ in range(num_steps):
        opt.zero_grad()
        adv = (x + delta * mask).clamp(0, 1)
        (-F.cross_entropy(net(adv), torch.tensor([target], device=x.device))).backward()
        opt.step()
    with torch.no_grad():
        return (x + delta * mask).clamp(0, 1)

# %% right="small-steps" exercise="adversarial"
# Steps that cannot leave the box; a margin of logits, climbed with momentum.
def fgsm(net, x, label, eps):
    loss_gradient = torch.func.grad(lambda image: F.nll_loss(net(image).log_softmax(1), torch.tensor([label])))(x)
    return (x + eps * torch.sign(loss_gradient)).clip(0, 1)


def iterative_attack(net, x, label, eps, num_steps=10):
    adv = x.clone()
    for _ in range(num_steps):
        adv = fgsm(net, adv, label, eps / num_steps)  # the steps cannot leave the box
    return torch.max(torch.min(adv, x + eps), x - eps).clamp(0, 1)


def local_attack(net, x, target, mask, num_steps=100, lr=0.05):
    adv, velocity = x.clone(), torch.zeros_like(x)
    for _ in range(num_steps):
        adv.requires_grad_(True)
        logits = net(adv)[0]
        others = torch.cat([logits[:target], logits[target + 1:]])
        margin = logits[target] - others.max()
        g, = torch.autograd.grad(margin, adv)
        velocity = 0.9 * velocity + g / (g.abs().mean() + 1e-12)
        adv = adv.detach()
        adv[:, :, mask == 1] = (adv + lr * velocity.sign()).clamp(0, 1)[:, :, mask == 1]
    return adv

# %% right="random-start" exercise="adversarial"
# The iterative attack from a random place in the box.
def fgsm(net, x, label, eps):
    x_adv = x.detach().clone().requires_grad_(True)
    target = torch.tensor([label] * len(x), device=x.device)
    F.cross_entropy(net(x_adv), target).backward()
    with torch.no_grad():
        x_adv = x_adv + eps * x_adv.grad.sign()
    return torch.clamp(x_adv, 0.0, 1.0)


def iterative_attack(net, x, label, eps, num_steps=10):
    # Madry: a random start, then steps of eps / 4
    target = torch.tensor([label] * len(x), device=x.device)
    delta = torch.empty_like(x).uniform_(-eps, eps)
    for _ in range(num_steps):
        delta.requires_grad_(True)
        loss = F.cross_entropy(net((x + delta).clamp(0, 1)), target)
        g, = torch.autograd.grad(loss, delta)
        delta = (delta.detach() + eps / 4 * g.sign()).clamp(-eps, eps)
    return (x + delta).clamp(0, 1)


def local_attack(net, x, target, mask, num_steps=100, lr=0.05):
    delta = torch.zeros_like(x, requires_grad=True)
    opt = torch.optim.Adam([delta], lr=lr)
    for _ in range(num_steps):
        opt.zero_grad()
        adv = (x + delta * mask).clamp(0, 1)
        F.cross_entropy(net(adv), torch.tensor([target], device=x.device)).backward()
        opt.step()
    with torch.no_grad():
        return (x + delta * mask).clamp(0, 1)
