"""Convolution by loops."""

# %% wrong="flipped" exercise="convolution" loses="convolution/plain, convolution/stride and padding, convolution/dilation, convolution/groups"
# The convolution of mathematics: the kernel is flipped.
def conv2d_loops(x, weight, bias=None, stride=1, padding=0, dilation=1, groups=1):
    weight = weight.flip((2, 3))
    O, C, kh, kw = weight.shape
    x = F.pad(x, [padding] * 4)
    H = (x.shape[2] - dilation * (kh - 1) - 1) // stride + 1
    W = (x.shape[3] - dilation * (kw - 1) - 1) // stride + 1
    y = torch.zeros(len(x), O, H, W)
    for g in range(groups):
        o = slice(g * O // groups, (g + 1) * O // groups)
        for i in range(H):
            for j in range(W):
                w = x[:, g * C:(g + 1) * C, i * stride:i * stride + dilation * (kh - 1) + 1:dilation,
                      j * stride:j * stride + dilation * (kw - 1) + 1:dilation]
                y[:, o, i, j] = torch.einsum("nckl,ockl->no", w, weight[o])
    return y if bias is None else y + bias[:, None, None]

# %% wrong="one-sided-padding" exercise="convolution" loses="convolution/stride and padding, convolution/dilation, convolution/groups"
# Twice the padding at the right and the bottom, none at the left and the top.
def conv2d_loops(x, weight, bias=None, stride=1, padding=0, dilation=1, groups=1):
    O, C, kh, kw = weight.shape
    x = F.pad(x, [0, 2 * padding, 0, 2 * padding])
    H = (x.shape[2] - dilation * (kh - 1) - 1) // stride + 1
    W = (x.shape[3] - dilation * (kw - 1) - 1) // stride + 1
    y = torch.zeros(len(x), O, H, W)
    for g in range(groups):
        o = slice(g * O // groups, (g + 1) * O // groups)
        for i in range(H):
            for j in range(W):
                w = x[:, g * C:(g + 1) * C, i * stride:i * stride + dilation * (kh - 1) + 1:dilation,
                      j * stride:j * stride + dilation * (kw - 1) + 1:dilation]
                y[:, o, i, j] = torch.einsum("nckl,ockl->no", w, weight[o])
    return y if bias is None else y + bias[:, None, None]

# %% wrong="no-dilation-no-groups" exercise="convolution" loses="convolution/dilation, convolution/groups"
# Two arguments are ignored.
def conv2d_loops(x, weight, bias=None, stride=1, padding=0, dilation=1, groups=1):
    O, C, kh, kw = weight.shape
    x = F.pad(x, [padding] * 4)
    H, W = (x.shape[2] - kh) // stride + 1, (x.shape[3] - kw) // stride + 1
    y = torch.zeros(len(x), O, H, W)
    for i in range(H):
        for j in range(W):
            window = x[:, :C, i * stride:i * stride + kh, j * stride:j * stride + kw]
            y[:, :, i, j] = torch.einsum("nckl,ockl->no", window, weight)
    return y if bias is None else y + bias[:, None, None]

# %% wrong="square-kernels" exercise="convolution" loses="convolution/plain, convolution/stride and padding, convolution/dilation, convolution/groups"
# Takes the kernel's height for its width.
def conv2d_loops(x, weight, bias=None, stride=1, padding=0, dilation=1, groups=1):
    O, C, k, _ = weight.shape
    x = F.pad(x, [padding] * 4)
    H = (x.shape[2] - dilation * (k - 1) - 1) // stride + 1
    W = (x.shape[3] - dilation * (k - 1) - 1) // stride + 1
    y = torch.zeros(len(x), O, H, W)
    for g in range(groups):
        o = slice(g * O // groups, (g + 1) * O // groups)
        for i in range(H):
            for j in range(W):
                w = x[:, g * C:(g + 1) * C, i * stride:i * stride + dilation * (k - 1) + 1:dilation,
                      j * stride:j * stride + dilation * (k - 1) + 1:dilation]
                y[:, o, i, j] = torch.einsum("nckl,ockl->no", w, weight[o])
    return y if bias is None else y + bias[:, None, None]

# %% wrong="groups-of-outputs" exercise="convolution" loses="convolution/groups"
# Output channels go round the groups in turn, in place of one block for each.
def conv2d_loops(x, weight, bias=None, stride=1, padding=0, dilation=1, groups=1):
    O, C, kh, kw = weight.shape
    x = F.pad(x, [padding] * 4)
    H = (x.shape[2] - dilation * (kh - 1) - 1) // stride + 1
    W = (x.shape[3] - dilation * (kw - 1) - 1) // stride + 1
    y = torch.zeros(len(x), O, H, W)
    for o in range(O):
        g = o % groups
        for i in range(H):
            for j in range(W):
                w = x[:, g * C:(g + 1) * C, i * stride:i * stride + dilation * (kh - 1) + 1:dilation,
                      j * stride:j * stride + dilation * (kw - 1) + 1:dilation]
                y[:, o, i, j] = (w * weight[o]).sum(dim=(1, 2, 3))
    return y if bias is None else y + bias[:, None, None]

# %% wrong="library" exercise="convolution" loses="*"
# Asks the library.
def conv2d_loops(x, weight, bias=None, stride=1, padding=0, dilation=1, groups=1):
    return F.conv2d(x, weight, bias, stride, padding, dilation, groups)

# %% right="four-loops" exercise="convolution"
# Loops over the kernel as well, zeros by hand.
def conv2d_loops(x, weight, bias=None, stride=1, padding=0, dilation=1, groups=1):
    N, C, H, W = x.shape
    O, Cg, kh, kw = weight.shape
    padded = torch.zeros(N, C, H + 2 * padding, W + 2 * padding)
    padded[:, :, padding:padding + H, padding:padding + W] = x
    out_h = (H + 2 * padding - dilation * (kh - 1) - 1) // stride + 1
    out_w = (W + 2 * padding - dilation * (kw - 1) - 1) // stride + 1
    y = torch.zeros(N, O, out_h, out_w)
    for i in range(out_h):
        for j in range(out_w):
            for u in range(kh):
                for v in range(kw):
                    pixel = padded[:, :, i * stride + u * dilation, j * stride + v * dilation].reshape(N, groups, Cg)
                    w = weight[:, :, u, v].reshape(groups, O // groups, Cg)
                    y[:, :, i, j] += torch.einsum("ngc,goc->ngo", pixel, w).reshape(N, O)
    if bias is not None:
        y += bias.reshape(1, -1, 1, 1)
    return y

# %% right="double-precision" exercise="convolution"
# In NumPy and float64, output channel by output channel.
def conv2d_loops(x, weight, bias=None, stride=1, padding=0, dilation=1, groups=1):
    X, K = x.detach().numpy().astype(float), weight.detach().numpy().astype(float)
    X = np.pad(X, [(0, 0), (0, 0), (padding, padding), (padding, padding)])
    O, C, kh, kw = K.shape
    H, W = ((X.shape[d] - dilation * (k - 1) - 1) // stride + 1 for d, k in [(2, kh), (3, kw)])
    out = np.zeros((len(X), O, H, W))
    for o in range(O):
        group = o // (O // groups)
        for i, j in np.ndindex(H, W):
            rows, cols = i * stride + dilation * np.arange(kh), j * stride + dilation * np.arange(kw)
            window = X[:, group * C:(group + 1) * C][:, :, rows][:, :, :, cols]
            out[:, o, i, j] = (window * K[o]).sum(axis=(1, 2, 3)) + (0 if bias is None else float(bias[o]))
    return torch.from_numpy(out)
