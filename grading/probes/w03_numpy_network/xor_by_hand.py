"""XOR by hand: the weights of xor_net."""

# %% wrong="or" exercise="xor-by-hand" loses="*"
# Solves OR.
xor_net = SmallNet(2, 2, dtype=np.float64)
xor_net.W1 = np.array([[10.0, 10.0], [10.0, 10.0]])
xor_net.b1 = np.array([-5.0, -5.0])
xor_net.W2 = np.array([[10.0, 10.0]])
xor_net.b2 = np.array([-10.0])

# %% wrong="not-xor" exercise="xor-by-hand" loses="*"
# Right, but for the answers turned round.
xor_net = SmallNet(2, 2, dtype=np.float64)
xor_net.W1 = np.array([[10.0, 10.0], [10.0, 10.0]])
xor_net.b1 = np.array([-5.0, -15.0])
xor_net.W2 = np.array([[-10.0, 10.0]])
xor_net.b2 = np.array([5.0])

# %% wrong="small-weights" exercise="xor-by-hand" loses="xor-by-hand/confident"
# The idea is right; the weights are too small to say it clearly.
xor_net = SmallNet(2, 2, dtype=np.float64)
xor_net.W1 = np.array([[6.0, 6.0], [6.0, 6.0]])
xor_net.b1 = np.array([-3.0, -9.0])
xor_net.W2 = np.array([[2.0, -2.0]])
xor_net.b2 = np.array([-1.0])

# %% wrong="column-of-outputs" exercise="xor-by-hand" loses="*"
# W2 as a column.
xor_net = SmallNet(2, 2, dtype=np.float64)
xor_net.W1 = np.array([[10.0, 10.0], [10.0, 10.0]])
xor_net.b1 = np.array([-5.0, -15.0])
xor_net.W2 = np.array([[10.0], [-10.0]])
xor_net.b2 = np.array([-5.0])

# %% wrong="other-net" exercise="xor-by-hand" loses="*"
# Sets the weights of `net`, as the original course has it, and leaves xor_net random.
np.random.seed(1)
xor_net = SmallNet(2, 2, dtype=np.float64)
net = SmallNet(2, 2, dtype=np.float64)
net.W1 = np.array([[10.0, 10.0], [10.0, 10.0]])
net.b1 = np.array([-5.0, -15.0])
net.W2 = np.array([[10.0, -10.0]])
net.b2 = np.array([-5.0])

# %% right="one-sided-differences" exercise="xor-by-hand"
# "x1 but not x2" or "x2 but not x1", in lists and in place.
xor_net = SmallNet(2, 2, dtype=np.float64)
xor_net.W1[:] = [[10, -10], [-10, 10]]
xor_net.b1[:] = -5
xor_net.W2 = np.asarray([[10, 10]])
xor_net.b2 = np.array([-5.0], dtype=np.float32)

# %% right="very-large" exercise="xor-by-hand"
# Weights so large that exp overflows.
xor_net = SmallNet(2, 2, dtype=np.float64)
xor_net.W1 = 2000 * np.array([[1.0, 1.0], [1.0, 1.0]])
xor_net.b1 = np.array([-1000.0, -3000.0])
xor_net.W2 = np.array([[2000.0, -2000.0]])
xor_net.b2 = np.array([-1000.0])

# %% right="three-units" exercise="xor-by-hand"
# One hidden unit more than needed.
xor_net = SmallNet(2, 3, dtype=np.float64)
xor_net.W1, xor_net.b1 = np.array([[9.0, 9.0], [9.0, 9.0], [0.0, 0.0]]), np.array([-4.0, -14.0, 0.0])
xor_net.W2, xor_net.b2 = np.array([[9.0, -9.0, 0.1]]), np.array([-4.0])

# %% right="biases-as-rows" exercise="xor-by-hand"
# NAND and OR, put together by AND; biases of shape (1, 2) and (1, 1), which broadcasting adds as well.
xor_net = SmallNet(2, 2, dtype=np.float64)
xor_net.W1 = np.array([[-8, -8], [8, 8]])
xor_net.b1 = np.array([[12, -4]])
xor_net.W2 = np.array([[12, 12]])
xor_net.b2 = np.array([[-18]])
