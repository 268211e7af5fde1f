"""XOR in several dimensions: all rows of zeros and ones, and their parity."""

# %% wrong="exactly-one" exercise="xor-data" loses="*"
# XOR read as "exactly one of them".
def make_xor(num_features, dtype=np.float64):
    X = np.array(np.meshgrid(*[[0, 1]] * num_features)).T.reshape(-1, num_features)
    return X.astype(dtype), (X.sum(axis=1, keepdims=True) == 1).astype(dtype)


X3, Y3 = make_xor(3)

# %% wrong="flat-labels" exercise="xor-data" loses="*"
# Labels of shape (N,).
def make_xor(num_features, dtype=np.float64):
    X = np.array(np.meshgrid(*[[0, 1]] * num_features)).T.reshape(-1, num_features)
    return X.astype(dtype), (X.sum(axis=1) % 2).astype(dtype)


X3, Y3 = make_xor(3)

# %% wrong="three-only" exercise="xor-data" loses="*"
# The table of three dimensions, whatever was asked.
def make_xor(num_features, dtype=np.float64):
    X = np.array([[0, 0, 0], [0, 0, 1], [0, 1, 0], [0, 1, 1], [1, 0, 0], [1, 0, 1], [1, 1, 0], [1, 1, 1]], dtype)
    return X, np.array([[0], [1], [1], [0], [1], [0], [0], [1]], dtype)


X3, Y3 = make_xor(3)

# %% wrong="turned-round" exercise="xor-data" loses="*"
# 1 for an even number of ones.
def make_xor(num_features, dtype=np.float64):
    X = np.array(np.meshgrid(*[[0, 1]] * num_features)).T.reshape(-1, num_features)
    return X.astype(dtype), ((X.sum(axis=1, keepdims=True) + 1) % 2).astype(dtype)


X3, Y3 = make_xor(3)

# %% wrong="random-rows" exercise="xor-data" loses="*"
# 2^D random rows: some twice, some not at all.
def make_xor(num_features, dtype=np.float64):
    X = np.random.randint(0, 2, (2**num_features, num_features)).astype(dtype)
    return X, X.sum(axis=1, keepdims=True) % 2


X3, Y3 = make_xor(3)

# %% right="itertools" exercise="xor-data"
# itertools, and the labels by reduce.
import itertools
from functools import reduce
from operator import xor


def make_xor(num_features, dtype=np.float64):
    rows = list(itertools.product([0, 1], repeat=num_features))
    return np.array(rows, dtype=dtype), np.array([[reduce(xor, row)] for row in rows], dtype=dtype)


X3, Y3 = make_xor(3)

# %% right="bits" exercise="xor-data"
# The bits of the numbers, in another order, and labels as integers.
def make_xor(num_features, dtype=np.float64):
    numbers = np.arange(2**num_features)[::-1, None]
    X = (numbers >> np.arange(num_features)) & 1
    return X.astype(dtype), np.bitwise_xor.reduce(X, axis=1)[:, None]


X3, Y3 = make_xor(3)
