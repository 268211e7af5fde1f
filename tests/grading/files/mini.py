# %% [markdown]
# # A small assignment for the grader's own tests

# %%
import numpy as np

X = np.eye(3)

# %% [markdown]
# ### Exercise 1 · Doubling · 3 points · about 5 minutes

# %% exercise="double"
class Box:
    def __init__(self, value):
        self.value = value


def double(x):
    """Twice `x`."""
    ### BEGIN SOLUTION
    # TODO: return twice x
    return 2 * x
    ### END SOLUTION


# %% test="double" points=3 timeout=2
assert double(2) == 4, "double(2) should be 4"
print("double: good")
### BEGIN HIDDEN TESTS
with part("numbers", points=1):
    check.equal(student.double(21), reference.double(21), hint="two times 21?")
with part("arrays", points=2):
    A = rng.normal(size=(3, 2))
    check.close(student.double(A), reference.double(A), hint="each element is doubled")
### END HIDDEN TESTS

# %% [markdown]
# ### Exercise 2 · Halving · 3 points · about 5 minutes

# %% exercise="halve"
def halve(x):
    ### BEGIN SOLUTION
    # TODO: return half of x
    return x / 2
    ### END SOLUTION


# %% test="halve" points=1 timeout=2
assert halve(2) == 1
### BEGIN HIDDEN TESTS
check.close(student.halve(3.0), 1.5, hint="half of 3")
### END HIDDEN TESTS

# %% show="plot"
import matplotlib.pyplot as plt

plt.plot([halve(x) for x in range(5)])
plt.show()

# %% [markdown] answer="why" points=2
# Why is half of it enough?
# ### BEGIN SOLUTION
# Because it is.
# ### END SOLUTION
