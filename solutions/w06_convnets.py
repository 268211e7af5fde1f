# %% [markdown] data="fashion_mnist photographs photographs_china foods efficientnet_lite0"
# # Week 6 · ConvNets, and what they see
#
# A convolutional network looks at a picture through many small windows. In the first half of this notebook we
# build one from the ground: the convolution itself, its gradient, pooling, and a small residual network that we
# train on photographs of clothes. In the second half we take a network that somebody else has trained on a
# million photographs, and ask what it sees: which part of a picture decides, what a neuron is looking for, what
# happens when we change a picture by less than the eye can tell, and how to paint one picture in the style of
# another.
#
# | exercise | | points |
# | --- | --- | --- |
# | 1 · Convolution | by loops, with stride, padding, dilation and groups | 1 |
# | 2 · A convolution is a matrix product | im2col, and the gradient | 1.5 |
# | 3 · Max-pooling | and its gradient | 0.5 |
# | 4 · Receptive fields and costs | computed, measured, counted | 1.5 |
# | 5 · Depth and skip connections | LeNet, a plain stack, a residual network on Fashion-MNIST | 2.5 |
# | 6 · What is in this picture? | a pretrained network, top-5 | 1 |
# | 7 · Occlusion | cover a part, look again | 2 |
# | 8 · Integrated gradients | attributions that add up | 1 |
# | 9 · A library's attributions | SHAP, LIME or Captum | 1 |
# | 10 · Two methods compared | in writing | 1 |
# | 11 · What excites a neuron | patches of photographs, and the gradient there | 2 |
# | 12 · Transfer | eight kinds of food from 240 photographs | 2 |
# | 13 · An image that excites a neuron | gradient ascent | 1.5 |
# | 14 · DeepDream | more of what is there | 1 |
# | 15 · Adversarial images | in the whole picture, in a patch, in the border | 2 |
# | 16 · Style transfer | Gram matrices | 1.5 |
# | 17 · Textures | style alone | 1 |
#
# There are 24 points; **marks above 12 do not count**. Exercises 1, 2, 6 and 7 come first, then choose.
#
# The checks under an exercise run in your notebook and look at one or two small inputs. The grader asks the same
# of your functions with other inputs, mostly on small networks, so that it takes seconds. Keep names and
# arguments; add helpers as you like. Functions must not change the arrays they are given.
#
# On two processor cores the whole notebook takes some ten minutes; on a GPU it uses it.

# %%
from time import perf_counter

import matplotlib.pyplot as plt
import numpy as np
import torch
import torch.nn.functional as F
from torch import nn

from common.checkpoints import save_checkpoint
from common.data import FASHION_MNIST_MEAN_STD, load_fashion_mnist, normalize
from common.device import best_device
from common.loaders import InMemDataLoader
from common.photographs import FOOD_GROUPS, fit, load_foods, load_photograph
from common.pictures import show_images, show_map
from common.plotting import COLORS, plot_history
from common.pretrained import load_pretrained, small_net
from common.progress import progress
from common.results import ResultsTable
from common.seeding import seed_everything
from common.training import compute_error_rate, train

# %% [markdown]
# ## Part I · From the ground
#
# Images are tensors of shape $(N, C, H, W)$: a batch of $N$ images with $C$ channels. A convolution has weights
# of shape $(O, C, k_h, k_w)$: one small image of $C$ channels for each of $O$ output channels.

# %% [markdown]
# ### Exercise 1 · Convolution · 1 point · about 45 minutes
#
# What deep learning calls a convolution is a cross-correlation: the kernel is not flipped. The output at row
# $i$, column $j$ of channel $o$ is
#
# $$y_{n,o,i,j} = b_o + \sum_{c}\sum_{u=0}^{k_h-1}\sum_{v=0}^{k_w-1}
# w_{o,c,u,v}\;\tilde x_{n,c,\;i s + u d,\;j s + v d}$$
#
# with stride $s$ and dilation $d$, where $\tilde x$ is $x$ with `padding` rows and columns of zeros **on every
# side**. There are $\lfloor (H + 2p - d(k_h-1) - 1)/s \rfloor + 1$ output rows.
#
# With `groups` $= g$ the channels are cut into $g$ equal pieces: the first $O/g$ output channels see the first
# $C/g$ input channels only, and so on. The weights then have shape $(O, C/g, k_h, k_w)$. With $g = C$ each
# channel is filtered by itself; the pretrained network below does this in every block.
#
# Write `conv2d_loops` with loops over the output's rows and columns. Inside the loops a product of arrays is fine
# (`torch.einsum`, or `*` and `sum`); `F.conv2d`, `nn.Conv2d` and `F.unfold` are not.
#
# <details><summary>Hint: one output pixel</summary>
#
# Cut the window out of the padded input with two slices that have a step: `rows = slice(i * stride, i * stride +
# dilation * (kh - 1) + 1, dilation)`. The window has shape (N, C, kh, kw), the weights (O, C, kh, kw): multiply
# and sum over three of the letters.
#
# </details>
# <details><summary>Hint: groups</summary>
#
# A loop around everything: group g takes its slice of the input channels and its slice of the output channels.
#
# </details>


