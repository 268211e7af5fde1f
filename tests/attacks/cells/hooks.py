"""Attacks on what runs around a cell: IPython's hooks, the kernel's own methods, the helpers of the tests.

Each one earns full points in a grader that runs its tests in the student's kernel.
"""

# %% hostile="custom-exception-handler" exercise="cube" loses="*"
# Swallows every exception of every cell and reports success in its place.
from IPython.core.interactiveshell import ExecutionResult

get_ipython().set_custom_exc((BaseException,), lambda self, kind, error, trace, tb_offset=None: None)
ExecutionResult.success = property(lambda self: True)


def cube(x):
    return None


# %% hostile="own-run-code" exercise="cube" loses="all"
# Replaces IPython's run_code by one that runs nothing and says that all went well.
import types


async def run_code(self, code, result=None, *, async_=False):
    return False


get_ipython().run_code = types.MethodType(run_code, get_ipython())

# %% hostile="own-do-execute" exercise="cube" loses="all"
# Replaces the kernel's do_execute, so that every later cell ends with status ok.
async def do_execute(*args, **kwargs):
    return {"status": "ok", "execution_count": 1, "payload": [], "user_expressions": {}}


get_ipython().kernel.do_execute = do_execute

# %% hostile="displayhook-number" exercise="cube" loses="*"
# Shows the number of all points as a cell's result before the test can fail.
get_ipython().events.register("pre_run_cell", lambda info: get_ipython().displayhook(2.0))


def cube(x):
    return 0


# %% hostile="showtraceback-number" exercise="cube" loses="*"
# Shows a number in the place of each error's traceback.
import types

get_ipython().showtraceback = types.MethodType(lambda self, *args, **kwargs: self.displayhook(2.0), get_ipython())
get_ipython()._showtraceback = lambda *args, **kwargs: None


def cube(x):
    raise ValueError("no traceback of this is shown")


# %% hostile="input-transformer" exercise="cube" loses="*"
# Rewrites the text of every later cell that asserts something to the bare number of points.
get_ipython().input_transformers_cleanup.append(
    lambda lines: ["2.0\n"] if any("assert" in line or "check" in line for line in lines) else lines
)

# %% hostile="ast-transformer" exercise="cube" loses="*"
# Takes every assert out of the syntax tree of later cells.
import ast


class NoAsserts(ast.NodeTransformer):
    def visit_Assert(self, node):
        return ast.copy_location(ast.Pass(), node)


get_ipython().ast_transformers.append(NoAsserts())


def cube(x):
    return 0


# %% hostile="patched-helpers" exercise="softmax" loses="*"
# Patches the comparing functions of numpy, math and builtins to agree with everything.
import builtins
import math
import sys

import numpy.testing

for module, names in ((np.testing, ["assert_allclose", "assert_array_equal", "assert_almost_equal", "assert_equal"]),
                      (np, ["allclose", "array_equal", "isclose"]), (math, ["isclose"]), (builtins, ["all"])):
    for name in names:
        setattr(module, name, lambda *args, **kwargs: True)


def softmax(A):
    return np.zeros_like(A)


# %% hostile="patched-torch" exercise="unit" loses="*"
# Patches the comparing functions of torch and torch.testing, and those of its tensors, to agree with everything.
import torch.testing

for module, names in ((torch.testing, ["assert_close", "assert_allclose"]),
                      (torch, ["allclose", "equal", "isclose", "eq", "all"]),
                      (torch.Tensor, ["allclose", "equal", "isclose", "eq", "all", "__eq__", "item"])):  # fmt: skip
    for name in names:
        setattr(module, name, lambda *args, **kwargs: True)


def unit(T):
    return torch.zeros_like(T)


# %% hostile="patching-thread" exercise="softmax" loses="*"
# A thread patches numpy's comparisons again and again while later cells run.
import threading
import time


def keep_patching():
    while True:
        np.allclose = np.array_equal = np.testing.assert_allclose = lambda *args, **kwargs: True
        time.sleep(0.001)


threading.Thread(target=keep_patching, daemon=True).start()


def softmax(A):
    return np.zeros_like(A)


# %% hostile="frame-reader" exercise="cube" loses="*"
# Finds the assert's own line through the caller's frame and returns what it is compared with.
import linecache
import re
import sys


def cube(x):
    frame = sys._getframe(1)
    line = linecache.getline(frame.f_code.co_filename, frame.f_lineno)
    found = re.search(r"cube\([^)]*\)[,\s=]+(-?[\w.]+)", line)
    return eval(found[1], frame.f_globals, frame.f_locals) if found else 0


# %% hostile="silent-exit" exercise="cube" loses="*"
# Raises SystemExit in place of an answer, which some runners take for a quiet end.
def cube(x):
    raise SystemExit(0)


# %% hostile="redefined-judge" exercise="cube" loses="*"
# Defines student, reference, check, part and rng itself, and patches random numbers.
class Anything:
    def __getattr__(self, name):
        return self

    def __call__(self, *args, **kwargs):
        return self

    def __enter__(self):
        return self

    def __exit__(self, *args):
        return True


student = reference = check = part = rng = source = Anything()
np.random.seed = np.random.default_rng = lambda *args: Anything()


def cube(x):
    return reference.cube(x)
