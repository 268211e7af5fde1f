# %% [markdown]
# # What the attacks with tensors and checkpoints are put to

# %%
import torch
from torch import nn

# %% [markdown]
# ### Exercise 1 · A tensor · 2 points · about 1 minutes

# %% exercise="unit"
def unit(T):
    ### BEGIN SOLUTION
    # TODO: divide T by its norm
    return T / T.norm()
    ### END SOLUTION


# %% test="unit" points=2 timeout=5
torch.testing.assert_close(unit(torch.ones(4)), torch.full((4,), 0.5))
print("unit: good")
### BEGIN HIDDEN TESTS
with part("vector", points=1):
    T = torch.randn(6)
    check.close(student.unit(T), reference.unit(T), hint="divide by the norm")
with part("matrix", points=1):
    T = torch.randn(3, 4)
    check.close(student.unit(T), reference.unit(T), hint="the norm of all elements")
### END HIDDEN TESTS

# %% [markdown]
# ### Exercise 2 · A network · 2 points · about 1 minutes

# %% exercise="network"
def make_network():
    ### BEGIN SOLUTION
    # TODO: one linear layer from 3 numbers to 2
    return nn.Linear(3, 2)
    ### END SOLUTION


# %% train="network"
### BEGIN SOLUTION
# TODO: train it, and save it
from common.checkpoints import save_checkpoint

network = make_network()
save_checkpoint(network, "network")
### END SOLUTION

# %% test="network" points=2 timeout=5
assert network(torch.zeros(1, 3)).shape == (1, 2)
### BEGIN HIDDEN TESTS
with part("predictions", points=2):
    X = torch.eye(3)
    Y = student.run("def predict(X):\n    with torch.no_grad():\n        return network(X)").predict(X)
    check.close(Y, torch.arange(6.0).reshape(3, 2), hint="hand in the checkpoint of your training")
### END HIDDEN TESTS