# %% exercise="convolution"
def conv2d_loops(x, weight, bias=None, stride=1, padding=0, dilation=1, groups=1):
    """x (N, C, H, W), weight (O, C / groups, kh, kw), bias (O,) or None -> (N, O, H', W').

    stride, padding, dilation, groups: int, the same in both directions.
    """
    ### BEGIN SOLUTION
    # TODO: pad with zeros on all four sides, then loop over the rows and columns of the output
    num_out, channels, kh, kw = weight.shape
    x = F.pad(x, [padding] * 4)
    height = (x.shape[2] - dilation * (kh - 1) - 1) // stride + 1
    width = (x.shape[3] - dilation * (kw - 1) - 1) // stride + 1
    y = x.new_zeros(len(x), num_out, height, width)
    for g in range(groups):
        ins, outs = slice(g * channels, (g + 1) * channels), slice(g * num_out // groups, (g + 1) * num_out // groups)
        for i in range(height):
            for j in range(width):
                rows = slice(i * stride, i * stride + dilation * (kh - 1) + 1, dilation)
                cols = slice(j * stride, j * stride + dilation * (kw - 1) + 1, dilation)
                y[:, outs, i, j] = torch.einsum("nckl,ockl->no", x[:, ins, rows, cols], weight[outs])
    return y if bias is None else y + bias[:, None, None]
    ### END SOLUTION


# %% test="convolution" points=1
x = torch.arange(25.0).reshape(1, 1, 5, 5)
edge = torch.tensor([[[[-1.0, 0.0, 2.0]]]])  # a kernel of one row and three columns
y = conv2d_loops(x, edge)
assert tuple(y.shape) == (1, 1, 5, 3), f"5 x 5 pixels and a 1 x 3 kernel give 5 x 3, not {tuple(y.shape)[2:]}"
assert y[0, 0, 0, 0] == 4, f"-1·0 + 0·1 + 2·2 = 4, found {y[0, 0, 0, 0]:g}; -2 means that the kernel is flipped"
y = conv2d_loops(x, edge, padding=1)
assert tuple(y.shape) == (1, 1, 7, 5), f"padding=1 adds a row and a column on each of the four sides: {y.shape}"
assert tuple(conv2d_loops(x, torch.ones(4, 1, 2, 2), stride=2).shape) == (1, 4, 2, 2), "stride 2 halves the size"
seed_everything(0)
x, weight, bias = torch.randn(2, 4, 7, 6), torch.randn(6, 2, 3, 2), torch.randn(6)
expected = F.conv2d(x, weight, bias, stride=2, padding=1, dilation=2, groups=2)
error = (conv2d_loops(x, weight, bias, stride=2, padding=1, dilation=2, groups=2) - expected).abs().max()
assert error < 1e-4, f"with everything together the largest difference from F.conv2d is {error:.2g}"
print(f"convolution: largest difference from F.conv2d {error:.0e} (around 1e-6 is right)")
### BEGIN HIDDEN TESTS
check.avoids(source, "conv2d", "Conv2d", "unfold", "Unfold", "conv_transpose2d", "convolution",
             hint="write the convolution with loops")


def same_convolution(kernel, stride=1, padding=0, dilation=1, groups=1, bias=True, hint=""):
    x, weight, b = random_convolution(kernel, groups, bias)
    found = student.conv2d_loops(x, weight, b, stride=stride, padding=padding, dilation=dilation, groups=groups)
    check.close(found, F_conv(x, weight, b, stride, padding, dilation, groups), rtol=1e-3, atol=1e-4, hint=hint)


with part("plain", points=0.25):
    for kernel in [(3, 3), (2, 4), (1, 1)]:
        same_convolution(kernel, hint=f"a {kernel[0]} x {kernel[1]} kernel: windows are not flipped, the bias is added")
    same_convolution((3, 2), bias=False, hint="without a bias")
with part("stride and padding", points=0.25):
    for stride, padding in [(2, 0), (3, 1), (1, 2), (2, 3)]:
        same_convolution((3, 2), stride, padding, hint=f"stride {stride}, padding {padding} on each side")
with part("dilation", points=0.25):
    for dilation, stride, padding in [(2, 1, 0), (3, 2, 3)]:
        same_convolution((3, 2), stride, padding, dilation, hint=f"dilation {dilation}")
with part("groups", points=0.25):
    same_convolution((3, 3), groups=2, hint="2 groups: each sees its own input channels only")
    same_convolution((3, 2), 2, 1, 1, groups=6, hint="as many groups as channels")
### END HIDDEN TESTS

# %% [markdown]
# What can one kernel do? Three of them on a photograph.

# %% show="kernels"
grey = fit(load_photograph("camera"), 160).mean(dim=0)[None, None]
sobel = torch.tensor([[-1.0, 0, 1], [-2, 0, 2], [-1, 0, 1]])
kernels = {"mean of 5 x 5": torch.full((5, 5), 1 / 25), "left to right": sobel, "top to bottom": sobel.T}
filtered = [conv2d_loops(grey, kernel[None, None], padding=len(kernel) // 2)[0, 0] for kernel in kernels.values()]
fig, axes = plt.subplots(1, 4, figsize=(15, 4.2), layout="constrained")
show_images([grey[0, 0].numpy()], ["the picture"], axes=axes[:1])
show_map(filtered[0], "mean of 5 x 5: blurred", ax=axes[1], cmap="gray")
for ax, image, name in zip(axes[2:], filtered[1:], ["left to right", "top to bottom"]):
    show_map(image, f"{name}: edges", ax=ax, symmetric=True)
plt.show()

# %% [markdown]
# The second and third kernel subtract one side of a window from the other. They answer where the picture gets
# brighter (red) or darker (blue) in one direction, and are silent in the sky. A trained network's first layer is
# full of such kernels, and nobody put them there.

# %% [markdown]
# ### Exercise 2 · A convolution is a matrix product · 1.5 points · about 60 minutes
#
# Loops over pixels are slow. The way out is to copy every window into a column of one big matrix (`im2col`) and
# to multiply once. With $K = C k_h k_w$ numbers in a window and $L = H' W'$ windows:
#
# $$\underbrace{X_\text{col}}_{(N,\,K,\,L)} \qquad Y = \underbrace{W}_{(O,\,K)} X_\text{col} + b$$
#
# Write `im2col` without `F.unfold` and without a tensor's `unfold`. Order: the rows of $X_\text{col}$ run over
# channel, then kernel row, then kernel column (as in `weight.reshape(O, -1)`); its columns run over output rows, then
# output columns. A loop over the $k_h k_w$ places in the window is enough: each place is one strided slice of the
# padded image.

# %% exercise="im2col"
def im2col(x, kernel_size, stride=1, padding=0, dilation=1):
    """x (N, C, H, W), kernel_size (kh, kw) -> (N, C·kh·kw, H'·W'): every window as a column."""
    ### BEGIN SOLUTION
    # TODO: for each place (u, v) of the window cut out the pixels it meets, and stack them in the right order
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
    ### END SOLUTION


# %% test="im2col" points=0.5
seed_everything(0)
x = torch.randn(2, 3, 6, 5)
columns = im2col(x, (3, 2), stride=2, padding=1)
assert tuple(columns.shape) == (2, 18, 9), f"(N, C·kh·kw, H'·W') is (2, 18, 9), not {tuple(columns.shape)}"
assert torch.equal(im2col(x, (1, 1)), x.reshape(2, 3, 30)), "a window of one pixel: the image itself, as rows"
assert torch.equal(columns.sort(dim=1).values, F.unfold(x, (3, 2), padding=1, stride=2).sort(dim=1).values), \
    "a column does not hold the numbers of its window"
assert torch.equal(columns, F.unfold(x, (3, 2), padding=1, stride=2)), \
    "each column has the right numbers in another order: channel, then row, then column of the window"
print("im2col: the same matrix as F.unfold")
### BEGIN HIDDEN TESTS
check.avoids(source, "unfold", "Unfold", "conv2d", "Conv2d", hint="write im2col yourself")


def same_columns(kernel, hint, **options):
    x, _, _ = random_convolution(kernel)
    check.close(student.im2col(x, kernel, **options), torch.nn.functional.unfold(x, kernel, **options), hint=hint)


with part("windows", points=0.25):
    for kernel in [(3, 3), (2, 4), (4, 1)]:
        same_columns(kernel, f"windows of {kernel}: down go channel, row and column of the "
                              "window; from left to right the windows, along the rows of the image")
with part("stride and padding and dilation", points=0.25):
    same_columns((3, 2), "stride 2", stride=2)
    same_columns((2, 3), "padding 2 on every side", padding=2)
    same_columns((3, 2), "dilation 2 with stride 3 and padding 1", dilation=2, stride=3, padding=1)
### END HIDDEN TESTS

# %% [markdown]
# Now the convolution itself, and its gradient, again as matrix products. From here on `F.unfold` and its
# counterpart `F.fold` are allowed: `F.fold` adds every column back to the place its window came from.
#
# With $G = \partial L/\partial Y$ of shape $(N, O, L)$:
#
# $$\frac{\partial L}{\partial W} = \sum_n G_n X_{\text{col},n}^\top \qquad
# \frac{\partial L}{\partial b} = \sum_{n,l} G_{n,\cdot,l} \qquad
# \frac{\partial L}{\partial X_\text{col}} = W^\top G, \text{ then folded back}$$
#
# <details><summary>Hint: is the gradient a convolution, too?</summary>
#
# Yes: the gradient of the input is a convolution of $G$ with the kernel *flipped*, and input and output channels
# exchanged. Those who use the kernel as it is get the right shape and wrong numbers. `F.fold` avoids thinking
# about it.
#
# </details>


# %% exercise="conv-matrix"
def conv2d_matrix(x, weight, bias=None, stride=1, padding=0, dilation=1):
    """As conv2d_loops, with one group, and one matrix product in place of the loops."""
    ### BEGIN SOLUTION
    # TODO: multiply the flattened weights with the columns, add the bias, give it the shape of an image again
    kernel_size = weight.shape[2:]
    columns = F.unfold(x, kernel_size, dilation, padding, stride)  # (N, K, L)
    y = weight.reshape(len(weight), -1) @ columns
    if bias is not None:
        y = y + bias[:, None]
    height = (x.shape[2] + 2 * padding - dilation * (kernel_size[0] - 1) - 1) // stride + 1
    return y.reshape(len(x), len(weight), height, -1)
    ### END SOLUTION


def conv2d_backward(y_grad, x, weight, stride=1, padding=0, dilation=1):
    """The gradients of a loss, given y_grad (N, O, H', W'), its gradient with respect to conv2d's output.

    Returns: x_grad (N, C, H, W), weight_grad (O, C, kh, kw), bias_grad (O,).
    """
    ### BEGIN SOLUTION
    # TODO: three gradients as matrix products; F.fold brings the columns' gradient back to the image
    kernel_size = weight.shape[2:]
    columns = F.unfold(x, kernel_size, dilation, padding, stride)
    G = y_grad.reshape(*y_grad.shape[:2], -1)  # (N, O, L)
    weight_grad = torch.einsum("nol,nkl->ok", G, columns).reshape(weight.shape)
    columns_grad = weight.reshape(len(weight), -1).T @ G
    x_grad = F.fold(columns_grad, x.shape[2:], kernel_size, dilation, padding, stride)
    return x_grad, weight_grad, G.sum(dim=(0, 2))
    ### END SOLUTION


# %% test="conv-matrix" points=1
seed_everything(0)
x, weight, bias = torch.randn(2, 3, 7, 6), torch.randn(4, 3, 3, 2), torch.randn(4)
options = dict(stride=2, padding=1)
y = conv2d_matrix(x, weight, bias, **options)
assert tuple(y.shape) == (2, 4, 4, 4), f"the output is an image again: (2, 4, 4, 4), not {tuple(y.shape)}"
assert torch.allclose(y, F.conv2d(x, weight, bias, **options), atol=1e-4), "other numbers than F.conv2d's"
leaves = [tensor.clone().requires_grad_() for tensor in (x, weight, bias)]
y_grad = torch.randn(y.shape)
expected = torch.autograd.grad(F.conv2d(*leaves, **options), leaves, y_grad)
for name, found, ours in zip(["x_grad", "weight_grad", "bias_grad"], conv2d_backward(y_grad, x, weight, **options),
                             expected):
    assert found.shape == ours.shape, f"{name} has the shape of what it is the gradient of, {tuple(ours.shape)}"
    error = (found - ours).abs().max()
    assert error < 1e-3, f"{name} is wrong by up to {error:.2g}"
print("conv-matrix: value and gradients agree with PyTorch's")
### BEGIN HIDDEN TESTS
check.avoids(source, "conv2d", "Conv2d", "conv_transpose2d", "autograd", "backward", "requires_grad_", "vjp",
             "conv2d_input", "conv2d_weight", hint="write value and gradient as matrix products")
cases = [((3, 3), {}), ((2, 3), {"stride": 2, "padding": 1}), ((3, 2), {"dilation": 2, "padding": 2}),
         ((1, 1), {"stride": 3}), ((4, 2), {"stride": 3, "padding": 2})]


def same_gradient(number, name, hint):
    for kernel, options in cases:
        x, weight, bias = random_convolution(kernel)
        y_grad, ours = gradients(x, weight, bias, options)
        found = student.conv2d_backward(y_grad, x, weight, **options)
        check.true(isinstance(found, tuple | list) and len(found) == 3, hint="conv2d_backward returns three gradients")
        check.close(found[number], ours[number], rtol=1e-3, atol=1e-3, hint=f"{name} for {options}: {hint}")


with part("value", points=0.25):
    for kernel, options in cases:
        x, weight, bias = random_convolution(kernel)
        check.close(student.conv2d_matrix(x, weight, bias, **options), F_conv(x, weight, bias, **options), rtol=1e-3,
                    atol=1e-4, hint=f"a {kernel[0]} x {kernel[1]} kernel with {options}")
with part("gradient of the weights", points=0.25):
    same_gradient(1, "weight_grad", "summed over the batch and all windows")
with part("gradient of the bias", points=0.25):
    same_gradient(2, "bias_grad", "summed over the batch and all windows")
with part("gradient of the input", points=0.25):
    same_gradient(0, "x_grad", "the same transposed weights for every window, folded back")
### END HIDDEN TESTS

# %% show="timing"
x, weight = torch.randn(8, 16, 32, 32), torch.randn(32, 16, 3, 3)
ways = {"loops": conv2d_loops, "im2col": conv2d_matrix, "F.conv2d": F.conv2d}
seconds = {}
for name, convolve in ways.items():
    convolve(x, weight, padding=1)
    start = perf_counter()
    for _ in range(3):
        convolve(x, weight, padding=1)
    seconds[name] = (perf_counter() - start) / 3
fig, ax = plt.subplots(figsize=(6.5, 2.4), layout="constrained")
ax.barh(list(seconds), [1e3 * value for value in seconds.values()], color=COLORS[:3])
for row, value in enumerate(seconds.values()):
    ax.text(1e3 * value * 1.1, row, f"{1e3 * value:.1f} ms", va="center")
ax.set(xscale="log", xlabel="milliseconds for 8 images of 16 channels", title="One convolution, three ways",
       xlim=(None, 4e3 * max(seconds.values())))
ax.invert_yaxis()
plt.show()

# %% [markdown]
# The matrix product is some ten to thirty times faster than the loops: the same multiplications, but asked for
# at once. PyTorch's own convolution gains a little more by not writing the big matrix down.

# %% [markdown]
# ### Exercise 3 · Max-pooling · 0.5 points · about 20 minutes
#
# Max-pooling keeps the largest value of each window, for each channel by itself. Its gradient goes back to that
# one pixel and to no other. When we write it with PyTorch's operations that know their derivative, we get the
# gradient for nothing. Padding here must never win: which number do we pad with?
#
# <details><summary>Hint: use what is there</summary>
#
# The windows of one channel are the columns of `im2col` of that channel: treat the N·C channels as N·C images of
# one channel, with the padding done before.
#
# </details>


# %% exercise="max-pooling"
def max_pool2d_by_hand(x, kernel_size, stride=None, padding=0):
    """x (N, C, H, W), kernel_size int, stride int (kernel_size by default) -> (N, C, H', W'). No F.max_pool2d."""
    ### BEGIN SOLUTION
    # TODO: pad so that the padding never wins, take the windows of each channel, and their largest values
    stride = stride or kernel_size
    x = F.pad(x, [padding] * 4, value=-torch.inf)
    windows = x.unfold(2, kernel_size, stride).unfold(3, kernel_size, stride)  # (N, C, H', W', k, k)
    return windows.amax(dim=(4, 5))
    ### END SOLUTION


# %% test="max-pooling" points=0.5
seed_everything(0)
x = torch.randn(2, 3, 6, 7).requires_grad_()
pooled = max_pool2d_by_hand(x, 2)
assert tuple(pooled.shape) == (2, 3, 3, 3), f"6 x 7 pixels pooled 2 x 2 give 3 x 3, not {tuple(pooled.shape)[2:]}"
assert torch.equal(pooled, F.max_pool2d(x, 2)), "not the largest values of the windows: are channels mixed?"
(x_grad,) = torch.autograd.grad(pooled.sum(), x)
assert x_grad.sum() == pooled.numel(), "each window sends its gradient to one pixel"
print("max-pooling: values and gradient are right")
### BEGIN HIDDEN TESTS
check.avoids(source, "max_pool2d", "MaxPool2d", "adaptive_max_pool2d", "max_pool2d_with_indices",
             hint="write the pooling yourself")
ns = student.run(HELPERS)
pool_cases = [(2, None, 0), (3, 2, 0), (3, 1, 1), (2, 3, 1)]
with part("values", points=0.25):
    for kernel_size, stride, padding in pool_cases:
        x = torch.randn(2, 3, 8, 7) - 3
        check.close(student.max_pool2d_by_hand(x, kernel_size, stride, padding),
                    torch.nn.functional.max_pool2d(x, kernel_size, stride, padding),
                    hint=f"kernel {kernel_size}, stride {stride}, padding {padding}, mostly negative numbers")
with part("gradient", points=0.25):
    for kernel_size, stride, padding in pool_cases:
        x = torch.randn(2, 3, 8, 7, requires_grad=True)
        pooled = torch.nn.functional.max_pool2d(x, kernel_size, stride, padding)
        y_grad = torch.randn(pooled.shape)
        (ours,) = torch.autograd.grad(pooled, x, y_grad)
        check.close(ns.pool_gradient(x.detach(), y_grad, kernel_size, stride, padding), ours,
                    hint="the gradient goes to the largest pixel of each window")
### END HIDDEN TESTS

# %% [markdown]
# ### Exercise 4 · Receptive fields and costs · 1.5 points · about 45 minutes
#
# How many pixels can a unit of the fifth layer see? Take a stack of layers, the $l$-th with kernel $k_l$, stride
# $s_l$ and dilation $d_l$. Let $j_l$ be the step, in pixels of the image, between two neighbouring units of layer
# $l$, and $r_l$ the side of the square that a unit sees. With $j_0 = r_0 = 1$:
#
# $$j_l = j_{l-1}\, s_l \qquad r_l = r_{l-1} + d_l (k_l - 1)\, j_{l-1}$$
#
# We do not have to believe a formula that we can measure. The pixels that a unit sees are those for which its
# derivative is not zero.
#
# `receptive_field(layers)` computes; `measured_receptive_field(net, x)` takes the unit in the middle of the
# output (row `H' // 2`, column `W' // 2`, all channels added up, of the first image), and returns the height and
# the width of the smallest rectangle that holds all pixels with a derivative other than zero.


# %% exercise="receptive-field"
def receptive_field(layers):
    """layers: list of (kernel size, stride, dilation), first layer first -> (r, j) of the last one, two int."""
    ### BEGIN SOLUTION
    # TODO: start with r = j = 1 and go through the layers
    r = j = 1
    for kernel_size, stride, dilation in layers:
        r += dilation * (kernel_size - 1) * j
        j *= stride
    return r, j
    ### END SOLUTION


def measured_receptive_field(net, x):
    """net: from images to (N, C', H', W'); x (N, C, H, W), large enough -> (height, width) in pixels, two int."""
    ### BEGIN SOLUTION
    # TODO: differentiate the unit in the middle with respect to x, and find the rows and columns that matter
    x = x.detach().clone().requires_grad_()
    y = net(x)
    (grad,) = torch.autograd.grad(y[0, :, y.shape[2] // 2, y.shape[3] // 2].sum(), x)
    rows, cols = torch.nonzero(grad[0].abs().sum(dim=0), as_tuple=True)
    return int(rows.max() - rows.min()) + 1, int(cols.max() - cols.min()) + 1
    ### END SOLUTION


# %% test="receptive-field" points=1
assert tuple(receptive_field([(3, 1, 1)])) == (3, 1), "one 3 x 3 convolution sees 3 pixels, and steps by one"
found = tuple(receptive_field([(3, 1, 1), (3, 1, 1)]))
assert found == (5, 1), f"two 3 x 3 convolutions see 5 pixels, not {found[0]}"
found = tuple(receptive_field([(3, 2, 1), (3, 1, 1)]))
assert found == (7, 2), f"after stride 2 a step is two pixels: 3 + 2·2 = 7 pixels, found {found}"
net = nn.Sequential(nn.Conv2d(3, 4, 3, stride=2), nn.Softplus(), nn.Conv2d(4, 4, (3, 5)))
found = tuple(measured_receptive_field(net, torch.rand(1, 3, 40, 40)))
assert found == (7, 11), f"rows: 3 + 2·2 = 7, columns: 3 + 4·2 = 11, measured {found}"
print("receptive-field: the formula and the measurement agree")
### BEGIN HIDDEN TESTS
ns = student.run(HELPERS)
with part("computed", points=0.5):
    for _ in range(4):
        layers = [tuple(int(n) for n in rng.integers(1, [8, 4, 4])) for _ in range(rng.integers(2, 7))]
        found = student.receptive_field(layers)
        check.equal([int(n) for n in check.numbers(found).ravel()], list(reference.receptive_field(layers)),
                    hint="(size, step) after layers of (kernel, stride, dilation): the step grows after the size")
with part("measured", points=0.5):
    for layers in [[(3, 1, 1), (5, 2, 1), (3, 1, 2)], [(2, 2, 1), (3, 1, 1), (2, 2, 1)], [(7, 1, 1)]]:
        found = ns.measured(layers, torch.rand(2, 3, 50, 61))
        size = reference.receptive_field(layers)[0]
        check.equal([int(n) for n in check.numbers(found).ravel()], [size, size],
                    hint=f"height and width for layers {layers}")
### END HIDDEN TESTS

# %% [markdown]
# Two numbers say what a network costs: its parameters (memory), and its multiplications (time). A convolution
# with $O$ output channels has $O \cdot \frac{C}{g} k_h k_w$ weights, and each of them is used at each of the $H' W'$
# output pixels. So the early layers, with large images, cost the time; the late ones, with many channels, hold
# the parameters.
#
# Count the parameters that are trained (a tensor that is used twice counts once, the running averages of batch
# norm don't count), and the multiplications that the `nn.Conv2d` and `nn.Linear` layers of a network make for a
# batch `x`, without the biases. Forward hooks tell a layer's output: `layer.register_forward_hook(f)` calls
# `f(layer, inputs, output)`. Take your hooks off when you are done (`handle.remove()`).


# %% exercise="counts"
def count_parameters(net):
    """The number of numbers that training changes: int."""
    ### BEGIN SOLUTION
    # TODO: add up the sizes of the parameters that need a gradient
    return sum(param.numel() for param in net.parameters() if param.requires_grad)
    ### END SOLUTION


def count_multiplications(net, x):
    """Multiplications in all convolutions and linear layers of net for the batch x: int."""
    ### BEGIN SOLUTION
    # TODO: for each output number of such a layer count the weights that it needs
    total = 0

    def add(layer, inputs, output):
        nonlocal total
        total += output.numel() * layer.weight[0].numel()

    handles = [layer.register_forward_hook(add) for layer in net.modules()
               if isinstance(layer, (nn.Conv2d, nn.Linear))]
    with torch.no_grad():
        net(x)
    for handle in handles:
        handle.remove()
    return total
    ### END SOLUTION


# %% test="counts" points=0.5
net = nn.Sequential(nn.Conv2d(3, 8, 3, padding=1), nn.BatchNorm2d(8), nn.ReLU(), nn.Flatten(), nn.Linear(8 * 36, 5))
found = count_parameters(net)
assert found == 224 + 16 + 1445, f"3·3·3·8 + 8, 2·8 and 288·5 + 5 make 1685 parameters, not {found}"
found = count_multiplications(net, torch.rand(2, 3, 6, 6))
assert found == 2 * (36 * 8 * 27 + 288 * 5), f"2·(36·8·27 + 288·5) = 18432 for two images, not {found}"
print("counts: parameters and multiplications are right")
### BEGIN HIDDEN TESTS
ns = student.run(HELPERS)
nets = ns.nets_to_count()
with part("parameters", points=0.25):
    for net, (ours, _) in zip(nets, COUNTS, strict=True):
        check.equal(student.count_parameters(net), ours, hint="shared tensors once, frozen ones and buffers not at all")
with part("multiplications", points=0.25):
    for net, (_, ours) in zip(nets, COUNTS, strict=True):
        x = torch.rand(3, 4, 9, 8)
        check.equal(student.count_multiplications(net, x), ours,
                    hint="per output number, of all images, the weights that it uses, fewer with groups; used twice, "
                         "counted twice")
        check.equal(student.count_multiplications(net, x), ours, hint="asked again, another number: are hooks left?")
### END HIDDEN TESTS

# %% [markdown]
# ### Exercise 5 · Depth and skip connections · 2.5 points · about 90 minutes
#
# Fashion-MNIST has the form of MNIST and is harder: shirts look like T-shirts. We train three networks on all
# 50,000 training images:
#
# 1. **LeNet-5** (1998): convolution to 6 channels, 5 x 5, padding 2; pooling 2 x 2; convolution to 16 channels,
#    5 x 5, no padding; pooling; linear layers of 120, 84 and 10 units; ReLUs between. It has 61,706 parameters.
# 2. **A plain stack** of 3 x 3 convolutions with batch norm, in blocks of two.
# 3. **A residual network**: the same stack, and each block adds its input to its output.
#
# A block of the plain stack is conv1, bn1, ReLU, conv2, bn2, ReLU; conv1 has the block's stride. The residual
# block adds the input before the last ReLU:
#
# $$y = \text{ReLU}\big(\text{bn}_2(\text{conv}_2(\text{ReLU}(\text{bn}_1(\text{conv}_1(x)))))
# + \text{projection}(x)\big)$$
#
# The projection is the identity where shapes allow it. Where the stride or the number of channels changes, it is
# a 1 x 1 convolution with the block's stride, and a batch norm (K. He et al., 2016). Convolutions before a batch
# norm need no bias.
#
# Keep the names `conv1`, `bn1`, `conv2`, `bn2`, `projection` (`nn.Sequential(conv, bn)`, in this order, or
# `nn.Identity()`): the grader gives your block other weights.
#
# `make_stack(block, num_blocks, width)` is given: a first convolution, then two stages of `num_blocks` blocks,
# each of which halves the image and doubles the channels, the mean over the image, one linear layer.


# %% exercise="blocks"
class PlainBlock(nn.Module):
    """x (N, in_channels, H, W) -> (N, out_channels, H / stride, W / stride), without a skip connection."""

    def __init__(self, in_channels, out_channels, stride=1):
        super().__init__()
        self.conv1 = nn.Conv2d(in_channels, out_channels, 3, stride, padding=1, bias=False)
        self.bn1 = nn.BatchNorm2d(out_channels)
        self.conv2 = nn.Conv2d(out_channels, out_channels, 3, padding=1, bias=False)
        self.bn2 = nn.BatchNorm2d(out_channels)

    def forward(self, x):
        x = F.relu(self.bn1(self.conv1(x)))
        return F.relu(self.bn2(self.conv2(x)))


class ResidualBlock(PlainBlock):
    """The same with a skip connection: conv1, bn1, conv2, bn2 come from PlainBlock, projection is new."""

    def __init__(self, in_channels, out_channels, stride=1):
        super().__init__(in_channels, out_channels, stride)
        ### BEGIN SOLUTION
        # TODO: make self.projection, the identity or a 1 x 1 convolution with a batch norm
        self.projection = nn.Identity()
        if stride != 1 or in_channels != out_channels:
            self.projection = nn.Sequential(nn.Conv2d(in_channels, out_channels, 1, stride, bias=False),
                                            nn.BatchNorm2d(out_channels))
        ### END SOLUTION

    def forward(self, x):
        ### BEGIN SOLUTION
        # TODO: add the projection before the last ReLU
        y = self.bn2(self.conv2(F.relu(self.bn1(self.conv1(x)))))
        return F.relu(y + self.projection(x))
        ### END SOLUTION


# %% test="blocks" points=0.75
block, same = ResidualBlock(4, 8, stride=2), ResidualBlock(6, 6)
assert tuple(block(torch.rand(2, 4, 9, 8)).shape) == (2, 8, 5, 4), "stride 2 halves the image, channels double"
assert not list(same.projection.parameters()), "where shapes allow it, the skip connection has no parameters"
same.eval()
with torch.no_grad():
    same.conv2.weight.zero_()
    x = torch.randn(2, 6, 5, 5)
    assert torch.allclose(same(x), F.relu(x)), "with conv2 at zero the block is ReLU(x): is x added before the ReLU?"
print("blocks: shapes are right, and the skip connection skips")
### BEGIN HIDDEN TESTS
ns = student.run(HELPERS)
block_cases = [(4, 8, 2), (5, 5, 1), (6, 3, 1), (4, 4, 2)]
with part("residual block", points=0.5):
    for sizes in block_cases:
        ours = random_block(sizes)
        for training in (False, True):
            x = torch.randn(3, sizes[0], 7, 6)
            found = ns.block_output("ResidualBlock", sizes, {k: v for k, v in ours.state_dict().items()}, x, training)
            ours.train(training)
            with torch.no_grad():
                check.close(found, ours(x), rtol=1e-3, atol=1e-4,
                            hint=f"ResidualBlock{sizes} with given weights, training = {training}")
            ours = random_block(sizes)
with part("projection", points=0.25):
    for sizes in block_cases:
        found = ns.parameters_of("ResidualBlock", sizes)
        ours = {name: list(p.shape) for name, p in reference.ResidualBlock(*sizes).named_parameters()}
        check.equal(found, ours, hint=f"the parameters of ResidualBlock{sizes}: a projection only where it is needed")
### END HIDDEN TESTS

# %%
(X_train, Y_train), (X_valid, Y_valid), (X_test, Y_test) = load_fashion_mnist()  # uint8 (N, 1, 28, 28), int64 (N,)
CLOTHES = ["T-shirt", "trousers", "pullover", "dress", "coat", "sandal", "shirt", "sneaker", "bag", "boot"]
device = best_device()


def clothes_loader(X, Y, batch_size, shuffle=False):
    """Mini-batches of normalised images, on the device where we compute."""
    images = normalize(X, FASHION_MNIST_MEAN_STD)
    return InMemDataLoader((images, Y), batch_size=batch_size, shuffle=shuffle).to(device)


def train_clothes(net, num_epochs, lr):
    """Train on all training images with momentum and a learning rate that rises and falls; history and seconds."""
    loader, valid = clothes_loader(X_train, Y_train, 128, shuffle=True), clothes_loader(X_valid, Y_valid, 1000)
    net.to(device, memory_format=torch.channels_last)  # some 20% faster on a CPU
    optimizer = torch.optim.SGD(net.parameters(), lr=lr, momentum=0.9, nesterov=True, weight_decay=5e-4)
    scheduler = torch.optim.lr_scheduler.OneCycleLR(optimizer, lr, total_steps=num_epochs * len(loader))
    start = perf_counter()
    history = train(net, loader, optimizer, num_epochs, valid, scheduler)
    return history, perf_counter() - start

# %% exercise="make-lenet"
def make_lenet():
    """LeNet-5 for images (N, 1, 28, 28), a new one: nn.Module that gives logits (N, 10)."""
    ### BEGIN SOLUTION
    # TODO: two convolutions with pooling, three linear layers
    return nn.Sequential(nn.Conv2d(1, 6, 5, padding=2), nn.ReLU(), nn.MaxPool2d(2),
                         nn.Conv2d(6, 16, 5), nn.ReLU(), nn.MaxPool2d(2), nn.Flatten(),
                         nn.Linear(400, 120), nn.ReLU(), nn.Linear(120, 84), nn.ReLU(), nn.Linear(84, 10))
    ### END SOLUTION


# %% train="lenet"
seed_everything(0)
### BEGIN SOLUTION
# TODO: make a LeNet, `lenet`, and train it with train_clothes (4 epochs, lr 0.1) into `history, seconds_lenet`
lenet = make_lenet()
history, seconds_lenet = train_clothes(lenet, num_epochs=4, lr=0.1)
### END SOLUTION
plot_history(history, "LeNet")
plt.show()
save_checkpoint(lenet, "lenet")

# %% test="make-lenet" points=0.5
fresh_lenet = make_lenet()
assert tuple(fresh_lenet(torch.rand(3, 1, 28, 28)).shape) == (3, 10), "LeNet gives ten logits per image"
assert count_parameters(fresh_lenet) == 61_706, f"LeNet-5 has 61,706 parameters, not {count_parameters(fresh_lenet):,}"
error = compute_error_rate(lenet, clothes_loader(X_valid[:2000], Y_valid[:2000], 1000))
assert error < 0.13, f"{error:.1%} of 2,000 validation images are wrong: is it trained to the end?"
print(f"make-lenet: 61,706 parameters, {error:.1%} of 2,000 validation images wrong (about 10% is usual)")
### BEGIN HIDDEN TESTS
ns = student.run(HELPERS)
with part("layers", points=0.25):
    found = ns.parameters_of("make_lenet", ())
    check.true(isinstance(found, dict), hint="make_lenet gives a network")
    check.equal(sorted(shape for shape in found.values() if len(shape) > 1),
                sorted([[6, 1, 5, 5], [16, 6, 5, 5], [120, 400], [84, 120], [10, 84]]), hint="LeNet-5's weights")
    check.true(ns.is_nonlinear("make_lenet", torch.rand(4, 1, 28, 28)), hint="are there ReLUs between the layers?")
    check.true(ns.gives_logits("make_lenet", torch.rand(4, 1, 28, 28)),
               hint="logits are asked for, any numbers: the loss does the softmax")
with part("trained", points=0.25):
    error = error_on_clothes(ns, "lenet", 5000)
    check.less(error, 0.125, hint=f"error on the test images {error:.2%}, it should be below 12.5%")
### END HIDDEN TESTS

# %%
def make_stack(block, num_blocks, width=16):
    """A first convolution to `width` channels, two stages of `num_blocks` blocks, mean over the image, 10 logits."""
    layers, channels = [nn.Conv2d(1, width, 3, padding=1, bias=False), nn.BatchNorm2d(width), nn.ReLU()], width
    for stage in (1, 2):
        for number in range(num_blocks):
            layers.append(block(channels, width * 2**stage, 2 if number == 0 else 1))
            channels = width * 2**stage
    return nn.Sequential(*layers, nn.AdaptiveAvgPool2d(1), nn.Flatten(), nn.Linear(channels, 10))


# %% [markdown]
# Now the plain stack and the residual network. Choose the depth and the width (one block a stage and a width of
# 16 are enough). Both should have the same, so that they can be compared.

# %% exercise="networks"
def make_plain():
    """A new stack of PlainBlocks for images (N, 1, 28, 28)."""
    ### BEGIN SOLUTION
    # TODO: call make_stack
    return make_stack(PlainBlock, num_blocks=1, width=16)
    ### END SOLUTION


def make_resnet():
    """A new stack of ResidualBlocks, as deep and as wide."""
    ### BEGIN SOLUTION
    # TODO: call make_stack
    return make_stack(ResidualBlock, num_blocks=1, width=16)
    ### END SOLUTION


# %% train="plain"
seed_everything(0)
### BEGIN SOLUTION
# TODO: make a plain stack, `plain`, and train it (3 epochs, lr 0.2) into `history_plain, seconds_plain`
plain = make_plain()
history_plain, seconds_plain = train_clothes(plain, num_epochs=3, lr=0.2)
### END SOLUTION
plot_history(history_plain, "The plain stack")
plt.show()
save_checkpoint(plain, "plain")

# %% train="resnet"
seed_everything(0)
### BEGIN SOLUTION
# TODO: make a residual network, `resnet`, and train it as long into `history_resnet, seconds_resnet`
resnet = make_resnet()
history_resnet, seconds_resnet = train_clothes(resnet, num_epochs=3, lr=0.2)
### END SOLUTION
plot_history(history_resnet, "The residual network")
plt.show()
save_checkpoint(resnet, "resnet")

# %% test="networks" points=0.75
for name, net in [("plain", plain), ("resnet", resnet)]:
    error = compute_error_rate(net, clothes_loader(X_valid[:1000], Y_valid[:1000], 500))
    assert error < 0.12, f"{name}: {error:.1%} of 1,000 validation images are wrong: is it trained to the end?"
    print(f"networks: {name} has {count_parameters(net):,} parameters, {error:.1%} of 1,000 validation images wrong")
assert any(isinstance(layer, ResidualBlock) for layer in resnet.modules()), "make_resnet has no ResidualBlock"
### BEGIN HIDDEN TESTS
ns = student.run(HELPERS)
with part("plain stack", points=0.25):
    error = error_on_clothes(ns, "plain", 3000)
    check.less(error, 0.11, hint=f"error on test images {error:.2%}, it should be below 11%")
with part("residual network", points=0.5):
    check.true(ns.has_skips("resnet"), hint="resnet has no ResidualBlock")
    error = error_on_clothes(ns, "resnet", 3000)
    check.less(error, 0.105, hint=f"error on test images {error:.2%}, it should be below 10.5%")
### END HIDDEN TESTS

# %% show="clothes-table"
results = ResultsTable({"valid": clothes_loader(X_valid, Y_valid, 1000), "test": clothes_loader(X_test, Y_test, 1000)})
for name, net, seconds in [("LeNet", lenet, seconds_lenet), ("plain stack", plain, seconds_plain),
                           ("residual", resnet, seconds_resnet)]:
    results.add(name, net, seconds)
results.plot()
plt.show()
results

# %% show="clothes-mistakes"
with torch.no_grad():
    p = resnet.to(device)(normalize(X_test[:1000], FASHION_MNIST_MEAN_STD).to(device)).softmax(dim=1).cpu()
wrong = torch.nonzero(p.argmax(dim=1) != Y_test[:1000]).ravel()
worst = wrong[p[wrong].max(dim=1).values.argsort(descending=True)][:10]
titles = [f"{CLOTHES[Y_test[i]]}\ntaken for {CLOTHES[p[i].argmax()]} ({p[i].max():.0%})" for i in worst]
show_images([X_test[i].float() / 255 for i in worst], titles, size=2.4)
plt.show()

# %% [markdown]
# The surest mistakes of the residual network. Often one would have to wear the thing to know.
#
# What do depth and skip connections do? We train narrow stacks of 5 to 33 convolutions, with and without skips,
# on 6,000 images for a short while. How the training loss falls is what we look at: not whether a network
# generalises, but whether it can be trained.

# %% show="depth"
def short_training(block, num_blocks, num_images=6000, num_epochs=3):
    """Training loss (mean of the last 30 steps) and validation error of a narrow stack."""
    seed_everything(num_blocks)
    net = make_stack(block, num_blocks, width=8).to(device, memory_format=torch.channels_last)
    loader = clothes_loader(X_train[:num_images], Y_train[:num_images], 100, shuffle=True)
    optimizer = torch.optim.SGD(net.parameters(), lr=0.1, momentum=0.9, nesterov=True)
    scheduler = torch.optim.lr_scheduler.OneCycleLR(optimizer, 0.1, total_steps=num_epochs * len(loader))
    history = train(net, loader, optimizer, num_epochs, scheduler=scheduler)
    valid = clothes_loader(X_valid[:2000], Y_valid[:2000], 500)
    return np.mean(history["train_losses"][-30:]), compute_error_rate(net, valid)


depths = [1, 2, 4, 8]
sweep = {name: [short_training(block, depth) for depth in depths]
         for name, block in [("plain", PlainBlock), ("residual", ResidualBlock)]}
fig, axes = plt.subplots(1, 2, figsize=(11, 3.8), layout="constrained")
for (name, found), color, marker in zip(sweep.items(), COLORS, "os"):
    losses, errors = np.array(found).T
    axes[0].plot([4 * d + 1 for d in depths], losses, marker + "-", color=color, label=name)
    axes[1].plot([4 * d + 1 for d in depths], 100 * errors, marker + "-", color=color, label=name)
axes[0].set(xlabel="convolutions on the way", ylabel="training loss at the end", title="Can it be trained?")
axes[1].set(xlabel="convolutions on the way", ylabel="wrong (%)", title="2,000 validation images")
for ax in axes:
    ax.legend()
plt.show()
print("loss, wrong", *(f"{4 * depth + 1} convolutions" for depth in depths), sep="   ")
for name, found in sweep.items():
    print(f"{name:11}", *(f"{loss:8.2f}, {error:5.1%}" for loss, error in found), sep="   ")

# %% [markdown] answer="depth" points=0.5
# What do depth and skip connections change in the table and in the plot, and by how much? Deeper stacks can
# represent whatever shallower ones can: why is the plain one's *training* loss higher all the same, and what does
# the skip connection change about it?
#
# ### BEGIN SOLUTION
# The table: over three seeds LeNet has 10.2% wrong on the test images, the plain stack of five convolutions 9.3%,
# the residual one 9.3%, with 60,000 to 73,000 parameters each; seeds differ by 0.2 points, and the interval of
# 10,000 images is ±0.6 points, so the last two do not differ. At this depth a skip connection is not needed. The
# sweep: with 5 and 9 convolutions both train alike (loss 0.51 and 0.57, then 0.48 and 0.45); with 17 and 33 the
# plain stack's training loss rises to 0.59 and 0.80, the residual one's is 0.39 and 0.50, and the validation
# errors are 23% and 32% against 15% and 20%. This is no overfitting, since the training loss itself is worse: a
# deep plain stack could be as good as a shallow one if its additional layers computed the identity, but gradient
# descent does not find that. A residual block passes its input on from the start, and the gradient reaches the
# early layers through the sums undiminished. (One seed for each point, and a short training: the plain stacks
# would get further with more steps.)
# ### END SOLUTION

# %% [markdown]
# ## Part II · What a pretrained network sees
#
# From here on we look into a network that was trained on ImageNet: 1.3 million photographs, 1,000 classes.
# EfficientNet-Lite0 is small (4.7 million parameters) and comes with `make data`. Images are tensors
# $(N, 3, H, W)$ of values 0…1, and the network is wrapped so that its layers have names:
#
# | | |
# | --- | --- |
# | `net(x)`, `net.probabilities(x)` | logits and probabilities, $(N, 1000)$ |
# | `net.predict(x, k)` | names and probabilities of the k likeliest classes |
# | `net.layer_names`, `net.class_names` | texts |
# | `net.layer_activations(x, name)` | what one layer says |
# | `net.multi_layer_activations(x, names)` | what several layers say, in one forward pass |
# | `net.layers`, `net.mean`, `net.std` | the layers themselves, and what pre-processing takes out |
#
# For checks there is `small_net(seed)`: the same wrapper around a small random network with five classes and the
# layers `conv1, conv2, conv3, pool, logits`. Everything we write takes the network as an argument, and works on
# both.
#
# Three names say what we look at, and with what. **To change them, add a cell of your own below the next one** and
# set them anew. Pictures of yours are named by their paths: `PICTURES = [*PICTURES[:3], "cat.jpg", "garden.png"]`.
# Those with the internet can look with VGG-16 or VGG-19, the networks of the original course (528 and 548 MB, and
# some forty times the work): `NETWORK, LAYERS = "vgg16", ["relu1_2", "relu2_2", "relu3_3", "relu4_3", "relu5_3"]`.
# The numbers that this text states are those of the names as given.

# %% show="names"
NETWORK = "efficientnet-lite0"
LAYERS = ["block3", "block6", "block8", "block11", "block15"]  # from early to late
PICTURES = ["chelsea", "coffee", "camera", "china", "rocket"]

# %% show="network"
net = load_pretrained(NETWORK)
print(", ".join(net.layer_names))
photos = {name: fit(load_photograph(name), net.size)[None].to(device) for name in PICTURES}  # (1, 3, 224, 224) each
show_images(list(photos.values()), [f"{name}, cut to {net.size} x {net.size}" for name in photos])
plt.show()

# %% [markdown]
# What does it cost, and how far does it see? Our functions of exercise 4 know.

# %% show="costs"
windows, costs, x = [], {}, next(iter(photos.values()))
for name, layer in net.layers.named_children():
    windows += [(np.max(part.kernel_size), np.max(part.stride), np.max(part.dilation)) for part in layer.modules()
                if isinstance(part, (nn.Conv2d, nn.MaxPool2d))]
    if x.dim() == 4:
        costs[name] = (count_multiplications(layer, x) / 1e6, sum(p.numel() for p in layer.parameters()) / 1e3,
                       receptive_field(windows)[0])
    x = layer(x)
fig, axes = plt.subplots(1, 3, figsize=(17, 4), layout="constrained")
titles = ["millions of multiplications", "thousands of parameters", "receptive field (pixels)"]
for ax, values, title, color in zip(axes, zip(*costs.values()), titles, COLORS):
    ax.bar(list(costs), values, color=color)
    ax.set_title(title)
    ax.tick_params(axis="x", rotation=90)
axes[2].axhline(net.size, color="#222222", linestyle="--")
axes[2].annotate("the whole picture", (0, net.size), (2, 3), textcoords="offset points")
plt.show()
million = count_multiplications(net.layers, next(iter(photos.values()))) / 1e6
print(f"{million:.0f} million multiplications for one picture; LeNet makes "
      f"{count_multiplications(lenet.cpu(), torch.rand(1, 1, 28, 28)) / 1e6:.2f} million, the residual network "
      f"{count_multiplications(resnet.cpu(), torch.rand(1, 1, 28, 28)) / 1e6:.1f} million")

# %% [markdown]
# One picture takes 385 million multiplications; LeNet's take 0.42, the residual network's 5.7 million. Per layer they
# are spread evenly, since whoever designed it halved the image whenever the channels doubled; but blocks 2 and 3 need
# 29 and 26 million for 5,000 and 9,000 parameters, block16 as many for 600,000. (The last linear layer, not shown,
# holds 1.3 of the 4.7 million parameters, and costs nearly nothing.) From block10 on the square that a unit could
# see is larger than the picture. Which part of it matters is another question, and most of what follows.

# %% [markdown]
# ### Exercise 6 · What is in this picture? · 1 point · about 25 minutes
#
# A network expects pictures as it was trained on them: each colour channel with the training set's mean
# (`net.mean`) taken out, divided by the standard deviation (`net.std`), both of shape $(1, 3, 1, 1)$. Who forgets
# this gets answers that look sensible and are worse.
#
# 1. `run_layers(net, x)`: do by hand what the wrapper does. Pre-process, pass the images through `net.layers` one
#    layer after the other, and return the logits.
# 2. `top_k(net, x, k)`: for **each** image the k likeliest classes with their probabilities, the likeliest first.
#    Use your `run_layers`; don't use `net.predict`.

# %% exercise="classify"
def run_layers(net, x):
    """x (N, 3, H, W) of 0…1 -> logits (N, K), without calling net itself."""
    ### BEGIN SOLUTION
    # TODO: pre-process with net.mean and net.std, then call one layer of net.layers after the other
    x = (x - net.mean) / net.std
    for layer in net.layers:
        x = layer(x)
    return x
    ### END SOLUTION


def top_k(net, x, k=5):
    """x (N, 3, H, W) -> for each image a list of k pairs (class name, probability as float), likeliest first."""
    ### BEGIN SOLUTION
    # TODO: the k largest probabilities of each row, with net.class_names
    with torch.no_grad():
        values, classes = run_layers(net, x).softmax(dim=1).topk(k, dim=1)
    return [[(net.class_names[c], p) for c, p in zip(*row)] for row in zip(classes.tolist(), values.tolist())]
    ### END SOLUTION


# %% test="classify" points=1
tiny = small_net(0)
seed_everything(0)
x = torch.rand(3, 3, 24, 20)
found = run_layers(tiny, x)
assert tuple(found.shape) == (3, 5), f"logits of 3 images and 5 classes: (3, 5), not {tuple(found.shape)}"
assert not torch.allclose(found, tiny.layers(x), atol=1e-3), "the pre-processing is missing: take out net.mean"
assert torch.allclose(found, tiny(x), atol=1e-4), "other logits than the wrapper's"
best = top_k(tiny, x, 2)
assert len(best) == 3 and len(best[0]) == 2, "for each of the 3 images a list of 2 pairs"
name, p = best[0][0]
assert (name, round(float(p), 3)) == (tiny.predict(x[:1], 1)[0][0][0], round(float(tiny.probabilities(x)[0].max()), 3))
print(f"classify: right; the small net takes noise for a {name} ({p:.0%})")
### BEGIN HIDDEN TESTS
ns = student.run(HELPERS)
check.avoids(source, "predict", "probabilities", "layer_activations", "multi_layer_activations",
             hint="pre-process and run the layers yourself")
with part("pre-processing and layers", points=0.5):
    for seed, shape in [(1, (2, 3, 32, 32)), (2, (1, 3, 24, 40))]:
        x, net = torch.rand(shape), small_net(seed)
        check.close(ns.without_grad("run_layers", ns.small_net(seed), x), net(x), rtol=1e-3, atol=1e-3,
                    hint="logits: mean and deviation taken out, then all layers")
with part("top k", points=0.5):
    for seed, k in [(3, 3), (4, 1), (5, 5)]:
        x = photo_like(4, seed)
        found, ours = student.top_k(ns.small_net(seed), x, k), small_net(seed).predict(x, k)
        check.true(isinstance(found, list | tuple) and len(found) == 4, hint="a list for each of 4 images")
        for theirs, expected in zip(found, ours, strict=True):
            check.equal([pair[0] for pair in theirs], [pair[0] for pair in expected], hint="names, likeliest first")
            check.close([pair[1] for pair in theirs], [pair[1] for pair in expected], rtol=1e-3, atol=1e-4,
                        hint="probabilities from 0 to 1 of each image by itself")
### END HIDDEN TESTS

# %% show="classify"
best = top_k(net, torch.cat(list(photos.values())))
fig, axes = plt.subplots(2, 5, figsize=(17, 5.6), layout="constrained", height_ratios=[1.5, 1])
show_images(list(photos.values()), list(photos), axes=axes[0])
for ax, pairs in zip(axes[1], best):
    ax.barh([name[:22] for name, _ in pairs][::-1], [100 * p for _, p in pairs][::-1], color=COLORS[0])
    ax.set(xlabel="probability (%)", xlim=(0, 100))
plt.show()
name = PICTURES[1]
raw = net.layers(photos[name])[0].softmax(dim=0)
print(f"{name} without pre-processing: {raw.max():.0%} for {net.class_names[raw.argmax()]}")

# %% [markdown]
# The cup is an espresso and the camera's tripod a tripod, both with 94%. The cat is shared out among three kinds of
# cat (Egyptian 39%, tiger 32%, tabby 17%), the pagoda is a palace (33%) or a bell cote. The rocket is a missile, 24%.
# Nobody asked about the man: "man" is not among the 1,000 classes.
#
# Without pre-processing the cup still gets 85%. The mistake does not show in an easy picture; that is what makes it
# a dangerous one.

# %% [markdown]
# ### Exercise 7 · Occlusion · 2 points · about 60 minutes
#
# Which part of a picture makes the network say "tripod"? The most direct question: cover a part with a grey box
# and ask again (M. Zeiler and R. Fergus, 2014). When the probability falls, the part was needed.
#
# 1. `obscured_imgs(img, boxsize, bsz, stride)` makes the covered pictures. The box is `boxsize` pixels high and
#    wide, and grey (0.5 in all channels). Its upper left corner goes over the rows 0, `stride`, 2·`stride`, … as
#    long as the box is inside; in each row over the columns in the same way. Row by row; the pictures come in
#    batches of `bsz` (the last one may be smaller), so that memory does not overflow: `yield` each batch.
# 2. `occlusion_maps(net, img, layer, channel, class_index, boxsize, stride)` shows all of them to the network and
#    returns three maps, one number for each place of the box: the probability of the class; the number of the
#    likeliest class; and the mean, over the feature map, of one channel of one layer.
#
# <details><summary>Hint: the picture gets darker and darker</summary>
#
# Each covered picture starts from a fresh copy: `img.clone()`, or `img.repeat(n, 1, 1, 1)` for n copies.
#
# </details>
# <details><summary>Hint: the shape of the maps</summary>
#
# With `len(range(0, H - boxsize + 1, stride))` rows and as many columns for W, `reshape` does the rest.
#
# </details>


# %% exercise="occlusion"
def obscured_imgs(img, boxsize, bsz, stride):
    """img (3, H, W) of 0…1 -> yields tensors (at most bsz, 3, H, W), a grey box at a new place in each image."""
    ### BEGIN SOLUTION
    # TODO: go over all places of the box, row by row, and yield the covered pictures in batches
    height, width = img.shape[1:]
    places = [(i, j) for i in range(0, height - boxsize + 1, stride) for j in range(0, width - boxsize + 1, stride)]
    for start in range(0, len(places), bsz):
        chosen = places[start:start + bsz]
        batch = img.repeat(len(chosen), 1, 1, 1)
        for covered, (i, j) in zip(batch, chosen):
            covered[:, i:i + boxsize, j:j + boxsize] = 0.5
        yield batch
    ### END SOLUTION


def occlusion_maps(net, img, layer, channel, class_index, boxsize=80, stride=11, bsz=32):
    """Three tensors (rows, columns), one number for each place of the box.

    Returns: probability of class_index (float), number of the likeliest class (int64), and the mean over the feature
        map of one channel of the layer (float).
    """
    ### BEGIN SOLUTION
    # TODO: collect the three answers over all batches, without gradients, and give them the shape of a map
    rows, cols = (len(range(0, size - boxsize + 1, stride)) for size in img.shape[1:])
    probability, prediction, feature = [], [], []
    with torch.no_grad():
        for batch in obscured_imgs(img, boxsize, bsz, stride):
            activation, logits = net.multi_layer_activations(batch, [layer, net.layer_names[-1]])
            probability.append(logits.softmax(dim=1)[:, class_index])
            prediction.append(logits.argmax(dim=1))
            feature.append(activation[:, channel].mean(dim=(1, 2)))
    return tuple(torch.cat(answers).reshape(rows, cols) for answers in (probability, prediction, feature))
    ### END SOLUTION


# %% test="occlusion" points=2
img = torch.zeros(3, 6, 7)
batches = [batch.clone() for batch in obscured_imgs(img, boxsize=3, bsz=4, stride=2)]
covered = torch.cat(batches)
assert len(covered) == 6, f"2 rows and 3 columns of places make 6 pictures, not {len(covered)}"
assert all(len(batch) <= 4 for batch in batches), "at most bsz pictures at a time"
assert img.abs().sum() == 0, "the original has changed: work on copies"
assert torch.all(covered.sum(dim=(1, 2, 3)) == 3 * 9 * 0.5), "each picture has one box of 3 x 3 pixels of 0.5"
assert covered[1, 0, 0, 2] == 0.5 and covered[1, 0, 0, 1] == 0, "the second box is `stride` columns to the right"
tiny = small_net(0)
maps = occlusion_maps(tiny, torch.rand(3, 20, 24), "conv2", 3, class_index=1, boxsize=8, stride=4, bsz=5)
for name, found in zip(["probability", "prediction", "feature"], maps, strict=True):
    assert tuple(found.shape) == (4, 5), f"the {name} map has 4 rows and 5 columns, not {tuple(found.shape)}"
assert 0 <= maps[0].min() and maps[0].max() <= 1, "the first map holds probabilities"
print("occlusion: boxes and maps have the right shape")
### BEGIN HIDDEN TESTS
ns = student.run(HELPERS)
boxes = [((3, 12, 15), 4, 5, 3), ((3, 9, 7), 7, 2, 1), ((3, 10, 10), 3, 100, 4)]
with part("obscured images", points=0.5):
    for shape, boxsize, bsz, stride in boxes:
        img = torch.rand(shape)
        found, _, _ = ns.covered(img, boxsize, bsz, stride)
        ours = torch.cat([batch.clone() for batch in reference.obscured_imgs(img, boxsize, bsz, stride)])
        check.close(found, ours, hint=f"{shape[1]} x {shape[2]} pixels, box {boxsize}, stride {stride}: all places, "
                                      "row by row, one grey box in each picture")
with part("batches and original", points=0.25):
    for shape, boxsize, bsz, stride in boxes:
        img = torch.rand(shape)
        _, sizes, after = ns.covered(img, boxsize, bsz, stride)
        check.true(max(sizes) <= bsz and min(sizes) > 0, hint=f"batches of at most {bsz} pictures")
        check.equal(after, img, hint="the original has changed")
for_maps = [(6, 20, 24, "conv2", 3, 1, 8, 4), (3, 16, 16, "conv3", 5, 4, 5, 3), (0, 18, 14, "conv1", 0, 2, 9, 2)]
with part("probability map", points=0.5):
    same_occlusion_maps(ns, for_maps, 0, "the probability of the class for each place of the box")
with part("prediction map", points=0.25):
    same_occlusion_maps(ns, for_maps, 1, "the number of the likeliest class for each place")
with part("feature map", points=0.5):
    same_occlusion_maps(ns, for_maps, 2, "the mean of one channel over its feature map")
### END HIDDEN TESTS

# %% show="occlusion"
layer = LAYERS[3]
for name in list(photos)[2::-1]:
    x = photos[name]
    with torch.no_grad():
        activation, p = net.multi_layer_activations(x, [layer, net.layer_names[-1]])
    label, channel = int(p.argmax()), int(activation[0].mean(dim=(1, 2)).argmax())
    p_map, class_map, feature = occlusion_maps(net, x[0], layer, channel, label)
    classes = class_map.unique().tolist()
    fig, axes = plt.subplots(1, 4, figsize=(19, 4.6), layout="constrained")
    show_images([x], [f"{name}: {net.class_names[label]} {net.probabilities(x)[0, label]:.0%}"], axes=axes[:1])
    show_map(p_map, f"p({net.class_names[label]}), by the middle of the box", ax=axes[1], vmin=0, vmax=1, over=x,
             margin=40)
    show_map(feature, f"channel {channel} of {layer}, its mean", ax=axes[2], over=x, margin=40)
    numbers = torch.tensor([[classes.index(c) for c in row] for row in class_map.tolist()])
    axes[3].imshow([[plt.matplotlib.colors.to_rgb(COLORS[n % 7]) for n in row] for row in numbers])
    for number, c in enumerate(classes[:7]):
        axes[3].plot([], [], "s", color=COLORS[number], label=net.class_names[c][:18])
    axes[3].legend(loc="center left", bbox_to_anchor=(1, 0.5))
    axes[3].set_title("the likeliest class")
    axes[3].axis("off")
    plt.show()

# %% [markdown]
# When the box covers the tripod's legs, at the lower edge, p(tripod) falls from 0.94 to 0.07, and only there; the
# prediction becomes a violin or binoculars. The man could go: nothing that matters to the network is lost. The
# espresso is lowest (0.48) with the box on the surface of the coffee, and no box changes the prediction. The
# cat's map is flat, between 0.26 and 0.60: a cat is everywhere in this picture. The feature map answers another
# question. One channel of block11 can follow a part of the picture that does not matter for the class.

# %% [markdown]
# ### Exercise 8 · Integrated gradients · 1 point · about 40 minutes
#
# The gradient of an output with respect to the picture says which pixels would change it *now*. Where a network
# is sure, its probabilities are flat and the gradient is nearly zero: as if nothing mattered. Integrated gradients
# (M. Sundararajan et al., 2017) walk from a picture without content, the baseline $x'$, to the picture $x$, and
# collect the gradient on the way. For each pixel
#
# $$a_i = (x_i - x'_i) \int_0^1 \frac{\partial f(x' + \alpha (x - x'))}{\partial x_i}\, d\alpha
# \;\approx\; (x_i - x'_i)\, \frac1n \sum_{k=1}^{n} \frac{\partial f}{\partial x_i}\Big|_{\alpha = (k - 1/2)/n}$$
#
# with $f$ the probability of one class. The fundamental theorem of calculus promises **completeness**: the
# attributions of all pixels and channels add up to $f(x) - f(x')$. With the points in the middle of the steps the
# sum converges with the square of $n$. That is a check we always have, whatever the network.
#
# <details><summary>Hint: all gradients are the same</summary>
#
# Each point of the way is a picture of its own, and the gradient is wanted there. Several of them can go through
# the network together: the derivative of the *sum* of their probabilities of the **one class** gives each its own
# gradient. The sum over classes is 1, and its derivative is zero.
#
# </details>


# %% exercise="integrated-gradients"
def integrated_gradients(net, x, class_index, baseline=None, steps=50, bsz=20):
    """Attributions of every pixel and channel to the probability of one class.

    x, baseline (1, 3, H, W) of 0…1; the baseline is grey (0.5) when None -> (1, 3, H, W), at most bsz at a time.
    """
    ### BEGIN SOLUTION
    # TODO: average the gradient over the middles of the steps from the baseline to x, multiply with the difference
    baseline = torch.full_like(x, 0.5) if baseline is None else baseline
    alphas = (torch.arange(steps, device=x.device, dtype=x.dtype) + 0.5) / steps
    total = torch.zeros_like(x)
    for chunk in alphas.split(bsz):
        points = (baseline + chunk.view(-1, 1, 1, 1) * (x - baseline)).requires_grad_()
        (grads,) = torch.autograd.grad(net.probabilities(points)[:, class_index].sum(), points)
        total += grads.sum(dim=0, keepdim=True)
    return (x - baseline) * total / steps
    ### END SOLUTION


# %% test="integrated-gradients" points=1 timeout=90
tiny = small_net(0)
seed_everything(0)
x = torch.rand(1, 3, 16, 16)
attributions = integrated_gradients(tiny, x, 3, steps=100)
assert attributions.shape == x.shape, f"a number for each pixel and channel: {tuple(x.shape)}"
f_x, f_grey = (float(tiny.probabilities(image)[0, 3]) for image in (x, torch.full_like(x, 0.5)))
gap = abs(float(attributions.sum()) - (f_x - f_grey)) / abs(f_x - f_grey)
assert gap < 0.01, f"the attributions sum to {attributions.sum():.4f}, f(x) - f(x') is {f_x - f_grey:.4f}"
assert integrated_gradients(tiny, x, 3, baseline=x, steps=5).abs().max() == 0, "without a way there are no attributions"
print(f"integrated-gradients: completeness holds up to {gap:.1e} (below 1e-3 is usual here)")
### BEGIN HIDDEN TESTS
ns = student.run(HELPERS)
picture_cases = [(1, 2, 0.5), (3, 1, 0.5), (6, 4, None), (8, 0, None)]  # seed, class, baseline (None: black)


def attributed(seed, label, grey, steps):
    x = photo_like(1, seed, 20)
    baseline = None if grey else torch.zeros_like(x)
    found = ns.without_grad("integrated_gradients", ns.small_net(seed), x, label, baseline, steps)
    return x, torch.full_like(x, grey or 0), found


with part("completeness", points=0.25):
    for seed, label, grey in picture_cases:
        x, baseline, found = attributed(seed, label, grey, 120)
        net = small_net(seed)
        change = float(net.probabilities(x)[0, label] - net.probabilities(baseline)[0, label])
        check.shape(found, x.shape, hint="one attribution for each pixel and channel")
        check.close(float(check.numbers(found).sum()), change, rtol=2e-3, atol=2e-4,
                    hint="with 120 steps the attributions add up to the change of the probability")
with part("completeness on the pretrained network", points=0.25):
    net, x = pretrained(), fit(load_photograph("camera"), 96)[None]
    p, p_grey = (net.probabilities(image)[0] for image in (x, torch.full_like(x, 0.5)))
    label = int(p.argmax())
    found = check.numbers(ns.pretrained_attributions(x, label, 200))
    check.shape(found, x.shape, hint="one attribution for each pixel and channel")
    check.close(float(found.sum()), float(p[label] - p_grey[label]), rtol=0.1,
                hint="a photograph, 200 steps: the attributions add up to the change of the probability, up to a tenth")
with part("attributions", points=0.25):
    for seed, label, grey in picture_cases:
        x, baseline, found = attributed(seed, label, grey, 60)
        ours = reference.integrated_gradients(small_net(seed), x, label, baseline, 60)
        check.close(found, ours, rtol=0.05, atol=0.02 * float(ours.abs().max()), hint="each pixel's attribution")
with part("nothing changed", points=0.25):
    for seed, label, _ in picture_cases[:2]:
        x = photo_like(1, seed, 20)
        baseline = x.clone()
        baseline[:, :, :10] = 0.3
        found, after = ns.attributions_after(ns.small_net(seed), x, label, baseline, 40)
        size = np.abs(check.numbers(found))
        check.less(size[:, :, 10:], 1e-6, hint="where x is the baseline, nothing is attributed")
        check.more(size[:, :, :10].max(), 1e-5, hint="where they differ, something is")
        check.equal(after, [x, baseline], hint="the picture or the baseline has changed")
### END HIDDEN TESTS

# %% show="integrated-gradients"
def completeness_gap(x, label, steps):
    """How far the attributions' sum is from the change of the probability, as a fraction of it."""
    with torch.no_grad():
        change = net.probabilities(x)[0, label] - net.probabilities(torch.full_like(x, 0.5))[0, label]
    return float(abs(integrated_gradients(net, x, label, steps=steps).sum() - change) / abs(change))


name = PICTURES[2]
label = int(net(photos[name]).argmax())
for steps in (10, 50, 200):
    print(f"{steps:4} steps: the sum is {completeness_gap(photos[name], label, steps):.1%} off")
fig, axes = plt.subplots(2, 3, figsize=(13, 8.6), layout="constrained")
for row, name in zip(axes, [PICTURES[2], PICTURES[1]]):
    x = photos[name]
    label = int(net(x).argmax())
    leaf = x.clone().requires_grad_()
    (gradient,) = torch.autograd.grad(net.probabilities(leaf)[0, label], leaf)
    attributions = integrated_gradients(net, x, label, steps=200)
    show_images([x], [f"{name}: {net.class_names[label]}"], axes=row[:1])
    for ax, values, title in zip(row[1:], [gradient * (x - 0.5), attributions],
                                 ["gradient times difference", "integrated gradients, 200 steps"]):
        smooth = F.avg_pool2d(values.sum(dim=1), 5, stride=1, padding=2)[0]
        limit = float(smooth.abs().quantile(0.998))
        show_map(smooth, title, ax=ax, cmap="RdBu_r", vmin=-limit, vmax=limit)
plt.show()

# %% [markdown]
# With 10 steps the sum is 30% off, with 50 still 10%, with 200 about 1%: the probability changes quickly on a
# short piece of the way, and the steps have to find it. The plain gradient of the man's picture points at a
# corner of his coat, where a last bit of certainty would come from; integrated gradients lie around the camera,
# the arm below it and the outline of his back. In the cup they follow the rim of the coffee and the spoon. Red
# and blue alternate within a few pixels: attributions to single pixels are noisy, and we look at means over 5 x 5
# of them.

# %% [markdown]
# ### Exercise 9 · A library's attributions · 1 point · about 30 minutes
#
# Libraries hold dozens of such methods. Take one (Captum comes with the course; `shap` and `lime` are a
# `pip install` away), choose a method that is **not** integrated gradients, apply it to two photographs, one of
# them your own, and show the maps beside the pictures, with a colour bar.
#
# <details><summary>Hint: Captum</summary>
#
# Its methods take a function from images to outputs: `captum.attr.ShapleyValueSampling(net.probabilities)`,
# then `.attribute(x, target=label, baselines=…, feature_mask=…, n_samples=…)`. A feature mask gives each pixel the
# number of its region, (1, 1, H, W) of int64: with 7 x 7 squares there are 49 features in place of 150,528.
#
# </details>

# %% answer="library" points=1
### BEGIN SOLUTION
# TODO: apply a library's method to two photographs and show the maps
from captum.attr import ShapleyValueSampling

squares = torch.arange(7, device=device).repeat_interleave(net.size // 7)
mask = (squares[:, None] * 7 + squares[None, :])[None, None]  # (1, 1, 224, 224), regions 0…48
seed_everything(0)
fig, axes = plt.subplots(2, 3, figsize=(13, 8.6), layout="constrained")
for row, name in zip(axes, [PICTURES[2], PICTURES[0]]):
    x = photos[name]
    label = int(net(x).argmax())
    with torch.no_grad():
        shapley = ShapleyValueSampling(net.probabilities).attribute(x, target=label, baselines=0.5, feature_mask=mask,
                                                                    n_samples=6, perturbations_per_eval=20)
    integrated = integrated_gradients(net, x, label, steps=200).sum(dim=1)[0]
    show_images([x], [f"{name}: {net.class_names[label]}"], axes=row[:1])
    show_map(shapley[0, 0], "Shapley values of 7 x 7 squares (Captum)", ax=row[1], symmetric=True, over=x)
    show_map(F.avg_pool2d(integrated[None], net.size // 7)[0] * (net.size // 7) ** 2,
             "integrated gradients, summed over the squares", ax=row[2], symmetric=True, over=x)
plt.show()
### END SOLUTION

# %% [markdown]
# ### Exercise 10 · Two methods compared · 1 point · about 20 minutes

# %% [markdown] answer="compare" points=1
# Compare two of the three methods (occlusion, integrated gradients, your library's) on the same picture. Where do
# they agree, where not, and what in their definitions makes the difference? Which question does each of them
# answer, what does each assume about a picture "without content", how long does each take, and which would you
# show to somebody who has to decide whether to trust the network?
#
# ### BEGIN SOLUTION
# The photographer, by all three. Occlusion finds the tripod's legs: an 80-pixel box on them brings p from 0.94 to
# 0.07, and most other places change it little. The Shapley values give the most to the square with the camera
# (0.16) and to those with the legs. Integrated gradients, summed over the same squares, say the opposite of the
# camera's neighbourhood: the square below it gets -0.5, others up to +0.2. For the cat, both give the eye on the
# left some credit and disagree about the nose.
#
# Occlusion asks: would the answer change if this part were hidden? Its box is a new object with edges, grey is an
# assumption, the size of the box sets the scale, and what is there twice is never found, since one copy is enough.
# Integrated gradients ask how to share the change from grey to the picture among the pixels, along one straight
# way through pictures of little contrast that nobody would take; their sum is complete, their signs change within a
# few pixels, and what is grey already gets nothing. Shapley values share the change as well, averaged over many
# ways in which whole squares appear; with 6 permutations the sampling error is visible. 196 boxes are 196 forward
# passes, 200 steps are 200 forward and backward passes, the Shapley values some 300 forward passes: each takes
# seconds. For a decision about trust the occlusion map is the easiest to explain, since it is an experiment that
# one can repeat by hand.
# ### END SOLUTION

# %% [markdown]
# ### Exercise 11 · What excites a neuron · 2 points · about 60 minutes
#
# We turn the question round: of many photographs, which places excite a given channel of a given layer most? If
# they have something in common, that is what the channel is looking for.
#
# 1. `best_places(net, images, layer, channel, k)`: in each image the place of the feature map where the channel is
#    most active; of these the k most active ones, as tuples (value, number of the image, row, column), strongest
#    first. One place for each image, or we would see one lucky photograph k times.
# 2. `patch_at(image, row, col, step, size)`: the pixels around such a place. Where the layer steps by `step`
#    pixels, the unit in row r looks at the pixels around $(r + \frac12)\cdot$ `step`. Cut out `size` x `size` pixels
#    with this in the middle; near the border, move the patch inside.
# 3. `unit_gradient(net, image, layer, channel, row, col)`: the derivative of that one unit with respect to the
#    image.


# %% exercise="patches"
def best_places(net, images, layer, channel, k, bsz=32):
    """images (N, 3, H, W) -> list of k tuples (value: float, image, row, col: int), at most one for each image."""
    ### BEGIN SOLUTION
    # TODO: find the largest activation of each image's feature map, then the k largest of these
    places = []
    with torch.no_grad():
        for start in range(0, len(images), bsz):
            maps = net.layer_activations(images[start:start + bsz], layer)[:, channel]  # (B, h, w)
            values, flat = maps.flatten(1).max(dim=1)
            places += [(value, start + n, place // maps.shape[2], place % maps.shape[2])
                       for n, (value, place) in enumerate(zip(values.tolist(), flat.tolist()))]
    return sorted(places, reverse=True)[:k]
    ### END SOLUTION


def patch_at(image, row, col, step, size):
    """image (3, H, W) -> (3, size, size): the pixels around the unit (row, col) of a layer that steps by `step`."""
    ### BEGIN SOLUTION
    # TODO: the corner of the patch, moved inside the image, and the pixels from there
    corner = [int((place + 0.5) * step - size / 2) for place in (row, col)]
    top, left = (min(max(c, 0), extent - size) for c, extent in zip(corner, image.shape[1:]))
    return image[:, top:top + size, left:left + size]
    ### END SOLUTION


def unit_gradient(net, image, layer, channel, row, col):
    """image (3, H, W) -> the derivative of one unit of the layer with respect to it, (3, H, W)."""
    ### BEGIN SOLUTION
    # TODO: ask for the gradient of that one number
    x = image[None].clone().requires_grad_()
    (grad,) = torch.autograd.grad(net.layer_activations(x, layer)[0, channel, row, col], x)
    return grad[0]
    ### END SOLUTION


# %% test="patches" points=2
tiny = small_net(0)
seed_everything(0)
images = torch.rand(6, 3, 24, 20)
places = best_places(tiny, images, "conv2", 3, k=4, bsz=4)
assert len(places) == 4 and len({place[1] for place in places}) == 4, "k places in k different images"
assert places[0][0] >= places[-1][0], "the strongest place comes first"
value, number, row, col = places[0]
found = tiny.layer_activations(images[number:number + 1], "conv2")[0, 3, row, col]
assert abs(float(found) - float(value)) < 1e-4, f"at the place named the activation is {found:.3f}, not {value:.3f}"
image = torch.arange(24 * 20.0).reshape(1, 24, 20).repeat(3, 1, 1)
assert patch_at(image, 2, 2, step=4, size=4)[0, 0, 0] == 8 * 20 + 8, "row 2 of step 4 is around pixel 10: 8 to 11"
assert patch_at(image, 0, 4, step=4, size=8)[0, 0, 0] == 12, "near the border the patch is moved inside"
grad = unit_gradient(tiny, images[0], "conv2", 3, 2, 2)
assert tuple(grad.shape) == (3, 24, 20), f"the gradient has the shape of the image, not {tuple(grad.shape)}"
assert grad[:, 14:].abs().max() == 0, "the unit does not see the lower rows: is it the gradient of one unit?"
print("patches: places, patches and gradient are right")
### BEGIN HIDDEN TESTS
ns = student.run(HELPERS)
with part("places", points=0.75):
    for seed, layer, channel, k in [(1, "conv1", 2, 3), (2, "conv3", 7, 5), (3, "conv2", 0, 9)]:
        images = photo_like(9, seed, (20, 28))
        images[4] = images[4].flip(1)
        found = student.best_places(ns.small_net(seed), images, layer, channel, k, bsz=4)
        ours = reference.best_places(small_net(seed), images, layer, channel, k)
        check.true(isinstance(found, list | tuple) and len(found) == k, hint=f"a list of {k} places")
        check.equal([[int(n) for n in place[1:]] for place in found], [list(place[1:]) for place in ours],
                    hint=f"image, row and column of the {k} best places of 9 images, the strongest first")
        check.close([place[0] for place in found], [place[0] for place in ours], rtol=1e-3, hint="their activations")
with part("patches", points=0.5):
    image = torch.rand(3, 30, 26)
    for place in [(3, 2, 4, 6), (0, 5, 4, 8), (6, 0, 4, 10), (2, 1, 8, 4), (7, 6, 4, 12)]:
        check.close(student.patch_at(image, *place), reference.patch_at(image, *place),
                    hint=f"(row, column, step, size) = {place} of an image of 30 x 26 pixels")
with part("gradient", points=0.75):
    for seed, layer, unit in [(1, "conv1", (2, 3, 4)), (2, "conv2", (5, 1, 2)), (3, "conv3", (9, 4, 0))]:
        image = photo_like(1, seed, 20)[0]
        ours = reference.unit_gradient(small_net(seed), image, layer, *unit)
        check.close(student.unit_gradient(ns.small_net(seed), image, layer, *unit), ours, rtol=1e-2,
                    atol=1e-3 * float(ours.abs().max()), hint=f"channel, row, column {unit} of {layer}, nothing else")
### END HIDDEN TESTS

# %% show="patches"
(X_food, Y_food), _ = load_foods(net.size)  # 240 photographs (N, 3, 224, 224)
X_food = X_food.to(device)
layer, size = LAYERS[2], 80
step = net.size // net.layer_activations(X_food[:1], layer).shape[2]
fig, axes = plt.subplots(3, 8, figsize=(17, 7), layout="constrained")
for row, channel in zip(axes, [3, 27, 60]):
    places = best_places(net, X_food[:120], layer, channel, 6)
    patches = [patch_at(X_food[number], r, c, step, size) for _, number, r, c in places]
    titles = [f"{value:.1f}" for value, *_ in places]
    show_images(patches, [f"channel {channel}: {titles[0]}", *titles[1:]], axes=row[:6])
    _, number, r, c = places[0]
    gradient = unit_gradient(net, X_food[number], layer, channel, r, c)
    show_map(patch_at(gradient, r, c, step, size).abs().sum(dim=0), "gradient of the first", ax=row[6], cmap="magma")
    show_images([X_food[number]], ["… and where it is"], axes=row[7:])
    corner = [min(max((p + 0.5) * step - size / 2, 0), net.size - size) for p in (c, r)]
    row[7].add_patch(plt.Rectangle(corner, size, size, fill=False, color="white", linewidth=2))
plt.show()

# %% [markdown]
# The numbers are the activations. Rows have a theme that a person can name in part: channel 27 likes dark curved
# bodies that end against white, channel 60 large round things with a bright edge; channel 3 takes coconut halves,
# melons and leaves, and we see no word for it. Shape and contrast matter, not the food. A channel is a direction in a
# space and need not be a word. The gradient of the first unit reaches far beyond its strongest pixels: the receptive
# field is larger than the part that matters (exercise 4 computes the one and measures the other).

# %% [markdown]
# ### Exercise 12 · Transfer · 2 points · about 60 minutes
#
# We have 240 photographs of foods in eight groups: far too few to train a network from nothing. But a network
# that knows a thousand other things has features that are worth keeping. We freeze it, take the 1,280 numbers of
# its `pool` layer for each photograph **once**, keep them, and train only a new classifier on them: a second of
# work. (The photographs come from the Indian food tables of T. Longvah et al., 2017; they are fetched for you, and
# not to be passed on.)
#
# 1. `extract_features(net, images, layer, bsz)`: one layer's activations, in batches, without gradients.
# 2. `augment(images)`: new versions of the images, each changed by its own chance: mirrored left to right or not,
#    and shifted by up to 16 pixels (or cut and resized, as you like). Shape and range stay.
# 3. `make_food_classifier()`: an `nn.Module` from features (N, 1280) to logits (N, 8). Dropout may help.
# 4. Train it in the next cell, on the features of EfficientNet-Lite0, and keep these: `food_features` (240, 1280), and
#    `augmented`, a list of as many for each augmented copy; the plot below compares with and without. Hold some of the
#    240 back to choose by. The grader tests it on 152 photographs
#    whose groups its copy of the notebook does not know; 66% have to be right (a linear classifier of the pixels
#    has 55%).
#
# <details><summary>Hint: augmentation and cached features</summary>
#
# Features of an augmented photograph have to be computed anew. A few augmented copies of the training set,
# computed once and put beside the original, are a good compromise.
#
# </details>


# %% exercise="transfer"
def extract_features(net, images, layer="pool", bsz=32):
    """images (N, 3, H, W) -> the layer's activations of all of them, (N, F), on the CPU and without a gradient."""
    ### BEGIN SOLUTION
    # TODO: one layer's activations, batch by batch, under torch.no_grad()
    with torch.no_grad():
        return torch.cat([net.layer_activations(batch, layer).cpu() for batch in images.split(bsz)])
    ### END SOLUTION


def augment(images):
    """images (N, 3, H, W) of 0…1 -> as many changed ones, mirrored and shifted by chance, each by itself."""
    ### BEGIN SOLUTION
    # TODO: for each image a chance of one half to mirror it, and a random shift
    height, width = images.shape[2:]
    most = min(16, height // 8)
    changed = []
    for image in F.pad(images, [most] * 4, mode="replicate"):
        top, left = torch.randint(0, 2 * most + 1, (2,)).tolist()
        image = image[:, top:top + height, left:left + width]
        changed.append(image.flip(2) if torch.rand(()) < 0.5 else image)
    return torch.stack(changed)
    ### END SOLUTION


def make_food_classifier(num_features=1280, num_groups=8):
    """A new classifier on features: nn.Module from (N, num_features) to logits (N, num_groups)."""
    ### BEGIN SOLUTION
    # TODO: a linear layer, perhaps with dropout before it
    return nn.Sequential(nn.Dropout(0.8), nn.Linear(num_features, num_groups))
    ### END SOLUTION


def train_classifier(classifier, features, labels, num_steps=300, lr=1e-2, weight_decay=1e-3):
    """Train on cached features (N, F) with labels (N,), all of them in each step."""
    optimizer = torch.optim.AdamW(classifier.parameters(), lr=lr, weight_decay=weight_decay)
    scheduler = torch.optim.lr_scheduler.CosineAnnealingLR(optimizer, num_steps)
    classifier.train()
    for _ in range(num_steps):
        optimizer.zero_grad()
        F.cross_entropy(classifier(features), labels, label_smoothing=0.1).backward()
        optimizer.step()
        scheduler.step()
    return classifier.eval()


# %% train="food-classifier"
seed_everything(0)
lite = load_pretrained()
### BEGIN SOLUTION
# TODO: extract `food_features` of X_food and `augmented`, those of some changed copies; train `food_classifier` on them
start = perf_counter()
food_features = extract_features(lite, X_food)  # (240, 1280), computed once
augmented = [extract_features(lite, augment(X_food)) for _ in range(3)]
print(f"features of 4 · 240 photographs: {perf_counter() - start:.0f} s")
food_classifier = train_classifier(make_food_classifier(), torch.cat([food_features, *augmented]), Y_food.repeat(4))
### END SOLUTION
save_checkpoint(food_classifier, "food-classifier")

# %% test="transfer" points=1.5
tiny = small_net(0)
seed_everything(0)
images = torch.rand(5, 3, 24, 24)
features = extract_features(tiny, images, bsz=2)
assert tuple(features.shape) == (5, 16), f"5 images with 16 features each, not {tuple(features.shape)}"
assert not features.requires_grad and torch.allclose(features, tiny.layer_activations(images, "pool"), atol=1e-4)
first, second = augment(images), augment(images)
assert first.shape == images.shape and 0 <= first.min() and first.max() <= 1, "shape and range stay"
assert not torch.equal(first, second), "each call should change the images anew"
assert tuple(make_food_classifier()(torch.rand(2, 1280)).shape) == (2, 8), "eight logits for each row of features"
assert not food_classifier.training, "a classifier with dropout is used in evaluation mode"
print("transfer: features, augmentation and classifier have the right form")
### BEGIN HIDDEN TESTS
ns = student.run(HELPERS)
with part("features", points=0.5):
    for seed, layer, bsz in [(1, "pool", 3), (2, "logits", 4), (3, "pool", 50)]:
        images = photo_like(7, seed, 20)
        check.close(student.extract_features(ns.small_net(seed), images, layer, bsz),
                    small_net(seed).layer_activations(images, layer), rtol=1e-3, atol=1e-4,
                    hint=f"features of 7 images, {bsz} at a time, in their order")
with part("augmentation", points=0.25):
    image = photo_like(1, 2, 112)
    images = image.repeat(16, 1, 1, 1)
    found, after = ns.augmented(images)
    check.shape(found, images.shape, hint="as many images of the same size")
    check.between(found, -1e-6, 1 + 1e-6, hint="values stay from 0 to 1")
    check.equal(after, images, hint="augment changes the images that it is given")
    kinds = {tuple(np.round(row.ravel(), 4)) for row in check.numbers(found)}
    check.true(len(kinds) >= 6, hint=f"16 copies of one image give {len(kinds)} different ones: each by its own chance")
    theirs, ours = (np.sort(check.numbers(pixels).reshape(16, 3, -1)) for pixels in (found, images))
    change = np.abs(theirs - ours).mean()
    check.less(change, 0.12, hint="the augmented images have little to do with the original ones")
with part("held-out photographs", points=0.75):
    features, labels = food_test()
    logits = check.numbers(ns.without_grad("food_logits", features), hint="logits of the trained food_classifier")
    check.shape(logits, (len(labels), 8), hint="eight logits for each photograph")
    accuracy = float((logits.argmax(axis=1) == labels).mean())
    check.more(accuracy, 0.66, hint=f"{accuracy:.0%} of 152 photographs are right, 66% are asked for")
### END HIDDEN TESTS

# %% show="transfer-sweep"
X_food_test, Y_food_test = load_foods(lite.size)[1]
test_features = extract_features(lite, X_food_test.to(device))
copies = [food_features, *augmented]
rows = {}
for copies_used in (1, len(copies)):
    for dropout in (0.0, 0.8):
        accuracies = []
        for seed in range(3):
            seed_everything(seed)
            classifier = nn.Sequential(nn.Dropout(dropout), nn.Linear(1280, 8))
            train_classifier(classifier, torch.cat(copies[:copies_used]), Y_food.repeat(copies_used))
            accuracies.append(float((classifier(test_features).argmax(dim=1) == Y_food_test).float().mean()))
        name = f"{'augmented' if copies_used > 1 else 'as they are'}, dropout {dropout:g}"
        rows[name] = 100 * np.array(accuracies)
pixels = [F.avg_pool2d(images.cpu(), 14).flatten(1) for images in (X_food, X_food_test)]
classifier = train_classifier(nn.Linear(768, 8), pixels[0], Y_food)
rows["pixels (16 x 16), no network"] = 100 * (classifier(pixels[1]).argmax(dim=1) == Y_food_test).float().mean().numpy()
fig, ax = plt.subplots(figsize=(8, 3), layout="constrained")
for place, accuracies in enumerate(rows.values()):
    ax.plot(np.ravel(accuracies), np.full(np.size(accuracies), place), "o", color=COLORS[0], alpha=0.6)
    ax.text(np.max(accuracies) + 1, place, f"{np.mean(accuracies):.1f}", va="center")
ax.set(yticks=range(len(rows)), yticklabels=rows, xlabel="right (%) of 152 held-out photographs, three seeds",
       title="A new classifier on frozen features", xlim=(50, 82))
ax.invert_yaxis()
plt.show()

# %% show="transfer-pictures"
logits = food_classifier.cpu().eval()(test_features)
p, group = logits.softmax(dim=1).max(dim=1)
wrong = torch.nonzero(group != Y_food_test).ravel()
right = torch.nonzero(group == Y_food_test).ravel()
chosen = [*right[:5].tolist(), *wrong[p[wrong].argsort(descending=True)][:5].tolist()]
titles = [FOOD_GROUPS[group[i]] + ("" if group[i] == Y_food_test[i] else f"\nthe tables: {FOOD_GROUPS[Y_food_test[i]]}")
          for i in chosen]
show_images([X_food_test[i] for i in chosen], titles, size=2.8)
plt.show()

# %% [markdown] answer="assess-transfer" points=0.5
# How much do dropout and augmentation change on held-out photographs, compared with the spread over seeds and with
# the standard error of 152 photographs? Which confusions remain, and are they the network's or the tables' fault?
#
# ### BEGIN SOLUTION
# Means over three seeds: 71.1% without both, 72.6% with dropout 0.8, 69.7% with augmentation alone, 72.8% with
# both. The seeds differ by up to 3 points and the standard error of 152 photographs is 3.6 points (of a
# difference on the same photographs somewhat less): dropout seems to help by a point or three, augmentation by
# nothing that could be seen, and neither is certain. The features were trained with mirrored and shifted pictures
# already, so our augmentation tells the classifier little that is new. What makes the difference are the
# features: pixels alone give 54%. Remaining confusions are often the tables' choice: coriander seeds look like
# grains and count as a spice, green tomatoes are fruit to the network and to botanists, a water melon looks like
# a vegetable, red carrots are roots.
# ### END SOLUTION

# %% [markdown]
# ### Exercise 13 · An image that excites a neuron · 1.5 points · about 45 minutes
#
# Photographs show what excites a channel *among what there is*. Gradient ascent on the pixels shows what excites
# it among everything. We start from grey with a little noise and climb:
#
# $$\max_x \;\; \text{mean of the channel}(x) \;-\; \lambda\,\text{TV}(x)$$
#
# The activations alone lead to noise that no photograph has. The **total variation** keeps neighbours alike: the
# mean of $|x_{i+1,j} - x_{i,j}|$ over all pairs of vertical neighbours, plus the same for horizontal ones.
#
# 1. `total_variation(x)`, a tensor with one number, differentiable.
# 2. `excite(net, layer, channel, size, num_steps, lr, tv_weight)` gives an image $(1, 3, \text{size}, \text{size})$
#    of values **0…1**. Adam works well. Layers of vectors (`"logits"`) have a channel, too: the class.
#
# <details><summary>Hint: staying within 0…1</summary>
#
# Optimise $z$ and let the image be `torch.sigmoid(z)`; or clamp after each step.
#
# </details>
# <details><summary>Hint: fewer artefacts</summary>
#
# Shift the image by a few random pixels before each step (`torch.roll`), at most `size // 32`: what is only right for
# one position of the grid does not survive. On the grader's small images that is no shift at all.
#
# </details>


# %% exercise="excite"
def total_variation(x):
    """x (N, C, H, W) -> one number: mean difference of vertical neighbours plus that of horizontal ones."""
    ### BEGIN SOLUTION
    # TODO: two means of absolute differences
    return (x[:, :, 1:] - x[:, :, :-1]).abs().mean() + (x[:, :, :, 1:] - x[:, :, :, :-1]).abs().mean()
    ### END SOLUTION


def excite(net, layer, channel, size=128, num_steps=150, lr=0.05, tv_weight=0.5):
    """An image (1, 3, size, size) of 0…1 for which the mean activation of the layer's channel is large."""
    ### BEGIN SOLUTION
    # TODO: start near grey, climb the mean activation of the channel minus the total variation
    z = (0.1 * torch.randn(1, 3, size, size)).to(net.mean).requires_grad_()
    optimizer = torch.optim.Adam([z], lr=lr)
    for _ in range(num_steps):
        shift = torch.randint(-(size // 32), size // 32 + 1, (2,)).tolist()
        x = torch.sigmoid(z)
        activation = net.layer_activations(x.roll(shift, (2, 3)), layer)[:, channel].mean()
        optimizer.zero_grad()
        (tv_weight * total_variation(x) - activation).backward()
        optimizer.step()
    return torch.sigmoid(z).detach()
    ### END SOLUTION


# %% test="excite" points=1.5
x = torch.tensor([[0.0, 1.0, 0.0], [0.0, 1.0, 0.0]])[None, None]
assert abs(float(total_variation(x)) - 1) < 1e-6, f"0 vertically plus 1 horizontally, not {total_variation(x):g}"
assert abs(float(total_variation(x.transpose(2, 3))) - 1) < 1e-6, "the same turned by 90 degrees"
tiny = small_net(0)
seed_everything(0)
found = excite(tiny, "conv3", 2, size=24, num_steps=40)
assert tuple(found.shape) == (1, 3, 24, 24), f"one image of 24 x 24 pixels, not {tuple(found.shape)}"
assert 0 <= found.min() and found.max() <= 1, "the image's values are from 0 to 1"
before, after = (float(tiny.layer_activations(image, "conv3")[:, 2].mean())
                 for image in (torch.full_like(found, 0.5), found))
assert after > before, f"the activation should rise: grey {before:.2f}, found {after:.2f}"
print(f"excite: the activation rises from {before:.2f} to {after:.2f}")
### BEGIN HIDDEN TESTS
ns = student.run(HELPERS)
excite_cases = [(1, "conv2", 10, 24), (2, "conv3", 9, 16), (2, "logits", 1, 20), (3, "conv3", 2, 30)]
with part("total variation", points=0.5):
    for shape in [(1, 3, 7, 9), (2, 1, 4, 4), (1, 3, 12, 5)]:
        x = torch.rand(shape)
        check.close(float(check.numbers(student.total_variation(x))), float(reference.total_variation(x)), rtol=1e-3,
                    hint=f"total variation of {shape}: a mean over each direction's pairs of neighbours, and their sum")
with part("activation rises", points=0.75):
    for seed, layer, channel, size in excite_cases:
        found = ns.without_grad("excite", ns.small_net(seed), layer, channel, size, 60)
        check.shape(found, (1, 3, size, size), hint="one image of the size asked for")
        net = small_net(seed)
        ours = reference.excite(net, layer, channel, size, 60)
        x = torch.as_tensor(np.clip(check.numbers(found), 0, 1)).float()
        grey, theirs, best = (float(net.layer_activations(image, layer)[:, channel].mean())
                              for image in (torch.full_like(ours, 0.5), x, ours))
        enough = grey + 0.25 * (best - grey)
        check.more(theirs, enough, hint=f"channel {channel} of {layer} is {grey:.2f} for grey, and should be above "
                                        f"{enough:.2f} for your image")
with part("in range", points=0.25):
    for seed, layer, channel, size in excite_cases[:2]:
        found = ns.without_grad("excite", ns.small_net(seed), layer, channel, size, 60)
        check.between(found, -1e-6, 1 + 1e-6, hint="the values of the image are from 0 to 1")
### END HIDDEN TESTS

# %% show="excite"
seed_everything(0)
targets = list(zip(LAYERS, [5, 12, 3, 40, 20]))
targets += [("logits", net.class_names.index(name)) for name in ("daisy", "goldfish", "tripod", "espresso", "zebra")]
images = [excite(net, layer, channel, 160, 120, tv_weight=10.0 if layer == "logits" else 1.0)
          for layer, channel in progress(targets, desc="climbing")]
titles = [f"{layer}, channel {channel}" for layer, channel in targets[:5]]
for image, (_, channel) in zip(images[5:], targets[5:]):
    titles.append(f"{net.class_names[channel]}: p = {net.probabilities(image)[0, channel]:.2f}")
show_images(images, titles)
plt.show()

# %% [markdown]
# Early channels want waves of one direction and colour, block8 something like rows of eyes or feathers, block11
# tiles, later ones whole scenes. Every class reaches p = 1.00 and hardly looks like the thing: there is a
# flower's disc for the daisy, an orange fin for the goldfish, a tripod's shadow, a cup seen from above. The
# network is sure of pictures that are nothing to us. Exercise 15 uses just that.

# %% [markdown]
# ### Exercise 14 · DeepDream · 1 point · about 30 minutes
#
# Now we start from a photograph, and ask for more of whatever a layer sees in it: climb the mean **square** of all
# its activations (A. Mordvintsev et al., 2015). To get structures of all sizes, begin with a small version of the
# picture, dream, enlarge what was added (*octaves*), and go on.
#
# `dream(net, x, layer, num_steps, lr, num_octaves)` returns an image of the same size with values 0…1, and makes
# `num_steps` steps in each octave. Divide the gradient by its mean absolute value, so that `lr` is the mean change
# of a pixel per step.
#
# <details><summary>Hint: octaves</summary>
#
# Sizes are H / 1.4², H / 1.4, H for three octaves. Keep `detail`, what was added so far: in each octave,
# `image = resized(x) + resized(detail)`, climb, `detail = image - resized(x)`. `F.interpolate(…, size=…,
# mode="bilinear")` resizes.
#
# </details>


# %% exercise="dream"
def dream(net, x, layer, num_steps=10, lr=0.01, num_octaves=3):
    """x (1, 3, H, W) of 0…1 -> an image of the same form in which the layer's activations are larger."""
    ### BEGIN SOLUTION
    # TODO: in each octave, from small to large, climb the mean square of the layer's activations
    sizes = [[max(16, round(size / 1.4**octave)) for size in x.shape[2:]] for octave in reversed(range(num_octaves))]
    detail = torch.zeros_like(x)
    for size in sizes:
        base = F.interpolate(x, size, mode="bilinear")
        image = (base + F.interpolate(detail, size, mode="bilinear")).clamp(0, 1)
        for _ in range(num_steps):
            image.requires_grad_()
            (grad,) = torch.autograd.grad((net.layer_activations(image, layer) ** 2).mean(), image)
            image = (image.detach() + lr * grad / (grad.abs().mean() + 1e-12)).clamp(0, 1)
        detail = image - base
    return image.detach()
    ### END SOLUTION


# %% test="dream" points=1
tiny = small_net(0)
seed_everything(0)
x = F.avg_pool2d(torch.rand(1, 3, 28, 36), 5, 1)
kept = x.clone()
found = dream(tiny, x, "conv2", num_steps=5)
assert found.shape == x.shape, f"the image keeps its size: {tuple(x.shape)}, not {tuple(found.shape)}"
assert torch.equal(x, kept), "dream changes the photograph that it is given"
before, after = ((tiny.layer_activations(image, "conv2") ** 2).mean() for image in (x, found))
assert after > before, f"the activations should grow: their mean square goes from {before:.2f} to {after:.2f}"
print(f"dream: the mean square of the activations goes from {before:.2f} to {after:.2f}")
### BEGIN HIDDEN TESTS
ns = student.run(HELPERS)
dream_cases = [(1, "conv2", (24, 32)), (2, "conv3", (30, 22)), (6, "conv1", (26, 26))]
dreams = []
with part("activations grow", points=0.5):
    for seed, layer, size in dream_cases:
        x = photo_like(1, seed, size)
        dreams.append((x, *ns.dreamed(ns.small_net(seed), x, layer, 8)))
    for (seed, layer, _), (x, found, _) in zip(dream_cases, dreams, strict=True):
        net = small_net(seed)
        check.shape(found, x.shape, hint="the image keeps its size")
        ours = reference.dream(net, x, layer, 8)
        before, theirs, best = (float((net.layer_activations(image, layer) ** 2).mean())
                                for image in (x, torch.as_tensor(np.clip(check.numbers(found), 0, 1)).float(), ours))
        enough = before + 0.5 * (best - before)
        check.more(theirs, enough, hint=f"the mean square of {layer} is {before:.2f} before, and should be above "
                                        f"{enough:.2f} after")
with part("still the photograph", points=0.25):
    for x, found, _ in dreams:
        check.shape(found, x.shape, hint="the image keeps its size")
        check.less(np.abs(check.numbers(found) - x.numpy()).mean(), 0.3, hint="the dream starts from the photograph")
    check.true(len(dreams) == 3, hint="dream does not work for each size and layer")
with part("range and original", points=0.25):
    for x, found, after in dreams:
        check.between(found, -1e-6, 1 + 1e-6, hint="the values of the image are from 0 to 1")
        check.equal(after, x, hint="the photograph has changed")
    check.true(len(dreams) == 3, hint="dream does not work for each size and layer")
### END HIDDEN TESTS

# %% show="dream"
x = fit(load_photograph("china"), 320)[None].to(device)
dreamt = [dream(net, x, layer, num_steps=12) for layer in progress(LAYERS, desc="dreaming")]
show_images([x, *dreamt], ["the photograph", *LAYERS], size=4, columns=3)
plt.show()

# %% [markdown]
# Early blocks draw edges and lattices, later ones curls, leaves and feathers: what was a bush becomes a cauliflower
# or a bird. The sky gets the most of it, since nothing there says no.

# %% [markdown]
# ### Exercise 15 · Adversarial images · 2 points · about 60 minutes
#
# How little has to change before the network changes its mind? The loss $L$ of the true class has a gradient with
# respect to the picture. The **fast gradient sign method** (I. Goodfellow et al., 2015) changes every pixel by
# the same small $\varepsilon$, in the direction that increases the loss:
#
# $$x_\text{adv} = \text{clamp}\big(x + \varepsilon\,\text{sign}(\nabla_x L(x, y)),\; 0, 1\big)$$
#
# The **iterative** attack (A. Madry et al., 2018) makes many small steps, and after each of them goes back into
# the box of radius $\varepsilon$ around $x$ and into 0…1. The budget is strict: nobody may have a pixel that moved
# by more than $\varepsilon$.
#
# A **local** attack may change only the pixels where a mask is 1, a patch in a corner or the border, but these as
# much as it likes; and it wants a certain class, the `target`, to win.
#
# <details><summary>Hint: the wrong direction</summary>
#
# Away from the label: increase the cross-entropy of the label. Towards a target: decrease that of the target.
#
# </details>
# <details><summary>Hint: the budget</summary>
#
# The box is around the original, not around the last step: `x + (adv - x).clamp(-eps, eps)`.
#
# </details>


# %% exercise="adversarial"
def fgsm(net, x, label, eps):
    """x (1, 3, H, W) of 0…1, label int -> the image after one step of size eps in each pixel, within 0…1."""
    ### BEGIN SOLUTION
    # TODO: the sign of the gradient of the label's cross-entropy
    leaf = x.clone().requires_grad_()
    loss = F.cross_entropy(net(leaf), torch.full((len(x),), label, device=x.device))
    (grad,) = torch.autograd.grad(loss, leaf)
    return (x + eps * grad.sign()).clamp(0, 1)
    ### END SOLUTION


def iterative_attack(net, x, label, eps, num_steps=10):
    """An image within eps of x in each pixel, and within 0…1, that the network takes for something else."""
    ### BEGIN SOLUTION
    # TODO: small steps as in fgsm, and after each step back into the box around x
    adv = x.clone()
    for _ in range(num_steps):
        adv = fgsm(net, adv, label, 2.5 * eps / num_steps)
        adv = (x + (adv - x).clamp(-eps, eps)).clamp(0, 1)
    return adv
    ### END SOLUTION


def local_attack(net, x, target, mask, num_steps=100, lr=0.05):
    """An image that the network takes for `target`, changed only where mask (H, W) is 1; values within 0…1."""
    ### BEGIN SOLUTION
    # TODO: descend the cross-entropy of the target; only the masked pixels move
    adv, classes = x.clone(), torch.full((len(x),), target, device=x.device)
    for _ in range(num_steps):
        leaf = adv.clone().requires_grad_()
        (grad,) = torch.autograd.grad(F.cross_entropy(net(leaf), classes), leaf)
        adv = torch.where(mask.bool(), (adv - lr * grad.sign()).clamp(0, 1), x)
    return adv
    ### END SOLUTION


# %% test="adversarial" points=2
tiny = small_net(3)
seed_everything(0)
x = F.avg_pool2d(torch.rand(1, 3, 28, 28), 5, 1)
label = int(tiny(x).argmax())
for attack in (fgsm, iterative_attack):
    adv = attack(tiny, x, label, 0.05)
    moved = float((adv - x).abs().max())
    assert moved <= 0.05 + 1e-6, f"{attack.__name__}: a pixel moved by {moved:.4f}, the budget is 0.05"
    assert 0 <= adv.min() and adv.max() <= 1, f"{attack.__name__}: values outside 0…1"
    before, after = (float(tiny.probabilities(image)[0, label]) for image in (x, adv))
    assert after < before, f"{attack.__name__}: p goes from {before:.2f} to {after:.2f}: the wrong direction?"
mask = torch.zeros(24, 24)
mask[:10, :10] = 1
adv = local_attack(tiny, x, (label + 1) % 5, mask)
assert torch.equal(adv[:, :, mask == 0], x[:, :, mask == 0]), "pixels outside of the mask have changed"
print("adversarial: directions and budgets are right")
### BEGIN HIDDEN TESTS
ns = student.run(HELPERS)
attacks = attack_cases()
with part("FGSM", points=0.5):
    for seed, x, label, eps in attacks:
        check.close(student.fgsm(ns.small_net(seed), x, label, eps), reference.fgsm(small_net(seed), x, label, eps),
                    rtol=0, atol=1e-5, hint=f"every pixel moves by {eps} in the direction that increases the loss")
with part("prediction changes", points=0.25):
    for seed, x, label, eps in attacks:
        found = student.iterative_attack(ns.small_net(seed), x, label, eps)
        check.shape(found, x.shape, hint="an image of the same size")
        logits = small_net(seed)(torch.as_tensor(check.numbers(found)).float())
        check.true(int(logits.argmax()) != label, hint=f"with eps = {eps} the network should change its mind")
with part("budget", points=0.5):
    for seed, x, label, eps in attacks:
        for given in (eps, eps / 2):
            found = check.numbers(student.iterative_attack(ns.small_net(seed), x, label, given))
            moved = np.abs(found - x.numpy())
            check.less(moved.max(), given + 1e-5, hint=f"a pixel moved by more than the budget, {given:.4f}")
            check.between(found, -1e-6, 1 + 1e-6, hint="values from 0 to 1")
with part("local attack succeeds", points=0.5):
    for seed, x, target, mask in local_cases():
        found = student.local_attack(ns.small_net(seed), x, target, mask)
        check.shape(found, x.shape, hint="an image of the same size")
        logits = small_net(seed)(torch.as_tensor(np.clip(check.numbers(found), 0, 1)).float())
        check.true(int(logits.argmax()) == target, hint="the network should take the image for the target")
with part("local attack stays local", points=0.25):
    for seed, x, target, mask in local_cases():
        found = check.numbers(student.local_attack(ns.small_net(seed), x, target, mask, 20))
        outside = np.abs(found - x.numpy())[:, :, mask.numpy() == 0]
        check.less(outside.max(), 1e-6, hint="where the mask is 0 nothing changes")
        check.between(found, -1e-6, 1 + 1e-6, hint="values from 0 to 1")
### END HIDDEN TESTS

# %% show="adversarial"
x = photos[PICTURES[1]]
label = int(net(x).argmax())
eps = 2 / 255
mask_patch, mask_border = torch.zeros(2, net.size, net.size, device=device)
mask_patch[-56:, :56] = 1
mask_border[:] = 1
mask_border[10:-10, 10:-10] = 0
target = net.class_names.index("goldfish")
images = {"the photograph": x, "FGSM, 2/255": fgsm(net, x, label, eps),
          "iterative, 2/255": iterative_attack(net, x, label, eps),
          "patch of 56 pixels": local_attack(net, x, target, mask_patch),
          "border of 10 pixels": local_attack(net, x, target, mask_border)}
titles = []
for name, image in images.items():
    [[(guess, p)]] = net.predict(image, 1)
    titles.append(f"{name}:\n{guess} {p:.0%}")
show_images(list(images.values()), titles)
plt.show()
show_images([0.5 + (image - x) * 255 / 8 for image in list(images.values())[1:3]],
            ["FGSM: the change, 32 times as large", "iterative: the same"], size=4)
plt.show()

# %% [markdown]
# Two grey values of 255 are enough: FGSM makes the espresso a consommé (30%), the iterative attack a consommé
# with 100%, and we see no difference. A patch of 56 pixels, 6% of the picture, makes a goldfish of it (97%), a
# border of ten pixels too (100%), and here we see well what was added. The change itself, shown 32 times as
# large, has no shape that we could name; it is densest where the coffee is.

# %% [markdown]
# ### Exercise 16 · Style transfer · 1.5 points · about 60 minutes
#
# What is the style of a picture? L. Gatys et al. (2016) propose: which channels of a layer are active *together*,
# wherever it is. With activations $A$ of shape $(N, C, h, w)$ the **Gram matrix** of each image is
#
# $$G_{c,d} = \frac{1}{w\,h} \sum_{i,j} A_{c,i,j}\, A_{d,i,j}$$
#
# It has forgotten where things are, and it does not grow with the picture. Content is what it has forgotten: the
# activations themselves.
#
# - `gram(A)`: $(N, C, C)$.
# - `content_loss(A, B)`: the mean of the squared differences.
# - `style_loss(As, Bs)`: two lists, the activations of several layers of two pictures (the sizes of the maps may
#   differ); for each layer the mean squared difference of the Gram matrices, and the sum over the layers.
# - `style_transfer(…)`: start from the content picture and descend `content_weight * content_loss + style_loss`
#   with one forward pass a step (`net.multi_layer_activations`).


# %% exercise="style"
def gram(A):
    """A (N, C, h, w) -> the Gram matrix of each image, divided by h·w: (N, C, C)."""
    ### BEGIN SOLUTION
    # TODO: flatten the places, not the channels, and multiply
    flat = A.flatten(2)
    return flat @ flat.transpose(1, 2) / flat.shape[2]
    ### END SOLUTION


def content_loss(A, B):
    """Activations of the same shape -> one number."""
    ### BEGIN SOLUTION
    # TODO: the mean of the squared differences
    return ((A - B) ** 2).mean()
    ### END SOLUTION


def style_loss(As, Bs):
    """Two lists of activations (N, C, h, w), layer by layer with the same C -> one number."""
    ### BEGIN SOLUTION
    # TODO: add up the mean squared differences of the Gram matrices
    return sum(((gram(A) - gram(B)) ** 2).mean() for A, B in zip(As, Bs))
    ### END SOLUTION


def style_transfer(net, content, style, style_layers, content_layer, num_steps=100, lr=0.05, content_weight=0.1):
    """content (1, 3, H, W), style (1, 3, H', W') of 0…1 -> content painted in the style, (1, 3, H, W) of 0…1."""
    ### BEGIN SOLUTION
    # TODO: Adam on the pixels, from the content on, keeping them within 0…1
    names = [*style_layers, content_layer]
    with torch.no_grad():
        *style_targets, _ = net.multi_layer_activations(style, names)
        content_target = net.layer_activations(content, content_layer)
    x = content.clone().requires_grad_()
    optimizer = torch.optim.Adam([x], lr=lr)
    for _ in range(num_steps):
        *found, content_found = net.multi_layer_activations(x, names)
        loss = content_weight * content_loss(content_found, content_target) + style_loss(found, style_targets)
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        x.data.clamp_(0, 1)
    return x.detach()
    ### END SOLUTION


# %% test="style" points=1.5
A = torch.tensor([[[[1.0, 2.0, 3.0]], [[0.0, 1.0, 0.0]]]])  # one image, two channels of 1 x 3 places
found = gram(A)
assert tuple(found.shape) == (1, 2, 2), f"two channels give a 2 x 2 matrix for each image, not {tuple(found.shape)}"
assert torch.allclose(found[0] * 3, torch.tensor([[14.0, 2.0], [2.0, 1.0]])), f"divided by h·w = 3? found {found[0]}"
assert abs(float(content_loss(A, A + 2)) - 4) < 1e-5, "every difference is 2, the mean of their squares is 4"
assert abs(float(style_loss([A, A], [A.repeat(1, 1, 5, 1)] * 2))) < 1e-9, "a tiled picture has the same style"
tiny = small_net(0)
seed_everything(0)
content, style = F.avg_pool2d(torch.rand(1, 3, 28, 28), 5, 1), torch.rand(1, 3, 20, 20)
found = style_transfer(tiny, content, style, ["conv1", "conv2"], "conv3", num_steps=30)
assert found.shape == content.shape and 0 <= found.min() and found.max() <= 1, "an image like the content, 0…1"
both = ["conv1", "conv2"]
style_activations = tiny.multi_layer_activations(style, both)
before, after = (float(style_loss(tiny.multi_layer_activations(image, both), style_activations))
                 for image in (content, found))
assert after < before, f"the style loss should fall: {before:.3f} to {after:.3f}"
print(f"style: the style loss falls from {before:.3f} to {after:.3f}")
### BEGIN HIDDEN TESTS
ns = student.run(HELPERS)
with part("Gram matrices", points=0.5):
    for shape in [(1, 3, 4, 5), (2, 6, 3, 3), (1, 1, 7, 2)]:
        A = torch.randn(shape)
        check.close(student.gram(A), reference.gram(A), rtol=1e-3, atol=1e-5,
                    hint=f"activations {shape}: sums over the places, divided by their number, for each image")
with part("losses", points=0.25):
    A, B = torch.randn(1, 5, 4, 6), torch.randn(1, 5, 4, 6)
    check.close(float(check.numbers(student.content_loss(A, B))), float(reference.content_loss(A, B)), rtol=1e-3,
                hint="content: the mean of the squared differences")
    As = [torch.randn(1, 3, 4, 4), torch.randn(1, 5, 2, 3)]
    Bs = [torch.randn(1, 3, 6, 5), torch.randn(1, 5, 3, 3)]
    check.close(float(check.numbers(student.style_loss(As, Bs))), float(reference.style_loss(As, Bs)), rtol=1e-3,
                hint="style: mean squared differences of Gram matrices, added up over the layers")
style_cases = [(1, ["conv1", "conv2"], "conv3"), (2, ["conv1", "conv2", "conv3"], "conv2")]
painted = []
with part("style falls and content stays", points=0.5):
    for seed, layers, layer in style_cases:
        content, style = photo_like(1, seed, 24), photo_like(1, seed + 50, 20) ** 2
        found = ns.without_grad("style_transfer", ns.small_net(seed), content, style, layers, layer, 60)
        painted.append(check.numbers(found))
    for (seed, layers, layer), image in zip(style_cases, painted, strict=True):
        content, style, net = photo_like(1, seed, 24), photo_like(1, seed + 50, 20) ** 2, small_net(seed)
        ours = reference.style_transfer(net, content, style, layers, layer, 60)
        check.shape(image, content.shape, hint="an image of the content's size")
        theirs = torch.as_tensor(np.clip(image, 0, 1)).float()
        before, after, best = (style_distance(net, x, style, layers) for x in (content, theirs, ours))
        enough = before - 0.6 * (before - best)
        check.less(after, enough, hint=f"the style loss is {before:.3f} before, and should be below {enough:.3f} after")
        plain = style[:, :, :1, :1].expand_as(content)
        wanted, kept, strange = (net.layer_activations(x, layer) for x in (content, theirs, plain))
        kept, strange = (float(((found - wanted) ** 2).mean()) for found in (kept, strange))
        check.less(kept, strange, hint="the content is lost: start from it, and keep its activations")
with part("in range", points=0.25):
    check.true(len(painted) == len(style_cases), hint="style_transfer does not work for each case")
    for image in painted:
        check.between(image, -1e-6, 1 + 1e-6, hint="the values of the image are from 0 to 1")
### END HIDDEN TESTS

# %% show="style"
style_layers = net.layer_names[:net.layer_names.index(LAYERS[2]) + 1]  # all from the first to the middle
content = fit(load_photograph("chelsea"), 256)[None].to(device)
styles = {name: fit(load_photograph(name), 256)[None].to(device) for name in ["ihc", "hubble_deep_field", "flower"]}
painted = [style_transfer(net, content, style, style_layers, LAYERS[1])
           for style in progress(styles.values(), desc="painting")]
show_images([content, *styles.values(), content, *painted],
            ["the content", *[f"style: {name}" for name in styles], "the content",
             *[f"in the style of {name}" for name in styles]],
            size=4, columns=4)
plt.show()

# %% [markdown]
# The cat keeps its eyes and gets the strokes and colours of stained tissue, stars, or petals. The channels'
# correlations know strokes and colours, and nothing of where things are. Some of the grain comes from the
# network: its first layer skips every other pixel, and VGG, which most such pictures are made with, does not.

# %% [markdown]
# ### Exercise 17 · Textures · 1 point · about 20 minutes
#
# Leave out the content, start from noise, and only the style is left: a new texture, of any size, that has the
# same Gram matrices as the old one. `texture(…)` returns an image of `size` x `size` pixels; another seed of
# PyTorch gives another image.


# %% exercise="texture"
def texture(net, style, layers, size=224, num_steps=150, lr=0.05):
    """style (1, 3, H, W) of 0…1 -> a new image (1, 3, size, size) of 0…1 with the Gram matrices of `style`."""
    ### BEGIN SOLUTION
    # TODO: start from random pixels and descend the style loss alone
    with torch.no_grad():
        targets = net.multi_layer_activations(style, layers)
    x = (0.45 + 0.1 * torch.rand(1, 3, size, size)).to(style).requires_grad_()
    optimizer = torch.optim.Adam([x], lr=lr)
    for _ in range(num_steps):
        optimizer.zero_grad()
        style_loss(net.multi_layer_activations(x, layers), targets).backward()
        optimizer.step()
        x.data.clamp_(0, 1)
    return x.detach()
    ### END SOLUTION


# %% test="texture" points=1
tiny = small_net(0)
seed_everything(0)
style = F.avg_pool2d(torch.rand(1, 3, 28, 28), 5, 1)
found, another = texture(tiny, style, ["conv1", "conv2"], 20, 30), texture(tiny, style, ["conv1", "conv2"], 20, 30)
assert tuple(found.shape) == (1, 3, 20, 20) and 0 <= found.min() and found.max() <= 1, "an image of `size`, of 0…1"
assert not torch.allclose(found, another, atol=1e-3), "two calls give the same image: start from random pixels"
print("texture: a new image each time")
### BEGIN HIDDEN TESTS
ns = student.run(HELPERS)
texture_cases = [(1, ["conv1", "conv2"], 18), (2, ["conv2", "conv3"], 26)]
with part("style falls", points=0.5):
    for seed, layers, size in texture_cases:
        net, style = small_net(seed), photo_like(1, seed + 30, 24)
        found = check.numbers(ns.without_grad("texture", ns.small_net(seed), style, layers, size, 60))
        check.shape(found, (1, 3, size, size), hint="an image of the size asked for")
        ours = reference.texture(net, style, layers, size, 60)
        noise, theirs, best = (style_distance(net, image, style, layers) for image in
                               (torch.rand(ours.shape), torch.as_tensor(np.clip(found, 0, 1)).float(), ours))
        enough = noise - 0.8 * (noise - best)
        check.less(theirs, enough, hint=f"the style loss of noise is {noise:.3f}, yours should be below {enough:.3f}")
with part("size and range", points=0.25):
    for seed, layers, size in texture_cases:
        found = ns.without_grad("texture", ns.small_net(seed), photo_like(1, seed, 24), layers, size, 15)
        check.shape(found, (1, 3, size, size), hint="an image of the size asked for")
        check.between(found, -1e-6, 1 + 1e-6, hint="the values of the image are from 0 to 1")
with part("new each time", points=0.25):
    style = photo_like(1, 8, 24)
    first, second = (check.numbers(ns.without_grad("texture", ns.small_net(8), style, ["conv1", "conv2"], 24, 30))
                     for _ in range(2))
    check.more(np.abs(first - second).mean(), 0.01, hint="two calls give the same image")
    check.more(np.abs(first - style.numpy()).mean(), 0.02, hint="the image is a copy of the style's: start from noise")
### END HIDDEN TESTS

# %% show="texture"
sources = {name: fit(load_photograph(name), 224)[None].to(device) for name in ["ihc", "hubble_deep_field", "coffee"]}
sources["grains"] = X_food[Y_food == 0][:1].to(device)
seed_everything(0)
woven = [texture(net, style, style_layers) for style in progress(sources.values(), desc="weaving")]
show_images([*sources.values(), *woven], [*sources, *[f"texture of {name}" for name in sources]], size=4, columns=4)
plt.show()

# %% [markdown]
# Tissue stays tissue and grains stay grains; of the galaxies bright spots are left, on grey in place of black. A cup
# does not stay a cup, since it is more than what its small parts have in common. That is the difference between a
# texture and an object.
#
# ## Before you hand in
#
# Restart the kernel and run all cells: every check should print its line. Hand in the notebook with its folder
# `checkpoints/`. Exercises you leave out cost nothing but their points.
#
# **Sources.** Y. LeCun et al., *Gradient-based learning applied to document recognition*, 1998. K. He et al.,
# *Deep residual learning for image recognition*, CVPR 2016. M. D. Zeiler and R. Fergus, *Visualizing and
# understanding convolutional networks*, ECCV 2014. M. Sundararajan, A. Taly and Q. Yan, *Axiomatic attribution
# for deep networks*, ICML 2017. A. Mordvintsev, C. Olah and M. Tyka, *Inceptionism*, 2015. I. Goodfellow, J.
# Shlens and C. Szegedy, *Explaining and harnessing adversarial examples*, ICLR 2015. A. Madry et al., *Towards
# deep learning models resistant to adversarial attacks*, ICLR 2018. L. Gatys, A. Ecker and M. Bethge, *Image
# style transfer using convolutional neural networks*, CVPR 2016. The problems follow the practical work of the
# course this repository rebuilds; text and code are new.

# %% judge
# Helpers of the hidden tests. What stands in the texts runs in the student's process, and holds no answer.
import functools

import torch
import torch.nn.functional as functional

from common.photographs import fit, load_foods, load_photograph
from common.pretrained import load_pretrained, small_net

NETS = """
import torch
from torch import nn

class Twice(nn.Module):
    def __init__(self):
        super().__init__()
        self.conv = nn.Conv2d(4, 4, 3, padding=1)
        self.again, self.frozen = self.conv, nn.Conv2d(4, 2, 1)
        self.frozen.requires_grad_(False)
        self.linear = nn.Linear(2, 3, bias=False)

    def forward(self, x):
        x = self.frozen(self.again(self.conv(x)))
        return self.linear(x.mean(dim=(2, 3)))

def nets_to_count():
    grouped = nn.Sequential(nn.Conv2d(4, 8, 3, stride=2, groups=2, bias=False), nn.BatchNorm2d(8), nn.ReLU(),
                            nn.Conv2d(8, 8, (3, 1), groups=8), nn.AdaptiveAvgPool2d(1), nn.Flatten(), nn.Linear(8, 6))
    return [grouped, Twice(), nn.Sequential(nn.Conv2d(4, 2, 2, dilation=2), nn.Flatten(2), nn.Linear(42, 7))]
"""
HELPERS = NETS + """
import torch.nn.functional as functional
from common.data import FASHION_MNIST_MEAN_STD, load_fashion_mnist, normalize
from common.pretrained import small_net

def written(name):
    if name not in globals():
        raise NameError(name + " is not defined")
    return globals()[name]

def without_grad(name, *args):
    return written(name)(*args).detach().clone()

def pool_gradient(x, y_grad, *args):
    x = x.clone().requires_grad_()
    return torch.autograd.grad(max_pool2d_by_hand(x, *args), x, y_grad)[0]

def measured(layers, x):
    torch.manual_seed(0)
    stack = []
    for kernel_size, stride, dilation in layers:
        stack += [nn.Conv2d(4 if stack else x.shape[1], 4, kernel_size, stride, dilation * (kernel_size - 1) // 2,
                            dilation), nn.Softplus()]
    return measured_receptive_field(nn.Sequential(*stack), x)

def block_output(name, sizes, state, x, training):
    block = written(name)(*sizes)
    block.load_state_dict(state)
    with torch.no_grad():
        return block.train(training)(x)

def parameters_of(name, args):
    return {key: list(param.shape) for key, param in written(name)(*args).named_parameters()}

def is_nonlinear(name, x):
    net = written(name)().eval()
    with torch.no_grad():
        return bool(((net(x) + net(-x) - 2 * net(0 * x)).abs().max() > 1e-4).item())

def gives_logits(name, x):
    y = written(name)().eval()(x)
    return bool((y.sum(dim=1) - 1).abs().max() > 1e-3 and (y.exp().sum(dim=1) - 1).abs().max() > 1e-3)

def has_skips(name):
    return any(isinstance(layer, ResidualBlock) for layer in written(name).modules())

def predictions(name, count):
    images, net, found = load_fashion_mnist()[2][0][:count], written(name).cpu().eval(), []
    with torch.no_grad():
        for batch in images.split(500):
            found.append(net(normalize(batch, FASHION_MNIST_MEAN_STD)).argmax(dim=1))
    return torch.cat(found)

def covered(img, boxsize, bsz, stride):
    batches = [batch.clone() for batch in obscured_imgs(img, boxsize, bsz, stride)]
    return torch.cat(batches), [len(batch) for batch in batches], img

def attributions_after(net, x, label, baseline, steps):
    found = integrated_gradients(net, x, label, baseline, steps).detach().clone()
    return found, [x.detach(), baseline.detach()]

def pretrained_attributions(x, label, steps):
    from common.pretrained import load_pretrained
    return integrated_gradients(load_pretrained(device="cpu"), x, label, None, steps).detach().clone()

def augmented(images):
    return augment(images).clone(), images

def food_logits(features):
    with torch.no_grad():
        return written("food_classifier").cpu().eval()(features)

def dreamed(net, x, layer, num_steps):
    return dream(net, x, layer, num_steps).detach().clone(), x.detach()
"""


def random_convolution(kernel, groups=1, bias=True):
    """A batch, weights and a bias for a convolution of 6 to 4 channels (12 with groups)."""
    num_out = 4 if groups == 1 else 12
    return torch.randn(2, 6, 9, 11), torch.randn(num_out, 6 // groups, *kernel), torch.randn(num_out) if bias else None


def F_conv(x, weight, bias=None, stride=1, padding=0, dilation=1, groups=1):
    return functional.conv2d(x, weight, bias, stride, padding, dilation, groups)


def gradients(x, weight, bias, options):
    """A random gradient of the output, and PyTorch's of x, weight and bias."""
    leaves = [tensor.clone().requires_grad_() for tensor in (x, weight, bias)]
    y = F_conv(*leaves, **options)
    y_grad = torch.randn(y.shape)
    return y_grad, torch.autograd.grad(y, leaves, y_grad)


def counts():
    scope = {}
    exec(NETS, scope)
    x = torch.rand(3, 4, 9, 8)
    return [(reference.count_parameters(net), reference.count_multiplications(net, x))
            for net in scope["nets_to_count"]()]


COUNTS = counts()


def random_block(sizes):
    """The reference's residual block with random weights and running averages."""
    block = reference.ResidualBlock(*sizes)
    for name, value in block.state_dict().items():
        if value.is_floating_point():
            value.copy_(torch.rand(value.shape) + 0.5 if "running_var" in name else torch.randn(value.shape) * 0.5)
    return block.eval()


def error_on_clothes(ns, name, count):
    """The error rate of a trained network of the student's on test images; the true labels are read here."""
    from common.data import load_fashion_mnist

    labels = load_fashion_mnist()[2][1][:count].numpy()
    found = check.numbers(ns.predictions(name, count))
    check.shape(found, labels.shape, hint="one class for each image")
    return float((found != labels).mean())


def photo_like(count, seed, size=32):
    """Smooth random images (count, 3, H, W) of 0…1, with a bright and a dark side: a small_net is undecided there."""
    generator = torch.Generator().manual_seed(1000 + seed)
    height, width = (size, size) if isinstance(size, int) else size
    coarse = torch.rand(count, 3, 5, 5, generator=generator)
    images = functional.interpolate(coarse, (height, width), mode="bilinear")
    return (images + 0.05 * torch.randn(images.shape, generator=generator)).clamp(0, 1)


def same_occlusion_maps(ns, cases, number, hint):
    """One of the three maps agrees for all cases (seed, height, width, layer, channel, class, boxsize, stride)."""
    for seed, height, width, *args in cases:
        img = photo_like(1, seed, (height, width))[0]
        found = student_maps(ns, seed, img, args)[number]
        ours = reference.occlusion_maps(small_net(seed), img, *args, bsz=1000)[number]
        if number == 1:
            check.equal(found, ours, hint=hint)
        check.close(found, ours, rtol=1e-3, atol=1e-4, hint=hint)


def student_maps(ns, seed, img, args):
    found = ns.occlusion_maps(ns.small_net(seed), img, *args, bsz=7)
    check.true(isinstance(found, tuple | list) and len(found) == 3, hint="occlusion_maps returns three maps")
    return found


@functools.lru_cache(maxsize=1)
def pretrained():
    return load_pretrained(device="cpu")


@functools.lru_cache(maxsize=1)
def food_test():
    """Features (152, 1280) and true groups of the held-out food photographs."""
    images, labels = load_foods(pretrained().size)[1]
    return reference.extract_features(pretrained(), images), labels.numpy()


def attack_cases():
    """(seed, image, its label, budget), for small nets."""
    cases = []
    for seed, eps in [(0, 0.1), (3, 0.15), (7, 0.15)]:
        x = photo_like(1, seed, 24)
        cases.append((seed, x, int(small_net(seed)(x).argmax()), eps))
    return cases


def local_cases():
    """(seed, image, target, mask): the second likeliest class, by a patch or by the border."""
    cases = []
    for seed, border in [(0, False), (3, True), (7, False)]:
        x = photo_like(1, seed, 24)
        mask = torch.zeros(24, 24)
        if border:
            mask[:] = 1
            mask[4:-4, 4:-4] = 0
        else:
            mask[6:, 4:20] = 1
        cases.append((seed, x, int(small_net(seed)(x).topk(2).indices[0, 1]), mask))
    return cases


@torch.no_grad()
def style_distance(net, image, style, layers):
    return float(reference.style_loss(*(net.multi_layer_activations(x, layers) for x in (image, style))))
