"""Max-pooling."""

# %% wrong="zero-padding" exercise="max-pooling" loses="max-pooling/values, max-pooling/gradient"
# Zeros win against negative numbers.
def max_pool2d_by_hand(x, kernel_size, stride=None, padding=0):
    stride = stride or kernel_size
    x = F.pad(x, [padding] * 4)
    return x.unfold(2, kernel_size, stride).unfold(3, kernel_size, stride).amax(dim=(4, 5))

# %% wrong="stride-one" exercise="max-pooling" loses="max-pooling/values, max-pooling/gradient"
# The default stride is 1, not the kernel's size.
def max_pool2d_by_hand(x, kernel_size, stride=None, padding=0):
    stride = stride or 1
    x = F.pad(x, [padding] * 4, value=-torch.inf)
    return x.unfold(2, kernel_size, stride).unfold(3, kernel_size, stride).amax(dim=(4, 5))

# %% wrong="over-channels" exercise="max-pooling" loses="max-pooling/values, max-pooling/gradient"
# The largest value over all channels.
def max_pool2d_by_hand(x, kernel_size, stride=None, padding=0):
    stride = stride or kernel_size
    x = F.pad(x, [padding] * 4, value=-torch.inf)
    pooled = x.unfold(2, kernel_size, stride).unfold(3, kernel_size, stride).amax(dim=(4, 5))
    return pooled.amax(dim=1, keepdim=True).expand_as(pooled)

# %% wrong="detached" exercise="max-pooling" loses="max-pooling/gradient"
# By way of NumPy: the gradient is cut off.
def max_pool2d_by_hand(x, kernel_size, stride=None, padding=0):
    stride = stride or kernel_size
    x = F.pad(x, [padding] * 4, value=-torch.inf).detach()
    return x.unfold(2, kernel_size, stride).unfold(3, kernel_size, stride).amax(dim=(4, 5))

# %% right="loops" exercise="max-pooling"
# Window by window.
def max_pool2d_by_hand(x, kernel_size, stride=None, padding=0):
    stride = kernel_size if stride is None else stride
    x = F.pad(x, [padding] * 4, value=-1e30)
    rows = range(0, x.shape[2] - kernel_size + 1, stride)
    cols = range(0, x.shape[3] - kernel_size + 1, stride)
    return torch.stack([torch.stack([x[:, :, i:i + kernel_size, j:j + kernel_size].flatten(2).max(dim=2).values
                                     for j in cols], dim=2) for i in rows], dim=2)

# %% right="im2col" exercise="max-pooling"
# With the columns of exercise 2.
def max_pool2d_by_hand(x, kernel_size, stride=None, padding=0):
    stride = stride or kernel_size
    N, C, H, W = x.shape
    x = F.pad(x.reshape(N * C, 1, H, W), [padding] * 4, value=float("-inf"))
    columns = im2col(x, (kernel_size, kernel_size), stride)
    return columns.max(dim=1)[0].reshape(N, C, (H + 2 * padding - kernel_size) // stride + 1, -1)

# %% wrong="mean" exercise="max-pooling" loses="max-pooling/values, max-pooling/gradient"
# Averages.
def max_pool2d_by_hand(x, kernel_size, stride=None, padding=0):
    stride = stride or kernel_size
    x = F.pad(x, [padding] * 4)
    return x.unfold(2, kernel_size, stride).unfold(3, kernel_size, stride).mean(dim=(4, 5))

# %% right="maximum-of-slices" exercise="max-pooling"
# The larger of two, slice by slice.
def max_pool2d_by_hand(x, kernel_size, stride=None, padding=0):
    stride = stride if stride is not None else kernel_size
    N, C, H, W = x.shape
    padded = torch.full((N, C, H + 2 * padding, W + 2 * padding), -float("inf"))
    padded[:, :, padding:padding + H, padding:padding + W] = x
    best = None
    oh, ow = (H + 2 * padding - kernel_size) // stride + 1, (W + 2 * padding - kernel_size) // stride + 1
    for u in range(kernel_size):
        for v in range(kernel_size):
            here = padded[:, :, u:u + (oh - 1) * stride + 1:stride, v:v + (ow - 1) * stride + 1:stride]
            best = here if best is None else torch.maximum(best, here)
    return best

# %% right="im2col" exercise="im2col"
# What it builds on: no other probe may change it in the same notebook.
def im2col(x, kernel_size, stride=1, padding=0, dilation=1):
    """x (N, C, H, W), kernel_size (kh, kw) -> (N, C·kh·kw, H'·W'): every window as a column."""
    kh, kw = kernel_size
    x = F.pad(x, [padding] * 4)
    height = (x.shape[2] - dilation * (kh - 1) - 1) // stride + 1
    width = (x.shape[3] - dilation * (kw - 1) - 1) // stride + 1
    places = []
    for u in range(kh):
        for v in range(kw):
            rows = slice(u * dilation, u * dilation + (height - 1) * stride + 1, stride)
            cols = slice(v * dilation, v * dilation + (width - 1) * stride + 1, stride)
            places.append(x[:, :, rows, cols])
    return torch.stack(places, dim=2).reshape(len(x), -1, height * width)
