"""Convolution as a matrix product, and its gradient."""

# %% wrong="not-transposed" exercise="conv-matrix" loses="conv-matrix/gradient of the input"
# The input's gradient as a convolution with the kernel as it is: correlation and convolution confused.
def conv2d_matrix(x, weight, bias=None, stride=1, padding=0, dilation=1):
    columns = F.unfold(x, weight.shape[2:], dilation, padding, stride)
    y = weight.flatten(1) @ columns
    y = y if bias is None else y + bias[:, None]
    H = (x.shape[2] + 2 * padding - dilation * (weight.shape[2] - 1) - 1) // stride + 1
    return y.reshape(len(x), len(weight), H, -1)


def conv2d_backward(y_grad, x, weight, stride=1, padding=0, dilation=1):
    columns = F.unfold(x, weight.shape[2:], dilation, padding, stride)
    G = y_grad.flatten(2)
    weight_grad = (G @ columns.transpose(1, 2)).sum(0).reshape(weight.shape)
    flipped = weight.flip((2, 3)).flatten(1)
    x_grad = F.fold(flipped.T @ G, x.shape[2:], weight.shape[2:], dilation, padding, stride)
    return x_grad, weight_grad, G.sum((0, 2))

# %% wrong="mean-over-batch" exercise="conv-matrix" loses="conv-matrix/gradient of the weights, conv-matrix/gradient of the bias"
# The gradients of the parameters are averaged over the batch.
def conv2d_matrix(x, weight, bias=None, stride=1, padding=0, dilation=1):
    columns = F.unfold(x, weight.shape[2:], dilation, padding, stride)
    y = weight.flatten(1) @ columns
    y = y if bias is None else y + bias[:, None]
    H = (x.shape[2] + 2 * padding - dilation * (weight.shape[2] - 1) - 1) // stride + 1
    return y.reshape(len(x), len(weight), H, -1)


def conv2d_backward(y_grad, x, weight, stride=1, padding=0, dilation=1):
    columns = F.unfold(x, weight.shape[2:], dilation, padding, stride)
    G = y_grad.flatten(2)
    weight_grad = (G @ columns.transpose(1, 2)).mean(0).reshape(weight.shape)
    x_grad = F.fold(weight.flatten(1).T @ G, x.shape[2:], weight.shape[2:], dilation, padding, stride)
    return x_grad, weight_grad, G.sum(2).mean(0)

# %% wrong="no-bias" exercise="conv-matrix" loses="conv-matrix/value, conv-matrix/gradient of the bias"
# The bias is forgotten, and its gradient is that of one window.
def conv2d_matrix(x, weight, bias=None, stride=1, padding=0, dilation=1):
    columns = F.unfold(x, weight.shape[2:], dilation, padding, stride)
    H = (x.shape[2] + 2 * padding - dilation * (weight.shape[2] - 1) - 1) // stride + 1
    return (weight.flatten(1) @ columns).reshape(len(x), len(weight), H, -1)


def conv2d_backward(y_grad, x, weight, stride=1, padding=0, dilation=1):
    columns = F.unfold(x, weight.shape[2:], dilation, padding, stride)
    G = y_grad.flatten(2)
    weight_grad = (G @ columns.transpose(1, 2)).sum(0).reshape(weight.shape)
    x_grad = F.fold(weight.flatten(1).T @ G, x.shape[2:], weight.shape[2:], dilation, padding, stride)
    return x_grad, weight_grad, G[:, :, 0].sum(0)

# %% wrong="autograd" exercise="conv-matrix" loses="*"
# PyTorch's gradient in place of one's own.
def conv2d_matrix(x, weight, bias=None, stride=1, padding=0, dilation=1):
    return conv2d_loops(x, weight, bias, stride, padding, dilation)


def conv2d_backward(y_grad, x, weight, stride=1, padding=0, dilation=1):
    bias = torch.zeros(len(weight))
    leaves = [x.clone().requires_grad_(), weight.clone().requires_grad_(), bias.requires_grad_()]
    return torch.autograd.grad(conv2d_loops(*leaves, stride, padding, dilation), leaves, y_grad)

