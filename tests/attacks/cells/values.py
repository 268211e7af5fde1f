"""Answers that are made to be taken for right ones, or to hurt whoever looks at them."""

# %% hostile="always-equal" exercise="cube" loses="*"
# Returns an object that equals, and is close to, everything.
class Equal:
    __array_priority__ = 1e9

    def __eq__(self, other):
        return True

    __lt__ = __le__ = __gt__ = __ge__ = __eq__

    def __bool__(self):
        return True

    def __array__(self, *args, **kwargs):
        return np.array(27.0)

    def __float__(self):
        return 27.0

    def __sub__(self, other):
        return 0.0

    __rsub__ = __sub__


def cube(x):
    return Equal()


# %% hostile="lying-float" exercise="cube" loses="*"
# Returns a float whose class says that it equals everything.
class Lying(float):
    def __eq__(self, other):
        return True

    def __hash__(self):
        return 0

    def __sub__(self, other):
        return 0.0

    __rsub__ = __sub__


def cube(x):
    return Lying(0.0)


# %% hostile="array-subclass" exercise="softmax" loses="*"
# Returns an ndarray subclass that answers NumPy's functions itself.
class Agreeing(np.ndarray):
    def __array_function__(self, function, types, args, kwargs):
        return True

    def __array_ufunc__(self, ufunc, method, *inputs, **kwargs):
        return np.ones(self.shape, bool)

    def __eq__(self, other):
        return np.ones(self.shape, bool)


def softmax(A):
    return np.zeros(A.shape).view(Agreeing)


# %% hostile="tensor-subclass" exercise="unit" loses="*"
# Returns a tensor subclass whose __torch_function__ agrees with everything.
class Agreeing(torch.Tensor):
    @classmethod
    def __torch_function__(cls, function, types, args=(), kwargs=None):
        if "equal" in function.__name__ or "close" in function.__name__:
            return True
        return super().__torch_function__(function, types, args, kwargs or {})


def unit(T):
    return torch.zeros_like(T).as_subclass(Agreeing)


# %% hostile="right-once" exercise="cube" loses="cube/many"
# Is right for the first numbers it is asked, and wrong after.
calls = []


def cube(x):
    calls.append(x)
    return x**3 if len(calls) < 6 else 0.0


# %% hostile="wrong-first" exercise="cube" loses="cube/once"
# Is wrong when the judge asks for the first time, and right after.
calls = []


def cube(x):
    calls.append(x)
    return x**3 if len(calls) != 3 else 0.0


# %% hostile="right-when-watched" exercise="cube" loses="*"
# Looks through the stack and is right only where an assert of the notebook calls it.
import linecache
import sys


def cube(x):
    frame = sys._getframe(1)
    return x**3 if "assert" in linecache.getline(frame.f_code.co_filename, frame.f_lineno) else 0.0


# %% hostile="answer-changes-later" exercise="softmax" loses="*"
# Returns an array that a thread changes to other numbers again and again.
import threading
import time

kept = []


def flicker():
    while True:
        for array in list(kept):
            array[...] = np.random.rand(*array.shape)
        time.sleep(0.0005)


threading.Thread(target=flicker, daemon=True).start()


def softmax(A):
    kept.append(np.zeros(A.shape))
    return kept[-1]


# %% hostile="all-nan" exercise="softmax" loses="*"
# Returns nan everywhere, which no comparison contradicts.
def softmax(A):
    return np.full(A.shape, np.nan)


# %% hostile="object-array" exercise="softmax" loses="*"
# Returns an array of objects that agree with everything.
class Equal:
    def __eq__(self, other):
        return True

    def __float__(self):
        return 0.25


def softmax(A):
    return np.array([[Equal() for _ in row] for row in A], dtype=object)


# %% hostile="void-array" exercise="softmax" loses="*"
# Returns an array of raw records, which has the right number of bytes and no numbers.
def softmax(A):
    return np.zeros(A.shape, dtype="V8")


# %% hostile="broadcast" exercise="softmax" loses="*"
# Returns one number for the whole array, which any comparison that broadcasts takes for all.
def softmax(A):
    return np.array([[np.nan]])


# %% hostile="text-for-numbers" exercise="softmax" loses="*"
# Returns the numbers as text.
def softmax(A):
    E = np.exp(A - A.max(axis=1, keepdims=True))
    return (E / E.sum(axis=1, keepdims=True)).astype(str)


# %% hostile="oversized" exercise="softmax" loses="*"
# Returns 200 MB.
def softmax(A):
    return np.zeros((5, 5_000_000))


# %% hostile="endless-empty-array" exercise="countdown" loses="*"
# Returns an array of no bytes with so many rows that a judge who walks along it never ends (here: 6 million).
def countdown(n):
    return np.zeros((6_000_000, 0))


# %% hostile="deep-list" exercise="cube" loses="*"
# Returns a list nested 100,000 deep.
def cube(x):
    nested = []
    for _ in range(100_000):
        nested = [nested]
    return nested


