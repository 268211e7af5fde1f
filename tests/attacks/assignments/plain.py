# %% [markdown]
# # What the attacks are put to

# %%
import numpy as np

# %% [markdown]
# ### Exercise 1 · A number · 2 points · about 1 minutes

# %% exercise="cube"
def cube(x):
    ### BEGIN SOLUTION
    # TODO: return the third power of x
    return x**3
    ### END SOLUTION


# %% test="cube" points=2 timeout=2
assert cube(2) == 8, "cube(2) should be 8"
assert cube(-1) == -1, "cube(-1) should be -1"
print("cube: good")
### BEGIN HIDDEN TESTS
with part("once", points=1):
    check.close(student.cube(3.0), 27.0, hint="three times three times three")
with part("many", points=1):
    for x in rng.normal(size=20):
        check.close(student.cube(float(x)), reference.cube(float(x)), hint="each number is cubed")
### END HIDDEN TESTS

# %% [markdown]
# ### Exercise 2 · An array · 2 points · about 1 minutes

# %% exercise="softmax"
def softmax(A):
    """Softmax of each row of A (n, k)."""
    ### BEGIN SOLUTION
    # TODO: exponentiate and normalise each row
    E = np.exp(A - A.max(axis=1, keepdims=True))
    return E / E.sum(axis=1, keepdims=True)
    ### END SOLUTION


# %% test="softmax" points=2 timeout=2
np.testing.assert_allclose(softmax(np.zeros((1, 4))), 0.25, err_msg="zeros have equal shares")
print("softmax: good")
### BEGIN HIDDEN TESTS
with part("rows", points=1):
    A = rng.normal(size=(5, 4))
    check.close(student.softmax(A), reference.softmax(A), hint="are the rows normalised?")
with part("large", points=1):
    A = 1000 * rng.normal(size=(2, 3))
    check.close(student.softmax(A), reference.softmax(A), hint="take the largest off first")
### END HIDDEN TESTS

# %% [markdown]
# ### Exercise 3 · A class · 2 points · about 1 minutes

# %% exercise="affine"
class Affine:
    """y = x W + b, with W (n, m) and b (m,)."""

    ### BEGIN SOLUTION
    # TODO: keep W and b, and write __call__
    def __init__(self, n, m):
        self.W, self.b = np.ones((n, m)), np.zeros(m)

    def __call__(self, x):
        return x @ self.W + self.b
    ### END SOLUTION


# %% test="affine" points=2 timeout=2
assert Affine(2, 3).W.shape == (2, 3), "W is n by m"
print("affine: good")
### BEGIN HIDDEN TESTS
with part("shapes", points=1):
    layer = student.Affine(4, 2)
    check.shape(layer.W, (4, 2))
    check.shape(layer.b, (2,))
with part("values", points=1):
    ours, theirs = reference.Affine(3, 2), student.Affine(3, 2)
    theirs.W = ours.W = rng.normal(size=(3, 2))
    theirs.b = ours.b = rng.normal(size=2)
    ns = student.run("def apply(layer, X):\n    return [layer(x) for x in X]")
    X = rng.normal(size=(6, 3))
    check.close(ns.apply(theirs, X), [ours(x) for x in X], hint="x W + b")
### END HIDDEN TESTS

# %% [markdown]
# ### Exercise 4 · A walk · 2 points · about 1 minutes

# %% exercise="countdown"
def countdown(n):
    """Yields n, n-1, …, 1."""
    ### BEGIN SOLUTION
    # TODO: yield n down to 1
    yield from range(n, 0, -1)
    ### END SOLUTION


# %% test="countdown" points=2 timeout=2
assert list(countdown(3)) == [3, 2, 1], "countdown(3) is 3, 2, 1"
print("countdown: good")
### BEGIN HIDDEN TESTS
with part("numbers", points=1):
    check.equal(list(student.countdown(6)), [6, 5, 4, 3, 2, 1], hint="from n down to 1")
with part("generator", points=1):
    check.uses(source, "range", hint="range counts for you")
    check.equal(sorted(student.run("def all_of(n):\n    return set(countdown(n))").all_of(4)), [1, 2, 3, 4])
### END HIDDEN TESTS

# %% show="picture"
picture = "the handed-in picture is kept for people"

# %% [markdown]
# ### Exercise 5 · In words · 2 points · about 1 minutes

# %% [markdown] answer="why" points=1
# Why is it so?
# ### BEGIN SOLUTION
# Because it is.
# ### END SOLUTION

# %% answer="plot" points=1
### BEGIN SOLUTION
# TODO: plot it
print("a plot")
### END SOLUTION