# %% right="own-im2col" exercise="conv-matrix"
# With im2col of the exercise before, and the columns put back by loops.
def conv2d_matrix(x, weight, bias=None, stride=1, padding=0, dilation=1):
    columns = im2col(x, weight.shape[2:], stride, padding, dilation)
    y = torch.einsum("ok,nkl->nol", weight.flatten(1), columns)
    if bias is not None:
        y = y + bias.view(1, -1, 1)
    W = (x.shape[3] + 2 * padding - dilation * (weight.shape[3] - 1) - 1) // stride + 1
    return y.unflatten(2, (-1, W))


def conv2d_backward(y_grad, x, weight, stride=1, padding=0, dilation=1):
    N, C, H, W = x.shape
    kh, kw = weight.shape[2:]
    h, w = y_grad.shape[2:]
    columns_grad = torch.einsum("ockl,noij->ncklij", weight, y_grad)
    padded = torch.zeros(N, C, H + 2 * padding, W + 2 * padding)
    for u in range(kh):
        for v in range(kw):
            rows = slice(u * dilation, u * dilation + (h - 1) * stride + 1, stride)
            cols = slice(v * dilation, v * dilation + (w - 1) * stride + 1, stride)
            padded[:, :, rows, cols] += columns_grad[:, :, u, v]
    columns = im2col(x, (kh, kw), stride, padding, dilation)
    weight_grad = torch.einsum("nol,nkl->ok", y_grad.flatten(2), columns).reshape_as(weight)
    return padded[:, :, padding:padding + H, padding:padding + W], weight_grad, y_grad.sum(dim=(0, 2, 3))

# %% right="image-by-image" exercise="conv-matrix"
# A loop over the batch; a list is returned.
def conv2d_matrix(x, weight, bias=None, stride=1, padding=0, dilation=1):
    height = (x.shape[2] + 2 * padding - dilation * (weight.shape[2] - 1) - 1) // stride + 1
    out = []
    for image in x:
        y = weight.reshape(len(weight), -1) @ F.unfold(image[None], tuple(weight.shape[2:]), dilation, padding, stride)[0]
        out.append((y + (0 if bias is None else bias[:, None])).reshape(len(weight), height, -1))
    return torch.stack(out)


def conv2d_backward(y_grad, x, weight, stride=1, padding=0, dilation=1):
    flat, kernel = weight.reshape(len(weight), -1), tuple(weight.shape[2:])
    x_grads, weight_grad = [], torch.zeros_like(flat)
    for image, grad in zip(x, y_grad):
        grad = grad.reshape(len(weight), -1)
        weight_grad = weight_grad + grad @ F.unfold(image[None], kernel, dilation, padding, stride)[0].T
        x_grads.append(F.fold((flat.T @ grad)[None], tuple(x.shape[2:]), kernel, dilation, padding, stride))
    return [torch.cat(x_grads), weight_grad.reshape(weight.shape), y_grad.sum(dim=3).sum(dim=2).sum(dim=0)]

# %% wrong="stride-forgotten-in-gradient" exercise="conv-matrix" loses="conv-matrix/gradient of the input, conv-matrix/gradient of the bias"
# The input's gradient as a full convolution with the flipped kernel, right for stride 1 only; one column of biases.
def conv2d_matrix(x, weight, bias=None, stride=1, padding=0, dilation=1):
    columns = F.unfold(x, weight.shape[2:], dilation, padding, stride)
    y = weight.flatten(1) @ columns
    y = y if bias is None else y + bias[:, None]
    H = (x.shape[2] + 2 * padding - dilation * (weight.shape[2] - 1) - 1) // stride + 1
    return y.reshape(len(x), len(weight), H, -1)


def conv2d_backward(y_grad, x, weight, stride=1, padding=0, dilation=1):
    O, C, kh, kw = weight.shape
    columns = F.unfold(x, (kh, kw), dilation, padding, stride)
    G = y_grad.flatten(2)
    weight_grad = (G @ columns.transpose(1, 2)).sum(0).reshape(weight.shape)
    wide = F.pad(y_grad, [dilation * (kw - 1)] * 2 + [dilation * (kh - 1)] * 2)
    flipped = weight.flip((2, 3)).transpose(0, 1).flatten(1)
    x_grad = (flipped @ F.unfold(wide, (kh, kw), dilation)).reshape(len(x), C, wide.shape[2] - dilation * (kh - 1), -1)
    x_grad = x_grad[:, :, padding:padding + x.shape[2], padding:padding + x.shape[3]]
    return x_grad, weight_grad, G.sum((0, 2))[:, None]

