"""Parameters and multiplications."""

# %% wrong="all-numbers" exercise="counts" loses="counts/parameters"
# Frozen parameters count as well.
def count_parameters(net):
    return sum(p.numel() for p in net.parameters())


def count_multiplications(net, x):
    total, handles = [], []
    for layer in net.modules():
        if isinstance(layer, (nn.Conv2d, nn.Linear)):
            handles.append(layer.register_forward_hook(lambda l, i, o: total.append(o.numel() * l.weight[0].numel())))
    net(x)
    for handle in handles:
        handle.remove()
    return sum(total)

# %% wrong="state-dict" exercise="counts" loses="counts/parameters"
# Buffers and shared tensors count, too.
def count_parameters(net):
    return sum(value.numel() for value in net.state_dict().values())


def count_multiplications(net, x):
    total, handles = [], []
    for layer in net.modules():
        if isinstance(layer, (nn.Conv2d, nn.Linear)):
            handles.append(layer.register_forward_hook(lambda l, i, o: total.append(o.numel() * l.weight[0].numel())))
    net(x)
    for handle in handles:
        handle.remove()
    return sum(total)

# %% wrong="no-groups" exercise="counts" loses="counts/multiplications"
# Multiplies with all input channels, whatever the groups.
def count_parameters(net):
    return sum(p.numel() for p in net.parameters() if p.requires_grad)


def count_multiplications(net, x):
    total, handles = [], []

    def hook(layer, inputs, output):
        if isinstance(layer, nn.Conv2d):
            total.append(output.numel() * layer.in_channels * layer.kernel_size[0] * layer.kernel_size[1])
        else:
            total.append(output.numel() * layer.in_features)

    for layer in net.modules():
        if isinstance(layer, (nn.Conv2d, nn.Linear)):
            handles.append(layer.register_forward_hook(hook))
    net(x)
    for handle in handles:
        handle.remove()
    return sum(total)

# %% wrong="hooks-stay" exercise="counts" loses="counts/multiplications"
# One counter for all calls, and the hooks stay.
multiplications = [0]


def count_parameters(net):
    return sum(p.numel() for p in net.parameters() if p.requires_grad)


def count_multiplications(net, x):
    def hook(layer, inputs, output):
        multiplications[0] += output.numel() * layer.weight[0].numel()

    for layer in net.modules():
        if isinstance(layer, (nn.Conv2d, nn.Linear)):
            layer.register_forward_hook(hook)
    multiplications[0] = 0
    net(x)
    return multiplications[0]

# %% right="formulas" exercise="counts"
# The formulas, with groups.
def count_parameters(net):
    return int(sum(np.prod(p.shape) for p in set(net.parameters()) if p.requires_grad))


def count_multiplications(net, x):
    found = []

    def conv(layer, inputs, output):
        kh, kw = layer.kernel_size
        n, o, h, w = output.shape
        found.append(n * o * h * w * layer.in_channels // layer.groups * kh * kw)

    def linear(layer, inputs, output):
        found.append(output.numel() // layer.out_features * layer.in_features * layer.out_features)

    hooks = [m.register_forward_hook(conv if isinstance(m, nn.Conv2d) else linear)
             for m in net.modules() if type(m) in (nn.Conv2d, nn.Linear)]
    net(x)
    [hook.remove() for hook in hooks]
    return sum(found)

# %% right="tensors" exercise="counts"
# Counted in tensors.
def count_parameters(net):
    return torch.tensor([p.numel() for p in net.parameters() if p.requires_grad]).sum()


def count_multiplications(net, x):
    total = torch.zeros((), dtype=torch.int64)

    def hook(layer, inputs, output):
        total.add_(output.numel() * (layer.weight.numel() // layer.weight.shape[0]))

    handles = [m.register_forward_hook(hook) for m in net.modules() if isinstance(m, (nn.Conv2d, nn.Linear))]
    try:
        with torch.no_grad():
            net(x)
    finally:
        for handle in handles:
            handle.remove()
    return total.clone()

# %% wrong="two-flops-each-for-one-image" exercise="counts" loses="counts/parameters, counts/multiplications"
# Multiplications and additions, divided by the number of images; weights only.
def count_parameters(net):
    return sum(p.numel() for name, p in net.named_parameters() if p.requires_grad and "weight" in name)


def count_multiplications(net, x):
    from torch.utils.flop_counter import FlopCounterMode

    with FlopCounterMode(display=False) as counter:
        net(x)
    return counter.get_total_flops() // len(x)

# %% right="flop-counter" exercise="counts"
# PyTorch's own counter, which counts additions as well.
def count_parameters(net):
    seen, total = set(), 0
    for p in net.parameters():
        if p.requires_grad and id(p) not in seen:
            seen.add(id(p))
            total += p.nelement()
    return total


def count_multiplications(net, x):
    from torch.utils.flop_counter import FlopCounterMode

    with FlopCounterMode(display=False) as counter, torch.no_grad():
        net(x)
    return counter.get_total_flops() // 2