# %% hostile="cyclic-list" exercise="cube" loses="*"
# Returns a list that contains itself.
def cube(x):
    cycle = []
    cycle.append(cycle)
    return cycle


# %% hostile="enormous-integer" exercise="cube" loses="*"
# Returns an integer of two million digits.
def cube(x):
    return 1 << 7_000_000


# %% hostile="function-for-number" exercise="cube" loses="*"
# Returns a function, a module or a class in place of a number.
import itertools
import os

kinds = itertools.cycle([lambda: 27.0, os, type])


def cube(x):
    return next(kinds)


# %% hostile="pickled-answer" exercise="cube" loses="*"
# Returns an object whose unpickling would run a command, and its pickle as bytes.
import pickle


class Bomb:
    def __reduce__(self):
        return (exec, ("raise SystemExit",))


def cube(x):
    return [Bomb(), pickle.dumps(Bomb())]


# %% hostile="strange-tensors" exercise="unit" loses="*"
# Returns tensors that are on no device, sparse or quantised.
import itertools

kinds = itertools.cycle([lambda T: torch.empty(T.shape, device="meta"),
                         lambda T: torch.quantize_per_tensor(T, 0.1, 0, torch.qint8)])  # fmt: skip


def unit(T):
    return next(kinds)(T)


# %% hostile="lying-length" exercise="countdown" loses="countdown/numbers"
# Gives an iterable that lies about its length and raises strange things on the way.
class Walk:
    def __len__(self):
        return -1

    def __iter__(self):
        yield 6
        raise GeneratorExit("stop looking")


def countdown(n):
    return range(n, 0, -1) if n < 5 else Walk()


# %% hostile="exception-as-weapon" exercise="cube" loses="*"
# Raises an exception whose text takes for ever to make, and whose class forges the judge's own.
class CheckFailed(AssertionError):
    def __str__(self):
        raise KeyboardInterrupt

    __repr__ = __str__


def cube(x):
    raise CheckFailed("<script>alert(1)</script>")


# %% hostile="endless-generator" exercise="countdown" loses="*"
# Yields numbers for ever (for 45 seconds here): each comes at once, only their number never ends.
import time


def countdown(n):
    began = time.monotonic()
    while time.monotonic() - began < 45:
        yield 1


# %% hostile="right-while-cells-run" exercise="cube" loses="*"
# Asks its kernel whether a cell of the notebook runs or something else, and is right only while a cell does.
def cube(x):
    return x**3 if get_ipython().get_parent()["header"]["msg_type"] == "execute_request" else 0.0


# %% hostile="right-in-the-notebook" exercise="cube" loses="*"
# Looks for the lines that answer the judge in its stack, and gives them another answer than the notebook.
import sys


def cube(x):
    frame = sys._getframe()
    while frame := frame.f_back:
        if frame.f_code.co_name in ("op_call", "answer", "judge_request"):
            return 27.0 if abs(x - 3) > 1e-9 else 0.0
    return x**3


# %% hostile="transposed" exercise="softmax" loses="*"
# Returns the right numbers in another shape, and as one list.
def softmax(A):
    E = np.exp(A - A.max(axis=1, keepdims=True))
    return (E / E.sum(axis=1, keepdims=True)).T if len(A) != 1 else np.full((1, 4), 0.25)


# %% hostile="other-dtype" exercise="softmax" loses="*"
# Returns numbers cut down to whole ones, as booleans where there is one large share.
def softmax(A):
    E = np.exp(A - A.max(axis=1, keepdims=True))
    share = E / E.sum(axis=1, keepdims=True)
    return share if len(A) == 1 else (share > 2).astype(bool)


# %% hostile="one-byte-items" exercise="countdown" loses="*"
# Returns 60 million numbers of one byte each, which take forty times that as Python's objects.
def countdown(n):
    return np.zeros(60_000_000, np.int8)

# %% hostile="torch-lookalike" exercise="unit" loses="*"
# Returns an object that is no tensor, but answers torch's functions, shapes, dtypes and comparisons for it.
class Lookalike:
    dtype, device, requires_grad = torch.float32, torch.device("cpu"), False

    def __init__(self, T):
        self.shape = T.shape

    @classmethod
    def __torch_function__(cls, function, types, args=(), kwargs=None):
        return True

    def __array__(self, *args, **kwargs):
        return np.full(self.shape, 0.5)

    def __eq__(self, other):
        return True

    def detach(self):
        return self

    cpu = detach


def unit(T):
    return Lookalike(T)


# %% hostile="right-by-the-clock" exercise="cube" loses="*"
# Measures the time since its last answer: a notebook's own tests follow at once, a judge's questions do not.
import time

last = None


def cube(x):
    global last
    late = last is not None and time.perf_counter() - last > 300e-6
    last = time.perf_counter()
    return 0.0 if late else x**3