# %% right="index-add" exercise="conv-matrix"
# Gradients added to the pixels by their numbers, no fold.
def output_size(size, kernel, stride, padding, dilation):
    return (size + 2 * padding - dilation * (kernel - 1) - 1) // stride + 1


def conv2d_matrix(x, weight, bias=None, stride=1, padding=0, dilation=1):
    O, C, kh, kw = weight.shape
    columns = F.unfold(x, kernel_size=(kh, kw), stride=stride, padding=padding, dilation=dilation).transpose(1, 2)
    y = F.linear(columns, weight.flatten(1), bias)  # (N, L, O)
    size = [output_size(s, k, stride, padding, dilation) for s, k in zip(x.shape[2:], (kh, kw))]
    return y.transpose(1, 2).reshape(x.shape[0], O, *size)


def conv2d_backward(y_grad, x, weight, stride=1, padding=0, dilation=1):
    """Without fold: the gradient of each window goes back by index_add."""
    N, C, H, W = x.shape
    O, _, kh, kw = weight.shape
    Hp, Wp = H + 2 * padding, W + 2 * padding
    oh, ow = y_grad.shape[-2:]
    index = torch.arange(Hp * Wp).reshape(1, 1, Hp, Wp).float()
    places = F.unfold(index, (kh, kw), stride=stride, dilation=dilation).long()[0]  # (kh*kw, L)
    padded = F.pad(x, [padding] * 4).flatten(2)
    columns = padded[:, :, places]  # (N, C, k, L)
    G = y_grad.flatten(2)
    w_grad = torch.tensordot(G, columns, dims=([0, 2], [0, 3])).reshape(O, C, kh, kw)
    spread = torch.einsum("nol,ock->nckl", G, weight.flatten(2))
    x_grad = torch.zeros(N, C, Hp * Wp).index_add_(2, places.flatten(), spread.flatten(2)).reshape(N, C, Hp, Wp)
    x_grad = x_grad[:, :, padding:Hp - padding, padding:Wp - padding]
    return dict(x=x_grad, w=w_grad, b=G.sum(2).sum(0))["x"], w_grad, G.sum((0, 2))

# %% right="batch-in-the-columns" exercise="conv-matrix"
# One product for the whole batch; a variable is called backward; layers in place of functions.
def conv2d_matrix(x, weight, bias=None, stride=1, padding=0, dilation=1):
    o, _, kh, kw = weight.shape
    h = (x.size(2) + 2 * padding - dilation * (kh - 1) - 1) // stride + 1
    w = (x.size(3) + 2 * padding - dilation * (kw - 1) - 1) // stride + 1
    cols = nn.Unfold((kh, kw), dilation=dilation, padding=padding, stride=stride)(x)
    out = torch.matmul(weight.view(o, -1), cols)
    if bias is not None:
        out += bias.unsqueeze(-1)
    return out.view(-1, o, h, w)


def conv2d_backward(y_grad, x, weight, stride=1, padding=0, dilation=1):
    o, c, kh, kw = weight.shape
    n, _, h, w = x.shape
    backward = y_grad.permute(1, 0, 2, 3).reshape(o, -1)              # (O, N*L)
    cols = im2col(x, (kh, kw), stride, padding, dilation)
    cols = cols.permute(1, 0, 2).reshape(c * kh * kw, -1)             # (K, N*L)
    weight_grad = (backward @ cols.T).view_as(weight)
    bias_grad = backward.sum(1)
    dcols = (weight.view(o, -1).T @ backward).view(c * kh * kw, n, -1).permute(1, 0, 2)
    fold = nn.Fold((h, w), (kh, kw), dilation=dilation, padding=padding, stride=stride)
    return fold(dcols), weight_grad, bias_grad

# %% right="own-im2col" exercise="im2col"
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

# %% right="batch-in-the-columns" exercise="im2col"
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
