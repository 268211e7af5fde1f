"""The plain stack and the residual network."""

# %% wrong="exchanged" exercise="networks" loses="networks/residual network"
# Both networks are plain; the residual one's checkpoint does not fit.
def make_plain():
    return make_stack(PlainBlock, num_blocks=1, width=16)


def make_resnet():
    return make_stack(PlainBlock, num_blocks=1, width=16)

# %% wrong="another-depth" exercise="networks" loses="networks/plain stack, networks/residual network"
# Not the networks whose checkpoints are handed in.
def make_plain():
    return make_stack(PlainBlock, num_blocks=2, width=8)


def make_resnet():
    return make_stack(ResidualBlock, num_blocks=2, width=8)

# %% wrong="blocks-exchanged" exercise="networks" loses="networks/plain stack, networks/residual network"
# The two functions are mixed up.
def make_plain():
    return make_stack(ResidualBlock, num_blocks=1, width=16)


def make_resnet():
    return make_stack(PlainBlock, num_blocks=1, width=16)

# %% right="defaults" exercise="networks"
# The default width.
def make_plain():
    return make_stack(PlainBlock, 1)


def make_resnet():
    return make_stack(ResidualBlock, 1)

# %% right="one-maker" exercise="networks"
# A common helper.
def make(block):
    return make_stack(block, num_blocks=1)


def make_plain():
    return make(PlainBlock)


def make_resnet():
    return make(ResidualBlock)
