"""im2col: windows as columns."""

# %% wrong="channel-last" exercise="im2col" loses="im2col/windows, im2col/stride and padding and dilation"
# The rows run over the places first, then over the channels.
def im2col(x, kernel_size, stride=1, padding=0, dilation=1):
    kh, kw = kernel_size
    x = F.pad(x, [padding] * 4)
    H = (x.shape[2] - dilation * (kh - 1) - 1) // stride + 1
    W = (x.shape[3] - dilation * (kw - 1) - 1) // stride + 1
    places = [x[:, :, u * dilation:u * dilation + (H - 1) * stride + 1:stride,
                v * dilation:v * dilation + (W - 1) * stride + 1:stride] for u in range(kh) for v in range(kw)]
    return torch.stack(places, dim=1).reshape(len(x), -1, H * W)

# %% wrong="transposed-windows" exercise="im2col" loses="im2col/windows, im2col/stride and padding and dilation"
# Columns of the window before its rows.
def im2col(x, kernel_size, stride=1, padding=0, dilation=1):
    kh, kw = kernel_size
    x = F.pad(x, [padding] * 4)
    H = (x.shape[2] - dilation * (kh - 1) - 1) // stride + 1
    W = (x.shape[3] - dilation * (kw - 1) - 1) // stride + 1
    places = [x[:, :, u * dilation:u * dilation + (H - 1) * stride + 1:stride,
                v * dilation:v * dilation + (W - 1) * stride + 1:stride] for v in range(kw) for u in range(kh)]
    return torch.stack(places, dim=2).reshape(len(x), -1, H * W)

# %% wrong="stride-in-window" exercise="im2col" loses="im2col/stride and padding and dilation"
# The stride goes between the window's pixels, too, and dilation is forgotten.
def im2col(x, kernel_size, stride=1, padding=0, dilation=1):
    kh, kw = kernel_size
    x = F.pad(x, [padding] * 4)
    H, W = (x.shape[2] - kh) // stride + 1, (x.shape[3] - kw) // stride + 1
    places = [x[:, :, u:u + H, v:v + W] for u in range(kh) for v in range(kw)]
    return torch.stack(places, dim=2).reshape(len(x), -1, H * W)

# %% right="window-by-window" exercise="im2col"
# A loop over the windows.
def im2col(x, kernel_size, stride=1, padding=0, dilation=1):
    x = F.pad(x, (padding, padding, padding, padding))
    span = [dilation * (k - 1) + 1 for k in kernel_size]
    columns = []
    for i in range(0, x.shape[2] - span[0] + 1, stride):
        for j in range(0, x.shape[3] - span[1] + 1, stride):
            columns.append(x[:, :, i:i + span[0]:dilation, j:j + span[1]:dilation].reshape(len(x), -1))
    return torch.stack(columns, dim=-1)

# %% right="indices" exercise="im2col"
# One indexing operation.
def im2col(x, kernel_size, stride=1, padding=0, dilation=1):
    x = F.pad(x, [padding] * 4)
    index = []
    for size, k in zip(x.shape[2:], kernel_size):
        count = (size - dilation * (k - 1) - 1) // stride + 1
        index.append(dilation * torch.arange(k)[:, None] + stride * torch.arange(count)[None, :])
    rows, cols = index
    windows = x[:, :, rows[:, None, :, None], cols[None, :, None, :]]
    return windows.reshape(len(x), x.shape[1] * rows.shape[0] * cols.shape[0], -1)

# %% wrong="columns-first" exercise="im2col" loses="im2col/windows, im2col/stride and padding and dilation"
# The windows run down the columns of the output, not along its rows.
def im2col(x, kernel_size, stride=1, padding=0, dilation=1):
    kh, kw = kernel_size
    x = F.pad(x, [padding] * 4)
    H = (x.shape[2] - dilation * (kh - 1) - 1) // stride + 1
    W = (x.shape[3] - dilation * (kw - 1) - 1) // stride + 1
    columns = []
    for j in range(W):
        for i in range(H):
            window = x[:, :, i * stride:i * stride + dilation * (kh - 1) + 1:dilation,
                       j * stride:j * stride + dilation * (kw - 1) + 1:dilation]
            columns.append(window.flatten(1))
    return torch.stack(columns, dim=2)

# %% right="strided-view" exercise="im2col"
# One view of the memory with six strides.
def im2col(x, kernel_size, stride=1, padding=0, dilation=1):
    kh, kw = kernel_size
    n, c, h, w = x.shape
    xp = F.pad(x, (padding,) * 4).contiguous()
    oh = (h + 2 * padding - dilation * (kh - 1) - 1) // stride + 1
    ow = (w + 2 * padding - dilation * (kw - 1) - 1) // stride + 1
    sn, sc, sh, sw = xp.stride()
    windows = xp.as_strided((n, c, kh, kw, oh, ow), (sn, sc, sh * dilation, sw * dilation, sh * stride, sw * stride))
    return windows.reshape(n, c * kh * kw, oh * ow)

# %% right="sliding-windows" exercise="im2col"
# NumPy's sliding windows.
def im2col(x, kernel_size, stride=1, padding=0, dilation=1):
    kh, kw = kernel_size
    x = np.pad(x.numpy(), ((0, 0), (0, 0), (padding, padding), (padding, padding)))
    view = np.lib.stride_tricks.sliding_window_view(x, (dilation * (kh - 1) + 1, dilation * (kw - 1) + 1), axis=(2, 3))
    view = view[:, :, ::stride, ::stride, ::dilation, ::dilation]  # n c oh ow kh kw
    n, c, oh, ow = view.shape[:4]
    return torch.tensor(view.transpose(0, 1, 4, 5, 2, 3).reshape(n, c * kh * kw, oh * ow))
