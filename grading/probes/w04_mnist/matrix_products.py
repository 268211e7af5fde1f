"""Matrix products by loops, and a stop-watch."""

# %% wrong="square-only" exercise="matrix-products" loses="matrix-products/loops"
# The inner dimension is taken for the number of columns.
def matmul_loops(A, B):
    C = np.zeros((A.shape[0], B.shape[1]))
    for i in range(A.shape[0]):
        for j in range(B.shape[1]):
            for k in range(min(A.shape[1], B.shape[1])):
                C[i, j] += A[i, k] * B[k, j]
    return C


def median_time(function, repeats=7, warmup=2):
    times = []
    for _ in range(warmup):
        function()
    for _ in range(repeats):
        start = perf_counter()
        function()
        times.append(perf_counter() - start)
    return float(np.median(times))

# %% wrong="no-loops" exercise="matrix-products" loses="matrix-products/loops"
# NumPy's own product.
def matmul_loops(A, B):
    return np.dot(A, B)


def median_time(function, repeats=7, warmup=2):
    times = []
    for number in range(warmup + repeats):
        start = perf_counter()
        function()
        times.append(perf_counter() - start)
    return float(np.median(times[warmup:]))

# %% wrong="mean" exercise="matrix-products" loses="matrix-products/median"
# The mean, which one disturbed call spoils.
def matmul_loops(A, B):
    return np.array([[sum(a * b for a, b in zip(row, column)) for column in B.T] for row in A])


def median_time(function, repeats=7, warmup=2):
    for _ in range(warmup):
        function()
    start = perf_counter()
    for _ in range(repeats):
        function()
    return (perf_counter() - start) / repeats

# %% wrong="no-warm-up" exercise="matrix-products" loses="matrix-products/median"
# All calls are timed, those to warm up too.
def matmul_loops(A, B):
    return np.array([[sum(a * b for a, b in zip(row, column)) for column in B.T] for row in A])


def median_time(function, repeats=7, warmup=2):
    times = []
    for _ in range(repeats + warmup):
        start = perf_counter()
        function()
        times.append(perf_counter() - start)
    return sorted(times)[-warmup - 1]

# %% right="comprehensions" exercise="matrix-products"
# Sums of products, and the standard library's median and clock.
def matmul_loops(A, B):
    return np.array([[sum(a * b for a, b in zip(row, column)) for column in B.T] for row in A])


def median_time(function, repeats=7, warmup=2):
    import statistics
    import time

    def once():
        start = time.perf_counter_ns()
        function()
        return (time.perf_counter_ns() - start) * 1e-9

    return statistics.median([once() for _ in range(warmup + repeats)][warmup:])

# %% right="timeit" exercise="matrix-products"
# timeit does the measuring; rows are accumulated.
def matmul_loops(A, B):
    I, J = len(A), len(B[0])
    C = [[0.0] * J for _ in range(I)]
    for i in range(I):
        for k in range(len(B)):
            for j in range(J):
                C[i][j] += A[i][k] * B[k][j]
    return np.array(C)


def median_time(function, repeats=7, warmup=2):
    from timeit import repeat

    repeat(function, number=1, repeat=warmup)
    return float(np.median(repeat(function, number=1, repeat=repeats)))
