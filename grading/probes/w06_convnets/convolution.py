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

# %% wrong="bias-for-each-channel" exercise="convolution" loses="convolution/plain, convolution/stride and padding, convolution/dilation, convolution/groups"
# The bias is added once for every input channel.
def conv2d_loops(x, weight, bias=None, stride=1, padding=0, dilation=1, groups=1):
    N, C, H, W = x.shape
    O, Cg, kh, kw = weight.shape
    x = F.pad(x, (padding,) * 4)
    h = (H + 2 * padding - dilation * (kh - 1) - 1) // stride + 1
    w = (W + 2 * padding - dilation * (kw - 1) - 1) // stride + 1
    y = torch.zeros(N, O, h, w)
    for o in range(O):
        for c in range(Cg):
            channel = x[:, o // (O // groups) * Cg + c]
            for i in range(h):
                for j in range(w):
                    window = channel[:, i * stride:i * stride + dilation * (kh - 1) + 1:dilation,
                                     j * stride:j * stride + dilation * (kw - 1) + 1:dilation]
                    y[:, o, i, j] += (window * weight[o, c]).sum(dim=(1, 2)) + (0 if bias is None else bias[o])
    return y

# %% right="a-variable-of-that-name" exercise="convolution"
# Everything indexed at once for each pixel; a variable is called convolution.
def conv2d_loops(x, weight, bias=None, stride=1, padding=0, dilation=1, groups=1):
    batch, c_in, h_in, w_in = x.shape
    c_out, c_group, k_h, k_w = weight.shape
    padded = torch.nn.functional.pad(x, (padding, padding, padding, padding), mode="constant", value=0.0)
    h_out = (h_in + 2 * padding - dilation * (k_h - 1) - 1) // stride + 1
    w_out = (w_in + 2 * padding - dilation * (k_w - 1) - 1) // stride + 1
    w_flat = weight.reshape(groups, c_out // groups, c_group * k_h * k_w)
    rows = []
    for r in range(h_out):
        cols = []
        for c in range(w_out):
            r_idx = torch.arange(k_h) * dilation + r * stride
            c_idx = torch.arange(k_w) * dilation + c * stride
            convolution = padded[:, :, r_idx[:, None], c_idx[None, :]].reshape(batch, groups, -1)
            cols.append((convolution.unsqueeze(2) * w_flat.unsqueeze(0)).sum(-1).reshape(batch, c_out))
        rows.append(torch.stack(cols, dim=-1))
    out = torch.stack(rows, dim=-2)
    if bias is not None:
        out = out + bias.view(1, c_out, 1, 1)
    return out

# %% right="six-loops" exercise="convolution"
# Output channel by output channel, pixel by pixel.
def conv2d_loops(x, weight, bias=None, stride=1, padding=0, dilation=1, groups=1):
    x = nn.ZeroPad2d(padding)(x)
    n, c, h, w = x.shape
    out_channels, in_per_group, kh, kw = weight.shape
    out_per_group = out_channels // groups
    oh = len(range(0, h - dilation * (kh - 1), stride))
    ow = len(range(0, w - dilation * (kw - 1), stride))
    output = torch.empty((n, out_channels, oh, ow), dtype=x.dtype)
    for o in range(out_channels):
        first = (o // out_per_group) * in_per_group
        plane = x[:, first:first + in_per_group]
        total = torch.zeros(n, oh, ow, dtype=x.dtype)
        for u in range(kh):
            for v in range(kw):
                for i in range(oh):
                    for j in range(ow):
                        pixel = plane[:, :, i * stride + u * dilation, j * stride + v * dilation]
                        total[:, i, j] += pixel @ weight[o, :, u, v]
        output[:, o] = total + (bias[o] if bias is not None else 0)
    return output
